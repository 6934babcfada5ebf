"""Late jobs: how many of the missing runs are found, and how many incidents per week are false.

    .venv/bin/python -m benchmarks.late_jobs [--jobs N] [--seed N]

Simulates thirteen weeks of jobs of eleven kinds in memory, checks them each hour from the fifth week on as the history
function does, and removes one run of each second job (or as many as fill two hours).
"""

from __future__ import annotations

import argparse
import random
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks.bars import Bars
from insights.jobs.cadence import RECENT, Cadence, learn, refined
from insights.jobs.starts import FREQUENT, known_starts

ZONE = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 8, 1, tzinfo=ZONE)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DAYS, LEARNING = 92, 28
EVERY_DAY, WORKING_DAYS = range(7), range(5)
SATURDAY = 5
REMOVED = {"every 15 minutes": 8, "hourly": 3, "in working hours": 5}
NEAR = 4 * HOUR
Starts = list[datetime]


@dataclass
class Tally:
    """The results of the jobs of one kind."""

    jobs: int = 0
    removed: int = 0
    found: int = 0
    false: int = 0
    delays: list[float] = field(default_factory=list)


def main() -> None:
    """Prints a table of kinds, and compares the sums with the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tallies = simulate(options.jobs, random.Random(options.seed))  # noqa: S311
    print(f"{'kind':18} jobs  removed  found  false  hours until found (median)")
    for kind, tally in sorted(tallies.items()):
        delay = f"{sorted(tally.delays)[len(tally.delays) // 2]:.1f}" if tally.delays else ""
        print(f"{kind:18} {tally.jobs:4} {tally.removed:8} {tally.found:6} {tally.false:6}  {delay}")
    bars = Bars()
    removed, found = (sum(getattr(each, name) for each in tallies.values()) for name in ("removed", "found"))
    false = sum(each.false for each in tallies.values()) / ((DAYS - LEARNING) / 7)
    bars.at_most(5, "removed runs that were not found, %", round(100 * (1 - found / removed), 1))
    bars.at_most(1, f"false incidents a week of {options.jobs} jobs", round(false, 2))
    bars.end()


def simulate(jobs: int, rng: random.Random) -> dict[str, Tally]:
    """The tally of each kind."""
    tallies: dict[str, Tally] = {}
    kinds = list(Counter(SHARES).elements())
    for number in range(jobs):
        kind = rng.choice(kinds)
        tally = tallies.setdefault(kind, Tally())
        tally.jobs += 1
        starts = sorted(start.astimezone(UTC) for start in KINDS[kind](rng))
        removed = _remove(starts, kind, rng) if number % 2 else None
        tally.removed += removed is not None
        _check(starts, removed, tally)
    return tallies


def _remove(starts: Starts, kind: str, rng: random.Random) -> datetime | None:
    """Removes a run with its retries, after the seventh week; returns its time, None for a job without a habit."""
    late = [at for at, start in enumerate(starts) if START + 50 * DAY < start < START + 85 * DAY]
    if kind == "by hand" or not late:
        return None
    first = rng.choice(late)
    removed, last = starts[first], starts[min(first + REMOVED.get(kind, 1), len(starts)) - 1]
    starts[:] = [start for start in starts if not removed - 20 * MINUTE < start < last + 20 * MINUTE]
    return removed


def _check(starts: Starts, removed: datetime | None, tally: Tally) -> None:
    """The check of each hour, as incidents: a late job is open until it starts or is due no more."""
    hourly = _as_read(starts)
    is_open, cadence, learned_on = False, None, None
    for now in _hours():
        past = hourly[: bisect_left(hourly, now)]
        if past and learned_on != now.date():
            recent = past[-12:] if len(past) <= 12 else past[bisect_left(past, now - RECENT) :]
            cadence, learned_on = learn(recent, _local), now.date()
            latest = starts[bisect_left(starts, now - FREQUENT) : bisect_left(starts, now)]
            cadence = refined(cadence, latest) if cadence else None
        due = _first_late(cadence, past, now)
        if due and not is_open:
            if removed and abs(due - removed) < NEAR:
                tally.found += 1
                tally.delays.append((now - removed) / HOUR)
            else:
                tally.false += 1
        is_open = due is not None


def _first_late(cadence: Cadence | None, past: Sequence[datetime], now: datetime) -> datetime | None:
    """When the first run that is late was due."""
    due = cadence.due_after(past[-1], now) if cadence else ()
    return next((each.due_at for each in due if each.late_at < now), None)


def _as_read(starts: Sequence[datetime]) -> Starts:
    """The starts from which the check learns."""
    hours: defaultdict[datetime, list[datetime]] = defaultdict(list)
    for start in starts:
        hours[start.replace(minute=0, second=0, microsecond=0)].append(start)
    first = [times[0] for times in hours.values() if len(times) == 2]
    return known_starts(len(starts), [times[-1] for times in hours.values()], first)


def _hours() -> Iterator[datetime]:
    first = (START + LEARNING * DAY).astimezone(UTC)
    yield from (first + HOUR * number for number in range((DAYS - LEARNING) * 24))


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def _days(rng: random.Random, minute: int, weekdays: Sequence[int], delay: Callable[[], float]) -> Iterator[datetime]:
    """A run at this minute of each such day, after a delay; some are retried, and a few are run again by hand."""
    for day in (START + DAY * number for number in range(DAYS)):
        if day.weekday() in weekdays:
            start = day + (minute + delay()) * MINUTE
            yield start
            if rng.random() < 0.03:
                yield start + 5 * MINUTE
            if rng.random() < 0.01:
                yield start + rng.randrange(60, 600) * MINUTE


def _daily(weekdays: Sequence[int]) -> Callable[[random.Random], Iterator[datetime]]:
    def made(rng: random.Random) -> Iterator[datetime]:
        jitter = rng.choice((1, 3, 10))
        return _days(rng, rng.randrange(1440), weekdays, lambda: rng.random() * jitter)

    return made


def _twice(rng: random.Random) -> Iterator[datetime]:
    first = rng.randrange(600)
    for minute in (first, first + rng.randrange(200, 700)):
        yield from _days(rng, minute, EVERY_DAY, lambda: rng.random() * 3)


def _weekly(rng: random.Random) -> Iterator[datetime]:
    return _days(rng, rng.randrange(1440), [rng.randrange(7)], lambda: rng.random() * 5)


def _after_others(rng: random.Random) -> Iterator[datetime]:
    return _days(rng, rng.randrange(1200), EVERY_DAY, lambda: rng.lognormvariate(2.5, 0.7))


def _every(minutes: int) -> Callable[[random.Random], Iterator[datetime]]:
    def made(rng: random.Random) -> Iterator[datetime]:
        first = START + rng.randrange(minutes) * MINUTE
        for number in range(DAYS * 1440 // minutes):
            yield first + (number * minutes + rng.random()) * MINUTE

    return made


def _in_working_hours(rng: random.Random) -> Iterator[datetime]:
    hours = range(rng.randrange(7, 10), rng.randrange(17, 20))
    yield from (each for each in _every(30)(rng) if each.weekday() < SATURDAY and each.hour in hours)


def _monthly(rng: random.Random) -> Iterator[datetime]:
    day = rng.choice((1, 5, 15))
    yield from (datetime(2026, month, day, 2, rng.randrange(5), tzinfo=ZONE) for month in range(3, 11))


def _by_hand(rng: random.Random) -> Iterator[datetime]:
    yield from (START + rng.randrange(DAYS * 1440) * MINUTE for _ in range(rng.randrange(5, 80)))


KINDS: Mapping[str, Callable[[random.Random], Iterator[datetime]]] = {
    "daily": _daily(EVERY_DAY), "on working days": _daily(WORKING_DAYS), "twice a day": _twice, "weekly": _weekly,
    "after others": _after_others, "every 15 minutes": _every(15), "hourly": _every(60), "every 6 hours": _every(360),
    "in working hours": _in_working_hours, "monthly": _monthly, "by hand": _by_hand,
}  # fmt: skip
SHARES = {
    "daily": 30, "on working days": 15, "twice a day": 8, "weekly": 8, "after others": 12, "every 15 minutes": 4,
    "hourly": 8, "every 6 hours": 4, "in working hours": 3, "monthly": 2, "by hand": 6,
}  # fmt: skip


if __name__ == "__main__":
    main()
