"""Rows of the Error DB as the plain values of shared/records.py."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, Select, bindparam, case, select
from sqlalchemy.orm import Session, aliased

from db.error_db.models import Incident, Occurrence
from shared.model import ErrorClass, IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.records import ChannelView, IncidentView, OccurrenceView, RunView, SilenceView

if TYPE_CHECKING:
    from db.error_db.models import ActionRun, Channel, Silence


def incident_view(incident: Incident, occurrence: Occurrence | None) -> IncidentView:
    """The incident with the evidence of the given occurrence."""
    evidence = occurrence.evidence if occurrence else {}
    return IncidentView(
        id=incident.id,
        fingerprint=incident.fingerprint,
        rule=incident.rule,
        title=incident.title,
        kind=IncidentKind(incident.kind),
        severity=Severity(incident.severity),
        service=incident.service,
        project=incident.project,
        resource=incident.resource,
        principal=incident.principal,
        summary=incident.summary,
        status=Status(incident.status),
        opened_at=incident.opened_at,
        last_seen_at=incident.last_seen_at,
        occurrence_count=incident.occurrence_count,
        acknowledged_at=incident.acknowledged_at,
        acknowledged_by=incident.acknowledged_by,
        resolved_at=incident.resolved_at,
        resolution=incident.resolution,
        quiet_seconds=incident.quiet_seconds,
        labels=evidence.get("labels") or incident.labels,
        received_at=incident.received_at,
        evidence=evidence,
        log_url=occurrence.log_url if occurrence else "",
        resolved_by=incident.resolved_by,
        unrepaired_runs=tuple(sorted(run for run in incident.unrepaired or {} if run)),
        later_success_at=incident.later_success_at,
        flapping_since=incident.flapping_since,
        reason=incident.reason,
        error=ErrorClass(incident.error_class) if incident.error_class else None,
        effects=tuple(incident.effects or ()),
        merged_numbers=tuple(incident.merged_numbers or ()),
        false_alarm_at=incident.false_alarm_at,
        false_alarm_by=incident.false_alarm_by,
        false_alarm_reason=incident.false_alarm_reason,
    )


def job_view(incident: Incident, occurrence: Occurrence) -> IncidentView:
    """The incident described by the job of the given occurrence, if it is an incident of several jobs."""
    view = incident_view(incident, occurrence)
    if not occurrence.links:
        return view
    job = occurrence.links["incident"]
    return replace(
        view,
        rule=occurrence.rule,
        title=job["title"],
        kind=IncidentKind(job["kind"]),
        service=job["service"],
        project=job["project"],
        resource=job["resource"],
        error=ErrorClass(job["error_class"]) if job.get("error_class") else view.error,
        principal=occurrence.principal,
        summary=occurrence.summary,
    )


@cache  # each message needs it
def with_latest_occurrence() -> Select[Incident, Occurrence | None]:
    """Incidents, each with its latest occurrence by event time (None when it has none).

    An incident of several jobs comes with the latest occurrence of the job that describes it.
    """
    inner = aliased(Occurrence)
    latest = select(inner.id).where(inner.incident_id == Incident.id).order_by(inner.time.desc(), inner.id.desc())
    of_job = latest.where(inner.rule == Incident.rule).limit(1).scalar_subquery()
    shown = case((Incident.fault_group != Incident.fingerprint, of_job), else_=latest.limit(1).scalar_subquery())
    return select(Incident, Occurrence).outerjoin(Occurrence, Occurrence.id == shown)


_NUMBER: BindParameter[int] = bindparam("incident_number")


@cache
def _one() -> Select[Incident, Occurrence | None]:
    return with_latest_occurrence().where(Incident.id == _NUMBER).execution_options(populate_existing=True)


def load_view(session: Session, incident_id: int, occurrence_id: int | None = None) -> IncidentView | None:
    """One incident in its current state; None if it does not exist. For a merged one, the incident that it was merged into.

    With `occurrence_id`, evidence, log URL and labels come from that occurrence.
    """
    row = session.execute(_one(), {_NUMBER.key: incident_id}).one_or_none()
    if row is None:
        from db.error_db.job_groups.merges import current_number  # noqa: PLC0415

        remaining = current_number(session, incident_id)
        return None if remaining is None else load_view(session, remaining, occurrence_id)
    incident, occurrence = row
    if occurrence_id is not None:
        requested = session.get(Occurrence, occurrence_id)
        occurrence = requested if requested is not None and requested.incident_id == incident_id else occurrence
    return incident_view(incident, occurrence)


def occurrence_view(row: Occurrence) -> OccurrenceView:
    """An occurrence as a view."""
    return OccurrenceView(
        id=row.id,
        rule=row.rule,
        event_key=row.event_key,
        severity=Severity(row.severity),
        time=row.time,
        received_at=row.received_at,
        message_id=row.message_id,
        log_name=row.log_name,
        insert_id=row.insert_id,
        log_url=row.log_url,
        principal=row.principal,
        summary=row.summary,
        evidence=row.evidence,
    )


def run_view(row: ActionRun) -> RunView:
    """An action run as a view."""
    return RunView(
        id=row.id,
        incident_id=row.incident_id,
        occurrence_id=row.occurrence_id,
        handler_rule=row.handler_rule,
        trigger=Trigger(row.trigger),
        cause=row.cause,
        action=row.action,
        target=row.target,
        params=row.params,
        mode=Mode(row.mode),
        state=RunState(row.state),
        reason=row.reason,
        not_before=row.not_before,
        held_until=row.held_until,
        attempts=row.attempts,
        result=row.result,
        error=row.error,
        undo=row.undo,
        details=row.details,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        decision=tuple(row.decision or ()),
        approval=row.approval,
        approval_until=row.approval_until,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        number_before=row.number_before,
        plan_made=row.plan,
        after=row.after,
        verdict=row.verdict,
        verify_at=row.verify_at,
        refusal=row.refusal,
        undo_of=row.undo_of,
        undone_at=row.undone_at,
        worker=row.worker,
    )


def silence_view(row: Silence) -> SilenceView:
    """A silence as a view."""
    return SilenceView(
        id=row.id,
        matcher=row.matcher,
        owner=row.owner,
        reason=row.reason,
        starts_at=row.starts_at,
        expires_at=row.expires_at,
        hidden_count=row.hidden_count,
        created_at=row.created_at,
        recurrence=row.recurrence,
    )


def channel_view(row: Channel) -> ChannelView:
    """A notification channel as a view."""
    return ChannelView(
        name=row.name,
        failures=row.failures,
        broken_since=row.broken_since,
        reason=row.reason,
        next_attempt_at=row.next_attempt_at,
        repaired_at=row.repaired_at,
    )
