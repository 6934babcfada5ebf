"""Faults that no log reports: a missing backup, an export that will end too late, a stale table, and an unusual metric.

Their past is written into the history, and the checks of the history function find them. Times are relative to the
start of the demo: the usual times of the jobs are in the hour in which it runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from collectors.history_analysis.baselines.check import UnusualMetricCheck
from collectors.history_analysis.baselines.learn import advance
from collectors.history_analysis.late_jobs.check import LateJobCheck
from collectors.history_analysis.tables.check import TableCheck
from db.engine import make_engine
from db.error_db import queries
from db.error_db.store import ErrorStore
from db.schema_db.models import Snapshot, StoredSeries
from db.schema_db.store import SchemaStore
from db.schema_db.watched import WatchRequest, watch
from db.schema_db.write.rows import write
from demo.entries import PROJECT
from handlers import plan
from insights.baselines.calibration import LEARNED
from shared.config import Settings
from shared.history import JobRunRow, MetricPoint, SeriesKey, TableSizeRow, UserActionRow
from shared.identity.reported_run import FINISH_BY, SERVICE
from shared.model import JobState
from shared.records import IncidentView

BACKUP, EXPORT = "nightly-backup", "partner-export"
REPORTER = "cron"
SCHEDULE = f"projects/{PROJECT}/locations/europe-west1/jobs/{BACKUP}"
TABLE = f"{PROJECT}.finance.exchange_rates"
TOPIC, METRIC = "orders-events", "pubsub.googleapis.com/topic/send_request_count"
NAMES = (BACKUP, EXPORT, "finance.exchange", TOPIC)  # as they are on cards, whose Markdown escapes the rest
PAUSED_BY = "dave@example.com"  # named on a card, in any language, only as the author of the cause
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PAST_DAYS = 14
# Jobs of other services have been checked by the call of the function; the ninety days belong to no one's morning.
OTHERS = {
    "service": ["airflow", "bigquery", "dataflow", "scheduler", "vertex_ai"], "project": ["*"], "job": ["*"],
    "every": None, "finish_by": "", "grace": None, "weekdays": list(range(7)), "holidays": [], "ignore": True,
}  # fmt: skip
EXPECTED = {
    ("jobs/run_late", BACKUP): "has not started",
    ("jobs/run_late", EXPORT): "will probably end at",
    ("tables/stale", TABLE): "was last updated at",
    ("metrics/unusual", TOPIC): "usually",
}


@dataclass(frozen=True, slots=True)
class AbsentEvents:
    """The incidents that were opened, and the missing ones, as sentences."""

    incidents: list[IncidentView]
    problems: list[str]


def find(schema_db: str, error_db: str, now: datetime) -> AbsentEvents:
    """Writes the past of the jobs and of the table, and runs the checks."""
    schema, errors = make_engine(schema_db), make_engine(error_db)
    try:
        _write(SchemaStore(schema), now)
        _learn(SchemaStore(schema), now)
        parts = SchemaStore(schema), lambda: ErrorStore(errors), Settings(projects=(PROJECT,)), plan.plan
        LateJobCheck(*parts, {"jobs": [OTHERS]}).check(now)
        TableCheck(*parts).check(now)
        UnusualMetricCheck(*parts).check(now)
        with ErrorStore(errors).reading() as session:
            seen = [
                each for rule in {rule for rule, _ in EXPECTED} for each in queries.unresolved_of_rule(session, rule)
            ]
    finally:
        schema.dispose()
        errors.dispose()
    opened = {(each.rule, each.resource): each for each in seen}
    missing = [
        f"{resource}: no incident {rule} that says '{words}'"
        for (rule, resource), words in EXPECTED.items()
        if (rule, resource) not in opened or words not in opened[rule, resource].summary
    ]
    return AbsentEvents([opened[key] for key in EXPECTED if key in opened], missing)


def notified(cards: Iterable[Any]) -> bool:
    """Whether the channel has received messages about every one of these incidents."""
    text = json.dumps(list(cards))
    return all(name in text for name in NAMES)


def card_problems(cards: Iterable[Any]) -> list[str]:
    """What the messages lack, as sentences: one of the faults, or the cause of the missing backup."""
    text = json.dumps(list(cards))
    missing = [f"no card about {name}" for name in NAMES if name not in text]
    return missing if PAUSED_BY in text else [*missing, f"no card names the cause: {BACKUP} was paused by {PAUSED_BY}"]


def _write(schema: SchemaStore, now: datetime) -> None:
    with schema.transaction() as session:
        number = (session.scalar(select(func.max(Snapshot.id))) or 0) + 1
        for at, (collector, scope) in enumerate(
            (("reports.runs", "reports/all"), ("bigquery.tables", f"projects/{PROJECT}"))
        ):
            values = {"collector": collector, "scope": scope, "state": "done", "started_at": now, "finished_at": now}
            session.add(Snapshot(id=number + at, slot=now, window_start=now - HOUR, window_end=now, **values))
        session.flush()
        write(session, number, [*_backup(now), *_export(now), *_sizes(now), _pause(now)])


def _learn(schema: SchemaStore, now: datetime) -> None:
    """Writes the messages of a topic for as long as it takes to learn what is usual, and nearly none in the last half hour."""
    key = SeriesKey("pubsub", METRIC, "ALIGN_RATE", "1/s", PROJECT, TOPIC, "pubsub_topic", {"topic_id": TOPIC})
    chance, count = Random(1), LEARNED + 12 * 4  # noqa: S311 - made-up samples
    end = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    points = [
        MetricPoint(key, end - back * 5 * MINUTE, 200 * chance.gauss(1, 0.03) if back > 6 else 24.0)
        for back in range(count, 0, -1)
    ]
    with schema.transaction() as session:
        write(session, 1, points)
        number = session.scalars(
            select(StoredSeries.id).where(StoredSeries.metric == METRIC, StoredSeries.resource == TOPIC)
        ).one()
        watch(session, WatchRequest(METRIC, {}, 0.1, "medium"), by="alice@example.com", now=now - DAY)
        session.flush()
        for day in range(count * 5 * MINUTE // DAY + 1):
            start = points[0].time + day * DAY
            advance(session, [number], (start, start + DAY), {number: points[-1].time})


def _backup(now: datetime) -> Iterator[JobRunRow]:
    """The runs of the backup: each day two hours before the time of the demo, except today."""
    return (_run(BACKUP, now - 2 * HOUR - ago * DAY, 25 * MINUTE) for ago in range(1, PAST_DAYS))


def _pause(now: datetime) -> UserActionRow:
    """Somebody paused the schedule of the backup after its last run, which is why it is missing."""
    time = now - 5 * HOUR
    return UserActionRow(
        time.replace(minute=0, second=0, microsecond=0), PROJECT, PAUSED_BY, "cloudscheduler.googleapis.com",
        "google.cloud.scheduler.v1.CloudScheduler.PauseJob", f"//cloudscheduler.googleapis.com/{SCHEDULE}",
        count=1, denied=0, first_at=time, last_at=time,
    )  # fmt: skip


def _export(now: datetime) -> Iterable[JobRunRow]:
    """The runs of the export: an hour each day, due in twenty minutes; today's run began twenty minutes ago."""
    deadline = f"{now + 20 * MINUTE:%H:%M} UTC"
    past = [_run(EXPORT, now - 90 * MINUTE - ago * DAY, HOUR, deadline) for ago in range(1, PAST_DAYS)]
    return [*past, _run(EXPORT, now - 20 * MINUTE, None, deadline)]


def _run(name: str, start: datetime, length: timedelta | None, deadline: str = "") -> JobRunRow:
    return JobRunRow(
        service=SERVICE,
        project=REPORTER,
        run_id=f"{name} {start:%Y-%m-%d}",
        job_name=name,
        state=JobState.RUNNING if length is None else JobState.SUCCEEDED,
        created_at=start,
        start_at=start,
        end_at=None if length is None else start + length,
        labels={FINISH_BY: deadline} if deadline else {},
    )


def _sizes(now: datetime) -> Iterator[TableSizeRow]:
    """The sizes of the table, updated three hours before the time of the demo, except in the last two days."""
    for ago in range(2, 2 + PAST_DAYS):
        changed = now - 3 * HOUR - ago * DAY
        yield TableSizeRow(
            changed.date(), TABLE, "bigquery", PROJECT, "finance", "BASE TABLE",
            row_count=4_200, size_bytes=310_000, changed_at=changed,
        )  # fmt: skip
