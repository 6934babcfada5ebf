"""Learns when a job runs from the starts of its runs: at an interval, or at certain times of certain days.

Nothing is read from a database here. A job is expected only if most of its runs follow a pattern. Times of day are
local, so that a change to or from summer time does not move them.
"""

from __future__ import annotations

from array import array
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from math import log
from statistics import median, median_high

from db.intervals import ONE_RUN
from insights.jobs.due_run import HOUR, DueRun, Localize, by_either_clock
from insights.long_tail import beyond

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
MONTH = timedelta(days=20)  # runs further apart are those of months
LEAST_RUNS = 4  # runs from which a habit is known
LEAST_DAYS = 3  # days of a kind on which a time of day is known
USUALLY = 0.75  # share of its days on which a run is expected
RECENT = 5 * WEEK
OFTEN = 3 * HOUR  # a job with a shorter interval is expected by its interval, otherwise by the time of day
WIDEST = 3 * HOUR  # starts at one time of day are no further apart
APART = 45 * MINUTE  # starts further apart are two times of day
ONE_AN_HOUR = 75 * MINUTE  # jobs of which only one start an hour is read have a shorter interval
LEAST_DELAY = 15 * MINUTE  # nothing is late before
LONGEST_DELAY = timedelta(hours=6)
TAIL = 3.0  # deviations of the logarithm
DELAYS = 2  # times the largest delay so far
SATURDAY = 5
SELDOM = 40 * MINUTE  # a job with a longer interval is expected by its starts of one an hour
LEAST_GAPS = 12
JOBS_KEPT = 4_000  # cadences that are kept: a few megabytes


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A job starts `minute` minutes after midnight on these weekdays (0 is Monday), at most `delay` earlier or later.

    `starts` are its starts at this time, earliest first.
    """

    minute: int
    weekdays: frozenset[int]
    delay: timedelta
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """A job starts `minute` minutes after midnight on this day of each month; 31 is the last day. A negative `minute` is before it.

    With `rolls`, a run that falls on a weekend starts on the next working day.
    """

    day: int
    minute: int
    delay: timedelta
    rolls: bool = False

    def of(self, month: date) -> date:
        """The day of the month on which the job runs, in the month of a date."""
        day = month.replace(day=min(self.day, monthrange(month.year, month.month)[1]))
        return day + DAY * max(7 - day.weekday(), 0) if self.rolls and day.weekday() >= SATURDAY else day


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a job runs, in one of four forms. `zone` converts times to local time.

    The forms are times of day, a day of the month, an `interval` during the hours of the week in `hours`, which begin
    `phase` after the full hour, or `declared`: a function of two times that returns the runs around that period. No run
    is due on days off.
    """

    zone: Localize
    times: tuple[TimeOfDay, ...] = ()
    month: DayOfMonth | None = None
    interval: timedelta | None = None
    delay: timedelta = timedelta()
    hours: frozenset[int] = frozenset()
    phase: timedelta = timedelta()
    is_off: Callable[[date], bool] | None = None
    declared: Callable[[datetime, datetime], Iterable[DueRun]] | None = None

    def due_after(self, last: datetime, until: datetime) -> Iterator[DueRun]:
        """The runs expected after the run that started at `last` and before `until`, earliest first."""
        if self.interval:
            yield from (each for each in self._by_interval(last, until) if self._is_working(each))
            return
        due = [each for each in self.due_around(last, until) if self._is_working(each)]
        runs = due if self.declared else by_either_clock(due, last, self.zone)
        yield from (each for each in runs if each.is_after(last) and each.due_at < until)

    def due_around(self, since: datetime, until: datetime) -> list[DueRun]:
        """The runs at the times of the job from about a day before `since` to a day after `until`, earliest first.

        Days off are not left out, and a job with an interval has none.
        """
        if self.declared:
            return sorted(self.declared(since, until), key=_due_at)
        return sorted(self._of_month(since, until) if self.month else self._of_days(since, until), key=_due_at)

    def _is_working(self, due: DueRun) -> bool:
        return self.is_off is None or not self.is_off(self.zone(due.due_at).date())

    def is_due(self, start: datetime) -> bool:
        """Whether a start is at a usual time of day or month: no earlier or later than usual."""
        delays = [each.delay for each in self.times] + ([self.month.delay] if self.month else [])
        delay = max(delays, default=self.delay)
        due = self.due_after(start - 2 * DAY, start + delay + 2 * HOUR)
        return any(each.is_near(start) for each in due)

    def _by_interval(self, last: datetime, until: datetime) -> Iterator[DueRun]:
        """Each interval after the last run, on hours at which the job usually runs."""
        interval = self.interval or DAY
        due = last + interval
        while due < until:
            if _hour_of_week(self.zone(due) - self.phase) in self.hours:
                yield DueRun(due, due + self.delay)
            due += interval

    def _of_days(self, last: datetime, until: datetime) -> Iterator[DueRun]:
        """Each time of day on its weekdays."""
        day = self.zone(last).date() - DAY
        while day <= self.zone(until).date():
            for each in self.times:
                if day.weekday() in each.weekdays:
                    due = _at(day, each.minute, self.zone(last))
                    yield DueRun(due, due + each.delay, starts=each.starts)
            day += DAY

    def _of_month(self, last: datetime, until: datetime) -> Iterator[DueRun]:
        """The day of each month."""
        first = self.zone(last).date().replace(day=1)
        while self.month and first <= self.zone(until).date() + DAY:  # a run of the first may be due before midnight
            due = _at(self.month.of(first), self.month.minute, self.zone(last))
            yield DueRun(due, due + self.month.delay)
            first = (first + 31 * DAY).replace(day=1)


def learn(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    """Learns the cadence of a job from the starts of its runs; None without a pattern, or with too few runs."""
    return _kept(_Starts(starts), zone)


class _Starts:
    """The key of the cache: equal for the same starts. It keeps only their digest once the cadence is learned."""

    __slots__ = ("digest", "times")

    def __init__(self, times: Sequence[datetime]) -> None:
        self.times: Sequence[datetime] = times
        self.digest = blake2b(array("d", map(datetime.timestamp, times)).tobytes(), digest_size=16).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Starts) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@lru_cache(maxsize=JOBS_KEPT)
def _kept(starts: _Starts, zone: Localize) -> Cadence | None:
    """The cached cadence, because most jobs have no new run since the same process checked them an hour ago."""
    times, starts.times = starts.times, ()  # the key stays
    return _learned(times, zone)


def _learned(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    runs = _separate_runs(sorted(starts))
    if len(runs) < LEAST_RUNS:
        return None
    recent = [start for start in runs if start > runs[-1] - RECENT]
    interval = median_high(after - before for before, after in pairwise(recent)) if len(recent) >= LEAST_RUNS else MONTH
    if interval < OFTEN:
        return _of_interval(recent, interval, zone)
    found = _of_times(recent, zone) if interval < MONTH else _of_months(runs[-LEAST_RUNS:], zone)
    return found or _of_long_interval(runs, zone)


def refined(cadence: Cadence, starts: Sequence[datetime]) -> Cadence:
    """The cadence of a job that runs several times an hour, from every start of its last days; of others `cadence` itself.

    `cadence` is learned from only some starts of such a job. A run is late after twice the largest delay of these days,
    without their longest gap, which may be an outage. In the first and the last hour of its day a job may run less often.
    """
    runs = _separate_runs(sorted(starts))
    gaps = sorted(after - before for before, after in pairwise(runs) if after - before <= OFTEN)
    if cadence.interval is None or len(gaps) < LEAST_GAPS:
        return cadence
    interval = median_high(gaps)
    usual = sum(gap <= interval * 1.5 for gap in gaps)
    hours, all_hours = cadence.hours, int(WEEK / HOUR)
    inner = frozenset(hour for hour in hours if {(hour - 1) % all_hours, (hour + 1) % all_hours} <= hours)
    if interval > SELDOM or usual < USUALLY * len(gaps) or not inner:
        return cadence
    return replace(
        cadence, interval=interval, delay=max(LEAST_DELAY, interval, DELAYS * (gaps[-2] - interval)), hours=inner
    )


def _separate_runs(starts: Sequence[datetime]) -> list[datetime]:
    """The first start of each run: attempts and retries follow within minutes, unless the job runs about that often."""
    gaps = [after - before for before, after in pairwise(starts)]
    if gaps and median_high(gaps) <= ONE_RUN * 1.5:
        return list(starts)
    return [start for at, start in enumerate(starts) if at == 0 or start - starts[at - 1] > ONE_RUN]


def _of_interval(starts: Sequence[datetime], interval: timedelta, zone: Localize) -> Cadence | None:
    gaps = sorted(after - before for before, after in pairwise(starts))
    usual = [gap for gap in gaps if gap <= interval * 1.5]
    if len(usual) < USUALLY * len(gaps):
        return None
    delay = max(LEAST_DELAY, DELAYS * (usual[-1] - interval), interval)
    local = [zone(start) for start in starts]
    phase = _phase(local, interval)
    hours = _busy_hours([start - phase for start in local], interval)
    return Cadence(zone, interval=interval, delay=delay, hours=hours, phase=phase)


def _phase(starts: Sequence[datetime], interval: timedelta) -> timedelta:
    """The minutes after the full hour at which hours begin: in the middle of the longest period without a start.

    A job that starts at 9:59 or 10:01 would otherwise run in the ninth hour on some days and in the tenth on others.
    If only one start an hour is known, the hours are those of UTC.
    """
    hours = {start.timestamp() // 3600 for start in starts} if interval < ONE_AN_HOUR else ()
    if len(hours) == len(starts):
        return (starts[-1].utcoffset() or timedelta()) % HOUR
    minutes = sorted({start.minute for start in starts})
    free, last = max((after - before, before) for before, after in pairwise([*minutes, minutes[0] + 60]))
    return (last + (free + 1) // 2) % 60 * MINUTE


def _busy_hours(starts: Sequence[datetime], interval: timedelta) -> frozenset[int]:
    """The hours of the week at which the job usually runs, from local times; with less than two weeks, of the day."""
    first, last = starts[0], starts[-1]
    period = WEEK if last - first >= 2 * WEEK else DAY
    slots = int(period / HOUR)
    seen: defaultdict[int, set[int]] = defaultdict(set)
    for local in starts:
        day = local.toordinal()
        seen[((day - 1) % 7 * 24 + local.hour) % slots].add(day)  # day 1 is a Monday
    periods = max((last - first) / period, 1.0)
    often = {slot for slot, days in seen.items() if len(days) >= USUALLY * periods - 1}
    step = max(int((interval + ONE_RUN) / HOUR), 1)  # an interval of about two hours leaves an hour between
    spread = {(slot + more) % slots for slot in often for more in range(step)}
    return frozenset(hour for hour in range(int(WEEK / HOUR)) if hour % slots in spread)


def _of_times(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    local = [zone(start) for start in starts]
    groups = _times_of_day(local)
    found = [(group, each) for group in groups if (each := _time_of_day(group, local))]
    kept = [(group, each) for group, each in found if each.weekdays]
    if not kept:
        return None
    since = min(min(group) for group, _ in kept)
    moved = sum(start >= since for group, each in found if not each.weekdays for start in group)
    every = sum(start >= since for start in local) - moved  # schedules in UTC move when the clocks change
    followed = sum(len(group) for group, _ in kept) >= USUALLY * every
    return Cadence(zone, times=tuple(each for _, each in kept)) if followed else None


def _of_months(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    """The day of the month on which the latest runs started: the same one, the last one, or a working day."""
    local, shift = _around_midnight([zone(start) for start in starts])
    months = {(each.year, each.month) for each in local}
    minutes = [_minute(each) for each in local]
    if len(months) < len(local) or (max(minutes) - min(minutes)) * MINUTE > WIDEST:
        return None
    delay = max(2 * HOUR, DELAYS * (max(minutes) - min(minutes)) * MINUTE)
    days = sorted({each.day for each in local})
    for day, rolls in ((days[0], False), (31, False), (days[0], True)):
        found = DayOfMonth(day, int(median(minutes)) - shift, delay, rolls)
        if all(found.of(each.date()) == each.date() for each in local):
            return Cadence(zone, month=found)
    return None


def _around_midnight(starts: Sequence[datetime]) -> tuple[list[datetime], int]:
    """The starts of a job that starts around midnight, moved to the following day; other starts unchanged."""
    around = _times_of_day(starts)[0]
    first, last = _minute(around[0]), _minute(around[-1])
    shift = DAY_MINUTES - first if last < first else 0
    return [each + shift * MINUTE for each in starts], shift


def _of_long_interval(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    """An interval of more than a week that nearly all runs keep to the day, such as every two weeks."""
    gaps = [after - before for before, after in pairwise(starts)]
    interval = median_high(gaps)
    kept = [gap for gap in gaps if abs(gap - interval) <= DAY]
    if interval <= WEEK + DAY or len(kept) < USUALLY * len(gaps):
        return None
    return Cadence(zone, interval=interval, delay=DAY, hours=frozenset(range(int(WEEK / HOUR))))


def _times_of_day(starts: Sequence[datetime]) -> list[list[datetime]]:
    """The starts grouped by time of day; the day is cut in its longest period without a start."""
    ordered = sorted(starts, key=_minute)
    minutes = [_minute(each) for each in ordered]
    breaks = [at + 1 for at, (before, after) in enumerate(pairwise(minutes)) if (after - before) * MINUTE > APART]
    groups = [ordered[begin:end] for begin, end in pairwise([0, *breaks, len(ordered)])]
    around_midnight = len(groups) > 1 and (minutes[0] + DAY_MINUTES - minutes[-1]) * MINUTE <= APART
    return [groups[-1] + groups[0], *groups[1:-1]] if around_midnight else groups


def _time_of_day(group: Sequence[datetime], every: Sequence[datetime]) -> TimeOfDay | None:
    """The time and the weekdays of a group; None if it has no pattern.

    Without weekdays if the job has moved to another time.
    """
    begin = _minute(group[0])
    after = sorted((_minute(each) - begin) % DAY_MINUTES for each in group)
    if after[-1] * MINUTE > WIDEST:
        return None
    usual = int(median(after))
    largest = max(after[-1] - usual, usual)
    weekdays = _weekdays({_day(each, begin) for each in group}, {_day(each, begin) for each in every})
    delay = min(max(LEAST_DELAY, DELAYS * largest * MINUTE, _tail(after) - usual * MINUTE), LONGEST_DELAY)
    return TimeOfDay(begin + usual, weekdays, delay, tuple(sorted(group))) if weekdays is not None else None


def _tail(minutes: Sequence[int]) -> timedelta:
    """The delay that is hardly ever exceeded: waits for other jobs have long tails, as lognormal values have."""
    return beyond([log(each + 1) for each in minutes], TAIL) * MINUTE


def _day(start: datetime, begin: int) -> date:
    """The day that a start belongs to, if days begin so many minutes after midnight."""
    day = start.date()
    return day if _minute(start) >= begin else day - DAY


def _weekdays(ran: Collection[date], any_run: Collection[date]) -> frozenset[int] | None:
    """The weekdays on which a run is usual, from its days; None without any. `any_run` are the days of any run.

    A time at which the job has not run recently, although it ran at other times, is no longer part of the pattern.
    """
    days = [min(ran) + DAY * number for number in range((max(any_run) - min(ran)).days + 1)]
    until_last = [day for day in days if day <= max(ran)]
    found = {weekday for weekday in range(7) if _is_usual(weekday, until_last, ran)}
    latest = [day for day in days if day.weekday() in found][-LEAST_DAYS:]
    moved = len(latest) == LEAST_DAYS and all(day not in ran and day in any_run for day in latest)
    return frozenset() if moved else frozenset(found) or None


def _is_usual(weekday: int, days: Sequence[date], ran: Collection[date]) -> bool:
    """Whether a run is usual on a weekday: by its days, by those of its kind, or by all if none of its kind is without."""
    own = [day for day in days if day.weekday() == weekday]
    alike = [day for day in days if (day.weekday() >= SATURDAY) == (weekday >= SATURDAY)]
    if len(own) < LEAST_DAYS and alike and all(day in ran for day in alike):
        own = alike if len(alike) >= LEAST_DAYS else list(days)
    elif len(own) < LEAST_DAYS:
        own = alike
    return len(own) >= LEAST_DAYS and sum(day in ran for day in own) >= USUALLY * len(own)


def _due_at(due: DueRun) -> datetime:
    return due.due_at


def _at(day: date, minute: int, like: datetime) -> datetime:
    day, minute = day + DAY * (minute // DAY_MINUTES), minute % DAY_MINUTES
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=like.tzinfo)


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _hour_of_week(moment: datetime) -> int:
    return moment.weekday() * 24 + moment.hour
