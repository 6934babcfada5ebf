"""Faults of jobs: runs that are missing, late or slow, that fail, or that cost far more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.quarter.injected_fault import TICK, InjectedFault, Maker
from benchmarks.quarter.messages import example, marked
from benchmarks.quarter.platform import DAY, DAYS, HOUR, MINUTE, PROJECT, START, ZONE, Job, Platform, Run
from shared.model import JobState


def _pick(platform: Platform, rng: Random, *kinds: str, service: str = "") -> Job:
    of_kind = [job for job in platform.jobs if job.kind in kinds and (not service or job.service == service)]
    jobs = [job for job in of_kind if job.finish_by is None]  # a declared deadline replaces what is learned
    free = [job for job in jobs if job.name not in platform.broken]  # one fault of a job, where there are enough
    job = rng.choice(free or jobs)
    platform.broken.add(job.name)
    return job


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


def missing(*kinds: str) -> Maker:
    """A run of one of these kinds never starts, and neither do the runs that wait for it."""

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


def frequent(kind: str, hours: int) -> Maker:
    """A job that runs often does not run for some hours."""

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


def starts_late(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """A daily run starts three to six hours late."""
    job = _pick(platform, rng, "daily", "working days")
    if (run := _run_on(job, day)) is None:
        return None
    fault = _of_run(platform, job, run, 30 * MINUTE)
    late = rng.uniform(3.2, 6) * HOUR
    run.start += late
    _delay(platform, job, day, late)
    return fault


def slow(factor: float, least: timedelta) -> Maker:
    """A run takes several times as long, and at least a minimum time longer."""

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


def upstream(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """A run that other runs wait for takes five hours longer."""
    roots = [job for job in platform.jobs if job.finish_by is None and any(each.above is job for each in platform.jobs)]
    job = rng.choice([each for each in roots if each.name not in platform.broken] or roots)
    platform.broken.add(job.name)
    if (run := _run_on(job, day)) is None or job.seconds > 3 * 3600:
        return None
    usual = timedelta(seconds=run.seconds)
    fault = _of_run(platform, job, run, usual + max(15 * MINUTE, usual * max(0.33, 6 * job.sigma)))
    run.seconds += 5 * 3600
    _delay(platform, job, day, 5 * HOUR)
    return fault


def fails(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """A DAG run fails, and the failure is in its log."""
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
    fault.messages.append((end, marked(line)))
    fault.names |= {f"etl/{job.name}"}
    return fault


def scheduler_down(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """No run starts for five hours."""
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


def cost(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """A query scans more than twice the total of a day."""
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


def deadline(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
    """A run of a job with a declared deadline ends hours after it."""
    jobs = [job for job in platform.jobs if job.finish_by is not None]
    if not jobs:
        return None
    job = rng.choice(jobs)
    run = _run_on(job, day)
    if run is None or job.finish_by is None:
        return None
    midnight = datetime.combine(run.day, datetime.min.time(), ZONE)
    deadline = midnight.replace(hour=job.finish_by // 60, minute=job.finish_by % 60).astimezone(UTC)
    more = deadline + 2.5 * HOUR - run.start.astimezone(UTC)
    late = max(more - timedelta(seconds=run.seconds), timedelta(0))
    run.seconds += late.total_seconds()
    _delay(platform, job, day, late)
    return InjectedFault("", run.start.astimezone(UTC), deadline + TICK, deadline + 2 * DAY, _named(platform, job))


def refused(code: int, message: str) -> Maker:
    """A query fails: its audit entry has the reason, and the history has the failed run."""

    def make(platform: Platform, rng: Random, day: int) -> InjectedFault | None:
        job = _pick(platform, rng, "daily", "working days", service="bigquery")
        if (run := _run_on(job, day)) is None:
            return None
        run.state, run.seconds = JobState.FAILED, 20.0
        for each in _downstream(platform, job):
            if one := _run_on(each, day):
                one.is_ignored = True
        end, name = run.start.astimezone(UTC) + timedelta(seconds=20), f"{job.name}-{day}"
        old = "Not found: Table example-project:raw.orders was not found in location EU"
        dataset, _, table = job.table.partition(".")[2].partition(".")
        target = f"datasets/{dataset}/tables/{table}"
        replaced = (
            ("job_ab12cd34", name), ('"code": 5', f'"code": {code}'), (old, message), ("load_mart", job.name),
            ("datasets/mart/tables/daily", target), (f"pipeline@{PROJECT}.iam.gserviceaccount.com", job.user),
        )  # fmt: skip
        fault = _of_run(platform, job, run, timedelta(seconds=20))
        fault.messages.append((end, example("bigquery/job_failed", *replaced)))
        fault.names |= {name, f"projects/{PROJECT}/jobs/{name}"}
        return fault

    return make
