"""Writes the ninety days into the databases of the demo."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from db.engine import make_engine
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from demo.ninety_days.access import write_access
from demo.ninety_days.jobs import runs
from demo.ninety_days.metrics import write_metrics
from demo.ninety_days.tables import sizes
from demo.platform.services import SimulatedServices


def write_before(url: str, services: SimulatedServices, now: datetime) -> None:
    """Writes the access of the ninety days, which the snapshot of the demo continues."""
    engine = make_engine(url)
    try:
        write_access(SchemaStore(engine), services, now)
    finally:
        engine.dispose()


def write_history(url: str, now: datetime) -> int:
    """Writes jobs, table sizes and metrics of the ninety days before `now` into the Schema DB; returns the number of job runs."""
    engine = make_engine(url)
    jobs = list(runs(now))
    try:
        with SchemaStore(engine).transaction() as session:
            number = session.scalar(select(func.max(Snapshot.id))) or 1
            write(session, number, [*jobs, *sizes(now)])
            write_metrics(session, number, now)
    finally:
        engine.dispose()
    return len(jobs)
