"""The platform: jobs with their runs, tables, metrics and users, thirteen weeks without a fault.

Times of day are those of Europe/Berlin, whose clocks change on 25 October, or of the zone QUARTER_ZONE; QUARTER_START is
the first day. Jobs of working days do not run on holidays. A
release makes a tenth of the jobs up to 15 % slower and up to 10 minutes later, for good.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import ceil, exp
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.quarter.metrics import disks, loads
from shared.history import JobRunRow, SeriesKey, TableSizeRow
from shared.model import JobState

PROJECT, ENVIRONMENT = "example-project", "etl"
ZONE = ZoneInfo(os.environ.get("QUARTER_ZONE", "Europe/Berlin"))
START = datetime.fromisoformat(os.environ.get("QUARTER_START", "2026-08-31")).replace(tzinfo=ZONE)
DAYS = 91
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
HOLIDAYS = frozenset({date(2026, 10, 12), date(2026, 11, 18)})
RELEASES = (20, 41, 55, 76)  # days
SATURDAY = 5
DAY_POINTS = 288
LAST_MINUTE = 23 * 60
DISK = "cloudsql.googleapis.com/database/disk/utilization"
TIB = 1024**4
PRICED = 0.3  # share of the jobs that are queries billed on demand
DECLARED = 0.15  # share of the daily jobs with a deadline
SHARES = {
    "daily": 30, "working days": 14, "chain": 24, "hourly": 10, "quarter": 4, "weekly": 6, "monthly": 3, "by hand": 9,
}  # fmt: skip


@dataclass(slots=True)
class Run:
    """A run. `retried` is True if its first attempt failed and was repeated.

    `day` is the local day on which it was due.
    """

    start: datetime
    seconds: float
    day: date
    retried: bool = False
    state: JobState = JobState.SUCCEEDED
    tib: float = 0.0
    is_ignored: bool = False  # it never happens


@dataclass(slots=True)
class Job:
    """A job with its runs.

    `above` is the job that it waits for; `spread` is the usual maximum delay of its start in minutes.
    """

    name: str
    kind: str
    service: str
    user: str
    table: str
    reads: list[str]
    seconds: float
    sigma: float
    tib: float = 0.0
    above: Job | None = None
    runs: list[Run] = field(default_factory=list)
    finish_by: int | None = None  # minutes after midnight: a declared deadline

    @property
    def project(self) -> str:
        """The job's project or connection in the history."""
        return ENVIRONMENT if self.service == "airflow" else PROJECT


@dataclass(slots=True)
class Table:
    """A table loaded from outside each day: minute of the day, rows added per day, growth."""

    name: str
    dataset: str
    minute: int
    rows: float
    is_growing: bool
    stale_days: set[int] = field(default_factory=set)
    factors: dict[int, float] = field(default_factory=dict)


class Platform:
    """The jobs, tables, series and their values; `scale` 1.0 is 800 jobs, 400 tables and 3,000 series."""

    def __init__(self, seed: int, scale: float, series: int = 0) -> None:
        self.rng = Random(seed)  # noqa: S311
        self.jobs: list[Job] = []
        self.broken: set[str] = set()  # the names of jobs that have a fault
        kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
        for number in range(max(int(800 * scale), 24)):
            self.jobs.append(self._job(number, kinds[number * 37 % len(kinds)]))
        for job in self.jobs:
            self._runs(job)
        self.tables = [self._table(number) for number in range(max(int(400 * scale), 16))]
        self.series, self.values = self._metrics(seed, series or max(int(3_000 * scale), 13))

    def _job(self, number: int, kind: str) -> Job:
        rng = self.rng
        roots = [job for job in self.jobs if job.kind in ("daily", "chain")]
        above = rng.choice(roots) if kind == "chain" and roots else None
        kind = kind if kind != "chain" or above else "daily"
        service = "airflow" if kind in ("daily", "working days") and rng.random() < 0.3 else "bigquery"
        table = f"{PROJECT}.layer{number % 3}.t{number}" if service == "bigquery" else ""
        reads = [above.table] if above and above.table else []
        if above and not above.table:
            above, kind = None, "daily"
        user = f"svc{number % 8}@{PROJECT}.iam.gserviceaccount.com"
        if kind == "by hand":
            user = f"user{number % 20}@example.com"
        seconds, sigma = rng.lognormvariate(6.5, 1.0), rng.choice((0.05, 0.15, 0.3))
        tib = rng.lognormvariate(-2, 1) if rng.random() < PRICED and service == "bigquery" else 0.0
        name = user if kind == "by hand" else f"job_{number}"
        return Job(name, kind, service, user, table, reads, seconds, sigma, tib, above)

    def _runs(self, job: Job) -> None:
        rng = self.rng
        released = rng.choice(RELEASES) if rng.random() < 0.1 else DAYS
        later, slower = rng.uniform(-10, 10), rng.uniform(1.0, 1.15)
        minute, jitter = rng.randrange(0, 1300), rng.choice((1.0, 3.0, 8.0))
        if job.kind in ("daily", "working days") and job.above is None and rng.random() < DECLARED:
            last = minute + 40 + job.seconds * 1.5 * exp(4 * job.sigma) / 60  # no usual run ends later
            job.finish_by = ceil(last) if last < LAST_MINUTE else None
        for number, when in self._starts(job, minute):
            changed = number >= released
            delay = rng.random() * jitter + (later if changed and job.kind != "chain" else 0.0)
            start = when + delay * MINUTE if job.kind != "chain" else when + (1 + 2 * rng.random()) * MINUTE
            seconds = job.seconds * rng.lognormvariate(0, job.sigma) * (slower if changed else 1.0)
            local = start.astimezone(ZONE)
            seconds *= 0.7 if local.weekday() >= SATURDAY else 1.3 if (local + DAY).day == 1 else 1.0
            run = Run(start, seconds, (START + number * DAY).date(), tib=job.tib * rng.lognormvariate(0, 0.3))
            run.retried = job.kind in ("daily", "working days", "chain") and rng.random() < 0.03
            job.runs.append(run)

    def _starts(self, job: Job, minute: int) -> Iterator[tuple[int, datetime]]:
        """The number of the day and the due time of each run."""
        rng = self.rng
        weekday, day_of_month = rng.randrange(7), rng.choice((1, 5, 15))
        if job.kind == "chain" and job.above:
            for run in job.above.runs:
                yield (run.day - START.date()).days, run.start + timedelta(seconds=run.seconds + 300 * run.retried)
            return
        for number in range(DAYS):
            day = (START + number * DAY).replace(hour=minute // 60, minute=minute % 60)
            is_working = day.weekday() < SATURDAY and day.date() not in HOLIDAYS
            runs_today = {
                "daily": True, "working days": is_working, "weekly": day.weekday() == weekday,
                "monthly": day.day == day_of_month,
            }.get(job.kind)  # fmt: skip
            if runs_today:
                yield number, day
            elif job.kind in ("hourly", "quarter"):
                begin, end = ((START + each * DAY).astimezone(UTC) for each in (number, number + 1))
                step = 60 if job.kind == "hourly" else 15
                count = int((end - begin) / MINUTE) // step  # a day has 23 or 25 hours when the clocks change
                yield from ((number, begin + (at * step + minute % step) * MINUTE) for at in range(count))
            elif job.kind == "by hand" and is_working:
                times = sorted(rng.uniform(8, 18) for _ in range(rng.randrange(0, 6)))
                yield from ((number, (START + number * DAY) + at * HOUR) for at in times)

    def _table(self, number: int) -> Table:
        rng = self.rng
        dataset = f"external{number // 8}"
        rows = rng.lognormvariate(10, 1.5)
        return Table(f"{PROJECT}.{dataset}.t{number}", dataset, rng.randrange(60, 1300), rows, rng.random() < 0.5)

    def _metrics(self, seed: int, count: int) -> tuple[list[SeriesKey], np.ndarray]:
        points, release = DAYS * DAY_POINTS, RELEASES[1] * DAY_POINTS
        few = max(count // 50, 6)
        made = np.concatenate([loads(seed, count, points, release), disks(seed, few, points)])
        of_loads = [
            SeriesKey("compute", "compute.googleapis.com/instance/load", "ALIGN_MEAN", "1", PROJECT, f"vm-{number}",
                      "gce_instance", {"instance_id": str(number)})
            for number in range(count)
        ]  # fmt: skip
        of_disks = [
            SeriesKey("cloud_sql", DISK, "ALIGN_MEAN", "10^2.%", PROJECT, f"{PROJECT}:db-{number}", "cloudsql_database",
                      {"database_id": f"{PROJECT}:db-{number}"})
            for number in range(few)
        ]  # fmt: skip
        self.disks = range(count, count + few)
        return of_loads + of_disks, made

    @property
    def expectations(self) -> list[dict[str, object]]:
        """The declared deadlines, compiled."""
        return [
            {
                "job": [job.name], "service": [job.service], "project": ["*"], "every": None,
                "finish_by": f"{job.finish_by // 60:02}:{job.finish_by % 60:02} {ZONE.key}", "grace": None,
                "weekdays": list(range(5 if job.kind == "working days" else 7)),
                "holidays": [day.isoformat() for day in HOLIDAYS] if job.kind == "working days" else [], "ignore": False,
            }
            for job in self.jobs
            if job.finish_by is not None
        ]  # fmt: skip

    def rows(self) -> list[tuple[datetime, JobRunRow]]:
        """The rows of all runs, each with the time from which it is known, for started and for ended runs."""
        found = [each for job in self.jobs for run in job.runs if not run.is_ignored for each in _rows(job, run)]
        return sorted(found, key=lambda each: each[0])

    def sizes(self, table: Table, number: int) -> TableSizeRow:
        """The size of a table at the end of a day."""
        rng = Random(f"{table.name}{number}")  # noqa: S311
        last = number
        while last in table.stale_days:
            last -= 1
        noise = rng.lognormvariate(0, 0.05) * table.factors.get(last, 1.0)
        added = table.rows * noise
        count = table.rows * (200 + last) + added if table.is_growing else 20 * table.rows * noise
        day = START + last * DAY
        changed = (
            day.replace(hour=table.minute // 60, minute=table.minute % 60) + rng.random() * 8 * MINUTE
        ).astimezone(UTC)
        return TableSizeRow(
            changed.date() if last == number else (START + number * DAY).date(), table.name, "bigquery", PROJECT,
            table.dataset, "BASE TABLE", row_count=int(count), size_bytes=int(count * 100), changed_at=changed,
        )  # fmt: skip


def _rows(job: Job, run: Run) -> Iterator[tuple[datetime, JobRunRow]]:
    start, parts = run.start.astimezone(UTC), []
    if run.retried:
        parts.append((start, 120.0, JobState.FAILED))
        start += timedelta(seconds=300)
    parts.append((start, run.seconds, run.state))
    for begin, seconds, state in parts:
        end = begin + timedelta(seconds=seconds)
        base = JobRunRow(
            service=job.service, project=job.project, run_id=f"{job.name}-{begin.isoformat()}", job_name=job.name,
            state=JobState.RUNNING, created_at=begin, start_at=begin, principal=job.user, destination=job.table,
            sources=list(job.reads),
        )  # fmt: skip
        yield begin, base
        ended = {
            "state": state,
            "end_at": end,
            "bytes_billed": int(run.tib * TIB) if state == JobState.SUCCEEDED else 0,
        }
        yield end, JobRunRow(**{**{name: getattr(base, name) for name in base.__slots__}, **ended})
