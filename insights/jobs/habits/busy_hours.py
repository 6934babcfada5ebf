"""The hours of the week at which a job with an interval usually runs, by every clock that it may follow.

Without a declared schedule, the time zone of a job is unknown. After clocks changed anywhere, the usual hours differ
from one time zone to another. After a few days, the starts of the job rule out most zones; until then, a run is due
only at hours that are usual in all remaining ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from itertools import pairwise

from db.intervals import ONE_RUN
from insights.jobs.due_run import DAY, HOUR, MINUTE, Localize, zones
from shared.lazy.dataclass import dataclass

WEEK = timedelta(days=7)
EVERY_HOUR = frozenset(range(int(WEEK / HOUR)))
USUALLY = 0.75  # share of its days or weeks on which a job runs at an hour
ONE_AN_HOUR = 75 * MINUTE  # jobs of which only one start an hour is read have a shorter interval
AHEAD = 14 * DAY  # after the last start: changes of the clocks that matter for due runs
STRAY = 2  # starts outside the usual hours by a clock, more than by the best one, that do not rule it out


@dataclass(frozen=True, slots=True)
class BusyHours:
    """The hours of the week, by the clock of `zone`, that begin `phase` after the full hour; 0 begins on Monday."""

    zone: Localize
    hours: frozenset[int]
    phase: timedelta = timedelta()

    def include(self, moment: datetime) -> bool:
        """Whether a time is in these hours."""
        return _hour_of_week(self.zone(moment) - self.phase) in self.hours

    def inner(self) -> BusyHours:
        """Without the first and the last hour of each day: a job may run less often in them."""
        count = len(EVERY_HOUR)
        inner = {hour for hour in self.hours if {(hour - 1) % count, (hour + 1) % count} <= self.hours}
        return replace(self, hours=frozenset(inner))


def busy_hours(starts: Sequence[datetime], interval: timedelta, zone: Localize) -> tuple[BusyHours, ...]:
    """The usual hours by the clock of the installation, or by every clock that the starts leave open if that matters.

    `starts` are ordered; `zone` converts times to the clock of the installation.
    """
    own = _by_clock(starts, interval, zone)
    others = () if own.hours == EVERY_HOUR else _other_clocks(zone, starts[0].date(), starts[-1].date())
    if not others:
        return (own,)
    clocks = [own, *(_by_clock(starts, interval, each) for each in others)]
    stray = [sum(not clock.include(start) for start in starts) for clock in clocks]
    return tuple(clock for clock, count in zip(clocks, stray, strict=True) if count <= min(stray) + STRAY)


def _by_clock(starts: Sequence[datetime], interval: timedelta, zone: Localize) -> BusyHours:
    local = [zone(start) for start in starts]
    phase = _phase(local, interval)
    return BusyHours(zone, _hours([start - phase for start in local], interval), phase)


@lru_cache(maxsize=100)
def _other_clocks(zone: Localize, first: date, last: date) -> tuple[Localize, ...]:
    """The other clocks of this period: one for each way in which clocks change that differs from the installation's zone."""
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    moments = [noon + number * DAY for number in range((last - first + AHEAD).days)]
    own, found = _changes(zone, moments), dict[tuple[timedelta, ...], Localize]()
    for each in zones():
        clock = _clock(each)
        found.setdefault(_changes(clock, moments), clock)
    return tuple(clock for changes, clock in found.items() if changes != own)


@cache
def _clock(zone: tzinfo) -> Callable[[datetime], datetime]:
    return lambda moment: moment.astimezone(zone)


def _changes(zone: Localize, moments: Sequence[datetime]) -> tuple[timedelta, ...]:
    """The offset from UTC at each moment, compared with the first one."""
    offsets = [zone(moment).utcoffset() or timedelta() for moment in moments]
    return tuple(each - offsets[0] for each in offsets)


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


def _hours(starts: Sequence[datetime], interval: timedelta) -> frozenset[int]:
    """The hours of the week at which the job usually runs, from local times; with less than two weeks, of the day.

    An hour of a job that runs several times an hour counts if it has nearly all of these runs.
    """
    first, last = starts[0], starts[-1]
    period = WEEK if last - first >= 2 * WEEK else DAY
    slots = int(period / HOUR)
    seen: defaultdict[int, set[int]] = defaultdict(set)
    counts: Counter[int] = Counter()
    for local in starts:
        day = local.toordinal()
        slot = ((day - 1) % 7 * 24 + local.hour) % slots  # day 1 is a Monday
        seen[slot].add(day)
        counts[slot] += 1
    periods = max((last - first) / period, 1.0)
    an_hour = max(HOUR / interval, 1.0)
    often = {
        slot
        for slot, days in seen.items()
        if len(days) >= USUALLY * periods - 1 and counts[slot] >= USUALLY * an_hour * len(days)
    }
    step = max(int((interval + ONE_RUN) / HOUR), 1)  # an interval of about two hours leaves an hour between
    spread = {(slot + more) % slots for slot in often for more in range(step)}
    return frozenset(hour for hour in EVERY_HOUR if hour % slots in spread)


def _hour_of_week(moment: datetime) -> int:
    return moment.weekday() * 24 + moment.hour
