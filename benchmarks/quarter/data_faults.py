"""Faults of tables and metrics, and faults that only a message reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from random import Random

from benchmarks.quarter.injected_fault import METRIC_DAYS, TABLES_TICK, TICK, InjectedFault, Maker
from benchmarks.quarter.messages import example
from benchmarks.quarter.platform import DAY, DAY_POINTS, HOUR, MINUTE, PROJECT, START, Platform, Table

SILENCE = 3 * HOUR  # without a sample, and a series is silent
DISK_LIMIT = 0.9


def _table(platform: Platform, rng: Random) -> Table:
    """A table, if possible one without another fault."""
    free = [each for each in platform.tables if each.name not in platform.broken]
    table = rng.choice(free or platform.tables)
    platform.broken.add(table.name)
    return table


def _beside(platform: Platform, table: Table) -> list[Table]:
    return [each for each in platform.tables if each.dataset == table.dataset]


def table_stale(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """A table is not updated for two days."""
    table = _table(platform, rng)
    table.stale_days |= {day, day + 1}
    since = (START + day * DAY + table.minute * MINUTE).astimezone(UTC)
    by = since + 30 * MINUTE + 2 * TABLES_TICK
    return InjectedFault("", since, by, since + 4 * DAY, {table.name, f"{PROJECT}.{table.dataset}"})


def dataset_stale(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """No table of a dataset is updated on a day."""
    whole = [each for each in platform.tables if not platform.broken & {one.name for one in _beside(platform, each)}]
    dataset = rng.choice(whole or platform.tables).dataset
    tables = [each for each in platform.tables if each.dataset == dataset]
    platform.broken |= {each.name for each in tables}
    for each in tables:
        each.stale_days.add(day)
    since = (START + day * DAY + min(each.minute for each in tables) * MINUTE).astimezone(UTC)
    names = {f"{PROJECT}.{dataset}", *(each.name for each in tables)}
    return InjectedFault("", since, since + 30 * MINUTE + 2 * TABLES_TICK, since + 3 * DAY, names)


def volume(factor: float) -> Maker:
    """A load has `factor` times the usual rows."""

    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        table = _table(platform, rng)
        table.factors[day] = factor
        since = (START + day * DAY + table.minute * MINUTE).astimezone(UTC)
        over = since.replace(hour=0, minute=0) + DAY  # a volume is judged when its UTC day is over
        return InjectedFault("", since, over + 2 * TABLES_TICK, since + 4 * DAY, {table.name})

    return make


def _series(platform: Platform, rng: Random, numbers: Sequence[int]) -> int:
    """One of these series, if possible without another fault."""
    names = {at: platform.series[at].resource for at in numbers}
    number = rng.choice([at for at in numbers if names[at] not in platform.broken] or list(numbers))
    platform.broken.add(names[number])
    return number


def metric(change: Callable[[float, float], float]) -> Maker:
    """A series changes for six hours."""

    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        # a shift is one of the whole spread of the series: of steady ones, not of bursts
        number = _series(platform, rng, [at for at in range(platform.disks.start) if at % 13 in (0, 1, 2, 3, 4, 11)])
        at = day * DAY_POINTS + rng.randrange(DAY_POINTS)
        row = platform.values[number]
        past = row[at - METRIC_DAYS * DAY_POINTS : at]
        level, spread = float(past.mean()), float(past.max() - past.min())
        if past.min() - spread < change(float(past.min()), spread) < past.max() + spread:
            return None  # of a series that is near zero anyway
        row[at : at + 6 * 12] = [change(value, max(spread, 0.1 * level)) for value in row[at : at + 6 * 12]]
        since = START.astimezone(UTC) + at * 5 * MINUTE
        return InjectedFault("", since, since + 2 * TICK, since + 18 * HOUR, {platform.series[number].resource})

    return make


def metric_silent(platform: Platform, rng: Random, day: int) -> InjectedFault:
    """A series has no samples for eight to 48 hours."""
    number, hours = _series(platform, rng, range(platform.disks.start)), rng.randrange(8, 48)
    at = day * DAY_POINTS + rng.randrange(DAY_POINTS)
    platform.values[number][at : at + hours * 12] = float("nan")
    since = START.astimezone(UTC) + (at - 1) * 5 * MINUTE
    until, names = since + (hours + 12) * HOUR, {platform.series[number].resource}
    return InjectedFault("", since, since + SILENCE + 2 * TICK, until, names)


def disk_fills(platform: Platform, rng: Random, day: int) -> InjectedFault:
    """A disk grows until it reaches its limit ten to fourteen days later; it has to be found a day before."""
    number = _series(platform, rng, [at for at in platform.disks if (at - platform.disks.start) % 4 < 2])
    row, days = platform.values[number], rng.uniform(10, 14)
    begin = day - 9
    level = float(row[begin * DAY_POINTS - DAY_POINTS : begin * DAY_POINTS].mean())
    grown = (DISK_LIMIT - level) / days / DAY_POINTS
    for at in range(begin * DAY_POINTS, len(row)):
        row[at] = min(row[at] + grown * (at - begin * DAY_POINTS), 1.0)
    since = (START + begin * DAY).astimezone(UTC)
    reached, names = since + timedelta(days=days), {platform.series[number].resource}
    return InjectedFault("", since, reached - DAY, reached + 40 * DAY, names)


def logged(rule: str, old: str, new: str) -> Maker:
    """An entry like an example of a rule, with another name."""

    def make(_: Platform, rng: Random, day: int) -> InjectedFault:
        name = f"{new}{day}x{rng.randrange(1000)}"
        since = (START + day * DAY + rng.uniform(0, 24) * HOUR).astimezone(UTC)
        fault = InjectedFault("", since, since + TICK, since + 2 * DAY, {name})
        fault.messages.append((since, example(rule, (old, name))))
        return fault

    return make


def quality(platform: Platform, rng: Random, day: int) -> InjectedFault:
    """A check of a table passes each day, fails once, and passes again."""
    table = rng.choice(platform.tables)
    check, minute = f"not_null_{day}_{rng.randrange(1000)}", rng.randrange(1440)
    times = [(START + (day + more) * DAY).astimezone(UTC) + minute * MINUTE for more in (-1, 0, 1)]
    reports = [
        (time, {"report": "checks", "check": check, "table": table.name, "state": state, "value": value, "expected": 0,
                "id": f"{check}-{at}", "time": time.isoformat()})
        for at, (time, state, value) in enumerate(zip(times, ("ok", "failed", "ok"), (0, 12, 0), strict=True))
    ]  # fmt: skip
    return InjectedFault("", times[1], times[1] + TICK, times[1] + DAY, {table.name, check}, None, reports)
