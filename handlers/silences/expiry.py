"""Reminds people before a long silence expires, and reports what a silence suppressed when it ends.

Both are messages about one incident, `hinomi/silence_expires`: it opens with the reminder and resolves with the summary. A short
silence has only the summary, if it suppressed anything, and so has each window of a silence that recurs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from db.error_db import queries, silences
from handlers.match import mismatch
from handlers.plan import plan
from handlers.silences.matcher import matcher_text
from handlers.spec import Match
from shared.calendar.windows import Calendar, zone_of
from shared.errors import InputError
from shared.model import Finding, Status
from shared.own_incidents import SILENCE_EXPIRES, own_finding, own_recovery
from shared.records import IncidentChange, IncidentView, SilenceView
from shared.texts import Text, findings

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

# How long before its end people are reminded of a silence that lasts longer than this.
NOTICES = (
    (timedelta(days=30), timedelta(days=7)),
    (timedelta(days=7), timedelta(days=1)),
    (timedelta(days=1), timedelta(hours=4)),
)
LATEST_WINDOW = timedelta(hours=1)  # the same for a window of a silence that goes on
LATEST = timedelta(days=1)  # a silence that ended longer ago is not reported, such as those before an upgrade
QUIET = timedelta(days=8)  # longer than the longest notice
MOST_COUNTED = 1000  # unresolved incidents, the latest, that a silence is compared with
MOST_LISTED = 10  # incidents in a summary
UNRESOLVED = (Status.OPEN, Status.ACKNOWLEDGED)


def report_silences(transaction: ErrorTransaction, now: datetime, redact: Sequence[str] = ()) -> int:
    """Opens and resolves the incidents about ending silences; returns the number of changes.

    Raises SQLAlchemy errors; the store translates them. Two instances may call it at once: an incident opens once for each end
    of a silence.
    """
    longest = max(notice for _, notice in NOTICES)
    ending = silences.ending(transaction.session, after=now - LATEST, until=now + longest)
    found = [silence for silence in ending if _is_readable(silence)]
    known = queries.latest_by_resource(transaction.session, SILENCE_EXPIRES) if found else {}
    changes = 0
    for silence in found:
        for made in _changes(transaction, silence, known.get(_name(silence)), now, redact):
            plan(made, transaction, now)
            changes += len(made)
    return changes + sum(_report_window(transaction, *each, now, redact) for each in _ended_windows(transaction, now))


def _ended_windows(transaction: ErrorTransaction, now: datetime) -> Iterator[tuple[SilenceView, datetime, datetime]]:
    """The maintenance windows that ended within the last hour, without a summary yet, of silences that suppressed anything."""
    since = now - LATEST_WINDOW
    found = [each for each in silences.recurring(transaction.session, since=since, now=now) if each.hidden_count]
    known = queries.latest_by_resource(transaction.session, SILENCE_EXPIRES) if found else {}
    for silence in found:
        last = _last_window(silence, since, now) if _is_readable(silence) else None
        incident = known.get(_window_name(silence))
        if last and (incident is None or incident.resolved_at is None or incident.resolved_at < last[1]):
            yield silence, *last


def _last_window(silence: SilenceView, since: datetime, now: datetime) -> tuple[datetime, datetime] | None:
    """The window of the silence that ended between two times."""
    try:
        calendar = Calendar.from_dict(silence.recurrence or {})
    except (KeyError, TypeError, ValueError, InputError):
        return None  # it mutes nothing, and is logged when runs are planned
    for period in (calendar.period_at(since), calendar.next_period(since)):
        if period and since < period[1] <= min(now, silence.expires_at):
            return max(period[0], silence.starts_at), period[1]
    return None


def _report_window(
    transaction: ErrorTransaction,
    silence: SilenceView,
    begin: datetime,
    end: datetime,
    now: datetime,
    redact: Sequence[str],
) -> int:
    """Sums up a window that has ended, if it suppressed anything; returns the number of changes."""
    suppressed = silences.suppressed_incidents(transaction.session, silence.id, begin, end)
    if not suppressed:
        return 0
    zone = zone_of(str((silence.recurrence or {}).get("timezone", "UTC")))
    summary = findings.WINDOW_ENDED(
        id=silence.id,
        begin=f"{begin.astimezone(zone):%Y-%m-%d %H:%M %Z}",
        end=f"{end.astimezone(zone):%Y-%m-%d %H:%M %Z}",
        count=f"{len(suppressed):,}",
        **_incidents(transaction.session, suppressed),
    )
    name = _window_name(silence)
    made = transaction.record(_finding(silence, summary, begin, name=name, end=end), redact=redact)
    plan(made, transaction, now)
    ended = transaction.recover(own_recovery(SILENCE_EXPIRES, fault=name, time=now, summary=summary))
    plan(ended, transaction, now)
    return len(made) + len(ended)


def notice_of(silence: SilenceView) -> timedelta | None:
    """How long before its end people are reminded of a silence; None for a short silence."""
    lasts = silence.expires_at - silence.starts_at
    return next((notice for length, notice in NOTICES if lasts > length), None)


def _changes(
    transaction: ErrorTransaction,
    silence: SilenceView,
    incident: IncidentView | None,
    now: datetime,
    redact: Sequence[str],
) -> Iterator[list[IncidentChange]]:
    is_open = incident is not None and incident.status is not Status.RESOLVED
    notice, has_ended = notice_of(silence), silence.expires_at <= now
    is_due = notice is not None and silence.expires_at - notice <= now
    if has_ended and is_open:
        yield _end(transaction, silence, _summary(transaction.session, silence), now)
    elif has_ended and silence.hidden_count and not _is_reported(incident, silence):
        summary = _summary(transaction.session, silence)
        yield transaction.record(_finding(silence, summary, silence.starts_at), redact=redact)
        yield _end(transaction, silence, summary, now)
    elif is_due and not has_ended and not is_open:
        yield transaction.record(_finding(silence, _reminder(transaction.session, silence), now), redact=redact)
    elif is_open and not is_due:
        text = findings.SILENCE_EXTENDED(id=silence.id, until=_at(silence.expires_at))
        yield _end(transaction, silence, text, now)


def _is_readable(silence: SilenceView) -> bool:
    """Whether the matcher of a silence is readable; an unreadable one mutes nothing and is logged elsewhere."""
    try:
        return bool(str(matcher_text(silence.matcher))) and isinstance(Match.from_dict(silence.matcher), Match)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _is_reported(incident: IncidentView | None, silence: SilenceView) -> bool:
    """Whether this end of the silence has a summary. An earlier summary may precede an extension of the silence."""
    return incident is not None and incident.resolved_at is not None and incident.resolved_at >= silence.expires_at


def _finding(
    silence: SilenceView, summary: Text, time: datetime, *, name: str = "", end: datetime | None = None
) -> Finding:
    name, end = name or _name(silence), end or silence.expires_at
    return own_finding(
        SILENCE_EXPIRES,
        title=findings.SILENCE_EXPIRES_TITLE,
        summary=summary,
        resource=name,
        fault=[name],
        time=time,
        event_key=f"{SILENCE_EXPIRES}|{name}|{end.isoformat()}",
        quiet_seconds=int(QUIET.total_seconds()),
        labels={"silence": str(silence.id), "silence_owner": silence.owner},
    )


def _reminder(session: Session, silence: SilenceView) -> Text:
    return findings.SILENCE_EXPIRES(
        id=silence.id,
        at=_at(silence.expires_at),
        matcher=matcher_text(silence.matcher),
        owner=silence.owner,
        reason=silence.reason,
        count=f"{silence.hidden_count:,}",
        unresolved=f"{_matching(session, silence):,}",
    )


def _end(transaction: ErrorTransaction, silence: SilenceView, summary: Text, now: datetime) -> list[IncidentChange]:
    return transaction.recover(own_recovery(SILENCE_EXPIRES, fault=_name(silence), time=now, summary=summary))


def _summary(session: Session, silence: SilenceView) -> Text:
    """A sentence about what the silence suppressed, and which of these incidents are unresolved."""
    suppressed = silences.suppressed_incidents(session, silence.id, silence.starts_at, silence.expires_at)
    return findings.SILENCE_ENDED(id=silence.id, count=f"{silence.hidden_count:,}", **_incidents(session, suppressed))


def _incidents(session: Session, suppressed: Sequence[int]) -> dict[str, str]:
    numbers = sorted(set(suppressed))
    return {"incidents": _listed(numbers), "unresolved": _listed(queries.unresolved_among(session, numbers))}


def _listed(numbers: Sequence[int]) -> str:
    """The count and the first numbers: `12 (#3, #7 …)`."""
    shown = ", ".join(f"#{number}" for number in numbers[:MOST_LISTED])
    more = " …" if len(numbers) > MOST_LISTED else ""
    return f"{len(numbers)} ({shown}{more})" if numbers else "0"


def _matching(session: Session, silence: SilenceView) -> int:
    """The number of the latest unresolved incidents that the silence matches."""
    match = Match.from_dict(silence.matcher)
    found = queries.incidents(session, queries.IncidentFilter(status=UNRESOLVED), limit=MOST_COUNTED)
    return sum(mismatch(match, view, every=True) is None for view in found)


def _name(silence: SilenceView) -> str:
    return f"silence {silence.id}"


def _window_name(silence: SilenceView) -> str:
    return f"silence {silence.id}, window"


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
