"""The stored failures and recoveries of incidents, as events of an evaluation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from db.error_db.job_groups.related import chunks
from db.error_db.models import Incident, Occurrence, RecoveryRow
from db.error_db.periods import FAILED, FailureEvent, RecoveryEvent
from db.error_db.quiet import rule_seconds
from shared.model import FailedOperation

# Each message of a group of jobs needs these queries; to build one took longer than to execute it.
_NUMBERS: BindParameter[Any] = bindparam("incidents_of_events", expanding=True)
_NAMES: BindParameter[Any] = bindparam("names_of_events", expanding=True)
_START: BindParameter[datetime] = bindparam("start_of_events")
_FAILURES = select(
    Occurrence.id,
    Occurrence.incident_id,
    Occurrence.time,
    Occurrence.began_at,
    Occurrence.run,
    Occurrence.fingerprint,
    Occurrence.links,
).where(Occurrence.incident_id.in_(_NUMBERS))
# Events of the same time are evaluated as they were recorded: PostgreSQL returns updated rows later.
_FAILURES = _FAILURES.order_by(Occurrence.id)
_RECOVERIES = select(RecoveryRow).where(RecoveryRow.fingerprint.in_(_NAMES), RecoveryRow.time >= _START)
_RECOVERIES = _RECOVERIES.order_by(RecoveryRow.id)
_EARLIER_RECOVERIES = (
    select(RecoveryRow.fingerprint, RecoveryRow.run, func.max(RecoveryRow.time))
    .where(RecoveryRow.fingerprint.in_(_NAMES), RecoveryRow.time < _START, RecoveryRow.unless_after.is_(None))
    .group_by(RecoveryRow.fingerprint, RecoveryRow.run)
)


def failures(session: Session, incidents: Mapping[int, Incident]) -> Iterator[tuple[int, FailureEvent]]:
    """The failures of incidents, by number, each with the number of its incident."""
    for row in session.execute(_FAILURES, {_NUMBERS.key: list(incidents)}):
        links = row.links or {}
        own, part_of = (frozenset(links.get(name, ())) for name in ("own", "part_of"))
        separate_by, changes = (links.get(name, {}).items() for name in ("apart", "changes"))
        shown = links.get("incident") or {}
        yield (
            row.incident_id,
            FailureEvent(
                time=row.time,
                began=row.began_at or row.time,
                run=row.run,
                occurrence_id=row.id,
                fingerprint=row.fingerprint,
                own=own,
                part_of=part_of,
                changes=tuple(changes),
                separate_by=frozenset(separate_by),
                quiet_seconds=shown.get("quiet_seconds") or rule_seconds(incidents[row.incident_id]),
                state=links.get("state", ""),
                failed=_failed(links.get("failed")),
                resource=shown.get("resource", ""),
            ),
        )


def names_of(failures: Iterable[FailureEvent]) -> set[str]:
    """The names under which the recoveries of failures are stored."""
    return {name for failure in failures for name in (failure.fingerprint, *failure.faults, *failure.part_of)}


def recoveries(session: Session, names: Collection[str], start: datetime) -> Iterator[RecoveryEvent]:
    """The recoveries of these names since `start`."""
    for chunk in chunks(sorted(names)):
        yield from map(_event_of, session.scalars(_RECOVERIES, {_NAMES.key: chunk, _START.key: start}))


def latest_before(session: Session, names: Collection[str], start: datetime) -> Iterator[RecoveryEvent]:
    """The latest recovery of each run before `start`, which limits how early a failure can have begun."""
    for chunk in chunks(sorted(names)):
        for name, run, time in session.execute(_EARLIER_RECOVERIES, {_NAMES.key: chunk, _START.key: start}):
            yield RecoveryEvent(time, run, "recovery", "", fingerprint=name)


def _event_of(row: RecoveryRow) -> RecoveryEvent:
    separate_by = frozenset((row.separate_by or {}).items())
    ends = row.kind not in ("recovery", FAILED)  # a whole incident, rather than one of its jobs
    return RecoveryEvent(row.time, row.run, row.kind, row.summary, row.unless_after, row.fingerprint, ends, separate_by)


def _failed(stored: dict[str, str] | None) -> FailedOperation | None:
    return FailedOperation(datetime.fromisoformat(stored["time"]), stored["reason"]) if stored else None
