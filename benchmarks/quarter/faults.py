"""Faults of sixteen kinds: each changes the platform, and says whom an incident may name and by when it has to be found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.quarter.platform import DAY, DAYS, HOUR, MINUTE, PROJECT, START, ZONE, Job, Platform, Run
from shared.model import JobState

LEARNED = 36  # days before the first fault
TICK = HOUR
TABLES_TICK = 6 * HOUR


@dataclass(slots=True)
class InjectedFault:
    """A fault from `since` on, which has to be found until `by`; an incident about one of `names` until `until` is about it."""

    kind: str
    since: datetime
    by: datetime
    until: datetime
    names: set[str]
    found_at: datetime | None = None
    entries: list[tuple[datetime, str]] = field(default_factory=list)  # log lines


Maker = Callable[[Platform, Random, int], InjectedFault | None]


def inject(platform: Platform, seed: int, count: int, days: int) -> list[InjectedFault]:
    """So many faults, at least one of each kind, spread over so many days after the learned ones."""
    rng = Random(seed * 7919)  # noqa: S311
    kinds = (list(MAKERS) * (count // len(MAKERS) + 1))[: max(count, len(MAKERS))]
    rng.shuffle(kinds)
    faults = []
    for at, kind in enumerate(kinds):
        day = LEARNED + 1 + at * max(days - 4, 1) // len(kinds)
        for _ in range(20):
            if fault := MAKERS[kind](platform, rng, day):
                fault.kind = kind
                faults.append(fault)
                break
    return faults


def _pick(platform: Platform, rng: Random, *kinds: str, service: str = "") -> Job:
    jobs = [job for job in platform.jobs if job.kind in kinds and (not service or job.service == service)]
    return rng.choice(jobs)


def _run_on(job: Job, day: int) -> Run | None:
    date = (START + day * DAY).date()
    return next((run for run in job.runs if run.day == date and not run.retried and not run.is_ignored), None)


def _downstream(platform: Platform, job: Job) -> list[Job]:
    below = [each for each in platform.jobs if each.above is job]
    return [one for each in below for one in (each, *_downstream(platform, each))]


def _delay(platform: Platform, job: Job, day: int, by: timedelta) -> None:
    """The jobs that wait for this one start later too."""
    for each in (one for one in platform.jobs if one.above is job):
        if run := _run_on(each, day):
            run.start += by
            _delay(platform, each, day, by)


def _named(platform: Platform, job: Job) -> set[str]:
    names = {job.name, job.table, *(name for each in _downstream(platform, job) for name in (each.name, each.table))}
    return names - {""}


def _of_run(platform: Platform, job: Job, run: Run, extra: timedelta) -> InjectedFault:
    """A fault of a run: two ticks and its usual end after it was due; the next days may still show it."""
    since = run.start.astimezone(UTC)
    return InjectedFault("", since, since + extra + 2 * TICK, since + 2 * DAY, _named(platform, job))


def _missing(*kinds: str) -> Maker:
    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        job = _pick(platform, rng, *kinds)
        run = next((one for near in range(day, day + 5) if (one := _run_on(job, near))), None)
        if run is None:
            return None
        number = (run.day - START.date()).days
        for each in (job, *_downstream(platform, job)):
            if one := _run_on(each, number):
                one.is_ignored = True
        return _of_run(platform, job, run, 30 * MINUTE)

    return make


def _frequent(kind: str, hours: int) -> Maker:
    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        job = _pick(platform, rng, kind)
        begin = (START + day * DAY + rng.uniform(2, 14) * HOUR).astimezone(UTC)
        lost = [run for run in job.runs if begin <= run.start < begin + hours * HOUR]
        for run in lost:
            run.is_ignored = True
        step = HOUR if kind == "hourly" else 15 * MINUTE
        since = lost[0].start.astimezone(UTC)
        return InjectedFault(
            "", since, since + 2 * step + 2 * TICK, since + hours * HOUR + 4 * HOUR, _named(platform, job)
        )

    return make


def _starts_late(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    job = _pick(platform, rng, "daily", "working days")
    if (run := _run_on(job, day)) is None:
        return None
    fault = _of_run(platform, job, run, 30 * MINUTE)
    late = rng.uniform(3.2, 6) * HOUR
    run.start += late
    _delay(platform, job, day, late)
    return fault


def _slow(factor: float, least: timedelta) -> Maker:
    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        job = _pick(platform, rng, "daily", "working days", "chain")
        run = _run_on(job, day)
        if run is None or job.seconds > 3 * 3600:
            return None
        usual = timedelta(seconds=run.seconds)
        more = max(usual * (factor - 1), least)
        # by its usual end and a tolerance: a third of it, 15 minutes, and as much as its durations vary
        tolerance = max(15 * MINUTE, usual * max(0.33, 6 * job.sigma))
        fault = _of_run(platform, job, run, usual + tolerance)
        run.seconds += more.total_seconds()
        _delay(platform, job, day, more)
        return fault

    return make


def _upstream(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    roots = [job for job in platform.jobs if any(each.above is job for each in platform.jobs)]
    job = rng.choice(roots)
    if (run := _run_on(job, day)) is None or job.seconds > 3 * 3600:
        return None
    usual = timedelta(seconds=run.seconds)
    fault = _of_run(platform, job, run, usual + max(15 * MINUTE, usual * max(0.33, 6 * job.sigma)))
    run.seconds += 5 * 3600
    _delay(platform, job, day, 5 * HOUR)
    return fault


def _fails(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    job = _pick(platform, rng, "daily", "working days", service="airflow")
    if (run := _run_on(job, day)) is None:
        return None
    run.state = JobState.FAILED
    end = run.start.astimezone(UTC) + timedelta(seconds=run.seconds)
    for each in _downstream(platform, job):
        if one := _run_on(each, day):
            one.is_ignored = True
    fault = _of_run(platform, job, run, timedelta(seconds=run.seconds))
    begin = f"{run.start.astimezone(UTC):%Y-%m-%d %H:%M:%S}+00:00"
    line = (
        f"Marking run <DagRun {job.name} @ {begin}: scheduled__{begin.replace(' ', 'T')}, state:running, "
        f"queued_at: {begin}. externally triggered: False> failed"
    )
    fault.entries.append((end, line))
    fault.names |= {f"etl/{job.name}"}
    return fault


def _scheduler_down(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    begin = (START + day * DAY + rng.uniform(1, 8) * HOUR).astimezone(UTC)
    names = {PROJECT, "etl"}
    lost = 0
    for job in platform.jobs:
        if job.kind == "by hand":
            continue
        for run in job.runs:
            if begin <= run.start < begin + 5 * HOUR:
                run.is_ignored, lost = True, lost + 1
                names |= {job.name, job.table} - {""}
    return InjectedFault("", begin, begin + 4 * HOUR + 2 * TICK, begin + 5 * HOUR, names) if lost else None


def _table_stale(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    table = rng.choice(platform.tables)
    table.stale_days |= {day, day + 1}
    since = (START + day * DAY + table.minute * MINUTE).astimezone(UTC)
    by = since + 30 * MINUTE + 2 * TABLES_TICK
    return InjectedFault("", since, by, since + 4 * DAY, {table.name, f"{PROJECT}.{table.dataset}"})


def _dataset_stale(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    dataset = rng.choice(platform.tables).dataset
    tables = [each for each in platform.tables if each.dataset == dataset]
    for each in tables:
        each.stale_days.add(day)
    since = (START + day * DAY + min(each.minute for each in tables) * MINUTE).astimezone(UTC)
    names = {f"{PROJECT}.{dataset}", *(each.name for each in tables)}
    return InjectedFault("", since, since + 30 * MINUTE + 2 * TABLES_TICK, since + 3 * DAY, names)


def _volume(factor: float) -> Maker:
    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        table = rng.choice([each for each in platform.tables if day not in each.stale_days])
        table.factors[day] = factor
        since = (START + day * DAY + table.minute * MINUTE).astimezone(UTC)
        over = since.replace(hour=0, minute=0) + DAY  # a volume is judged when its UTC day is over
        return InjectedFault("", since, over + 2 * TABLES_TICK, since + 4 * DAY, {table.name})

    return make


def _metric(hours: int, change: Callable[[float, float], float]) -> Maker:
    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        # a shift is one of the whole spread of the series: of steady ones, not of bursts
        number = rng.choice([at for at in range(len(platform.series)) if at % 13 in (0, 1, 2, 3, 4, 11)])
        at = day * 288 + rng.randrange(288)
        row = platform.values[number]
        level, spread = float(row[:at].mean()), float(row[:at].max() - row[:at].min())
        row[at : at + hours * 12] = [change(value, max(spread, 0.1 * level)) for value in row[at : at + hours * 12]]
        since = (START.astimezone(UTC) + at * 5 * MINUTE).astimezone(UTC)
        by = since + 2 * TICK
        return InjectedFault("", since, by, since + hours * HOUR + 12 * HOUR, {platform.series[number].resource})

    return make


def _cost(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    job = rng.choice([each for each in platform.jobs if each.tib and each.kind in ("daily", "hourly", "by hand")])
    usual = sum(run.tib for each in platform.jobs for run in each.runs if not run.is_ignored) / DAYS
    date = (START + day * DAY).date()
    runs = [run for run in job.runs if run.day == date and not run.is_ignored]
    if not runs or ((START + day * DAY).weekday() == 0 and job.kind == "by hand"):
        return None
    runs[0].tib += 2.5 * usual + 10 * job.tib
    begin = runs[0].start.astimezone(UTC)
    since = begin + timedelta(seconds=runs[0].seconds)
    names = {job.name, job.user, PROJECT, *(each.rpartition(".")[0] for each in (*job.reads, job.table) if each)}
    return InjectedFault("", since, since + 2 * TICK, since + 3 * DAY, names)


MAKERS: Mapping[str, Maker] = {
    "a daily run is missing": _missing("daily", "working days"),
    "a weekly or monthly run is missing": _missing("weekly", "monthly"),
    "an hourly job stops": _frequent("hourly", 8),
    "a job of 15 minutes stops": _frequent("quarter", 6),
    "a run starts hours late": _starts_late,
    "a run hangs": _slow(6, 4 * HOUR),
    "a run takes twice as long": _slow(2.2, 2.5 * HOUR),
    "an upstream run hangs": _upstream,
    "a DAG run fails": _fails,
    "the scheduler is down": _scheduler_down,
    "a table is not updated": _table_stale,
    "a dataset is not updated": _dataset_stale,
    "a partial load": _volume(0.1),
    "a load five times as large": _volume(5.0),
    "a metric jumps": _metric(6, lambda value, spread: value + 4 * spread),
    "a job costs far more": _cost,
}

__all__ = ["MAKERS", "ZONE", "InjectedFault", "inject"]
