"""Weekly windows in local time, such as `mon-fri 08:00-20:00` and `sun 22:00-02:00` (which ends on Monday).

A window begins at the first instant at which the clock shows its beginning, and ends at the last one at which it shows
its end, so a change of clocks never shortens it. A window within the hour that the clocks skip does not occur on that
day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from shared.calendar.wall_clock import end_instant, instant
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.texts import validation as texts

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY = "daily"
_DAY = timedelta(days=1)
_HORIZON = 400  # days after which a calendar whose days are all holidays is given up
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_WINDOW = lazy_pattern(rf"([a-z,-]+)(?: {_TIME}-(?:{_TIME}|(24:00)))?")

Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """A window that begins at `begin` on each of the days (0 is Monday), and is `length` long on the wall clock."""

    days: frozenset[int]
    begin: time
    length: timedelta

    def on(self, day: date, zone: ZoneInfo) -> Period | None:
        """The window that begins on that day, in UTC; None if there is none."""
        if day.weekday() not in self.days:
            return None
        begin = datetime.combine(day, self.begin)
        period = instant(begin, zone), end_instant(begin + self.length, zone)
        return period if period[0] < period[1] else None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Windows in a time zone. No window begins on a holiday.

    `texts` are the windows as they were written.
    """

    texts: tuple[str, ...]
    timezone: str
    holidays: frozenset[date] = frozenset()

    def period_at(self, now: datetime) -> Period | None:
        """The period in which `now` lies, of windows that overlap or touch; None between windows."""
        for begin, end in self._periods(now):
            if begin > now:
                return None
            if now < end:
                return begin, end
        return None

    def next_period(self, now: datetime) -> Period | None:
        """The first period that begins after `now`; None if there is none within a year."""
        return next((each for each in self._periods(now) if each[0] > now), None)

    def as_dict(self) -> dict[str, Any]:
        """The calendar as JSON."""
        holidays = {"holidays": sorted(day.isoformat() for day in self.holidays)} if self.holidays else {}
        return {"windows": list(self.texts), "timezone": self.timezone, **holidays}

    @classmethod
    def from_dict(cls, block: Mapping[str, Any]) -> Calendar:
        """The calendar from JSON. Raises InputError."""
        holidays = frozenset(date.fromisoformat(day) for day in block.get("holidays", ()))
        made = cls(tuple(block["windows"]), str(block["timezone"]), holidays)
        windows(made.texts)
        zone_of(made.timezone)
        return made

    def _periods(self, now: datetime) -> Iterator[Period]:
        """The periods from the one before `now` on, merged, in order."""
        found: Period | None = None
        for period in self._single(now):
            if found is None:
                found = period
            elif period[0] <= found[1]:
                found = found[0], max(found[1], period[1])
            else:
                yield found
                found = period
        if found is not None:
            yield found

    def _single(self, now: datetime) -> Iterator[Period]:
        zone, every = zone_of(self.timezone), windows(self.texts)
        first = now.astimezone(zone).date() - 8 * _DAY
        for day in (first + number * _DAY for number in range(_HORIZON)):
            if day not in self.holidays:
                periods = (window.on(day, zone) for window in every)
                yield from sorted(period for period in periods if period is not None)


@cache
def windows(written: tuple[str, ...]) -> tuple[WeeklyWindow, ...]:
    """Parses windows as `parse_window` does. Raises InputError."""
    if not written:
        raise InputError(texts.NO_WINDOW)
    return tuple(parse_window(text) for text in written)


def parse_window(text: str) -> WeeklyWindow:
    """The window of `mon-fri 08:00-20:00`, `sat,sun` or `daily 22:00-07:00`. Raises InputError."""
    found = _WINDOW.fullmatch(text.strip().lower())
    if not found:
        raise InputError(texts.INVALID_WINDOW(text=text))
    days = _days(found[1], text)
    if found[2] is None:
        return WeeklyWindow(days, time(), _DAY)
    begin = time(int(found[2]), int(found[3]))
    end = time() if found[6] else time(int(found[4]), int(found[5]))
    length = _since_midnight(end) - _since_midnight(begin)
    if length == timedelta() and not found[6]:
        raise InputError(texts.EMPTY_WINDOW(text=text))
    return WeeklyWindow(days, begin, length if length > timedelta() else length + _DAY)


@cache
def zone_of(name: str) -> ZoneInfo:
    """The time zone. Raises InputError for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise InputError(texts.UNKNOWN_ZONE(name=name)) from error


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _days(text: str, window: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if part == DAILY:
            found |= set(range(7))
        elif first in DAYS and (last in DAYS or not dash):
            found |= set(_range(DAYS.index(first), DAYS.index(last or first)))
        else:
            raise InputError(texts.INVALID_WINDOW(text=window))
    return frozenset(found)


def _range(first: int, last: int) -> Sequence[int]:
    """The days from the first to the last one; `sat-mon` passes Sunday."""
    return [(first + number) % 7 for number in range((last - first) % 7 + 1)]
