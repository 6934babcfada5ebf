"""Learns when a job runs from the starts of its runs: at an interval, or at certain times of certain days.

Nothing is read from a database here. A job is expected only if most of its runs follow a pattern. Times of day are
local, so that a change to or from summer time does not move them.
"""

from __future__ import annotations

from array import array
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from statistics import median, median_high

from db.intervals import ONE_RUN
from insights.jobs.due_run import DAY, HOUR, MINUTE, DueRun, Localize, by_either_clock
from insights.jobs.habits.busy_hours import USUALLY, WEEK, BusyHours, busy_hours
from insights.jobs.habits.moved_times import current_times
from insights.jobs.habits.schedule_moves import ScheduleMove, aligned, schedule_moves
from insights.jobs.habits.times_of_day import (
    DAY_MINUTES,
    DELAYS,
    LEAST_DELAY,
    SATURDAY,
    WIDEST,
    TimeOfDay,
    at_minute,
    minute_of,
    time_of_day,
    times_of_day,
)
from shared.lazy.dataclass import dataclass

MONTH = timedelta(days=20)  # runs further apart are those of months
LEAST_RUNS = 4  # runs from which a habit is known
RECENT = 5 * WEEK
OFTEN = 3 * HOUR  # a job with a shorter interval is expected by its interval, otherwise by the time of day
SELDOM = 40 * MINUTE  # a job with a longer interval is expected by its starts of one an hour
LEAST_GAPS = 12
JOBS_KEPT = 4_000  # cadences that are kept: a few megabytes


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

    The forms are times of day, a day of the month, an `interval` during the hours that are `busy` by each clock that
    the job may follow (always, without any), or `declared`: a function of two times that returns the runs around that
    period. No run is due on days off.
    """

    zone: Localize
    times: tuple[TimeOfDay, ...] = ()
    month: DayOfMonth | None = None
    interval: timedelta | None = None
    delay: timedelta = timedelta()
    busy: Sequence[BusyHours] = ()
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

        Runs on days off are included. A job with an interval has no times, and so no runs here.
        """
        if self.declared:
            return sorted(self.declared(since, until), key=_due_at)
        return sorted(self._of_month(since, until) if self.month else self._of_days(since, until), key=_due_at)

    def _is_working(self, due: DueRun) -> bool:
        return self.is_off is None or not self.is_off(self.zone(due.due_at))

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
            if all(busy.include(due) for busy in self.busy):
                yield DueRun(due, due + self.delay)
            due += interval

    def _of_days(self, last: datetime, until: datetime) -> Iterator[DueRun]:
        """The due runs at each time of day, on its weekdays."""
        day = self.zone(last).date() - DAY
        while day <= self.zone(until).date():
            for each in self.times:
                if day.weekday() in each.weekdays:
                    due = at_minute(day, each.minute, self.zone(last))
                    later = each.later if due == each.next_due else timedelta()
                    yield DueRun(due, due + each.delay + later, starts=each.starts, later=later)
            day += DAY

    def _of_month(self, last: datetime, until: datetime) -> Iterator[DueRun]:
        """The runs due on the usual day of each month."""
        first = self.zone(last).date().replace(day=1)
        while self.month and first <= self.zone(until).date() + DAY:  # a run of the first may be due before midnight
            due = at_minute(self.month.of(first), self.month.minute, self.zone(last))
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


def moves(starts: Iterable[datetime], zone: Localize) -> list[ScheduleMove]:
    """The moves to another time of day in the last five weeks of a job, earliest first; none for a job with an interval."""
    runs = _separate_runs(sorted(starts))
    recent = [start for start in runs if start > runs[-1] - RECENT]
    if len(recent) < LEAST_RUNS or median_high(after - before for before, after in pairwise(recent)) < OFTEN:
        return []
    return schedule_moves([zone(start) for start in recent])


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
    inner = [busy.inner() for busy in cadence.busy]
    if interval > SELDOM or usual < USUALLY * len(gaps) or not all(busy.hours for busy in inner):
        return cadence
    return replace(
        cadence, interval=interval, delay=max(LEAST_DELAY, interval, DELAYS * (gaps[-2] - interval)), busy=inner
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
    return Cadence(zone, interval=interval, delay=delay, busy=busy_hours(starts, interval, zone))


def _of_times(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    local = aligned([zone(start) for start in starts])
    times = [each for group in times_of_day(local) if (each := time_of_day(group, local))]
    now = current_times(times, local)
    if not now:
        return None
    since = min(each.starts[0] for each in now)
    kept = {start for each in now for start in each.starts}
    moved = {start for each in times for start in each.starts if start >= since} - kept
    every = sum(start >= since for start in local) - len(moved)  # schedules in UTC move when the clocks change
    return Cadence(zone, times=tuple(now)) if len(kept) >= USUALLY * every else None


def _of_months(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    """The day of the month on which the latest runs started: the same one, the last one, or a working day."""
    local, shift = _around_midnight([zone(start) for start in starts])
    months = {(each.year, each.month) for each in local}
    minutes = [minute_of(each) for each in local]
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
    around = times_of_day(starts)[0]
    first, last = minute_of(around[0]), minute_of(around[-1])
    shift = DAY_MINUTES - first if last < first else 0
    return [each + shift * MINUTE for each in starts], shift


def _of_long_interval(starts: Sequence[datetime], zone: Localize) -> Cadence | None:
    """An interval of more than a week that nearly all runs keep to the day, such as every two weeks."""
    gaps = [after - before for before, after in pairwise(starts)]
    interval = median_high(gaps)
    kept = [gap for gap in gaps if abs(gap - interval) <= DAY]
    if interval <= WEEK + DAY or len(kept) < USUALLY * len(gaps):
        return None
    return Cadence(zone, interval=interval, delay=DAY)


def _due_at(due: DueRun) -> datetime:
    return due.due_at
