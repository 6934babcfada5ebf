"""Converts findings to rows: incidents and occurrences, redacted and cleaned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import Incident, Occurrence
from db.error_db.periods import FAILED, FailureEvent, IncidentPeriod
from db.error_db.recoveries import as_json
from db.sanitize import clean, clean_json, scrubbed_key
from shared.model import FailedOperation, Finding, NextStep, Recovery, Severity, Status
from shared.redaction import Redactor
from shared.texts.recorded import NEXT_STEPS, TRANSLATIONS


def failure_of(finding: Finding, redactor: Redactor) -> FailureEvent:
    """A finding as a failure event that is not recorded yet."""
    began, run = finding.since or finding.time, scrubbed_key(finding.run, 200)
    links = finding.links
    return FailureEvent(
        time=finding.time,
        began=began,
        run=run,
        occurrence_id=None,
        fingerprint=finding.fingerprint,
        own=frozenset(links.own),
        part_of=frozenset(links.part_of),
        changes=tuple(_changes(finding, redactor).items()),
        separate_by=frozenset(links.separate_by),
        quiet_seconds=finding.quiet_seconds,
        state=finding.state,
        resource=shown(finding.resource, redactor),
        failed=finding.failed and FailedOperation(finding.failed.time, clean(finding.failed.reason)),
    )


def new_incident(finding: Finding, period: IncidentPeriod, redactor: Redactor, now: datetime) -> Incident:
    """A new incident; already resolved if the fault recovered after this event."""
    ended = period.ended
    return Incident(
        fingerprint=finding.fingerprint,
        fault_group=finding.links.group or finding.fingerprint,
        rule=scrubbed_key(finding.rule, 200),
        severity=finding.severity,
        status=Status.RESOLVED if ended else Status.OPEN,
        opened_at=period.opened_at,
        last_seen_at=finding.time,
        occurrence_count=1,
        resolved_at=ended.time if ended else None,
        resolution=ended.summary if ended else None,
        resolved_by=ended.kind if ended else None,
        unrepaired=as_json(period.unrepaired_runs()),
        later_success_at=period.later_success_at,
        principal=shown(finding.principal, redactor),
        summary=shown(finding.summary, redactor),
        labels=labels(finding, redactor),
        received_at=now,
        rule_quiet_seconds=finding.quiet_seconds,
        **_identity(finding, redactor),
    )


def new_occurrence(
    incident_id: int,
    finding: Finding,
    evidence: dict[str, Any],
    redactor: Redactor,
    *,
    now: datetime,
    message_id: str,
) -> Occurrence:
    """A finding as an occurrence of an incident."""
    return Occurrence(
        incident_id=incident_id,
        rule=scrubbed_key(finding.rule, 200),
        fingerprint=finding.fingerprint,
        event_key=scrubbed_key(finding.event_key, 300),
        severity=finding.severity,
        time=finding.time,
        began_at=finding.since,
        run=scrubbed_key(finding.run, 200),
        links=_links(finding, redactor),
        received_at=now,
        message_id=message_id,
        log_name=clean(finding.log_name),
        insert_id=clean(finding.insert_id),
        log_url=clean(finding.log_url),
        principal=shown(finding.principal, redactor),
        summary=shown(finding.summary, redactor),
        evidence=evidence,
    )


def attach(incident: Incident, finding: Finding, redactor: Redactor) -> None:
    """Adds a finding to its incident, whose texts become those of the latest finding."""
    is_latest = finding.time >= incident.last_seen_at
    incident.last_seen_at = max(incident.last_seen_at, finding.time)
    incident.occurrence_count += 1
    if finding.failed:
        return
    if is_latest:
        retitle(incident, finding, redactor)
    incident.severity = max(Severity(incident.severity), finding.severity, key=lambda severity: severity.rank)


def retitle(incident: Incident, finding: Finding, redactor: Redactor) -> None:
    """Gives an incident the texts of a finding."""
    incident.resource = shown(finding.resource, redactor)
    incident.principal = shown(finding.principal, redactor)
    incident.summary = shown(finding.summary, redactor)
    incident.labels = labels(finding, redactor)
    incident.quiet_seconds = incident.rule_quiet_seconds = finding.quiet_seconds
    incident.error_class = finding.error


def evidence_of(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    """The matched fields as stored. The redactor learns from them which values to mask in texts."""
    evidence = {
        "fields": clean_json(redactor.redact(finding.fields)),
        "elements": clean_json(redactor.redact(finding.elements)),
        "labels": labels(finding, redactor),
    }
    if finding.translations:
        evidence[TRANSLATIONS] = {
            language: {name: shown(text, redactor) for name, text in texts.items()}
            for language, texts in finding.translations.items()
        }
    if finding.next_steps:
        evidence[NEXT_STEPS] = [_step(step, redactor) for step in finding.next_steps]
    return evidence


def _step(step: NextStep, redactor: Redactor) -> dict[str, str]:
    """A step as stored. A command with a masked value is left out, because it would do something else."""
    texts = {"en": clean(step.en), "ja": clean(step.ja)}
    is_whole = bool(step.command) and shown(step.command, redactor) == step.command
    return {**texts, "command": step.command} if is_whole else texts


def labels(finding: Finding, redactor: Redactor) -> dict[str, str]:
    """The labels of a finding as stored."""
    return {clean(name): shown(value, redactor) for name, value in redactor.redact(finding.labels).items()}


def shown(text: str, redactor: Redactor) -> str:
    """A text as stored."""
    return clean(redactor.mask(text))


def _identity(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    """The columns of an incident that identify the failed job and its location."""
    return {
        "title": clean(finding.title),
        "kind": str(finding.kind),
        "service": clean(finding.service, 40),
        "project": clean(finding.project, 100),
        "resource": shown(finding.resource, redactor),
        "quiet_seconds": finding.quiet_seconds,
        "error_class": finding.error,
    }


def _links(finding: Finding, redactor: Redactor) -> dict[str, Any] | None:
    """The links of a job of a group, and the columns for its incident if this job is the deepest."""
    links = finding.links
    failed = _failed_links(finding.failed) if finding.failed else {}
    if not links.group and not failed:
        return None
    names = {"own": list(links.own), "part_of": list(links.part_of), "apart": dict(links.separate_by)}
    stored = {**names, "incident": _identity(finding, redactor)}
    more = {"changes": _changes(finding, redactor), "state": finding.state}
    return stored | failed | {name: value for name, value in more.items() if value}


def cancel(session: Session, recovery: Recovery) -> datetime | None:
    """Marks the occurrence of an operation that was announced and then failed; returns its time, None if there is none."""
    key = (
        Occurrence.rule == scrubbed_key(recovery.rule, 200),
        Occurrence.event_key == scrubbed_key(recovery.event_key, 300),
    )
    occurrence = session.scalar(select(Occurrence).where(*key, Occurrence.fingerprint == recovery.fingerprint))
    if occurrence is None or FAILED in (occurrence.links or {}):
        return None
    incident = session.get_one(Incident, occurrence.incident_id)
    # Versions before this one read these names of every occurrence that has links.
    named = {
        name: getattr(incident, name) for name in ("title", "kind", "service", "project", "resource", "quiet_seconds")
    }
    known = occurrence.links or {"own": [], "part_of": [], "apart": {}, "incident": named}
    failed = FailedOperation(recovery.time, recovery.failed.reason if recovery.failed else "")
    occurrence.links = {**known, **_failed_links(failed)}
    session.flush()
    return occurrence.time


def _failed_links(failed: FailedOperation) -> dict[str, Any]:
    return {FAILED: {"time": failed.time.isoformat(), "reason": clean(failed.reason)}}


def _changes(finding: Finding, redactor: Redactor) -> dict[str, str]:
    """The changes of one call with their names in stored form."""
    return {fingerprint: shown(name, redactor) for fingerprint, name in finding.changes.items()}
