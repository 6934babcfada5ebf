"""Reports from outside Google Cloud: an Airflow callback, a Kafka Connect probe, a data quality check.

`{"report": "<reporter>", "job": "…", "state": "started" | "ok" | "failed"}` with, optionally, kind, service, severity,
summary, time, id, url, project, labels, every and finish_by (report_model.py). `failed` opens an incident for the
reporter and the job, `ok` resolves it; all states are recorded as runs of the job (reported_runs.py). A report with
`check` is a result of a data quality check (quality_reports.py). The reporter must be declared in rules/reporters.yaml,
and the report within its declaration; a higher severity than declared counts as the declared one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from collectors.metrics_analysis import quality_reports, report_model, reporters
from collectors.metrics_analysis.airflow import reports as airflow_reports
from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.evidence import NotUnderstoodError, Report, bounded_key
from collectors.metrics_analysis.quality_reports import https_url
from collectors.metrics_analysis.sigma.template import exact, show
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.next_steps import next_step
from shared.quality.result import QualityResultRow
from shared.texts import as_text, findings
from shared.texts import evidence as texts
from shared.texts import next_steps as steps
from shared.texts.recorded import translations

EVIDENCE = (Report,)
SEE_REPORTS = ("hinomi", "incidents", "list", "--all", "--since=7d")
AS_REPORTED = "severity as reported"
Choice = TypeVar("Choice", bound=StrEnum)


def detect(evidence: Report, context: DetectorContext) -> Iterator[Effect]:
    """A finding or a recovery; nothing for a start, and for a skipped check.

    Raises NotUnderstoodError for an invalid field, an undeclared reporter and a report outside its declaration.
    """
    data = {"report": evidence.source, **evidence.data}
    report_model.check(data)
    source, job = evidence.source, show(data.get("job"))
    reporter = reporters.find(context.reporters, source)
    whole_service = reporters.service_of(reporter, show(data.get("service")))
    service = whole_service[:40]
    result = quality_reports.result_of(evidence)
    if result is not None:
        reporters.check(reporter, service=service, resource=result.table_name or result.check_name)
        yield from _of_check(evidence, result, service, reporter)
        return
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
        summary = as_text(show(data.get("summary")) or findings.REPORT_OK(source=source, job=job))
        yield Recovery(rule, identity, evidence.time, event_key, summary.en, translations(summary=summary))
    elif state == "failed":
        found = _finding(evidence, rule, job, identity, event_key)
        yield _limited(replace(found, service=service, kind=_kind(data, reporter)), reporter)
    elif state == "started":
        _kind(data, reporter)
    else:  # retrying and late, without the labels of Airflow
        raise NotUnderstoodError(texts.REPORT_STATE)


def _of_check(
    evidence: Report, result: QualityResultRow, service: str, reporter: Mapping[str, Any]
) -> Iterator[Effect]:
    kind = _kind(evidence.data, reporter)
    effect = quality_reports.effect_of(evidence, result, service)
    if isinstance(effect, Finding):
        labels = {**_labels(evidence.data), **effect.labels}
        if job := show(evidence.data.get("job")):
            labels["job"] = job
        project = show(evidence.data.get("project"))[:100]
        yield _limited(replace(effect, kind=kind, labels=labels, project=project), reporter)
    elif effect is not None:
        yield effect


def _finding(evidence: Report, rule: str, job: str, identity: str, event_key: str) -> Finding:
    data, source = evidence.data, evidence.source
    title = findings.REPORT_TITLE(source=source)
    summary = as_text(show(data.get("summary")) or findings.REPORT_FAILED(job=job))
    return Finding(
        rule=rule,
        title=title.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=_choice(data, "severity", Severity.MEDIUM),
        service=source,
        resource=job,
        principal=show(data.get("principal")),
        summary=summary.en,
        fingerprint=identity,
        time=evidence.time,
        event_key=event_key,
        project=show(data.get("project"))[:100],
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
    """The finding with at most the declared severity of the reporter; the evidence has the reported one."""
    most = Severity(reporter["max_severity"])
    if found.severity.rank <= most.rank:
        return found
    return replace(found, severity=most, fields={**found.fields, AS_REPORTED: f"{found.severity} (at most {most})"})


def _kind(data: Mapping[str, Any], reporter: Mapping[str, Any]) -> IncidentKind:
    """The kind in the report, otherwise the declared one."""
    declared = [IncidentKind(kind) for kind in reporter["kind"]]
    kind = _choice(data, "kind", declared[0] if len(declared) == 1 else IncidentKind.JOB_FAILURE)
    reporters.check(reporter, kind=kind)
    return kind


def _choice(data: Mapping[str, Any], name: str, default: Choice) -> Choice:
    return type(default)(data.get(name) or default)


def _labels(data: Mapping[str, Any]) -> dict[str, str]:
    return {show(name): show(value) for name, value in (data.get("labels") or {}).items()}
