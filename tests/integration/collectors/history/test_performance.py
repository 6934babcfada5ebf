"""The metric catalogue, read by the real Cloud Monitoring client over gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import func, select

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import FinePoint, StoredSeries
from db.schema_db.store import SchemaStore
from demo.platform.monitoring.server import MonitoringServer
from shared.config import Settings
from tests.support.collecting import CollectingSite
from tests.support.history import HOUR, TEN, at
from tests.support.metrics import example_metrics, kept_metrics

pytestmark = pytest.mark.sqlite

PROJECT = "example-project"
MINUTE = timedelta(minutes=1)
WAITING = "pubsub.googleapis.com/subscription/num_undelivered_messages"


@pytest.fixture
def monitoring() -> Iterator[MonitoringServer]:
    server = MonitoringServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(schema_store: SchemaStore, monitoring: MonitoringServer) -> CollectingSite:
    return CollectingSite(
        schema_store, Settings(projects=(PROJECT,), monitoring_endpoint=monitoring.endpoint, history_first_days=1)
    )


def add(server: MonitoringServer, time: datetime, value: float, **labels: str) -> None:
    """Adds one sample of the number of undelivered messages."""
    made = {"project_id": PROJECT, "subscription_id": "events", **labels}
    server.add_point(WAITING, "pubsub_subscription", made, time, value)


def points(site: CollectingSite) -> list[tuple[str, datetime, float]]:
    """Every point, not downsampled, with the resource of its series."""
    query = select(StoredSeries.resource, FinePoint.time, FinePoint.value).join_from(
        FinePoint, StoredSeries, StoredSeries.id == FinePoint.series_id
    )
    with site.store.reading() as session:
        return sorted((resource, time, value) for resource, time, value in session.execute(query))


def test_samples_are_stored_by_series_at_five_minutes(site: CollectingSite, monitoring: MonitoringServer) -> None:
    for minute in range(1, 11):
        add(monitoring, at(-1) + minute * MINUTE, minute)
        add(monitoring, at(-1) + minute * MINUTE, 7, subscription_id="other")
    site.done("pubsub.performance")
    assert points(site) == [
        ("events", at(-1), 3.0),
        ("events", at(-1) + 5 * MINUTE, 8.0),
        ("other", at(-1), 7.0),
        ("other", at(-1) + 5 * MINUTE, 7.0),
    ]


def test_windows_meet_without_gap_or_overlap(site: CollectingSite, monitoring: MonitoringServer) -> None:
    for slot in range(48):
        add(monitoring, at(-2) + slot * 5 * MINUTE, slot)
    for hour in range(3):
        site.done("pubsub.performance", at(hour))
    times = [time for _, time, _ in points(site)]
    assert times == [at(-2) + slot * 5 * MINUTE for slot in range(-1, 47)]


def test_a_sample_that_is_visible_late_is_not_missed(site: CollectingSite, monitoring: MonitoringServer) -> None:
    labels = {"project_id": PROJECT, "dataset_id": "mart"}
    stored = "bigquery.googleapis.com/storage/stored_bytes"
    site.done("bigquery.performance")
    monitoring.add_point(stored, "bigquery_dataset", labels, at(-0.5), 5)  # visible three hours later
    for hour in (1, 2, 3):
        site.done("bigquery.performance", at(hour))
    assert [time for _, time, _ in points(site)] == [at(-0.5) - 5 * MINUTE]


def test_all_pages_are_read(site: CollectingSite, monitoring: MonitoringServer) -> None:
    monitoring.page_points = 7
    for slot in range(60):
        add(monitoring, at(-6) + slot * 5 * MINUTE, slot)
    site.done("pubsub.performance")
    assert len(points(site)) == 60


def test_reading_the_same_hour_twice_changes_nothing(site: CollectingSite, monitoring: MonitoringServer) -> None:
    add(monitoring, at(-1), 5)
    site.done("pubsub.performance")
    before = points(site)
    assert site.run("pubsub.performance").outcome is not SnapshotOutcome.FAILED
    assert points(site) == before


def test_a_project_without_permission_is_reported_and_the_others_are_read(
    schema_store: SchemaStore, monitoring: MonitoringServer
) -> None:
    settings = Settings(projects=("secret", PROJECT), monitoring_endpoint=monitoring.endpoint, history_first_days=1)
    monitoring.fail(grpc.StatusCode.PERMISSION_DENIED, project="secret")
    add(monitoring, at(-1), 5)
    site = CollectingSite(schema_store, settings)
    results = {result.scope: result for result in site.run_all("pubsub.performance")}
    assert (results["projects/secret"].outcome, results["projects/secret"].transient) == (SnapshotOutcome.FAILED, False)
    assert results["projects/secret"].error.startswith("PERMISSION_DENIED")
    assert len(points(site)) == 1


@pytest.mark.permissions
def test_samples_read_before_an_error_are_not_read_again(site: CollectingSite, monitoring: MonitoringServer) -> None:
    monitoring.fail(grpc.StatusCode.RESOURCE_EXHAUSTED, metric="topic/send_request_count", times=1)
    result = site.run("pubsub.performance")
    assert (result.outcome, result.transient) == (SnapshotOutcome.FAILED, True)
    monitoring.requests.clear()
    site.done("pubsub.performance")
    assert {metric_of(request) for request in monitoring.requests} == {"topic/send_request_count", "topic/byte_cost"}


def metric_of(request: Any) -> str:
    """The metric that a request reads, without its domain."""
    return str(request.filter.split('"')[1].partition("/")[2])


@pytest.mark.permissions
@pytest.mark.parametrize("spec", kept_metrics(), ids=lambda spec: str(spec["service"]))
def test_every_metric_of_the_catalogue_can_be_read(
    spec: dict[str, Any], site: CollectingSite, monitoring: MonitoringServer
) -> None:
    for metric in spec["metrics"]:
        labels = {name: PROJECT if name in ("project_id", "resource_container") else "x" for name in metric["labels"]}
        monitoring.add_point(
            metric["metric"],
            metric["resource"],
            labels,
            at(-6),
            metric["aligner"] == "ALIGN_FRACTION_TRUE" or 1.5,
            kind="DELTA" if metric["aligner"] == "ALIGN_DELTA" else "GAUGE",
            metric_labels=dict.fromkeys(metric["split"], "x"),
        )
    site.done(f"{spec['service']}.performance")
    with site.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(FinePoint)) == len(spec["metrics"])


@pytest.mark.both_databases
@pytest.mark.permissions
def test_a_new_service_is_one_file_of_the_metric_catalogue(
    tmp_path: Path, schema_store: SchemaStore, monitoring: MonitoringServer
) -> None:
    history = example_metrics(tmp_path)
    labels = {"project_id": PROJECT, "instance_id": "orders"}
    monitoring.add_point("spanner.googleapis.com/instance/session_count", "spanner_instance", labels, at(-6), 3)
    settings = Settings(projects=(PROJECT,), monitoring_endpoint=monitoring.endpoint, history_first_days=1)
    site = CollectingSite(schema_store, settings, history)
    site.done("spanner.performance")
    assert points(site) == [("orders", at(-6) - 5 * MINUTE, 3.0)]


@pytest.mark.permissions
def test_the_sizes_of_buckets_are_stored_by_day(site: CollectingSite, monitoring: MonitoringServer) -> None:
    labels = {"project_id": PROJECT, "bucket_name": "example-exports"}
    for day in (1, 2):
        for kind, value in (("live-object", 100), ("noncurrent-object", 20)):
            for metric, part in (("total_bytes", 1000), ("total_count", 1)):
                monitoring.add_point(
                    f"storage.googleapis.com/storage/v2/{metric}",
                    "gcs_bucket",
                    labels,
                    TEN - day * 24 * HOUR,
                    value * part * day,
                    metric_labels={"type": kind},
                )
    site.done("storage.sizes")
    assert [(str(row.day), row.resource, row.size_bytes, row.row_count) for row in site.sizes()] == [
        ("2026-11-21", "gs://example-exports", 240_000, 240),
        ("2026-11-22", "gs://example-exports", 120_000, 120),
    ]
