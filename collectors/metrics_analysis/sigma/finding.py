"""What a rule or a correlation says of an entry that it matched, as a finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collectors.metrics_analysis.evidence import entry_time, event_key
from collectors.metrics_analysis.sigma import fields, template, values
from collectors.metrics_analysis.sigma.elements import merged, split_by_element
from collectors.metrics_analysis.sigma.links import log_url, project
from collectors.metrics_analysis.sigma.matcher import MatchEvidence
from collectors.metrics_analysis.sigma.template import Scope
from shared.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.redaction import Redactor
from shared.texts import findings
from shared.texts.recorded import translations

CRASHED = "hinomi/rule_crashed"
BULK = "changes of one call"
DAY = 86400
MOST_SHOWN = 50  # values of one matched field that are kept as evidence
MAX_FINDINGS = 20  # that one entry may speak of: with more it is one incident that counts and lists them


def make_finding(
    spec: dict[str, Any],
    entry: dict[str, Any],
    matched: MatchEvidence,
    *,
    extra: dict[str, Any] | None = None,
    **changes: Any,
) -> Finding:
    """The finding that a rule or a correlation makes of an entry; `changes` replace what the entry says."""
    scope = scope_of(spec, entry, matched, extra)
    made: dict[str, Any] = {
        "rule": spec["name"],
        "title": spec["title"],
        "kind": IncidentKind(spec["kind"]),
        "severity": Severity(spec["level"]),
        "service": spec["service"],
        "resource": template.render(spec["resource"], scope),
        "principal": template.render(spec["principal"], scope),
        "summary": template.render(spec["summary"], scope),
        "fingerprint": rule_fingerprint(spec, scope),
        "run": template.identity(spec["run"], scope),
        "quiet_seconds": spec["quiet"],
        "fields": evidence(spec, entry, matched),
        "elements": {matched.paths[steps]: found for steps, found in matched.elements.items()},
        "labels": {name: template.render(text, scope) for name, text in spec["labels"].items()},
        "translations": {
            language: {"title": texts["title"], "summary": template.render(texts["summary"], scope)}
            for language, texts in spec["translations"].items()
        },
        **about(entry),
    }
    return Finding(**{**made, **changes})


def make_recovery(spec: dict[str, Any], entry: dict[str, Any], matched: MatchEvidence, **changes: Any) -> Recovery:
    """The recovery that an entry says of the fault that it names; `changes` replace what the entry says."""
    scope = scope_of(spec, entry, matched)
    made = Recovery(
        rule=spec["name"],
        fingerprint=rule_fingerprint(spec, scope),
        time=entry_time(entry),
        event_key=event_key(entry),
        summary=template.render(spec["recovered"], scope),
        translations={
            language: {"summary": template.render(texts["recovered"], scope)}
            for language, texts in spec["translations"].items()
            if texts["recovered"]
        },
        run=template.identity(spec["run"], scope),
    )
    return replace(made, **changes)


def match_by_fingerprint(
    spec: dict[str, Any], entry: dict[str, Any], matched: MatchEvidence
) -> dict[str, MatchEvidence]:
    """The evidence of an entry by fingerprint, each with its own elements."""
    paths = [place.steps for part in spec["fingerprint"] for place in template.places(part)]
    shares: dict[str, list[MatchEvidence]] = {}
    for share in split_by_element(matched, paths):
        shares.setdefault(rule_fingerprint(spec, scope_of(spec, entry, share)), []).append(share)
    return {name: merged(parts) for name, parts in shares.items()}


def in_bulk(
    spec: dict[str, Any], entry: dict[str, Any], shares: dict[str, MatchEvidence]
) -> tuple[MatchEvidence, dict[str, str]]:
    """All faults of an entry as one: what was bound of all of them, and the fingerprint and run of the whole.

    The fingerprint is that of what the faults have in common; the run names them, so that only what undoes exactly
    these resolves the incident.
    """
    matched = merged(shares.values())
    scope = scope_of(spec, entry, matched)
    common = [
        part
        for part in spec["fingerprint"]
        if not any(template.bound(matched.elements, place.steps) for place in template.places(part))
    ]
    whole = fingerprint(spec["fault"], BULK, *(template.identity(part, scope) for part in common))
    return matched, {"fingerprint": whole, "run": fingerprint(*sorted(shares))}


def about(entry: dict[str, Any]) -> dict[str, Any]:
    """Where a finding comes from."""
    return {
        "time": entry_time(entry),
        "event_key": event_key(entry),
        "project": project(entry),
        "log_name": str(entry.get("logName", "")),
        "insert_id": str(entry.get("insertId", "")),
        "log_url": log_url(entry),
    }


def scope_of(
    spec: dict[str, Any], entry: dict[str, Any], matched: MatchEvidence, extra: dict[str, Any] | None = None
) -> Scope:
    """What the rule's templates see, and what of it they may show."""
    extracted, origins = _extracted(spec["extract"], entry)
    redactor = Redactor(spec["redact"]) if spec.get("redact") else None
    return Scope(entry, matched.elements, {"extracted": extracted, **(extra or {})}, redactor, origins)


def _extracted(extracts: list[dict[str, str]], entry: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The named groups, and for each the field that it was found in."""
    named: dict[str, str] = {}
    origins: dict[str, str] = {}
    for extract in extracts:
        for value in fields.members(fields.find(entry, fields.parse(extract["field"]))):
            found = values.search(extract["regex"], value) if isinstance(value, str) else None
            for name, text in found.groupdict().items() if found else ():
                if text and name not in named:
                    named[name] = text
                    origins[f"extracted.{name}"] = extract["field"]
    return named, origins


def rule_fingerprint(spec: dict[str, Any], scope: Scope) -> str:
    """Names the fault: the rule (or its `fault`) and what its fingerprint templates give."""
    parts = [template.identity(part, scope) for part in spec["fingerprint"]]
    return fingerprint(spec["fault"], *parts, *_conditions(spec, scope))


def _conditions(spec: dict[str, Any], scope: Scope) -> list[str]:
    """The conditions of the bindings that a fingerprint names: a binding is role, member and condition."""
    named = (place.steps for part in spec["fingerprint"] for place in template.places(part))
    bindings = dict.fromkeys(steps[:-1] for steps in named if steps[-1:] in (("role",), ("member",)))
    conditions = (template.Place("condition", (*steps, "condition")) for steps in bindings)
    found = [template.values(place, scope) for place in conditions]
    return [text for texts in found for text in sorted(texts)]


def evidence(spec: dict[str, Any], entry: dict[str, Any], matched: MatchEvidence) -> dict[str, Any]:
    """The matched values by path, and those of the fields that the rule lists as evidence."""
    shown = dict(matched.values)
    for path in spec["evidence"]:
        found = [
            value for value in fields.members(fields.find(entry, fields.parse(path))) if not isinstance(value, dict)
        ]
        if found and path not in shown:
            shown[path] = found
    return {path: _short(found[0] if len(found) == 1 else found) for path, found in shown.items() if found}


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(member) for member in value[:MOST_SHOWN]]
    return template.show(value) if isinstance(value, str) else value


def crashed(name: str, entry: dict[str, Any], error: Exception) -> Finding:
    """The finding about a rule that could not be tried."""
    summary = findings.RULE_CRASHED(name=name, error=template.show(f"{type(error).__name__}: {error}"))
    return Finding(
        rule=CRASHED,
        title=findings.CRASHED.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        service="hinomi",
        resource=name,
        principal="",
        summary=summary.en,
        fingerprint=fingerprint(CRASHED, name),
        quiet_seconds=DAY,
        translations=translations(title=findings.CRASHED, summary=summary),
        **about(entry),
    )


def counting(finding: Finding, count: int) -> Finding:
    """A finding about many changes of one call, which says how many there are."""

    def counted(summary: str, language: str) -> str:
        return findings.CHANGES_OF_ONE_CALL(count=count, summary=summary).in_language(language)

    return replace(
        finding,
        summary=counted(finding.summary, "en"),
        translations={
            language: {**texts, "summary": counted(texts["summary"], language)}
            for language, texts in finding.translations.items()
        },
        fields={**finding.fields, BULK: count},
    )
