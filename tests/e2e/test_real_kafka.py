"""Real Kafka, Kafka Connect, Debezium and PostgreSQL: faults open incidents, and repairs resolve them.

It runs only with HINOMI_TEST_KAFKA=1 (docs/testing.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collectors.metrics_analysis.detectors import DetectorContext, kafka
from collectors.metrics_analysis.evidence import Tick
from db.error_db import queries
from db.error_db.detector_queries import DetectorQueries
from db.error_db.queries import IncidentFilter
from db.error_db.store import ErrorStore
from handlers.actions.kafka import restart_connector
from shared.clients import Clients
from shared.config import Settings
from shared.model import ErrorClass, Finding, IncidentKind, Severity, Status
from shared.records import IncidentView
from tests.support import kafka_cluster
from tests.support.kafka import NOW, kafka_settings
from tests.support.kafka_cluster import KafkaCluster, wait_for
from tests.support.remediating import remediate

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.slow,
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore:.* is deprecated. Use files"),  # kafka-python reads its own files so
    pytest.mark.skipif(bool(kafka_cluster.missing()), reason=kafka_cluster.missing()),
]
SOURCE, SINK = "orders-cdc", "orders-sink"
MIB = 2**20


@pytest.fixture(scope="module")
def cluster() -> Iterator[KafkaCluster]:
    """A cluster with a running source connector and a running sink connector."""
    with kafka_cluster.running() as made:
        made.configure(SOURCE, made.source())
        made.configure(SINK, made.sink(made.folder / "orders.txt"))
        made.wait_for_states(SOURCE, "RUNNING", "RUNNING")
        made.wait_for_states(SINK, "RUNNING", "RUNNING")
        wait_for(lambda: lines(made) >= 100, "the sink has the snapshot")
        yield made


@dataclass
class Watch:
    """Runs the load check every five minutes of simulated time."""

    store: ErrorStore
    settings: Settings
    now: datetime = NOW
    ticks: int = field(default=0)

    def tick(self, count: int = 1) -> list[IncidentView]:
        """Runs so many ticks; returns the unresolved incidents."""
        for _ in range(count):
            self.now += timedelta(minutes=5)
            asks = DetectorQueries(lambda: self.store, self.now)
            context = DetectorContext(
                self.now, self.settings, Clients(self.settings), [], [], asks.unresolved, asks.readings, asks.keep
            )
            effects = list(kafka.detect(Tick("load-check", self.now), context))
            with self.store.transaction(self.now) as transaction:
                for effect in effects:
                    if isinstance(effect, Finding):
                        transaction.record(effect, redact=())
                    else:
                        transaction.recover(effect)
        return self._incidents(Status.OPEN)

    def only(self, count: int = 1) -> IncidentView:
        """Runs so many ticks; returns the only unresolved incident."""
        (found,) = self.tick(count)
        return found

    def resolutions(self) -> list[str | None]:
        """How the resolved incidents were resolved, the latest first."""
        return [each.resolution for each in self._incidents(Status.RESOLVED)]

    def _incidents(self, *states: Status) -> list[IncidentView]:
        with self.store.reading() as session:
            return list(queries.incidents(session, IncidentFilter(states), limit=50))


@pytest.fixture
def watch(cluster: KafkaCluster, sqlite_store: ErrorStore) -> Watch:
    """The load check, after one tick that found nothing."""
    settings = kafka_settings(
        cluster.url,
        BROKERS=cluster.brokers,
        SOURCE_DB_URLS=cluster.database_url,
        LAG_LIMIT="100",
        WAL_LIMIT_GIB="0.03",
    )
    made = Watch(sqlite_store, settings)
    wait_for(lambda: made.tick() == [], "nothing is a fault")
    return made


def lines(cluster: KafkaCluster) -> int:
    """The records that the sink has written."""
    file = cluster.folder / "orders.txt"
    return len(file.read_text().splitlines()) if file.exists() else 0


def insert(cluster: KafkaCluster, count: int) -> None:
    cluster.sql(f"INSERT INTO orders (item) SELECT 'more' FROM generate_series(1, {count})")  # noqa: S608 - a number


def write_wal(cluster: KafkaCluster, mebibytes: int) -> None:
    """Writes about this many bytes of WAL for a table that no connector captures."""
    for _ in range(mebibytes // 8):
        cluster.sql("INSERT INTO other SELECT repeat(md5(random()::text), 32) FROM generate_series(1, 8192)")


def is_read(cluster: KafkaCluster, slot: str) -> bool:
    """Whether a client reads from a replication slot."""
    ((active,),) = cluster.sql(f"SELECT active FROM pg_replication_slots WHERE slot_name = '{slot}'")  # noqa: S608
    return bool(active)


def test_a_transformation_that_fails_and_the_repair_of_its_configuration(cluster: KafkaCluster, watch: Watch) -> None:
    cast = {
        "transforms": "cast",
        "transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Value",
        "transforms.cast.spec": "after:int32",
    }
    cluster.configure(SOURCE, cluster.source(**cast))
    insert(cluster, 1)
    cluster.wait_for_states(SOURCE, "RUNNING", "FAILED")
    incident = watch.only()
    assert (incident.rule, incident.resource, incident.kind) == (
        "kafka/connector_failed", SOURCE, IncidentKind.JOB_FAILURE,
    )  # fmt: skip
    assert incident.error is ErrorClass.DATA
    assert "Task 0 of connector orders-cdc of cdc failed: org.apache.kafka.connect.errors.DataException: Cast" in (
        incident.summary
    )
    assert "its configuration was changed" in incident.summary
    assert incident.summary.endswith("; tables: public.orders")
    assert incident.evidence["fields"]["changed_configuration"] == [
        "transforms", "transforms.cast.spec", "transforms.cast.type",
    ]  # fmt: skip
    cluster.configure(SOURCE, cluster.source())
    cluster.wait_for_states(SOURCE, "RUNNING", "RUNNING")
    assert watch.tick() == []
    assert watch.resolutions() == ["orders-cdc is running"]


def test_a_sink_that_cannot_write_is_restarted_by_the_action_when_the_cause_is_gone(
    cluster: KafkaCluster, watch: Watch, tmp_path: Path
) -> None:
    folder = tmp_path / "missing"
    cluster.configure("late-sink", cluster.sink(folder / "orders.txt"))
    cluster.wait_for_states("late-sink", "RUNNING", "FAILED")
    incident = watch.only()
    assert (incident.resource, incident.error) == ("late-sink", ErrorClass.NOT_FOUND)
    assert "java.nio.file.NoSuchFileException" in incident.summary
    folder.mkdir()
    result = remediate(restart_connector, watch.settings, incident, params={"kafka_connect": "cdc"})
    assert "restarted task 0 of connector late-sink" in str(result.text)
    cluster.wait_for_states("late-sink", "RUNNING", "RUNNING")
    assert watch.tick() == []
    wait_for((folder / "orders.txt").exists, "the sink writes")


def test_a_database_that_is_killed_while_connect_says_running(cluster: KafkaCluster, watch: Watch) -> None:
    cluster.kill_database()
    assert watch.tick() == []  # once may be a restart
    incident = watch.only()
    assert (incident.rule, incident.resource, incident.severity) == ("kafka/source_unavailable", "shop", Severity.HIGH)
    assert incident.error is ErrorClass.NETWORK
    assert incident.summary.endswith(f"; connectors that read it: {SOURCE}")
    cluster.start_database()
    before = lines(cluster)
    insert(cluster, 5)
    wait_for(lambda: lines(cluster) == before + 5, "Debezium goes on")
    assert watch.tick() == []


def test_a_sink_that_stops_reading_lags(cluster: KafkaCluster, watch: Watch) -> None:
    cluster.order(SINK, "stop")
    cluster.wait_for_states(SINK, "STOPPED")
    insert(cluster, 200)
    watch.tick()
    wait_for(lambda: any(each.rule == "kafka/consumer_lag" for each in watch.tick()), "the lag is seen")
    (incident,) = (each for each in watch.tick() if each.rule == "kafka/consumer_lag")
    assert (incident.resource, incident.severity) == (SINK, Severity.HIGH)
    assert "Consumer group connect-orders-sink has not read 200 messages of topic shop.public.orders" in (
        incident.summary
    )
    assert incident.summary.endswith("; it has no active consumer")
    cluster.order(SINK, "resume")
    wait_for(lambda: watch.tick() == [], "the sink has caught up")


def test_a_stopped_connector_lets_wal_grow(cluster: KafkaCluster, watch: Watch) -> None:
    cluster.order(SOURCE, "stop")
    cluster.wait_for_states(SOURCE, "STOPPED")
    write_wal(cluster, 40)
    incident = watch.only()
    assert (incident.rule, incident.resource, incident.kind) == (
        "kafka/wal_retained", SOURCE, IncidentKind.LOAD_ISSUE,
    )  # fmt: skip
    assert "Replication slot orders of database shop retains" in incident.summary
    cluster.order(SOURCE, "resume")
    cluster.wait_for_states(SOURCE, "RUNNING", "RUNNING")

    def has_caught_up() -> bool:
        insert(cluster, 1)  # without a heartbeat, only a change of its tables lets Debezium confirm its position
        cluster.sql("CHECKPOINT")
        return watch.tick() == []

    wait_for(has_caught_up, "the slot releases its WAL")


def test_a_connector_whose_position_stands_while_the_database_writes(cluster: KafkaCluster, watch: Watch) -> None:
    """Without a heartbeat, changes to other tables never let Debezium confirm its position."""
    insert(cluster, 1)
    write_wal(cluster, 96)  # meanwhile, Debezium confirms the position of the insert
    watch.tick()
    write_wal(cluster, 96)
    found = {each.rule: each for each in watch.tick(4)}
    stalled = found["kafka/stalled"]
    assert (stalled.resource, stalled.severity, stalled.kind) == (SOURCE, Severity.MEDIUM, IncidentKind.JOB_FAILURE)
    assert "orders-cdc of cdc" in stalled.summary
    assert "heartbeat" in stalled.summary

    def goes_on() -> bool:
        insert(cluster, 1)
        cluster.sql("CHECKPOINT")
        return watch.tick() == []

    wait_for(goes_on, "the position moves")


def test_a_snapshot_that_waits_for_a_lock_is_stuck_until_it_goes_on(cluster: KafkaCluster, watch: Watch) -> None:
    cluster.sql("CREATE TABLE zones (id serial PRIMARY KEY, item text)")
    cluster.sql("INSERT INTO zones (item) SELECT 'first' FROM generate_series(1, 10)")
    cluster.sql("CREATE PUBLICATION second FOR TABLE orders, zones")
    cluster.sql("SELECT pg_create_logical_replication_slot('second', 'pgoutput')")
    own = {
        "publication.autocreate.mode": "disabled",
        "slot.name": "second",
        "publication.name": "second",
        "topic.prefix": "second",
        "table.include.list": "public.orders,public.zones",
    }
    cluster.create_stopped("second-cdc", cluster.source(**own))
    with cluster.locked("zones"):
        cluster.order("second-cdc", "resume")
        cluster.wait_for_states("second-cdc", "RUNNING", "RUNNING")
        wait_for(lambda: cluster.sql("SELECT 1 FROM pg_locks WHERE NOT granted") != [], "Debezium waits")
        assert watch.tick(11) == []
        (stuck,) = watch.tick(2)
        assert (stuck.rule, stuck.resource, stuck.severity) == ("kafka/snapshot_stuck", "second-cdc", Severity.MEDIUM)
        assert "public.zones" in stuck.summary

    def is_complete() -> bool:
        cluster.sql("INSERT INTO zones (item) VALUES ('more')")
        return all(each.rule != "kafka/snapshot_stuck" for each in watch.tick())

    wait_for(is_complete, "the snapshot goes on")


def test_a_slot_that_was_dropped_names_itself_in_the_failure(cluster: KafkaCluster, watch: Watch) -> None:
    cluster.order(SOURCE, "stop")
    cluster.wait_for_states(SOURCE, "STOPPED")
    wait_for(lambda: not is_read(cluster, "orders"), "nobody reads the slot")
    cluster.sql("SELECT pg_drop_replication_slot('orders')")
    insert(cluster, 1)
    cluster.order(SOURCE, "resume")
    cluster.wait_for_states(SOURCE, "RUNNING", "FAILED")
    failed = next(each for each in watch.tick() if each.rule == "kafka/connector_failed")
    assert "but this is no longer available on the server" in failed.summary
    assert "replication slot orders does not exist in database shop" in failed.summary
    cluster.delete(SOURCE)


def test_a_slot_whose_wal_is_gone_is_lost(cluster: KafkaCluster, watch: Watch) -> None:
    cluster.order("second-cdc", "stop")
    cluster.wait_for_states("second-cdc", "STOPPED")
    wait_for(lambda: not is_read(cluster, "second"), "nobody reads the slot")
    cluster.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
    cluster.sql("SELECT pg_reload_conf()")

    def is_lost() -> bool:
        write_wal(cluster, 32)
        cluster.sql("CHECKPOINT")
        return cluster.sql("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'second'") == [("lost",)]

    wait_for(is_lost, "PostgreSQL removed the WAL")
    cluster.sql("ALTER SYSTEM RESET max_slot_wal_keep_size")
    cluster.sql("SELECT pg_reload_conf()")
    (lost,) = (each for each in watch.tick() if each.rule == "kafka/slot_lost")
    assert (lost.severity, lost.kind) == (Severity.CRITICAL, IncidentKind.JOB_FAILURE)
    assert "second" in lost.summary
    cluster.sql("SELECT pg_drop_replication_slot('second')")
    cluster.delete("second-cdc")
    wait_for(lambda: all(each.rule != "kafka/slot_lost" for each in watch.tick()), "the slot is gone")
