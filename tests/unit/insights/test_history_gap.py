"""Whether a history exists, and what is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from collectors.history_analysis.registry import discover
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from insights.history_gap import BIGQUERY_JOBS, JOBS, POLICIES, HistoryGap, history_gap
from tests.support.runs import NOW


def add(session: Session, collector: str, state: str, *, hours: int = 0, error: str | None = None) -> None:
    slot = NOW - timedelta(hours=hours)
    session.add(Snapshot(collector=collector, scope="p", slot=slot, started_at=slot, state=state, error=error))


def gap(store: SchemaStore, collectors: tuple[str, ...] = POLICIES) -> HistoryGap | None:
    with store.reading() as session:
        return history_gap(session, collectors)


def test_every_collector_that_is_asked_for_exists() -> None:
    assert {*POLICIES, *JOBS, *BIGQUERY_JOBS} <= {collector.name for collector in discover(())}


@pytest.mark.parametrize("collector", [None, "hinomi.retention"])
def test_before_the_first_snapshot_the_history_is_empty(schema_store: SchemaStore, collector: str | None) -> None:
    if collector:
        with schema_store.transaction() as session:
            add(session, collector, "done")
    assert gap(schema_store) == HistoryGap(POLICIES, is_first=True)


def test_another_collector_does_not_fill_the_gap(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        add(session, "bigquery.tables", "done")
    assert gap(schema_store) == HistoryGap(POLICIES, is_first=False)


def test_the_latest_error_is_known(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        add(session, "bigquery.jobs", "failed", hours=2, error="old")
        add(session, "dataflow.jobs", "failed", hours=1, error="new")
        add(session, "iam.bindings", "failed", error="another")
        add(session, "composer.runs", "running")
    assert gap(schema_store, JOBS) == HistoryGap(JOBS, is_first=False, error="new")


def test_one_snapshot_that_succeeded_is_history(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        add(session, "dataflow.jobs", "done", hours=5)
        add(session, "dataflow.jobs", "failed", error="new")
    assert gap(schema_store, JOBS) is None
