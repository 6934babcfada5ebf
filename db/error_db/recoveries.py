"""Stores recoveries, and computes which runs of an incident remain unrepaired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from db.error_db.models import Incident, RecoveryRow
from db.error_db.periods import QUIET, RecoveryEvent
from db.error_db.timeline import left_unrepaired
from db.insert import dialect_of, insert_of
from db.sanitize import clean, scrubbed_key
from db.tables import table_of
from shared.model import Finding, Recovery


def keep(session: Session, fingerprint: str, event: RecoveryEvent) -> bool:
    """Stores a recovery; False if the fingerprint already has one of this time and run.

    An event replaces the end of a quiet period at the same time, because it says more.
    """
    values = {
        "fingerprint": fingerprint,
        "time": event.time,
        "run": event.run,
        "kind": event.kind,
        "summary": event.summary,
        "unless_after": event.unless_after,
        "separate_by": dict(sorted(event.separate_by)) or None,
    }
    if session.execute(_kept(dialect_of(session)), values).first() is not None:
        return True
    return event.kind != QUIET and _replace_quiet_end(session, values)


def _replace_quiet_end(session: Session, values: dict[str, Any]) -> bool:
    is_same = [getattr(RecoveryRow, name) == values[name] for name in ("fingerprint", "time", "run")]
    replaced = update(RecoveryRow).where(*is_same, RecoveryRow.kind == QUIET)
    changed = {name: values[name] for name in ("kind", "summary", "unless_after", "separate_by")}
    return session.execute(replaced.values(changed).returning(RecoveryRow.id)).first() is not None


@cache
def _kept(dialect: str) -> ReturningInsert[int]:
    table = table_of(RecoveryRow)
    return insert_of(dialect, table).on_conflict_do_nothing().returning(table.c.id)


def began_at(session: Session, finding: Finding) -> datetime:
    """The time when the fault of a finding began, at the earliest after its last recovery before the finding."""
    since = min(finding.since or finding.time, finding.time)
    if since == finding.time:
        return since
    runs = ("", scrubbed_key(finding.run, 200))
    good = select(func.max(RecoveryRow.time)).where(
        RecoveryRow.fingerprint == finding.fingerprint,
        RecoveryRow.run.in_(runs),
        RecoveryRow.time < finding.time,
        RecoveryRow.unless_after.is_(None),
    )
    return max([since, *filter(None, [session.scalar(good)])])


def recovered_at(session: Session, finding: Finding) -> datetime | None:
    """The time of the latest recovery before a finding, of its fault or of a job that contains it; None if there is none."""
    names = {finding.fingerprint, *finding.links.own, *finding.links.part_of}
    ended = RecoveryRow.fingerprint.in_(names), RecoveryRow.time < finding.time, RecoveryRow.kind == "recovery"
    return session.scalar(select(func.max(RecoveryRow.time)).where(*ended))


def with_failure(incident: Incident, run: str, time: datetime) -> dict[str, Any]:
    """The unrepaired runs of an incident after another failure of `run`, as JSON."""
    latest = max(time, unrepaired(incident).get(run, time)) if incident.unrepaired else time
    return {**(incident.unrepaired or {}), run: latest.isoformat()}


def repaired(incident: Incident, event: RecoveryEvent) -> bool:
    """Applies a recovery that is later than every failure of the incident; True if no run remains unrepaired."""
    left = left_unrepaired(unrepaired(incident), event)
    incident.unrepaired = as_json(left)
    if left:
        incident.later_success_at = event.time
    return not left


def event_of(recovery: Recovery) -> RecoveryEvent:
    """A recovery as a recovery event of its fingerprint."""
    run, summary = scrubbed_key(recovery.run, 200), clean(recovery.summary)
    separate_by = frozenset(recovery.links.separate_by)
    return RecoveryEvent(
        recovery.time, run, "recovery", summary, fingerprint=recovery.fingerprint, separate_by=separate_by
    )


def covered_names(recovery: Recovery) -> list[str]:
    """The names that a recovery covers: the job that succeeded, whose parts are repaired too, and the faults that one call undid."""
    links = recovery.links
    return [*(name for name in links.own if name not in links.part_of), *recovery.changes]


def unrepaired(incident: Incident) -> dict[str, datetime]:
    """The runs of an incident that failed and have not succeeded since, with the time of the latest failure."""
    stored: Mapping[str, str] = incident.unrepaired or {}
    return {run: datetime.fromisoformat(time) for run, time in stored.items()}


def as_json(left: Mapping[str, datetime]) -> dict[str, Any]:
    """Unrepaired runs as an incident stores them."""
    return {run: time.isoformat() for run, time in left.items()}


def needs_replay(incident: Incident, recovery: Recovery) -> bool:
    """Whether a recovery needs a replay, because it does more than repair an earlier failed run."""
    is_group = bool(recovery.links.group)
    return is_group or incident.flapping_since is not None or incident.last_seen_at > recovery.time
