"""Feedback of people on learned alarms, stored with the fault and applied to its later alarms.

Feedback is about incidents of RULES, which learned from the past what is usual. Each kind of feedback suppresses some
alarms of the same fault, both past ones (to show its effect) and future ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.error_db.incidents import false_alarms
from db.error_db.models import AlarmFeedback
from db.sanitize import clean
from shared.identity.cost_rules import UNUSUAL_COST
from shared.identity.late_jobs import LATE
from shared.identity.table_rules import STALE, VOLUME
from shared.model import Finding
from shared.records import IncidentChange, IncidentView
from shared.texts import feedback as texts

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

RULES = frozenset({"metrics/unusual", "metrics/silent", LATE, STALE, VOLUME, UNUSUAL_COST})
COUNTED = frozenset({LATE, STALE})  # their value is the number of runs or updates that are missing
MISSED = "missed"
DAY = timedelta(days=1)
ADAPTS = timedelta(days=28)  # so long the values of a new normal are no alarm; then the habit is learned
ROOM = 0.5  # how much farther outside than the alarm itself a value may be that is the new normal


class FeedbackKind(StrEnum):
    """The kinds of feedback on an alarm."""

    EXPECTED = "expected"
    NEW_NORMAL = "new_normal"
    NEVER = "never"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's feedback on an alarm that lasted from `since` to `until`.

    For a new normal, values from `low` to `high` raise no alarm.
    """

    verdict: FeedbackKind
    since: datetime
    until: datetime
    low: float | None = None
    high: float | None = None
    reason: str = ""
    by: str = ""
    at: datetime | None = None

    def leaves_out(self, start: datetime, last: datetime, value: float | None = None) -> bool:
        """Whether the feedback suppresses an alarm of the same fault."""
        if self.verdict is FeedbackKind.NEVER:
            return True
        if self.verdict is FeedbackKind.EXPECTED:
            is_more = (
                value is not None and self.high is not None and value > self.high
            )  # another run that did not start
            return start <= self.until and last >= self.since and not is_more
        if self.verdict is FeedbackKind.NEW_NORMAL and self.since <= start < self.since + ADAPTS:
            return value is None or (
                (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
            )
        return False


def of_incident(view: IncidentView, verdict: FeedbackKind, *, by: str, reason: str = "", now: datetime) -> Feedback:
    """The feedback that a person gives on an incident; a new normal extends to values 1.5 times as far outside the range.

    The value of a late job or a stale table is the number of its missing runs or updates: no more than these are
    expected, or normal.
    """
    fields = view.evidence.get("fields", {})
    lowest = highest = None
    if verdict is FeedbackKind.NEW_NORMAL:
        lowest, highest = (None, float(fields.get(MISSED) or 0)) if view.rule in COUNTED else _new_range(fields)
    elif verdict is FeedbackKind.EXPECTED and isinstance(fields.get(MISSED), int):
        highest = float(fields[MISSED])
    since, until = view.opened_at, view.resolved_at or max(view.last_seen_at, now)
    if day := _day(fields):
        since, until = day, day + DAY - timedelta(seconds=1)
    return Feedback(verdict, since, until, lowest, highest, reason, by, now)


def _value(fields: Mapping[str, Any]) -> float | None:
    """The value of an alarm: of a metric or volume, the cost of a day, or the number of missing runs or updates."""
    values = (fields.get(name) for name in ("value", "price", MISSED))
    return next((float(each) for each in values if isinstance(each, int | float)), None)


def _new_range(fields: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The range of values that a new normal allows; None at an end without a limit. A cost has only an upper limit."""
    value, low, high = _value(fields), fields.get("expected_low"), fields.get("expected_high", fields.get("limit"))
    if value is None or high is None:
        return None, None
    highest = value + ROOM * (value - high) if value > high else high
    return (None if low is None else value - ROOM * (low - value) if value < low else low), highest


def _day(fields: Mapping[str, Any]) -> datetime | None:
    """The begin of the UTC day that an alarm is about; None for other alarms."""
    try:
        return datetime.combine(date.fromisoformat(str(fields["day"])), time(), UTC)
    except (KeyError, ValueError):
        return None


def give(
    transaction: ErrorTransaction, view: IncidentView, verdict: FeedbackKind, *, by: str, reason: str, time: datetime
) -> IncidentChange | None:
    """Stores feedback on an incident, replacing earlier feedback on its fault; any feedback except that the fault is real resolves it.

    Returns the change for handlers; None if nothing was resolved.
    """
    feedback = of_incident(view, verdict, by=clean(by), reason=clean(reason), now=time)
    withdraw(transaction.session, view.fingerprint, time)
    transaction.session.add(
        AlarmFeedback(
            fingerprint=view.fingerprint, incident_id=view.id, verdict=verdict, since=feedback.since, until=feedback.until,
            low=feedback.low, high=feedback.high, reason=feedback.reason, created_by=feedback.by, created_at=time,
        )
    )  # fmt: skip
    if verdict is FeedbackKind.REAL:
        false_alarms.unmark(transaction, view.id)
        return None
    word = texts.VERDICTS[verdict].en
    _, change = false_alarms.mark(
        transaction, view.id, by=by, reason=f"{word}: {reason}" if reason else word, time=time
    )
    return change


def withdraw(session: Session, fingerprint: str, now: datetime) -> bool:
    """Ends the feedback on a fault; False if there is none."""
    applies = AlarmFeedback.fingerprint == fingerprint, AlarmFeedback.ended_at.is_(None)
    result = session.execute(update(AlarmFeedback).where(*applies).values(ended_at=now))
    return bool(getattr(result, "rowcount", 0))


def active(session: Session, fingerprints: Collection[str] | None = None) -> dict[str, list[Feedback]]:
    """The active feedback by fingerprint: of these fingerprints, or of all."""
    query = select(AlarmFeedback).where(AlarmFeedback.ended_at.is_(None)).order_by(AlarmFeedback.id)
    if fingerprints is not None:
        query = query.where(AlarmFeedback.fingerprint.in_(sorted(fingerprints)))
    applying: defaultdict[str, list[Feedback]] = defaultdict(list)
    for row in session.scalars(query):
        applying[row.fingerprint].append(
            Feedback(
                FeedbackKind(row.verdict),
                row.since,
                row.until,
                row.low,
                row.high,
                row.reason,
                row.created_by,
                row.created_at,
            )
        )
    return dict(applying)


def suppresses(given: Iterable[Feedback], finding: Finding) -> bool:
    """Whether any of the feedback suppresses a finding of RULES."""
    day = _day(finding.fields)
    start, last = (day, day) if day else (finding.since or finding.time, finding.time)
    return is_left_out(given, start, last, _value(finding.fields))


def is_left_out(given: Iterable[Feedback], start: datetime, last: datetime, value: float | None = None) -> bool:
    """Whether any of the feedback suppresses the alarm."""
    return any(each.leaves_out(start, last, value) for each in given)
