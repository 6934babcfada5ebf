"""The recorded number of calls equals the number that the services received: every page, poll and retry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TypeVar

import grpc
import pytest

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from demo.platform.asset import AssetServer
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.grpc_server import GrpcServer
from demo.platform.http import google_error
from demo.platform.logging.server import LoggingServer
from demo.platform.monitoring.server import MonitoringServer
from demo.platform.resourcemanager import ResourceManagerServer
from shared.config import Settings
from tests.support.collecting import CollectingSite
from tests.support.history import at

PROJECT = "example-project"
Server = TypeVar("Server", bound=GrpcServer)


@contextlib.contextmanager
def served(server: Server) -> Iterator[Server]:
    """Runs the server until the end of the block."""
    server.start()
    yield server
    server.stop()


def snapshot_calls(site: CollectingSite) -> int:
    """Calls of all snapshots."""
    found: list[Snapshot] = site.rows(Snapshot)
    return sum(row.api_calls for row in found)


@pytest.mark.sqlite
def test_a_query_counts_its_pages_and_retries(schema_store: SchemaStore) -> None:
    with BigQueryServer() as bigquery:
        bigquery.jobs.page_rows = 2
        for number in range(5):
            row = {"job_id": f"job-{number}", "creation_time": at(-1)}
            bigquery.jobs.schema.add(PROJECT, "eu", "JOBS", row)
        site = CollectingSite(
            schema_store, Settings(projects=(PROJECT,), bigquery_endpoint=bigquery.url, history_first_days=1)
        )
        bigquery.fail_next(google_error(503, "try later", "backendError"))
        bigquery.jobs.busy = 1
        site.done("bigquery.jobs")
        assert len(site.jobs()) == 5
        assert snapshot_calls(site) == len(bigquery.requests)


def test_time_series_count_their_pages_and_retries(schema_store: SchemaStore) -> None:
    with served(MonitoringServer(page_points=2)) as monitoring:
        labels = {"project_id": PROJECT, "database_id": f"{PROJECT}:main"}
        for hour in range(1, 6):
            metric = "cloudsql.googleapis.com/database/cpu/utilization"
            monitoring.add_point(metric, "cloudsql_database", labels, at(-hour), 0.5)
        monitoring.fail(grpc.StatusCode.UNAVAILABLE, times=1)
        settings = Settings(projects=(PROJECT,), monitoring_endpoint=monitoring.endpoint, history_first_days=1)
        site = CollectingSite(schema_store, settings)
        site.done("cloud_sql.performance")
        assert len({request.page_token for request in monitoring.requests}) > 1
        assert snapshot_calls(site) == len(monitoring.requests)


@pytest.mark.sqlite
def test_policies_count_their_pages_and_retries(schema_store: SchemaStore) -> None:
    with served(AssetServer(page_size=2)) as asset:
        asset.add_project(PROJECT, "123")
        binding = {"role": "roles/viewer", "members": ["user:alice@example.com"]}
        for number in range(5):
            name = f"//storage.googleapis.com/bucket-{number}"
            asset.set_policy(name, "storage.googleapis.com/Bucket", [binding], project=PROJECT)
        asset.fail(grpc.StatusCode.UNAVAILABLE, page=1, times=2)
        site = CollectingSite(
            schema_store, Settings(projects=(PROJECT,), asset_endpoint=asset.endpoint, history_first_days=1)
        )
        site.done("iam.bindings")
        assert snapshot_calls(site) == len(asset.requests)


def test_log_entries_count_their_retries(schema_store: SchemaStore) -> None:
    with served(LoggingServer()) as logging, ResourceManagerServer() as manager:
        manager.add_project(PROJECT)
        settings = Settings(
            projects=(PROJECT,),
            logging_endpoint=logging.endpoint,
            resourcemanager_endpoint=manager.url,
            history_first_days=1,
        )
        logging.fail(grpc.StatusCode.UNAVAILABLE, times=1)
        site = CollectingSite(schema_store, settings)
        site.done("audit.actions")
        assert snapshot_calls(site) == len(logging.requests) + len(manager.requests)


@pytest.mark.permissions
def test_failed_calls_are_counted(schema_store: SchemaStore) -> None:
    with served(AssetServer()) as asset:
        asset.fail(grpc.StatusCode.PERMISSION_DENIED)
        site = CollectingSite(
            schema_store, Settings(projects=(PROJECT,), asset_endpoint=asset.endpoint, history_first_days=1)
        )
        assert site.run("iam.bindings").outcome is SnapshotOutcome.FAILED
        assert snapshot_calls(site) == len(asset.requests)
