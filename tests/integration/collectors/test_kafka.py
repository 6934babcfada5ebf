"""Kafka Connect over HTTP: incidents that a tick or a published observation opens and resolves, and samples of the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from collectors.history_analysis.results import SnapshotOutcome
from collectors.history_analysis.services.kafka import COLLECTORS, points
from collectors.history_analysis.snapshot import HistoryDependencies, run
from collectors.metrics_analysis import detectors
from collectors.metrics_analysis.detectors import DetectorContext, kafka
from collectors.metrics_analysis.evidence import NotUnderstoodError, Report, Tick
from db.error_db import queries
from db.error_db.detector_queries import DetectorQueries
from db.error_db.models import ProbeReadingRow
from db.error_db.queries import IncidentFilter
from db.error_db.reporters.readings import stored_readings
from db.error_db.store import ErrorStore
from db.schema_db.models import FinePoint, StoredSeries
from db.schema_db.store import SchemaStore
from demo.platform.messaging.kafka_connect import FAILED, RUNNING, ConnectServer
from shared.clients import Clients
from shared.config import Settings
from shared.kafka.observation import CHANGED_SETTINGS
from shared.model import Finding, ProbeReading, Severity, Status
from tests.support.incidents import NOW
from tests.support.kafka import connector, kafka_settings, observed
from tests.support.reporters import reporter

CONNECTOR = "orders-cdc"
DEBEZIUM = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "database.dbname": "shop",
    "database.password": "hunter2-hunter2",
    "slot.name": "orders",
    "table.include.list": "public.orders",
    "heartbeat.interval.ms": "10000",
}


@pytest.fixture
def connect() -> Iterator[ConnectServer]:
    """Kafka Connect with one running Debezium connector."""
    with ConnectServer() as server:
        server.add(CONNECTOR)
        server.configs[CONNECTOR] = DEBEZIUM
        server.offsets[CONNECTOR] = {"lsn": 26514672, "snapshot": "INITIAL", "snapshot_completed": False}
        yield server


def report(data: dict[str, Any], **declared: Any) -> list[Any]:
    """Handles a published observation; returns the effects."""
    settings = kafka_settings("http://127.0.0.1:1")
    declaration = [reporter("kafka", **declared)]
    context = DetectorContext(NOW, settings, Clients(settings), [], declaration)
    return list(kafka.detect(Report("kafka", {"job": "x", "state": "ok", "kafka": data}, NOW, "1"), context))


@pytest.mark.permissions
def test_the_tick_opens_the_incident_of_a_failed_task_keeps_what_it_read_and_resolves(
    connect: ConnectServer, sqlite_store: ErrorStore
) -> None:
    for minute, state in ((0, FAILED), (5, FAILED), (10, RUNNING)):
        connect.set_state(CONNECTOR, state, 0)
        _tick(sqlite_store, kafka_settings(connect.url), NOW + timedelta(minutes=minute))
    with sqlite_store.reading() as session:
        (found,) = queries.incidents(session, IncidentFilter(), limit=10)
        kept = list(session.scalars(select(ProbeReadingRow).order_by(ProbeReadingRow.time)))
    assert (found.rule, found.resource, found.status) == ("kafka/connector_failed", CONNECTOR, Status.RESOLVED)
    assert found.occurrence_count == 1
    assert (found.labels["task"], found.labels["slot"]) == ("0", "orders")
    assert [each.probe for each in kept] == ["kafka/cdc"] * 3
    assert "hunter2" not in str([each.data for each in kept])
    assert kept[0].data["connectors"][0]["position"] == "26514672"
    assert kept[0].data["connectors"][0]["snapshot"] is True
    stored = stored_readings(sqlite_store.reading, NOW, NOW + timedelta(minutes=6))
    assert [each.time for each in stored] == [NOW, NOW + timedelta(minutes=5)]


def _tick(store: ErrorStore, settings: Settings, now: datetime) -> None:
    """Handles a tick as the function does."""
    asks = DetectorQueries(lambda: store, now)
    context = DetectorContext(now, settings, Clients(settings), [], [], asks.unresolved, asks.readings, asks.keep)
    effects = list(kafka.detect(Tick("load-check", now), context))
    with store.transaction(now) as transaction:
        for effect in effects:
            if isinstance(effect, Finding):
                transaction.record(effect, redact=())
            else:
                transaction.recover(effect)


def test_a_connect_that_is_away_is_read_without_an_exception() -> None:
    kept: list[ProbeReading] = []
    settings = kafka_settings("http://127.0.0.1:1")
    context = DetectorContext(NOW, settings, Clients(settings), [], keep=kept.append)
    assert list(kafka.detect(Tick("load-check", NOW), context)) == []  # the first time
    assert kept[0].data["error"]
    read = lambda *_: [ProbeReading("kafka/cdc", NOW - timedelta(minutes=5), kept[0].data)]  # noqa: E731
    context = DetectorContext(NOW, settings, Clients(settings), [], readings=read)
    (found,) = kafka.detect(Tick("load-check", NOW), context)
    assert isinstance(found, Finding)
    assert (found.rule, found.summary.rpartition(": ")[2]) == ("kafka/connect_unavailable", "Connection refused")


def test_other_ticks_and_reports_read_nothing(connect: ConnectServer) -> None:
    settings = kafka_settings(connect.url)
    context = DetectorContext(NOW, settings, Clients(settings), [])
    assert list(kafka.detect(Tick("other", NOW), context)) == []
    assert list(kafka.detect(Report("kafka", {"job": "x", "state": "ok"}, NOW, "1"), context)) == []


def test_an_observation_from_on_premises_is_judged_within_the_declaration_of_its_reporter() -> None:
    seen = {**observed(0, connector("a", "FAILED")).as_dict(), "cluster": "onprem"}
    (found,) = report(seen)
    assert (found.rule, found.labels["connect_cluster"], found.severity) == (
        "kafka/connector_failed", "onprem", Severity.HIGH,
    )  # fmt: skip
    assert [each.severity for each in report(seen, max_severity="low")] == [Severity.LOW]
    for data, declared in (
        (seen, {"service": ["airflow"]}),
        (seen, {"resource": ["other-*"]}),
        ({**seen, "cluster": "cdc"}, {}),  # which the function reads itself
        ({"cluster": 1}, {}),
    ):
        with pytest.raises(NotUnderstoodError):
            report(data, **declared)


def test_a_published_observation_is_a_report_of_the_probe_too() -> None:
    seen = {**observed(0, connector("a", "FAILED")).as_dict(), "cluster": "onprem"}
    settings = Settings()
    context = DetectorContext(NOW, settings, Clients(settings), [], [reporter("kafka")])
    published = Report("kafka", {"report": "kafka", "job": "onprem", "state": "ok", "kafka": seen}, NOW, "1")
    assert [each.rule for each in detectors.detect(published, context)] == ["kafka/connector_failed", "report/kafka"]


def test_each_number_is_a_sample_of_the_history() -> None:
    seen = observed(0, connector("a", "FAILED", "RUNNING"))
    found = {(point.series.metric, point.series.resource): point.value for point in points(seen)}
    assert found == {
        ("kafka/connect/failed_tasks", "cdc/a"): 1,
        ("kafka/connect/running_tasks", "cdc/a"): 1,
        ("kafka/slot/retained_wal", "shop/orders"): 0,
        ("kafka/slot/unconfirmed_wal", "shop/orders"): 0,
    }


def test_the_history_copies_the_readings_of_its_window(
    sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore
) -> None:
    for minute in (0, 5):
        at = NOW + timedelta(minutes=minute)
        data = observed(0, connector("a", "FAILED")).as_dict()
        data["connectors"][0]["config"] = {"topics": f"digest-{minute}", "tasks.max": "digest"}
        with sqlite_store.transaction(at) as transaction:
            transaction.keep_reading(ProbeReading("kafka/cdc", at, data))
            transaction.keep_reading(ProbeReading("other/probe", at, {"x": 1}))
    settings = Settings(projects=("example-project",))
    readings = partial(stored_readings, sqlite_store.reading)
    until = NOW + timedelta(hours=1)
    made = HistoryDependencies(
        sqlite_schema_store, Clients(settings), settings, lambda: until, COLLECTORS, readings=readings
    )
    (result,) = run(made, until, only=["kafka.performance"])
    assert (result.outcome, result.error) == (SnapshotOutcome.DONE, "")
    with sqlite_schema_store.reading() as session:
        names = list(session.scalars(select(StoredSeries.metric).order_by(StoredSeries.metric)))
        changed = select(FinePoint.time, FinePoint.value).join(StoredSeries, StoredSeries.id == FinePoint.series_id)
        rows = session.execute(changed.where(StoredSeries.metric == CHANGED_SETTINGS)).all()
    assert [tuple(row) for row in rows] == [(NOW, 1.0)]  # before the reading that shows it
    assert names == [
        CHANGED_SETTINGS,
        "kafka/connect/failed_tasks",
        "kafka/connect/running_tasks",
        "kafka/slot/retained_wal",
        "kafka/slot/unconfirmed_wal",
    ]
