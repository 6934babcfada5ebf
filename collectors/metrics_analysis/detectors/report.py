"""Reports from outside Google Cloud: an Airflow callback, a Kafka Connect probe, a data quality check.

`{"report": "<reporter>", "job": "…", "state": "started" | "ok" | "failed"}` with, optionally, kind, service, severity, summary,
time, id, url, project, labels, every and finish_by. A report of `failed` opens an incident for reporter and job, one of `ok`
resolves it; all of them are runs of the job (reported_runs.py). The reporter must be declared in rules/reporters.yaml, and the report within its declaration; a higher severity than declared
counts as the declared one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from collectors.metrics_analysis import reporters
from collectors.metrics_analysis.airflow import reports as airflow_reports
from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.evidence import NotUnderstoodError, Report, bounded_key
from collectors.metrics_analysis.sigma.template import exact, show
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.next_steps import next_step
from shared.texts import as_text, findings
from shared.texts import evidence as texts
from shared.texts import next_steps as steps
from shared.texts.recorded import translations

EVIDENCE = (Report,)
SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
MOST_LABELS = 30
SEE_REPORTS = ("hinomi", "incidents", "list", "--all", "--since=7d")
AS_REPORTED = "severity as reported"
Choice = TypeVar("Choice", bound=StrEnum)


def detect(evidence: Report, context: DetectorContext) -> Iterator[Effect]:
    """One finding or one recovery; none for a start.

    Raises NotUnderstoodError for an invalid field, an undeclared reporter and a report outside its declaration.
    """
    data = evidence.data
    source, job = evidence.source, _text(data, "job")
    if not SOURCE.fullmatch(source):
        raise NotUnderstoodError(texts.REPORT_SOURCE)
    if not job:
        raise NotUnderstoodError(texts.REPORT_JOB)
    reporter = reporters.find(context.reporters, source)
    whole_service = reporters.service_of(reporter, _text(data, "service"))
    service = whole_service[:40]
    reporters.check(reporter, service=service, resource=job)
    rule = f"report/{source}"
    named = exact(data["job"])  # two different jobs are two faults
    identity = fingerprint(rule, named, exact(whole_service)) if data.get("service") else fingerprint(rule, named)
    event_key = bounded_key("report", source, named, exact(data.get("id")) or evidence.message_id)
    state = data.get("state")
    of_airflow = airflow_reports.run_of(data, whole_service)
    if of_airflow is not None and state in airflow_reports.STATES:
        base = replace(_finding(evidence, rule, job, identity, event_key), service=service, kind=_kind(data, reporter))
        for effect in airflow_reports.effects(evidence, of_airflow, base):
            yield effect if isinstance(effect, Recovery) else _limited(effect, reporter)
    elif state == "ok":
        summary = as_text(_text(data, "summary") or findings.REPORT_OK(source=source, job=job))
        yield Recovery(rule, identity, evidence.time, event_key, summary.en, translations(summary=summary))
    elif state == "failed":
        found = _finding(evidence, rule, job, identity, event_key)
        yield _limited(replace(found, service=service, kind=_kind(data, reporter)), reporter)
    elif state == "started":
        _kind(data, reporter)
    else:
        raise NotUnderstoodError(texts.REPORT_STATE)


def _finding(evidence: Report, rule: str, job: str, identity: str, event_key: str) -> Finding:
    data, source = evidence.data, evidence.source
    title = findings.REPORT_TITLE(source=source)
    summary = as_text(_text(data, "summary") or findings.REPORT_FAILED(job=job))
    return Finding(
        rule=rule,
        title=title.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=_choice(data, "severity", Severity.MEDIUM),
        service=source,
        resource=job,
        principal=_text(data, "principal"),
        summary=summary.en,
        fingerprint=identity,
        time=evidence.time,
        event_key=event_key,
        project=_text(data, "project")[:100],
        log_url=https_url(data.get("url")),
        fields={name: show(data[name]) for name in ("job", "state", "id", "summary") if data.get(name) is not None},
        labels=_labels(data),
        translations=translations(title=title, summary=summary),
        next_steps=(
            next_step(steps.REPORTED_JOB),
            next_step(steps.SAME_REPORTER(source=source), (*SEE_REPORTS, f"--text={rule}")),
        ),
    )


def _limited(found: Finding, reporter: Mapping[str, Any]) -> Finding:
    """The finding with at most the severity that the reporter is declared with; the reported one is shown."""
    most = Severity(reporter["max_severity"])
    if found.severity.rank <= most.rank:
        return found
    return replace(found, severity=most, fields={**found.fields, AS_REPORTED: f"{found.severity} (at most {most})"})


def _kind(data: dict[str, Any], reporter: Mapping[str, Any]) -> IncidentKind:
    """The kind in the report, otherwise the declared one."""
    declared = [IncidentKind(kind) for kind in reporter["kind"]]
    kind = _choice(data, "kind", declared[0] if len(declared) == 1 else IncidentKind.JOB_FAILURE)
    reporters.check(reporter, kind=kind)
    return kind


def https_url(value: Any) -> str:
    """The value if it is a link that a card may show, otherwise empty."""
    text = show(value) if isinstance(value, str) and len(value) < 2000 else ""
    return value if text and value.startswith("https://") and not re.search(r"[\s<>\"'\\]", value) else ""


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        raise NotUnderstoodError(texts.REPORT_TEXT(name=name))
    return show(value)


def _choice(data: dict[str, Any], name: str, default: Choice) -> Choice:
    value = data.get(name)
    if value is None:
        return default
    try:
        return type(default)(value)
    except ValueError:
        choices = ", ".join(type(default))
        raise NotUnderstoodError(texts.REPORT_CHOICE(name=name, choices=choices)) from None


def _labels(data: dict[str, Any]) -> dict[str, str]:
    labels = data.get("labels")
    if labels is None:
        return {}
    if not isinstance(labels, dict) or len(labels) > MOST_LABELS:
        raise NotUnderstoodError(texts.REPORT_LABELS(most=MOST_LABELS))
    return {show(name): show(value) for name, value in labels.items()}
