"""Every page reads PostgreSQL, where types are stricter than on SQLite."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard import registry
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import JobRunRow, JobState
from tests.support import databases
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.postgresql


def test_pages_and_their_filters_read_postgresql(postgres_url: str, postgres_schema_store: SchemaStore) -> None:
    start = NOW - timedelta(hours=2)
    ran = JobRunRow(
        service="bigquery", project="p", run_id="r", job_name="airflow:merge", state=JobState.SUCCEEDED, created_at=start,
        start_at=start, end_at=start, principal="e@example.com", destination="p.mart.t", sources=["p.raw.t"],
    )  # fmt: skip
    with postgres_schema_store.transaction() as session:
        write(session, 1, [ran])
    with databases.engine(postgres_url) as engine:
        store = ErrorStore(engine)
        for number in range(3):
            made = replace(finding(), fingerprint=f"f{number}", event_key=f"e{number}", resource="p.raw")
            with store.transaction(NOW) as transaction:
                transaction.record(replace(made, time=NOW - timedelta(minutes=number)), redact=())
        with store.transaction(NOW) as transaction:
            transaction.resolve(3, reason="done", time=NOW)
        visitor = Dashboard(store, postgres_schema_store).local()
        paths = [page.routes[0].path for page in registry.discover() if "<" not in page.routes[0].path]
        filtered = (
            "/incidents?q=daily&severity=low&kind=job_failure&service=bigquery&rule=bigquery/job_failed&since=30d"
        )
        before = "/incidents?state=resolved&before=2027-01-01T00:00:00%2B00:00_9"
        for path in [
            *paths,
            filtered,
            before,
            "/incidents/1",
            "/incidents/1/silence",
            "/search?q=daily",
            "/search?q=%231",
        ]:
            assert visitor.open(path).status_code == 200, path
        page = visitor.read("/")
    assert "2 things need you." in page
    assert "mart" in page
