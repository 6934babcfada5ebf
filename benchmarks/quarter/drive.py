"""Drives a platform through the product: every hour its rows are written, its samples learned, its log read, and each check run."""

from __future__ import annotations

import gc
import heapq
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import delete, select

from benchmarks.quarter.injected_fault import LEARNED, METRIC_DAYS, InjectedFault
from benchmarks.quarter.messages import Message, marked, pushed
from benchmarks.quarter.platform import (
    DAY,
    DAY_POINTS,
    DAYS,
    ENVIRONMENT,
    HOLIDAYS,
    HOUR,
    MINUTE,
    PROJECT,
    START,
    ZONE,
    Platform,
)
from collectors.history_analysis import incident_checks
from collectors.history_analysis.baselines.learn import learn
from collectors.metrics_analysis.sigma import artifact
from db.error_db.models import Incident
from db.first_use import open_schema_store
from db.migrate import ERROR_DB, SCHEMA_DB, upgrade
from db.schema_db.downsample import downsample
from db.schema_db.models import FinePoint, Snapshot, StaleInterval, UnlearnedHour, WatchedMetric
from db.schema_db.write import changed_days
from db.schema_db.write.points import name_series
from db.schema_db.write.rows import write
from insights.cost.refresh import refresh
from main import Application
from shared.config import ROOT, Settings
from shared.model import Status

WEEK = timedelta(weeks=1)
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where there is one
BUDGET = 0.0001  # false alarms of a series in a week: 0.3 a week of 3,000 series
COLLECTORS = (
    ("bigquery.jobs", f"projects/{PROJECT}"), ("composer.runs", f"airflow/{ENVIRONMENT}"),
)  # fmt: skip
REPORTERS = ("checks", "connect")
KEPT = 3 * DAY  # samples: what is learned is read once


@dataclass(slots=True)
class Outcome:
    """The result of a quarter.

    `false` are incidents without a fault: rule, resource, time, summary; `retries` those about a retry.
    """

    faults: list[InjectedFault]
    weeks: float
    incidents: int = 0
    false: list[tuple[str, str, str, str]] = field(default_factory=list)
    retried: int = 0
    paged: int = 0


def drive(platform: Platform, faults: list[InjectedFault], weeks: float) -> Outcome:
    """Runs the checks of each hour in the evaluated weeks, after the learned weeks."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        urls = [f"sqlite:///{Path(folder)}/{name}.db" for name in ("errors", "schema")]
        for url, database in zip(urls, (ERROR_DB, SCHEMA_DB), strict=True):
            upgrade(url, database)
        kinds = ["job_failure", "load_issue", "irregular_access"]
        reporters = [
            {
                "name": name,
                "kind": kinds,
                "service": ["*"],
                "resource": ["*"],
                "max_severity": "critical",
                "publishers": [],
            }
            for name in REPORTERS
        ]
        holidays = [day.isoformat() for day in HOLIDAYS]
        expectations = {"holidays": holidays, "jobs": platform.expectations, "budgets": []}
        compiled = {**artifact.load(ROOT / "rules"), "reporters": reporters, "expectations": expectations}
        artifact.write(Path(folder), compiled)
        settings = Settings(error_db_url=urls[0], schema_db_url=urls[1], timezone=ZONE.key, rules_dir=Path(folder))
        return _Quarter(platform, faults, weeks, (Application(settings), compiled)).run()


class _Quarter:
    def __init__(
        self,
        platform: Platform,
        faults: list[InjectedFault],
        weeks: float,
        of_product: tuple[Application, dict[str, Any]],
    ) -> None:
        self.platform, self.faults, (self.application, self.compiled) = platform, faults, of_product
        self.schema, self.errors = open_schema_store(self.application.settings.schema_db_url), self.application.store()
        self.outcome = Outcome(faults, weeks)
        self.rows = platform.rows()
        messages = [each for fault in faults for each in fault.messages] + list(self._retries())
        self.messages = [(time, number, message) for number, (time, message) in enumerate(messages)]
        heapq.heapify(self.messages)
        self.begin = (START + LEARNED * DAY).astimezone(UTC)
        self.end = min(self.begin + timedelta(weeks=weeks), (START + (DAYS - 1) * DAY).astimezone(UTC))
        self.at = self.sample = 0
        self.numbers: list[int] = []
        self.seen: set[int] = set()

    def run(self) -> Outcome:
        self._watch()
        for day in range(LEARNED - METRIC_DAYS, LEARNED):  # the learned weeks, in days
            self._samples((START + (day + 1) * DAY).astimezone(UTC), (day + 1) * DAY_POINTS)
        self._jobs(self.begin)
        self._tables(self.begin, first=0)
        list(refresh(self.schema, self.begin))
        gc.collect()
        gc.freeze()  # millions of objects that stay
        signal.signal(signal.SIGINT, self._interrupted)
        now = self.begin
        while now < self.end:
            now += HOUR
            self._hour(now)
            if now.hour == 0:
                self._print_progress(now)
        self.outcome.weeks = (now - self.begin) / WEEK
        return self.outcome

    def _print_progress(self, now: datetime) -> None:
        found, false = sum(fault.found_at is not None for fault in self.faults), len(self.outcome.false)
        print(f"{now:%m-%d}: {found} of {len(self.faults)} faults found, {false} false incidents", file=sys.stderr)

    def _interrupted(self, *_: object) -> None:
        """Ends the evaluation with the current hour."""
        self.end = self.begin

    def _hour(self, now: datetime) -> None:
        self._jobs(now)
        self._samples(now, int((now - START) / (5 * MINUTE)))
        if now.hour % 6 == 0:
            self._tables(now, first=int((now - START) / DAY) - 1)
        list(refresh(self.schema, now))
        if now.hour == 1:
            self._daily(now)
        for collector, scope in COLLECTORS:
            self._done(collector, scope, now)
        self._messages(now)
        stores = self.schema, lambda: self.errors
        checks = (lambda *_: None), (lambda: now + MINUTE)
        incident_checks.run(*stores, self.application.settings, *checks, self.compiled)
        self._judge(now)

    def _daily(self, now: datetime) -> None:
        with self.schema.transaction() as session:
            changed_days.collapse(session)
            session.execute(delete(FinePoint).where(FinePoint.time < now - KEPT))

    def _jobs(self, now: datetime) -> None:
        first = self.at
        while self.at < len(self.rows) and self.rows[self.at][0] < now:
            self.at += 1
        latest = {row.run_id: row for _, row in self.rows[first : self.at]}
        self._write(list(latest.values()))

    def _write(self, rows: list[Any]) -> None:
        for at in range(0, len(rows), 5_000):
            with self.schema.transaction() as session:
                write(session, 1, rows[at : at + 5_000])

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
        """Stores samples directly, without a collector, which the checks do not notice; the product learns them."""
        first = self.sample or until - DAY_POINTS
        times = [START.astimezone(UTC) + at * 5 * MINUTE for at in range(first, until)]
        stored = [f"{time:%Y-%m-%d %H:%M:%S}.000000" for time in times]
        hours = {time.replace(minute=0) for time in times}
        with self.schema.transaction() as session:
            if not self.numbers:
                known = name_series(session, self.platform.series)
                self.numbers = [known[each.metric, each.aligner, each.key] for each in self.platform.series]
            rows = [
                (number, time, value)
                for number, values in zip(self.numbers, self.platform.values[:, first:until].tolist(), strict=True)
                for time, value in zip(stored, values, strict=True)
                if value == value  # noqa: PLR0124 - not a number: no sample
            ]
            session.connection().exec_driver_sql(
                "INSERT INTO points_fine (series_id, time, value) VALUES (?, ?, ?)", rows
            )
            marks = [
                *(StaleInterval(level="hour", start=hour, snapshot_id=1) for hour in hours),
                *(
                    StaleInterval(level="day", start=day, snapshot_id=1)
                    for day in {hour.replace(hour=0) for hour in hours}
                ),
                *(UnlearnedHour(start=hour, snapshot_id=1, taken=False) for hour in hours),
            ]
            for mark in marks:
                session.merge(mark)
        self.sample = until
        if now.hour % 3 == 0:
            list(downsample(self.schema, now))
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
            row.window_end = row.slot = row.finished_at = now

    def _retries(self) -> Iterator[tuple[datetime, Message]]:
        """The log of failed attempts of Airflow that were repeated and succeeded."""
        for job in self.platform.jobs:
            for run in job.runs if job.service == "airflow" else ():
                at = run.start.astimezone(UTC)
                if run.retried and at >= (START + LEARNED * DAY).astimezone(UTC):
                    for minutes, state in ((2, "UP_FOR_RETRY"), (5 + run.seconds / 60, "SUCCESS")):
                        line = f"Marking task as {state}. dag_id={job.name}, task_id=load, execution_date={at:%Y%m%dT%H%M%S}"
                        yield at + minutes * MINUTE, marked(line)

    def _messages(self, now: datetime) -> None:
        while self.messages and self.messages[0][0] < now:
            time, number, message = heapq.heappop(self.messages)
            self.application.pipeline.handle(pushed(message, time, number), time + MINUTE)
            self.outcome.retried += "UP_FOR_RETRY" in message.get("textPayload", "")

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
                    is_found = row.rule in fault.rules
                    if fault.found_at is None and is_found and (is_new or row.status != Status.RESOLVED):
                        fault.found_at = now
                if is_new:
                    self.seen.add(row.id)
                    self.outcome.incidents += 1
                    if not about:
                        self.outcome.false.append((row.rule, row.resource, f"{now:%m-%d %H}", row.title))
                        self.outcome.paged += row.rule.startswith("composer/")


def kinds(outcomes: list[Outcome]) -> Iterator[tuple[str, int, int, int]]:
    """For each kind its faults, the faults found in time, and the faults found later."""
    every = Counter(fault.kind for outcome in outcomes for fault in outcome.faults if _counts(outcome, fault))
    for kind in sorted(every):
        faults = [one for outcome in outcomes for one in outcome.faults if one.kind == kind and _counts(outcome, one)]
        in_time = sum(one.found_at is not None and one.found_at <= one.by for one in faults)
        late = sum(one.found_at is not None and one.found_at > one.by for one in faults)
        yield kind, every[kind], in_time, late


def _counts(outcome: Outcome, fault: InjectedFault) -> bool:
    """Whether the time by which the fault must be found was evaluated."""
    return fault.by < (START + LEARNED * DAY).astimezone(UTC) + timedelta(weeks=outcome.weeks)
