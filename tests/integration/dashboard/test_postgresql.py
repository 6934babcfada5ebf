"""Every page works on PostgreSQL, which is stricter about types than SQLite."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard import registry
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import JobRunRow
from shared.model import JobState
from tests.support import databases
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.postgresql

API_PATHS = (
    "/incidents?status=open&severity=low&q=%25&owner=nobody&since=2026-01-01T00:00:00Z", "/incidents/1", "/jobs", "/jobs/gaps",
    "/jobs/timeline?service=bigquery&project=p&name=airflow:merge", "/jobs/timeline?service=airflow&project=etl&name=load",
    "/jobs/lineage?table=p.raw.t", "/jobs/runs?service=bigquery&project=p&name=airflow:merge&before=2027-01-01T00:00:00Z", "/performance/series?q=%25", "/rules",
    "/cost?by=dataset", "/cost/day?day=2026-11-25", "/access/resource?resource=gs://b&at=2026-11-01T00:00:00Z",
    "/access/principal?principal=a@example.com", "/access/unused", "/action-runs?incident=1&cursor=OTk", "/approvals",
    "/silences?expired=true", "/channels", "/reports", "/health", "/handler-rules", "/handler-rules/versions",
)  # fmt: skip


def test_pages_and_their_filters_read_postgresql(postgres_url: str, postgres_schema_store: SchemaStore) -> None:
    start = NOW - timedelta(hours=2)
    ran = JobRunRow(
        service="bigquery", project="p", run_id="r", job_name="airflow:merge", state=JobState.SUCCEEDED, created_at=start,
        start_at=start, end_at=start, principal="e@example.com", destination="p.mart.t", sources=["p.raw.t"],
    )  # fmt: skip
    dag_run = replace(
        ran, service="airflow", project="etl", run_id="load/1", job_name="load", destination="", sources=[]
    )
    task = replace(dag_run, run_id="load/1/merge", job_name="load.merge", parent="load/1")
    with postgres_schema_store.transaction() as session:
        write(session, 1, [ran, dag_run, task])
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
            "/incidents/1/related",
            "/jobs/timeline?service=airflow&project=etl&name=load",
            "/jobs/lineage?table=p.raw.t",
            "/search?q=daily",
            "/search?q=%231",
            "/reports?again=1",
        ]:
            assert visitor.open(path).status_code == 200, path
        page = visitor.read("/")
        api = ApiClient(visitor, new_token(store))
        answers = {path: api.call("GET", path).status_code for path in API_PATHS}
        assert api.post("/incidents/1/acknowledge")["acknowledged_by"] == "token:bot"
        assert visitor.open("/badge.svg?service=unknown").status_code == 200
    assert answers == dict.fromkeys(API_PATHS, 200)
    assert "2 things need you." in page
    assert "mart" in page
