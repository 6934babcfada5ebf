"""Learns the times of day at which a job starts, and on which weekdays. Times are local."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import log
from statistics import median

from insights.jobs.due_run import DAY, HOUR, MINUTE
from insights.jobs.habits.busy_hours import USUALLY
from insights.long_tail import beyond
from shared.lazy.dataclass import dataclass

DAY_MINUTES = 24 * 60
LEAST_DAYS = 3  # days of a kind on which a time of day is known
WIDEST = 3 * HOUR  # starts at one time of day are no further apart
APART = 45 * MINUTE  # starts further apart are two times of day
LEAST_DELAY = 15 * MINUTE  # nothing is late before
LONGEST_DELAY = 6 * HOUR
TAIL = 3.0  # deviations of the logarithm
DELAYS = 2  # times the largest delay so far
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A job starts `minute` minutes after midnight on these weekdays (0 is Monday), at most `delay` earlier or later.

    `starts` are its starts at this time, earliest first. With `is_past` the job ran on its latest days, but not at this
    time. The latest run started `later` by so much, and so perhaps will the next one, which is due at `next_due`.
    """

    minute: int
    weekdays: frozenset[int]
    delay: timedelta
    starts: tuple[datetime, ...]
    is_past: bool = False
    later: timedelta = timedelta()
    next_due: datetime | None = None

    def includes(self, start: datetime) -> bool:
        """Whether a start is at this time of day, on one of its days."""
        days = (start.date() + DAY * number for number in (-1, 0, 1))
        due = (at_minute(day, self.minute, start) for day in days if day.weekday() in self.weekdays)
        return any(abs(start - each) <= self.delay for each in due)


def times_of_day(starts: Sequence[datetime]) -> list[list[datetime]]:
    """The starts grouped by time of day; the day is cut in its longest period without a start."""
    ordered = sorted(starts, key=minute_of)
    minutes = [minute_of(each) for each in ordered]
    breaks = [at + 1 for at, (before, after) in enumerate(pairwise(minutes)) if (after - before) * MINUTE > APART]
    groups = [ordered[begin:end] for begin, end in pairwise([0, *breaks, len(ordered)])]
    around_midnight = len(groups) > 1 and (minutes[0] + DAY_MINUTES - minutes[-1]) * MINUTE <= APART
    return [groups[-1] + groups[0], *groups[1:-1]] if around_midnight else groups


def time_of_day(group: Sequence[datetime], every: Sequence[datetime]) -> TimeOfDay | None:
    """The time and the weekdays of a group; None if it has neither. `every` are the starts of the job."""
    begin = minute_of(group[0])
    after = sorted((minute_of(each) - begin) % DAY_MINUTES for each in group)
    if after[-1] * MINUTE > WIDEST:
        return None
    usual = int(median(after))
    largest = max(after[-1] - usual, usual)
    ran, any_run = ({_day(each, begin) for each in starts} for starts in (group, every))
    weekdays = _weekdays(ran, any_run)
    delay = min(max(LEAST_DELAY, DELAYS * largest * MINUTE, _tail(after) - usual * MINUTE), LONGEST_DELAY)
    is_past = _is_past(weekdays, ran, any_run)
    return TimeOfDay(begin + usual, weekdays, delay, tuple(sorted(group)), is_past) if weekdays else None


def at_minute(day: date, minute: int, like: datetime) -> datetime:
    """So many minutes after midnight of a day, in the time zone of `like`."""
    day, minute = day + DAY * (minute // DAY_MINUTES), minute % DAY_MINUTES
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=like.tzinfo)


def minute_of(moment: datetime) -> int:
    """The minute of the day."""
    return moment.hour * 60 + moment.minute


def _tail(minutes: Sequence[int]) -> timedelta:
    """The delay that is hardly ever exceeded: waits for other jobs have long tails, as lognormal values have."""
    return beyond([log(each + 1) for each in minutes], TAIL) * MINUTE


def _day(start: datetime, begin: int) -> date:
    """The day that a start belongs to, if days begin the given number of minutes after midnight."""
    day = start.date()
    return day if minute_of(start) >= begin else day - DAY


def _weekdays(ran: Collection[date], any_run: Collection[date]) -> frozenset[int]:
    """The weekdays on which a run is usual, from its days; `any_run` are the days of any run of the job."""
    until_last = _days(min(ran), min(max(ran), max(any_run)))
    return frozenset(weekday for weekday in range(7) if _is_usual(weekday, until_last, ran))


def _is_past(weekdays: Collection[int], ran: Collection[date], any_run: Collection[date]) -> bool:
    """Whether the job has not run at a time recently, although it ran at other times: it is no longer part of the pattern."""
    latest = [day for day in _days(min(ran), max(any_run)) if day.weekday() in weekdays][-LEAST_DAYS:]
    return len(latest) == LEAST_DAYS and all(day not in ran and day in any_run for day in latest)


def _days(first: date, last: date) -> list[date]:
    return [first + DAY * number for number in range((last - first).days + 1)]


def _is_usual(weekday: int, days: Sequence[date], ran: Collection[date]) -> bool:
    """Whether a run is usual on a weekday: judged by that weekday, by weekdays of its kind, or by all days."""
    own = [day for day in days if day.weekday() == weekday]
    alike = [day for day in days if (day.weekday() >= SATURDAY) == (weekday >= SATURDAY)]
    if len(own) < LEAST_DAYS and alike and all(day in ran for day in alike):
        own = alike if len(alike) >= LEAST_DAYS else list(days)
    elif len(own) < LEAST_DAYS:
        own = alike
    return len(own) >= LEAST_DAYS and sum(day in ran for day in own) >= USUALLY * len(own)
