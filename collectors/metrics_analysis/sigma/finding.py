"""Creates the findings and recoveries of a rule or a correlation for an entry that matched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collectors.metrics_analysis.advice import error_class
from collectors.metrics_analysis.advice.next_steps import next_steps
from collectors.metrics_analysis.evidence import entry_time, event_key
from collectors.metrics_analysis.sigma import fields, template, values
from collectors.metrics_analysis.sigma.elements import merged, split_by_element
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sigma.links import log_url, project
from collectors.metrics_analysis.sigma.matcher import MatchEvidence
from collectors.metrics_analysis.sigma.template import Scope
from shared.identity import error_classes
from shared.identity.fingerprint import fingerprint
from shared.lazy.pattern import lazy_pattern
from shared.model import ErrorClass, Finding, IncidentKind, JobLinks, Recovery, RuleMode, Severity
from shared.next_steps import next_step
from shared.own_incidents import own_finding
from shared.redaction import Redactor
from shared.texts import Text, findings
from shared.texts import next_steps as steps

CRASHED = "hinomi/rule_crashed"
BULK = "changes of one call"
DAY = 86_400  # seconds without a crash after which its incident closes
_CLAIMS = ".thirdPartyPrincipal"
_NAME = lazy_pattern(r"[\w.-]{1,100}")  # of a job: no text of a query has this form
MOST_SHOWN = 500  # maximum number of values of one matched field in the evidence


def make_finding(
    spec: dict[str, Any],
    entry: dict[str, Any],
    matched: MatchEvidence,
    *,
    extra: dict[str, Any] | None = None,
    **changes: Any,
) -> Finding:
    """The finding of a rule or a correlation for an entry; `changes` replace fields of the result."""
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
        "links": links_of(spec, scope, joins=True),
        "explains": spec.get("explains", False),
        "quiet_seconds": spec["quiet"],
        "mode": RuleMode(spec["mode"]),
        "state": fingerprint(template.render(spec["summary"], scope)) if spec.get("state") else "",
        "fields": evidence(spec, entry, matched),
        "elements": {matched.paths[steps]: elements for steps, elements in matched.elements.items()},
        "labels": {name: template.render(text, scope) for name, text in spec["labels"].items()},
        "translations": {
            language: {"title": texts["title"], "summary": template.render(texts["summary"], scope)}
            for language, texts in spec["translations"].items()
        },
        "error": _error(spec, entry, scope),
        "next_steps": next_steps(spec, scope),
        "reason_log": _reason_log(spec, entry, scope),
        **about(entry),
    }
    return Finding(**{**made, **changes})


def _error(spec: dict[str, Any], entry: dict[str, Any], scope: Scope) -> ErrorClass | None:
    """The class of the error of a job: that of the rule, otherwise by status and message; None for other findings."""
    if spec.get("error"):
        return ErrorClass(spec["error"])
    if spec["kind"] != IncidentKind.JOB_FAILURE:
        return None
    if spec.get("explains"):  # its summary is the line of the error
        return error_classes.of_texts([template.render(spec["summary"], scope)], names=_names(spec, scope))
    return error_class.of_entry(entry, _names(spec, scope))


def _names(spec: dict[str, Any], scope: Scope) -> set[str]:
    """The names of the job, its parts and its run: the words in them say nothing about the error."""
    resource = template.render(spec["resource"], scope)
    labels = (template.render(text, scope) for text in spec["labels"].values())
    return {resource, *resource.split("/"), template.identity(spec["run"], scope), *labels}


def _reason_log(spec: dict[str, Any], entry: dict[str, Any], scope: Scope) -> str:
    """The query for the entries that say why the run failed; empty if this entry does, or if the rule names no query."""
    conditions = spec.get("reason_log")
    if not conditions or (spec.get("error") != ErrorClass.UNKNOWN and error_class.says_why(entry, _names(spec, scope))):
        return ""
    from collectors.metrics_analysis.advice.reason_query import reason_query  # noqa: PLC0415 - few entries need it

    return reason_query(conditions, scope)


def make_recovery(spec: dict[str, Any], entry: dict[str, Any], matched: MatchEvidence, **changes: Any) -> Recovery:
    """The recovery of a rule for an entry; `changes` replace fields of the result."""
    scope = scope_of(spec, entry, matched)
    removal = _links_of_removal(spec, scope)
    texts = {language: each["recovered"] for language, each in spec["translations"].items()}
    recovered = spec["recovered"]
    if removal and not template.complete(recovered, scope):
        recovered, texts = findings.RULE_REMOVED.en, findings.RULE_REMOVED.translations
    made = Recovery(
        rule=spec["name"],
        fingerprint=rule_fingerprint(spec, scope),
        time=entry_time(entry),
        event_key=event_key(entry),
        summary=template.render(recovered, scope),
        translations={language: {"summary": template.render(text, scope)} for language, text in texts.items() if text},
        run=template.identity(spec["run"], scope),
        links=removal or links_of(spec, scope),
    )
    return replace(made, **changes)


def match_by_fingerprint(
    spec: dict[str, Any], entry: dict[str, Any], matched: MatchEvidence
) -> dict[str, MatchEvidence]:
    """The evidence of an entry by fingerprint, each with its own elements."""
    parts = [[one.steps for one in template.alternatives(part)] for part in spec["fingerprint"]]
    faults: dict[str, list[MatchEvidence]] = {}
    for share in split_by_element(matched, parts):
        faults.setdefault(rule_fingerprint(spec, scope_of(spec, entry, share)), []).append(share)
    return {name: merged(parts) for name, parts in faults.items()}


def in_bulk(
    spec: dict[str, Any], entry: dict[str, Any], faults: dict[str, MatchEvidence]
) -> tuple[MatchEvidence, dict[str, Any]]:
    """All faults of an entry as one fault: their bound elements, and their common fields.

    The fingerprint covers all faults. Each fault keeps its own fingerprint, so that it can be undone separately.
    """
    matched = merged(faults.values())
    names = {name: name_of_change(spec, scope_of(spec, entry, share)) for name, share in faults.items()}
    key = fingerprint(spec["fault"], BULK, *sorted(faults))
    return matched, {"fingerprint": key, "changes": names}


def name_of_change(spec: dict[str, Any], scope: Scope) -> str:
    """The name of one of several changes: the values that distinguish it, such as role and member."""
    values = [template.render(part, scope) for part in spec["fingerprint"] if _is_bound(part, scope)]
    return " ".join(filter(None, [*values, *map(template.show, _conditions(spec, scope))]))


def group_of_changes(spec: dict[str, Any], scope: Scope) -> JobLinks:
    """The group of faults that one call can change together: those with the same values outside the elements."""
    common = [part for part in spec["fingerprint"] if not _is_bound(part, scope)]
    if len(common) == len(spec["fingerprint"]):
        return JobLinks()
    group = _changes_of(spec, [template.identity(part, scope) for part in common])
    return JobLinks(group, part_of=(group,))


def _links_of_removal(spec: dict[str, Any], scope: Scope) -> JobLinks | None:
    """The links of an entry that removes a resource, and every grant on it: such an entry has no elements."""
    # Such an entry may list all values of the resource: none of them is a change.
    arrays = {steps: scope.values(steps) for steps in _arrays([spec["condition"], spec["recovery"]])}
    inside = replace(scope, elements=arrays)
    parts = ["" if _is_bound(part, inside) else template.identity(part, scope) for part in spec["fingerprint"]]
    if spec["kind"] != IncidentKind.IRREGULAR_ACCESS or scope.elements or all(parts) or not any(parts):
        return None
    linked = links_of(spec, scope)
    group = _changes_of(spec, [text for text in parts if text])
    return JobLinks(linked.group, own=linked.part_of) if linked.group else JobLinks(group, own=(group,))


def _arrays(nodes: list[Any]) -> set[Steps]:
    """The arrays of the element-wise blocks in compiled conditions."""
    found: set[Steps] = set()
    for node in nodes:
        if isinstance(node, list) and node[:1] == ["block"]:
            found.add(fields.parse(node[2]))
        elif isinstance(node, list):
            found |= _arrays(node)
    return found


def _changes_of(spec: dict[str, Any], common: list[str]) -> str:
    return fingerprint("changes", spec["fault"], *common)


def _is_bound(part: str, scope: Scope) -> bool:
    steps = (alternative.steps for alternative in template.alternatives(part))
    return any(template.bound(scope.elements, each) for each in steps)


def links_of(spec: dict[str, Any], scope: Scope, *, joins: bool = False) -> JobLinks:
    """The first link group whose values the entry has, with its names; otherwise the group of its changes.

    With `joins`, for a failure, also the other groups that the entry connects with it, and the names shared with other
    jobs; otherwise only the groups in which a success is a repair.
    """
    named = [(links, found) for links in spec["links"] if (found := _links_in(links, scope, shared=joins))]
    main = next((found for links, found in named if not links["also"]), None)
    others = [found for links, found in named if links["also"] and (joins or links.get("repairs"))]
    if not others:
        return main or group_of_changes(spec, scope)
    main = main or JobLinks(rule_fingerprint(spec, scope))
    return JobLinks(
        main.group,
        own=tuple(name for one in (main, *others) for name in one.own),
        part_of=tuple(name for one in (main, *others) for name in one.part_of),
        separate_by=tuple({name: value for one in (main, *others) for name, value in one.separate_by}.items()),
        joins=tuple(one.group for one in others),
    )


def _links_in(links: dict[str, Any], scope: Scope, *, shared: bool) -> JobLinks | None:
    """The names in one group, with the `shared` ones; None if the entry lacks a value of the group."""
    group = template.complete(links["group"], scope)
    if not group or (links["when"] and not template.complete(links["when"], scope)):
        return None
    own_texts = [*links["own"], *(links.get("shared_names", ()) if shared else ())]
    own, part_of = (
        [fingerprint(group, name) for text in texts if (name := template.complete(text, scope))]
        for texts in (own_texts, links["part_of"])
    )
    values = ((name, template.complete(text, scope)) for name, text in links["separate_by"].items())
    separate_by = tuple((name, fingerprint(value)) for name, value in values if value)
    return JobLinks(fingerprint("group", group), tuple(own), tuple(part_of), separate_by)


def about(entry: dict[str, Any]) -> dict[str, Any]:
    """The origin of a finding."""
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
    """The values available to the rule's templates, and which of them are hidden."""
    extracted, origins = _extracted(spec["extract"], entry)
    redactor = Redactor(spec["redact"]) if spec.get("redact") else None
    return Scope(entry, matched.elements, {"extracted": extracted, **(extra or {})}, redactor, origins)


def _extracted(extracts: list[dict[str, Any]], entry: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The values of the named groups, and the field that contained each.

    A value that is a name has no field, so that it is shown even if the field is hidden.
    """
    named: dict[str, str] = {}
    origins: dict[str, str] = {}
    for extract in extracts:
        if extract.get("when") and not fields.find(entry, fields.parse(extract["when"])):
            continue
        for value in fields.members(fields.find(entry, fields.parse(extract["field"]))):
            match = values.search(extract["regex"], value) if isinstance(value, str) else None
            for name, text in match.groupdict().items() if match else ():
                if text and name not in named:
                    named[name] = text
                    if not (extract.get("name") and _NAME.fullmatch(text)):
                        origins[f"extracted.{name}"] = extract["field"]
    return named, origins


def rule_fingerprint(spec: dict[str, Any], scope: Scope) -> str:
    """The fingerprint of a fault: the rule (or its `fault`) and the values of its fingerprint templates."""
    parts = [template.identity(part, scope) for part in spec["fingerprint"]]
    return fingerprint(spec["fault"], *parts, *_conditions(spec, scope))


def _conditions(spec: dict[str, Any], scope: Scope) -> list[str]:
    """The conditions of the bindings in a fingerprint: a binding is role, member and condition."""
    named = (alternative.steps for part in spec["fingerprint"] for alternative in template.alternatives(part))
    bindings = dict.fromkeys(steps[:-1] for steps in named if steps[-1:] in (("role",), ("member",)))
    conditions = (template.Alternative("condition", (*steps, "condition")) for steps in bindings)
    groups = [template.values(alternative, scope) for alternative in conditions]
    return [text for texts in groups for text in sorted(texts)]


def evidence(spec: dict[str, Any], entry: dict[str, Any], matched: MatchEvidence) -> dict[str, Any]:
    """The matched values by path, and those of the fields that the rule lists as evidence."""
    shown = dict(matched.values)
    for path in spec["evidence"]:
        found = fields.members(fields.find(entry, fields.parse(path)))
        if path.endswith(_CLAIMS):  # an external identity: its fields have any names
            found = [template.show(value) for value in found if value]
        matching = [value for value in found if not isinstance(value, dict)]
        if matching and path not in shown:
            shown[path] = matching
    return {
        path: _short(matching[0] if len(matching) == 1 else matching) for path, matching in shown.items() if matching
    }


def _short(value: Any) -> Any:
    if isinstance(value, list):
        more = [f"+{len(value) - MOST_SHOWN:,}…"] if len(value) > MOST_SHOWN else []
        return [*(_short(member) for member in value[:MOST_SHOWN]), *more]
    return template.show(value) if isinstance(value, str) else value


def crashed(name: str, entry: dict[str, Any], error: Exception) -> Finding:
    """The finding about a rule that crashed."""
    summary = findings.RULE_CRASHED(name=name, error=template.show(f"{type(error).__name__}: {error}"))
    return crash(name, findings.RULE_CRASHED_TITLE, summary, **about(entry))


def crash(resource: str, title: Text, summary: Text, **fields_of_event: Any) -> Finding:
    """The finding about a rule or a detector that crashed. Further arguments are fields such as time and event key."""
    return own_finding(
        CRASHED,
        title=title,
        summary=summary,
        resource=resource,
        fault=[resource],
        severity=Severity.HIGH,
        quiet_seconds=DAY,
        next_steps=(next_step(steps.CHECK_RULES, ("hinomi", "rules", "check")),),
        **fields_of_event,
    )


def counting(finding: Finding) -> Finding:
    """A finding about several changes by one call, with their number."""
    count = len(finding.changes)

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
