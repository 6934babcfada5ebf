"""The cursor of each scheduled report. Its periods are sent one after the other, each by one instance.

A claim moves `not_before`, so that no other instance sends at the same time; after a crash, the period is due again
then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.error_db.models import ReportSubscription
from db.insert import insert
from db.sanitize import clean, clean_key

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription: the first day of its next period, the failed attempts to send it, and the last error.

    `maybe_sent` is set if an attempt with an unknown result may have sent the period.
    """

    name: str
    next_day: date
    attempts: int
    not_before: datetime
    sent_at: datetime | None
    error: str | None
    maybe_sent: bool


def find_or_begin(session: Session, name: str, first_day: date, now: datetime) -> SubscriptionState:
    """The subscription by name; a new one begins with the period of `first_day`."""
    key = clean_key(name, LONGEST_NAME)
    new = insert(session, ReportSubscription).values(
        name=key, next_day=first_day, attempts=0, not_before=now, maybe_sent=False
    )
    session.execute(new.on_conflict_do_nothing(index_elements=[ReportSubscription.name]))
    return _state(session.scalars(select(ReportSubscription).where(ReportSubscription.name == key)).one())


def listed(session: Session) -> list[SubscriptionState]:
    """All subscriptions that were ever due, by name."""
    return [_state(row) for row in session.scalars(select(ReportSubscription).order_by(ReportSubscription.name))]


def skip_to(session: Session, state: SubscriptionState, day: date) -> bool:
    """Skips the periods before `day`; False if another instance has changed the subscription."""
    return _changed(session, state, next_day=day)


def claim(session: Session, state: SubscriptionState, now: datetime, until: datetime) -> SubscriptionState | None:
    """Claims the next period until a time; None if another instance has claimed or sent it."""
    if state.not_before > now:
        return None
    # Until the result is recorded, a crash leaves it unknown.
    claimed = replace(state, attempts=state.attempts + 1, not_before=until, maybe_sent=True)
    values = {"attempts": claimed.attempts, "not_before": until, "maybe_sent": True}
    return claimed if _changed(session, state, **values) else None


def sent(session: Session, claimed: SubscriptionState, next_day: date, now: datetime) -> bool:
    """Records that the claimed period was sent; False if another instance has done so."""
    values = {
        "next_day": next_day,
        "attempts": 0,
        "not_before": now,
        "sent_at": now,
        "error": None,
        "maybe_sent": False,
    }
    return _changed(session, claimed, **values)


def failed(
    session: Session, claimed: SubscriptionState, error: str, until: datetime, *, maybe_sent: bool = False
) -> bool:
    """Records that an attempt failed, with the time of the next one."""
    return _changed(session, claimed, not_before=until, error=clean(error), maybe_sent=maybe_sent)


def _changed(session: Session, state: SubscriptionState, **values: object) -> bool:
    """Changes the subscription if it is unchanged since it was read, so that only one of two instances succeeds."""
    as_read = (
        ReportSubscription.name == state.name,
        ReportSubscription.next_day == state.next_day,
        ReportSubscription.attempts == state.attempts,
        ReportSubscription.not_before == state.not_before,
    )
    done = session.execute(update(ReportSubscription).where(*as_read).values(**values))
    return bool(getattr(done, "rowcount", 0))


def _state(row: ReportSubscription) -> SubscriptionState:
    return SubscriptionState(
        row.name, row.next_day, row.attempts, row.not_before, row.sent_at, row.error, row.maybe_sent
    )
