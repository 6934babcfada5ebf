"""BigQuery's jobs and tables with the real client, against a server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from demo.platform.bigquery.jobs import BILLED
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.http import google_error
from shared.config import Settings
from tests.support.collecting import CollectingSite
from tests.support.history import HOUR, TEN, at

pytestmark = pytest.mark.sqlite

PROJECT = "example-project"
MINUTE = timedelta(minutes=1)
TABLE = {"project_id": PROJECT, "dataset_id": "mart", "table_id": "daily"}
SOURCE = {"project_id": PROJECT, "dataset_id": "staging", "table_id": "orders"}


@pytest.fixture
def bigquery() -> Iterator[BigQueryServer]:
    with BigQueryServer() as server:
        server.add_dataset(PROJECT, "mart")
        yield server


@pytest.fixture
def site(schema_store: SchemaStore, bigquery: BigQueryServer) -> CollectingSite:
    return CollectingSite(
        schema_store, Settings(projects=(PROJECT,), bigquery_endpoint=bigquery.url, history_first_days=1)
    )


def add_job(bigquery: BigQueryServer, job_id: str, region: str = "eu", **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "job_id": job_id,
        "user_email": "alice@example.com",
        "job_type": "QUERY",
        "statement_type": "MERGE",
        "state": "DONE",
        "creation_time": at(-1),
        "start_time": at(-1) + MINUTE,
        "end_time": at(-1) + 3 * MINUTE,
        "total_slot_ms": 60_000,
        "total_bytes_billed": 10 * BILLED,
        "cache_hit": False,
        "query": "MERGE mart.daily USING staging.orders ON id = 5",
        "labels": [{"key": "airflow-dag", "value": "load_mart"}, {"key": "airflow-task", "value": "merge_daily"}],
        "referenced_tables": [SOURCE, TABLE],
        "destination_table": TABLE,
    }
    bigquery.jobs.schema.add(PROJECT, region, "JOBS", row | changes)
    return row


def test_a_job_is_stored_with_principal_tables_times_and_cost(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_job(bigquery, "job-1")
    site.done("bigquery.jobs")
    job = site.jobs()["job-1"]
    assert (job.job_name, job.principal, job.state) == (
        "airflow:load_mart.merge_daily",
        "alice@example.com",
        "succeeded",
    )
    assert (job.created_at, job.start_at, job.end_at) == (at(-1), at(-1) + MINUTE, at(-1) + 3 * MINUTE)
    assert (job.slot_ms, job.bytes_billed, job.cache_hit) == (60_000, 10 * BILLED, False)
    assert (job.destination, job.sources) == (
        "example-project.mart.daily",
        [f"{PROJECT}.mart.daily", f"{PROJECT}.staging.orders"],
    )
    assert job.query_key


@pytest.mark.permissions
def test_a_job_is_stored_with_its_reservation(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_job(bigquery, "reserved", reservation_id="admin:eu.prod", edition="ENTERPRISE")
    add_job(bigquery, "on-demand")
    add_job(bigquery, "load", reservation_id="default-pipeline")
    site.done("bigquery.jobs")
    found = {name: (job.reservation_id, job.edition) for name, job in site.jobs().items()}
    assert found == {"reserved": ("admin:eu.prod", "ENTERPRISE"), "on-demand": (None, None), "load": (None, None)}


def test_the_query_names_its_columns_and_bounds_and_its_own_cost_is_known(
    site: CollectingSite, bigquery: BigQueryServer
) -> None:
    site.done("bigquery.jobs")
    (sent,) = [request.body for request in bigquery.requests if request.method == "POST"]
    query = sent["configuration"]["query"]
    assert "*" not in query["query"]
    assert {each["name"] for each in query["queryParameters"]} == {"since", "until"}
    (snapshot,) = site.rows(Snapshot)
    assert snapshot.bytes_billed == BILLED


def test_all_pages_of_all_regions_are_read(site: CollectingSite, bigquery: BigQueryServer) -> None:
    bigquery.jobs.page_rows = 2
    bigquery.add_dataset(PROJECT, "us_raw", location="US")
    for number in range(5):
        add_job(bigquery, f"eu-{number}")
        add_job(bigquery, f"us-{number}", region="us")
    site.done("bigquery.jobs")
    assert len(site.jobs()) == 10


def test_a_job_is_read_where_the_project_has_no_dataset(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_job(bigquery, "eu-1")
    add_job(bigquery, "us-1", region="us")
    add_job(bigquery, "tokyo-1", region="asia-northeast1")
    site.done("bigquery.jobs")
    assert set(site.jobs()) == {"eu-1", "us-1", "tokyo-1"}


def test_a_project_that_only_computes_has_no_dataset_and_its_jobs_are_read(
    schema_store: SchemaStore, bigquery: BigQueryServer
) -> None:
    bigquery.jobs.schema.add("compute-only", "us", "JOBS", {"job_id": "job-1", "creation_time": at(-1)})
    settings = Settings(projects=("compute-only",), bigquery_endpoint=bigquery.url, history_first_days=1)
    site = CollectingSite(schema_store, settings)
    site.done("bigquery.jobs")
    assert list(site.jobs()) == ["job-1"]


def test_a_location_of_hidden_results_is_read(site: CollectingSite, bigquery: BigQueryServer) -> None:
    bigquery.add_dataset(PROJECT, "_0f3a", location="US")
    add_job(bigquery, "child", region="us", parent_job_id="script")
    site.done("bigquery.jobs")
    assert list(site.jobs()) == ["child"]


def test_the_settings_name_locations_that_nothing_else_shows(
    schema_store: SchemaStore, bigquery: BigQueryServer
) -> None:
    add_job(bigquery, "child", region="asia-northeast1", parent_job_id="script")
    add_job(bigquery, "seen")
    settings = Settings(
        projects=(PROJECT,),
        bigquery_endpoint=bigquery.url,
        history_first_days=1,
        bigquery_locations=("eu", "asia-northeast1"),
    )
    site = CollectingSite(schema_store, settings)
    site.done("bigquery.jobs")
    assert set(site.jobs()) == {"child", "seen"}
    queries = [request for request in bigquery.requests if request.method == "POST"]
    assert len(queries) == 2


def test_the_list_of_jobs_is_bounded_and_read_page_by_page(site: CollectingSite, bigquery: BigQueryServer) -> None:
    bigquery.jobs.page_rows = 2
    for number in range(3):
        add_job(bigquery, f"eu-{number}", creation_time=at(-1 - number))
    add_job(bigquery, "us-1", region="us", creation_time=at(-6))
    site.done("bigquery.jobs")
    lists = [request.query for request in bigquery.requests if "allUsers" in request.query]
    assert len(lists) == 2
    assert all(int(query["minCreationTime"]) >= at(-25).timestamp() * 1000 for query in lists)
    assert "us-1" in site.jobs()


def test_an_interrupted_list_of_jobs_is_continued(site: CollectingSite, bigquery: BigQueryServer) -> None:
    bigquery.jobs.page_rows = 2
    add_job(bigquery, "tokyo-1", region="asia-northeast1", creation_time=at(-6))
    for number in range(3):
        add_job(bigquery, f"eu-{number}", creation_time=at(-1 - number))
    refused = google_error(403, "no longer", "accessDenied")
    page = bigquery.jobs.listed(PROJECT, {"maxResults": "2"})
    bigquery.fail_next(page, refused)
    assert site.run("bigquery.jobs").outcome is SnapshotOutcome.FAILED
    before = len(bigquery.requests)
    site.done("bigquery.jobs", at(1))
    assert bigquery.requests[before].query["maxCreationTime"] == str(int(at(-2).timestamp() * 1000))
    assert set(site.jobs()) == {"eu-0", "eu-1", "eu-2", "tokyo-1"}


def test_a_job_that_ran_last_time_is_read_again_until_it_has_ended(
    site: CollectingSite, bigquery: BigQueryServer
) -> None:
    row = add_job(bigquery, "long", state="RUNNING", end_time=None)
    site.done("bigquery.jobs")
    assert site.jobs()["long"].state == "running"
    bigquery.jobs.schema.rows[PROJECT, "eu", "JOBS"] = [row | {"state": "DONE", "end_time": at(5)}]
    site.done("bigquery.jobs", at(6))
    assert (site.jobs()["long"].state, site.jobs()["long"].end_at) == ("succeeded", at(5))


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        ({"reason": "notFound", "message": "Not found:\n Table x"}, "failed", "notFound: Not found: Table x"),
        (
            {"reason": "stopped", "message": "Job execution was cancelled"},
            "cancelled",
            "stopped: Job execution was cancelled",
        ),
        ({"reason": None, "message": None}, "succeeded", ""),
    ],
)
def test_the_state_of_a_job_depends_on_its_error(
    site: CollectingSite, bigquery: BigQueryServer, error: dict[str, str | None], state: str, words: str
) -> None:
    add_job(bigquery, "job-1", error_result=error)
    site.done("bigquery.jobs")
    assert (site.jobs()["job-1"].state, site.jobs()["job-1"].error) == (state, words)


def test_the_cost_of_a_script_is_that_of_its_statements(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_job(bigquery, "script", statement_type="SCRIPT")
    add_job(bigquery, "child", parent_job_id="script")
    site.done("bigquery.jobs")
    assert sum(job.bytes_billed for job in site.jobs().values()) == 10 * BILLED


def test_an_incomplete_row_does_not_affect_the_others(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_job(bigquery, "whole", labels=None, referenced_tables=None, destination_table=None, user_email=None)
    bigquery.jobs.schema.add(PROJECT, "eu", "JOBS", {"job_id": None, "creation_time": None})
    site.done("bigquery.jobs")
    assert list(site.jobs()) == ["whole"]


def test_a_temporary_table_is_not_a_destination(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_job(bigquery, "job-1", destination_table=TABLE | {"dataset_id": "_0f3a", "table_id": "anon7"}, labels=None)
    site.done("bigquery.jobs")
    assert (site.jobs()["job-1"].destination, site.jobs()["job-1"].job_name) == ("", "alice@example.com MERGE")


def test_a_project_without_permission_does_not_affect_the_others(
    schema_store: SchemaStore, bigquery: BigQueryServer
) -> None:
    settings = Settings(projects=("secret", PROJECT), bigquery_endpoint=bigquery.url, history_first_days=1)
    bigquery.jobs.denied.add("secret")
    add_job(bigquery, "job-1")
    site = CollectingSite(schema_store, settings)
    results = {result.scope: result for result in site.run_all("bigquery.jobs")}
    assert results["projects/secret"].outcome is SnapshotOutcome.FAILED
    assert "403" in results["projects/secret"].error
    assert list(site.jobs()) == ["job-1"]


def test_a_short_503_is_retried(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_job(bigquery, "job-1")
    bigquery.fail_next(google_error(503, "try later", "backendError"))
    site.done("bigquery.jobs")
    assert list(site.jobs()) == ["job-1"]


def test_the_next_run_reads_only_what_is_new(site: CollectingSite, bigquery: BigQueryServer) -> None:
    site.done("bigquery.jobs")
    add_job(bigquery, "new", creation_time=TEN)
    add_job(bigquery, "old", creation_time=at(-3))
    site.done("bigquery.jobs", at(1))
    assert list(site.jobs()) == ["new"]


def add_table(bigquery: BigQueryServer, name: str, *columns: str, **changes: Any) -> None:
    row = {
        "table_schema": "mart",
        "table_name": name,
        "table_type": "BASE TABLE",
        "total_rows": 1000,
        "total_partitions": 30,
        "total_logical_bytes": 64_000,
        "storage_last_modified_time": at(-2),
        "deleted": False,
    }
    bigquery.jobs.schema.add(PROJECT, "eu", "TABLE_STORAGE", row | changes)
    for position, column in enumerate(columns, start=1):
        made = {"table_schema": "mart", "table_name": name, "column_name": column, "data_type": "INT64"}
        bigquery.jobs.schema.add(PROJECT, "eu", "COLUMNS", made | {"is_nullable": "YES", "ordinal_position": position})


@pytest.mark.permissions
def test_a_table_is_stored_with_its_size_and_freshness(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_table(bigquery, "daily", "id", "amount")
    add_table(bigquery, "gone", deleted=True)
    site.done("bigquery.tables")
    (table,) = site.sizes()
    assert (table.resource, table.container) == ("example-project.mart.daily", "example-project.mart")
    assert (table.row_count, table.size_bytes, table.partitions, table.changed_at) == (1000, 64_000, 30, at(-2))


def test_tables_are_read_in_known_and_configured_locations(schema_store: SchemaStore, bigquery: BigQueryServer) -> None:
    bigquery.add_dataset(PROJECT, "_0f3a", location="US")
    settings = Settings(projects=(PROJECT,), bigquery_endpoint=bigquery.url, bigquery_locations=("asia-northeast1",))
    CollectingSite(schema_store, settings).done("bigquery.tables")
    queries = [request.body["configuration"]["query"]["query"] for request in bigquery.requests if request.body]
    assert [query for query in queries if "region-us" in query] == []
    assert {"region-eu" in query for query in queries} == {True, False}


def test_a_new_column_is_a_new_schema(site: CollectingSite, bigquery: BigQueryServer) -> None:
    add_table(bigquery, "daily", "id")
    site.done("bigquery.tables")
    bigquery.jobs.schema.rows.clear()
    add_table(bigquery, "daily", "id", "amount")
    site.done("bigquery.tables", TEN + 24 * HOUR)
    before, after = site.sizes()
    assert before.schema_key
    assert before.schema_key != after.schema_key
