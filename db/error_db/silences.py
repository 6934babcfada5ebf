"""Silences: for which incidents no actions run, until when, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from db.error_db.models import ActionRun, Silence
from db.error_db.views import silence_view
from db.sanitize import clean, clean_json
from shared.errors import InputError
from shared.logs import log
from shared.records import SilenceView

SILENCED = "silenced"  # why a run was skipped
MOST_RUNS = 10_000  # read for a summary


def add(
    session: Session,
    *,
    matcher: dict[str, Any],
    owner: str,
    reason: str,
    starts_at: datetime,
    expires_at: datetime,
    now: datetime,
) -> SilenceView:
    """Adds a silence. `matcher` is the match block of a handler rule."""
    silence = Silence(
        matcher=clean_json(matcher, bounded=False),
        owner=clean(owner),
        reason=clean(reason),
        starts_at=starts_at,
        expires_at=expires_at,
        hidden_count=0,
        created_at=now,
    )
    session.add(silence)
    session.flush()
    return silence_view(silence)


def limit(session: Session, silence: SilenceView, recurrence: dict[str, Any]) -> SilenceView:
    """Limits a silence to the weekly windows of a calendar, as JSON."""
    session.execute(update(Silence).where(Silence.id == silence.id).values(recurrence=recurrence))
    return replace(silence, recurrence=recurrence)


def active(session: Session, now: datetime) -> list[SilenceView]:
    """Silences that are active at `now`, each with the end of its current window as `expires_at`."""
    found = [(view, window(view, now)) for view in map(silence_view, session.scalars(_ACTIVE, {_NOW.key: now}))]
    return [replace(view, expires_at=present[1]) for view, present in found if present and present[0] <= now]


_NOW = bindparam("silences_now", type_=Silence.__table__.c.starts_at.type)
_ACTIVE = select(Silence).where(Silence.starts_at <= _NOW, Silence.expires_at > _NOW).order_by(Silence.id)


def window(silence: SilenceView, now: datetime) -> tuple[datetime, datetime] | None:
    """The current or next window in which a silence is active; None after the last one.

    A silence with an unreadable calendar has none: an unneeded card is better than a missing one.
    """
    begin, end = silence.starts_at, silence.expires_at
    if silence.recurrence is not None:
        present = _recurring(silence, max(now, begin))
        if present is None:
            return None
        begin, end = max(begin, present[0]), min(end, present[1])
    return (begin, end) if max(now, begin) < end else None


def _recurring(silence: SilenceView, moment: datetime) -> tuple[datetime, datetime] | None:
    from shared.calendar.windows import Calendar  # noqa: PLC0415 - few silences recur

    try:
        calendar = Calendar.from_dict(silence.recurrence or {})
    except (KeyError, TypeError, ValueError, InputError) as error:
        log("ERROR", "silence cannot be read", silence=silence.id, error=repr(error))
        return None
    return calendar.period_at(moment) or calendar.next_period(moment)


def listed(session: Session, now: datetime, *, with_expired: bool = False) -> list[SilenceView]:
    """Silences that are active or begin later, by expiry, earliest first; with `with_expired`, also expired ones."""
    query = select(Silence).order_by(Silence.expires_at, Silence.id)
    if not with_expired:
        query = query.where(Silence.expires_at > now)
    return [silence_view(row) for row in session.scalars(query)]


def expire(session: Session, silence_id: int, now: datetime) -> bool:
    """Ends a silence at `now`; False when it has expired or does not exist."""
    ended = update(Silence).where(Silence.id == silence_id, Silence.expires_at > now).values(expires_at=now)
    return session.scalar(ended.returning(Silence.id)) is not None


def extend(session: Session, silence_id: int, more: timedelta, now: datetime) -> datetime | None:
    """Extends a silence; returns its new end, None if it has expired or does not exist."""
    silence = session.get(Silence, silence_id, with_for_update=True)
    if silence is None or silence.expires_at <= now:
        return None
    silence.expires_at += more
    session.flush()
    return silence.expires_at


def ending(session: Session, *, after: datetime, until: datetime) -> list[SilenceView]:
    """The silences that end after one time and until another one, by their end."""
    within = Silence.expires_at > after, Silence.expires_at <= until
    return [silence_view(row) for row in session.scalars(select(Silence).where(*within).order_by(Silence.expires_at))]


def recurring(session: Session, *, since: datetime, now: datetime) -> list[SilenceView]:
    """The silences with windows that have begun, and have not ended before `since`."""
    query = select(Silence).where(Silence.starts_at <= now, Silence.expires_at > since).order_by(Silence.id)
    return [view for view in map(silence_view, session.scalars(query)) if view.recurrence is not None]


def suppressed_incidents(session: Session, silence_id: int, begin: datetime, end: datetime) -> list[int]:
    """The incident numbers of the action runs that the silence suppressed between two times, in order."""
    during = ActionRun.created_at >= begin, ActionRun.created_at <= end
    query = select(ActionRun.incident_id, ActionRun.decision).where(ActionRun.reason == SILENCED, *during)
    found = session.execute(query.order_by(ActionRun.id).limit(MOST_RUNS))
    return sorted(number for number, decision in found if _names(decision or (), silence_id))


def _names(decision: Iterable[Mapping[str, Any]], silence_id: int) -> bool:
    """Whether the decision says that this silence suppressed the run."""
    values = (each.get("values") or {} for each in decision if each.get("reason") == SILENCED)
    return any(each.get("id") == str(silence_id) for each in values)


def count_suppressed(session: Session, silence_id: int) -> None:
    """Counts an action run that a silence suppressed."""
    counted = update(Silence).where(Silence.id == silence_id).values(hidden_count=Silence.hidden_count + 1)
    session.execute(counted)
