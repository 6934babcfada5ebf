"""The incidents of one fingerprint, from its failures and recoveries in order of event time. Pure: no database here.

An incident lasts from its first failure until no run is left unrepaired. A recovery of one run repairs the failures of
that run; a recovery without a run repairs all of them. At equal times a failure comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FailureEvent:
    """One occurrence. `occurrence_id` is None while it is being recorded; `began` is at most `time`."""

    time: datetime
    began: datetime
    run: str
    occurrence_id: int | None


@dataclass(frozen=True, slots=True)
class RecoveryEvent:
    """A recovery of one `run`, or of all runs when it is empty.

    `unless_after` is set for a quiet period: a failure after that time that arrives later cancels the recovery.
    """

    time: datetime
    run: str
    kind: str
    summary: str
    unless_after: datetime | None = None


@dataclass(slots=True)
class IncidentPeriod:
    """One incident: its failures, its begin, and the recovery that ended it (None while a run is unrepaired)."""

    opened_at: datetime
    failures: list[FailureEvent]
    unrepaired: dict[str, datetime] = field(default_factory=dict)
    later_success_at: datetime | None = None
    ended: RecoveryEvent | None = None

    @property
    def last_seen_at(self) -> datetime:
        """Event time of its latest failure."""
        return self.failures[-1].time


def evaluate(failures: Iterable[FailureEvent], recoveries: Iterable[RecoveryEvent]) -> list[IncidentPeriod]:
    """The incidents of one fingerprint, earliest first, as if all events had arrived in order."""
    periods: list[IncidentPeriod] = []
    good_since: dict[str, datetime] = {}
    current: IncidentPeriod | None = None
    events: list[FailureEvent | RecoveryEvent] = [*failures, *recoveries]
    for event in sorted(events, key=lambda one: (one.time, isinstance(one, RecoveryEvent))):
        if isinstance(event, RecoveryEvent):
            if event.unless_after is None:
                good_since[event.run] = event.time
                _repair_closed(periods, event)
            if current is not None and repair(current, event):
                current = None
        elif current is None:
            current = IncidentPeriod(_began(event, good_since), [event], {event.run: event.time})
            periods.append(current)
        else:
            current.opened_at = min(current.opened_at, _began(event, good_since))
            current.failures.append(event)
            current.unrepaired[event.run] = event.time
    return periods


def repair(period: IncidentPeriod, recovery: RecoveryEvent) -> bool:
    """Applies a recovery that is later than every failure of the period; True when it ends the incident."""
    if recovery.unless_after is not None:
        period.ended = recovery if period.last_seen_at <= recovery.unless_after else None
        return period.ended is not None
    period.unrepaired = left_unrepaired(period.unrepaired, recovery.run)
    if period.unrepaired:
        period.later_success_at = recovery.time
        return False
    period.ended = recovery
    return True


def _repair_closed(periods: Iterable[IncidentPeriod], recovery: RecoveryEvent) -> None:
    """What a quiet period closed is as unrepaired as before, until its runs succeed."""
    for period in periods:
        if period.ended is not None and period.ended.unless_after is not None:
            period.unrepaired = left_unrepaired(period.unrepaired, recovery.run)


def left_unrepaired(unrepaired: dict[str, datetime], run: str) -> dict[str, datetime]:
    """The runs that a recovery of `run` leaves unrepaired. A failure without a run is repaired by any recovery."""
    return {name: time for name, time in unrepaired.items() if run and name and name != run}


def _began(failure: FailureEvent, good_since: dict[str, datetime]) -> datetime:
    """When a failure began: not before the last recovery that covers its run, if that was before the failure."""
    good = [time for run, time in good_since.items() if (not run or run == failure.run) and time < failure.time]
    return max([failure.began, *good])
