"""Drives a platform through the product: hour by hour its rows are written, its samples learned, its log read, and each check run."""

from __future__ import annotations

import base64
import heapq
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from benchmarks.quarter.faults import LEARNED, InjectedFault
from benchmarks.quarter.platform import DAY, DAYS, ENVIRONMENT, HOLIDAYS, HOUR, MINUTE, PROJECT, START, Platform
from collectors.history_analysis import incident_checks
from collectors.history_analysis.baselines.learn import learn
from db.error_db.models import Incident
from db.first_use import open_schema_store
from db.migrate import ERROR_DB, SCHEMA_DB, upgrade
from db.schema_db.models import Snapshot, WatchedMetric
from db.schema_db.write.rows import write
from insights.cost.refresh import refresh
from main import Application
from shared.config import Settings
from shared.history import MetricPoint
from shared.model import Status

MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where there is one
BUDGET = 0.0001  # false alarms of a series in a week: 0.3 a week of 3,000 series
COLLECTORS = (
    ("bigquery.jobs", f"projects/{PROJECT}"), ("composer.runs", f"airflow/{ENVIRONMENT}"),
)  # fmt: skip
LOG = "projects/example-project/logs/airflow-scheduler"


@dataclass(slots=True)
class Outcome:
    """What one quarter showed. `false` are the incidents about no fault: rule, resource, time, summary; `retries` those about a retry."""

    faults: list[InjectedFault]
    weeks: float
    incidents: int = 0
    false: list[tuple[str, str, str, str]] = field(default_factory=list)
    retried: int = 0
    paged: int = 0


def drive(platform: Platform, faults: list[InjectedFault], weeks: float) -> Outcome:
    """Runs the checks of each hour of the evaluated weeks, after the learned ones."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        urls = [f"sqlite:///{Path(folder)}/{name}.db" for name in ("errors", "schema")]
        for url, database in zip(urls, (ERROR_DB, SCHEMA_DB), strict=True):
            upgrade(url, database)
        settings = Settings(error_db_url=urls[0], schema_db_url=urls[1], timezone="Europe/Berlin")
        return _Quarter(platform, faults, weeks, Application(settings)).run()


class _Quarter:
    def __init__(self, platform: Platform, faults: list[InjectedFault], weeks: float, application: Application) -> None:
        self.platform, self.faults, self.application = platform, faults, application
        self.schema, self.errors = open_schema_store(application.settings.schema_db_url), application.store()
        self.outcome = Outcome(faults, weeks)
        self.rows = platform.rows()
        self.entries = [(time, line) for fault in faults for time, line in fault.entries] + list(self._retries())
        heapq.heapify(self.entries)
        self.begin = (START + LEARNED * DAY).astimezone(UTC)
        self.end = min(self.begin + timedelta(weeks=weeks), (START + (DAYS - 1) * DAY).astimezone(UTC))
        self.at = self.sample = 0
        self.seen: set[int] = set()

    def run(self) -> Outcome:
        self._watch()
        for day in range(LEARNED - 8, LEARNED):  # the learned weeks, in days
            self._samples((START + (day + 1) * DAY).astimezone(UTC), (day + 1) * 288)
        self._jobs(self.begin)
        self._tables(self.begin, first=0)
        list(refresh(self.schema, self.begin))
        now = self.begin
        while now < self.end:
            now += HOUR
            self._hour(now)
        return self.outcome

    def _hour(self, now: datetime) -> None:
        self._jobs(now)
        self._samples(now, int((now - START) / (5 * MINUTE)))
        if now.hour % 6 == 0:
            self._tables(now, first=int((now - START) / DAY) - 1)
        if now.hour == 1:
            list(refresh(self.schema, now))
        for collector, scope in COLLECTORS:
            self._done(collector, scope, now)
        self._log(now)
        expectations = {"holidays": [day.isoformat() for day in HOLIDAYS], "jobs": [], "budgets": []}
        stores = self.schema, lambda: self.errors
        incident_checks.run(
            *stores, self.application.settings, lambda *_: None, lambda: now + MINUTE, {"expectations": expectations}
        )
        self._judge(now)

    def _jobs(self, now: datetime) -> None:
        first = self.at
        while self.at < len(self.rows) and self.rows[self.at][0] < now:
            self.at += 1
        self._write([row for _, row in self.rows[first : self.at]])

    def _write(self, rows: list) -> None:  # type: ignore[type-arg]
        for at in range(0, len(rows), 2_000):
            latest = {getattr(row, "run_id", at): row for row in rows[at : at + 2_000]}
            some = list(latest.values()) if hasattr(rows[at], "run_id") else rows[at : at + 2_000]
            with self.schema.transaction() as session:
                write(session, 1, some)

    def _tables(self, now: datetime, first: int) -> None:
        """The metadata of the tables, day by day up to now: what changed later is not known."""
        last = int((now - START) / DAY)
        rows = [
            size
            for number in range(max(first, 0), last + 1)
            for table in self.platform.tables
            if (size := self.platform.sizes(table, number)).changed_at and size.changed_at <= now
        ]
        self._write(rows)
        self._done("bigquery.tables", f"projects/{PROJECT}", now)

    def _samples(self, now: datetime, until: int) -> None:
        first = self.sample or until - 288
        begin = START.astimezone(UTC)
        points = [
            MetricPoint(key, begin + at * 5 * MINUTE, float(row[at]))
            for key, row in zip(self.platform.series, self.platform.values, strict=True)
            for at in range(first, until)
        ]
        self.sample = until
        self._write(points)
        list(learn(self.schema, now))

    def _watch(self) -> None:
        with self.schema.transaction() as session:
            session.add(WatchedMetric(id=1, metric="*", labels={}, budget=BUDGET, severity="medium", reason="", created_by="",
                                      created_at=START.astimezone(UTC)))  # fmt: skip

    def _done(self, collector: str, scope: str, now: datetime) -> None:
        with self.schema.transaction() as session:
            row = session.scalar(select(Snapshot).where(Snapshot.collector == collector, Snapshot.scope == scope))
            if row is None:
                row = Snapshot(collector=collector, scope=scope, slot=now, state="done", started_at=now, window_end=now)
                session.add(row)
            row.window_end = row.slot = now

    def _retries(self) -> Iterator[tuple[datetime, str]]:
        """The log of failed attempts of Airflow that were repeated and succeeded."""
        for job in self.platform.jobs:
            if job.service != "airflow":
                continue
            for run in job.runs:
                at = run.start.astimezone(UTC)
                if run.retried and self.platform and at >= (START + LEARNED * DAY).astimezone(UTC):
                    stamp = f"{at:%Y%m%dT%H%M%S}"
                    lines = ("UP_FOR_RETRY", "SUCCESS")
                    for minutes, state in zip((2, 5 + run.seconds / 60), lines, strict=True):
                        yield (
                            at + minutes * MINUTE,
                            f"Marking task as {state}. dag_id={job.name}, task_id=load, execution_date={stamp}",
                        )

    def _log(self, now: datetime) -> None:
        while self.entries and self.entries[0][0] < now:
            time, line = heapq.heappop(self.entries)
            entry = {
                "logName": LOG if line.startswith("Marking run") else LOG.replace("scheduler", "worker"),
                "insertId": f"{time.timestamp()}{hash(line)}", "timestamp": time.isoformat().replace("+00:00", "Z"),
                "severity": "ERROR" if "failed" in line else "INFO", "textPayload": line,
                "resource": {"type": "cloud_composer_environment",
                             "labels": {"environment_name": ENVIRONMENT, "location": "eu", "project_id": PROJECT}},
            }  # fmt: skip
            data = base64.b64encode(json.dumps(entry).encode()).decode()
            message = {"data": data, "messageId": entry["insertId"], "publishTime": entry["timestamp"]}
            self.application.pipeline.handle(
                json.dumps({"message": message, "subscription": "s"}).encode(), time + MINUTE
            )
            self.outcome.retried += "UP_FOR_RETRY" in line

    def _judge(self, now: datetime) -> None:
        """Assigns the new incidents of this hour to faults."""
        with self.errors.reading() as session:
            query = select(Incident).where(Incident.last_seen_at >= now - 3 * DAY)
            rows = list(session.scalars(query))
            for row in rows:
                names = {row.resource, row.resource.rpartition("/")[2], row.principal}
                about = [one for one in self.faults if names & one.names and one.since <= now <= one.until + DAY]
                is_new = row.id not in self.seen
                for fault in about:
                    if fault.found_at is None and (is_new or row.status != Status.RESOLVED):
                        fault.found_at = now
                if is_new:
                    self.seen.add(row.id)
                    self.outcome.incidents += 1
                    if not about:
                        self.outcome.false.append((row.rule, row.resource, f"{now:%m-%d %H}", row.title))
                        self.outcome.paged += row.rule.startswith("composer/")


def kinds(outcomes: list[Outcome]) -> Iterator[tuple[str, int, int, int]]:
    """For each kind its faults, those that were found in time, and those that were found later."""
    every = Counter(fault.kind for outcome in outcomes for fault in outcome.faults if _counts(outcome, fault))
    for kind in sorted(every):
        faults = [one for outcome in outcomes for one in outcome.faults if one.kind == kind and _counts(outcome, one)]
        in_time = sum(one.found_at is not None and one.found_at <= one.by for one in faults)
        late = sum(one.found_at is not None and one.found_at > one.by for one in faults)
        yield kind, every[kind], in_time, late


def _counts(outcome: Outcome, fault: InjectedFault) -> bool:
    """Whether the time by which it has to be found was evaluated."""
    return fault.by < (START + LEARNED * DAY).astimezone(UTC) + timedelta(weeks=outcome.weeks)
