"""Maintenance of the tables after the collectors: creates partitions, computes points, deletes old rows.

Each step runs like a collector: it is claimed, recorded as a snapshot, and fails separately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from collectors.history_analysis.baselines import learn
from collectors.history_analysis.bigquery import copy
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from db.schema_db import partitions
from db.schema_db.downsample import downsample
from db.schema_db.retention import RetentionDays, forget
from db.schema_db.store import SchemaStore
from db.schema_db.write import changed_days
from insights.cost.refresh import refresh
from insights.jobs import day_sums
from shared.config import Settings

SCOPE = "schema_db"


def steps(store: SchemaStore, settings: Settings) -> tuple[Collector, ...]:
    """The steps in the order in which they run."""
    retention = RetentionDays(
        fine=settings.history_fine_days,
        hourly=settings.history_hourly_days,
        jobs=settings.history_jobs_days,
        actions=settings.history_actions_days,
    )
    return (
        _step("months", "Creates monthly partitions", timedelta(days=1), lambda now: _months(store, now)),
        _step(
            "downsample", "Computes hourly and daily points", timedelta(minutes=15), lambda now: downsample(store, now)
        ),
        learn.step(store, SCOPE),
        _step("cost", "Sums the cost by day", timedelta(hours=1), lambda now: refresh(store, now)),
        _step("jobs", "Sums the runs of jobs by day", timedelta(hours=1), lambda now: day_sums.refresh(store, now)),
        copy.step(store),
        _step(
            "retention",
            "Deletes history after its retention",
            timedelta(days=1),
            lambda now: _forget(store, now, retention),
        ),
    )


def _step(what: str, doc: str, every: timedelta, work: Callable[[datetime], Iterator[int]]) -> Collector:
    def collect(context: SnapshotContext) -> Iterator[Batch]:
        for written in work(context.now):
            yield Batch(rows=(), written=written)

    return Collector(
        name=f"hinomi.{what}",
        doc=doc,
        every=every,
        permissions=(),
        scopes=lambda _settings: [SCOPE],
        collect=collect,
        lag=timedelta(0),
    )


def _months(store: SchemaStore, now: datetime) -> Iterator[int]:
    yield len(partitions.ensure(store, now))


def _forget(store: SchemaStore, now: datetime, retention: RetentionDays) -> Iterator[int]:
    """Deletes old rows, and all marks of a day except the latest."""
    with store.transaction() as session:
        changed_days.collapse(session)
    yield from forget(store, now, retention)
