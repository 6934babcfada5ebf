"""Writes the ninety days into the databases of the demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, func, select

from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.schema_db.models import JobDeadline, KeptReport, Snapshot
from db.schema_db.store import SchemaStore
from db.schema_db.write.deadlines import DEADLINES
from db.schema_db.write.rows import write
from db.schema_db.write.upsert import upsert
from demo.ninety_days.access import write_access
from demo.ninety_days.incidents import write_incidents
from demo.ninety_days.jobs import runs
from demo.ninety_days.metrics import write_metrics
from demo.ninety_days.tables import sizes
from demo.ninety_days.times import DAYS
from demo.platform.services import SimulatedServices
from insights.jobs.lateness import JobCalendar, lateness


def write_before(url: str, services: SimulatedServices, now: datetime) -> None:
    """Writes the access of the ninety days, which the snapshot of the demo continues."""
    with _engine(url) as engine:
        write_access(SchemaStore(engine), services, now)


@dataclass(frozen=True, slots=True)
class WrittenHistory:
    """The number of rows written."""

    jobs: int
    incidents: int


def write_history(schema_db: str, error_db: str, rules: Path, now: datetime, days: int = DAYS) -> WrittenHistory:
    """Writes the last `days` before `now`: jobs, table sizes and metrics into the Schema DB, incidents into the Error DB.

    `rules` is the folder with the rules, which find the incidents.
    """
    before = now - timedelta(days=days + 1)
    jobs = list(runs(now, days))
    with _engine(schema_db) as engine, SchemaStore(engine).transaction() as session:
        number = session.scalar(select(func.max(Snapshot.id))) or 1
        write(session, number, [*jobs, *(size for size in sizes(now) if size.day > before.date())])
        write_metrics(session, number, now, days)
        session.execute(delete(KeptReport))  # of a history without them
    with _engine(schema_db) as engine:
        _keep_deadlines(SchemaStore(engine), now)
    with _engine(error_db) as engine:
        return WrittenHistory(len(jobs), write_incidents(ErrorStore(engine), rules, now, jobs, days))


def _keep_deadlines(schema: SchemaStore, now: datetime) -> None:
    """Stores the next deadlines of all jobs, because the check of the demo examined only jobs with a problem."""
    with schema.reading() as session:
        seen_at = max(now, session.scalar(select(func.max(JobDeadline.seen_at))) or now)
        later = lateness(session, seen_at, JobCalendar(_local)).deadlines
    with schema.transaction() as session:
        stored = set(session.execute(select(JobDeadline.project, JobDeadline.job_name)))
        upsert(session, DEADLINES, [row for row in later if (row.project, row.job_name) not in stored])


def _local(moment: datetime) -> datetime:
    return moment


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
