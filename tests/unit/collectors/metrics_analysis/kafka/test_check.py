"""Faults in observations of Kafka: their beginning and their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from collectors.metrics_analysis.kafka.check import effects
from collectors.metrics_analysis.kafka.problem import LOOKBACK
from shared.kafka.observation import KafkaObservation, SourceState, TopicLag
from shared.model import ErrorClass, Finding, Recovery, Severity
from shared.records import IncidentView
from tests.support.incidents import incident
from tests.support.kafka import NOW, connector, observed, slot

GIB = 2**30


def check(*seen: KafkaObservation, open_ones: Sequence[IncidentView] = ()) -> list[Finding | Recovery]:
    """The effects of the last observation, after the earlier ones were stored."""
    return list(effects(seen[-1], seen[:-1], lambda rule: [each for each in open_ones if each.rule == rule]))


def finding(*seen: KafkaObservation, open_ones: Sequence[IncidentView] = ()) -> Finding:
    (found,) = check(*seen, open_ones=open_ones)
    assert isinstance(found, Finding)
    return found


def opened(found: Finding) -> IncidentView:
    """The incident that a finding opened."""
    made = incident(rule=found.rule, resource=found.resource, labels=found.labels)
    return replace(made, fingerprint=found.fingerprint, severity=found.severity, opened_at=found.since or NOW)


def recovery(found: Finding, *seen: KafkaObservation) -> str:
    (over,) = check(*seen, open_ones=[opened(found)])
    assert isinstance(over, Recovery)
    assert over.fingerprint == found.fingerprint
    return over.summary


def test_what_runs_is_no_fault() -> None:
    assert check(observed(0, connector())) == []


def test_a_failed_task_names_connector_task_table_and_cause() -> None:
    failed = connector("orders-cdc", "FAILED", tables="public.orders", slot="orders")
    found = finding(observed(5, connector()), observed(0, failed))
    assert (found.rule, found.severity, found.resource) == ("kafka/connector_failed", Severity.HIGH, "orders-cdc")
    assert found.summary == "Task 0 of connector orders-cdc of cdc failed: it broke; tables: public.orders"
    assert found.labels == {
        "connector": "orders-cdc", "connect_cluster": "cdc", "database": "shop", "slot": "orders", "task": "0",
    }  # fmt: skip
    assert found.since == NOW
    assert "orders-cdc/status" in found.next_steps[0].command
    assert recovery(found, observed(0, connector())) == "orders-cdc is running"


def test_a_failure_is_one_occurrence_until_something_else_fails() -> None:
    before, failed = observed(15, connector("a", "RUNNING", "RUNNING")), connector("a", "FAILED", "RUNNING")
    first = finding(before, observed(10, failed))
    again = finding(before, observed(10, failed), observed(5, failed), open_ones=[opened(first)])
    assert again.event_key == first.event_key
    both = connector("a", "FAILED", "FAILED")
    other = finding(before, observed(10, failed), observed(5, both), open_ones=[opened(first)])
    assert other.event_key != first.event_key
    assert other.summary.startswith("2 of 2 tasks of connector a of cdc failed (0, 1)")
    assert "task" not in other.labels


def test_a_failure_whose_begin_nobody_saw_is_an_occurrence_each_day_while_it_is_open() -> None:
    failed = connector("a", "FAILED")
    seen = [observed(minutes, failed) for minutes in (120, 60)]
    first = finding(*seen, observed(0, failed))
    later = [replace(each, time=each.time + timedelta(hours=1)) for each in (*seen, observed(0, failed))]
    assert finding(*later).event_key != first.event_key  # nobody has an incident: a person may have resolved it
    one, two = (finding(*each, open_ones=[opened(first)]) for each in ((*seen, observed(0, failed)), later))
    assert one.event_key == two.event_key


def test_a_failure_after_a_change_of_the_configuration_names_the_changed_keys() -> None:
    before, after = {"transforms": "a", "topic": "b"}, {"transforms": "c", "topic": "b"}
    found = finding(
        observed(10, connector("a", config=before)),
        observed(5, connector("a", config=after)),
        observed(0, connector("a", "FAILED", config=after)),
    )
    assert found.fields["changed_configuration"] == ["transforms"]
    assert "its configuration was changed before 2026-11-30 11:55 UTC: transforms" in found.summary


def test_a_failed_connector_whose_slot_is_gone_says_so_and_is_one_incident() -> None:
    found = finding(observed(5, connector()), observed(0, connector("orders-cdc", "FAILED"), slots=()))
    assert found.summary.endswith("; replication slot orders does not exist in database shop")


def test_the_error_of_a_task_has_a_class() -> None:
    failed = connector("a", "FAILED")
    task = replace(failed.tasks[0], error="org.postgresql.util.PSQLException: Connection refused")
    assert finding(observed(0, replace(failed, tasks=(task,)))).error is ErrorClass.NETWORK


def test_a_failure_that_its_log_reported_is_no_second_incident() -> None:
    logged = incident(rule="kafka/connect_task_failed", labels={"connector": "a"})
    assert check(observed(0, connector("a", "FAILED")), open_ones=[logged]) == []


def test_connect_that_does_not_answer_once_is_no_fault_and_twice_is_one() -> None:
    away = {"error": "ConnectionError: Connection refused", "slots": ()}
    assert check(observed(5, connector()), observed(0, **away)) == []
    found = finding(observed(10, connector()), observed(5, **away), observed(0, **away))
    assert (found.rule, found.resource) == ("kafka/connect_unavailable", "cdc")
    assert found.since == NOW - timedelta(minutes=5)
    assert recovery(found, observed(0, connector())) == "cdc responds"


def test_an_incident_of_a_connector_stays_open_while_connect_does_not_answer() -> None:
    found = finding(observed(10, connector()), observed(5, connector("orders-cdc", "FAILED")))
    assert check(observed(0, error="HTTP 500"), open_ones=[opened(found)]) == []
    assert recovery(found, observed(0)) == "orders-cdc was deleted"


@pytest.mark.parametrize(
    ("states", "minutes", "rule"),
    [
        (("UNASSIGNED",), 9, ""),
        (("UNASSIGNED",), 10, "kafka/connector_unassigned"),
        (("RUNNING", "UNASSIGNED"), 10, "kafka/connector_unassigned"),
        (("RESTARTING",), 60, ""),
    ],
)
def test_a_connector_without_a_worker_is_a_fault_after_a_rebalance_had_time(
    states: tuple[str, ...], minutes: int, rule: str
) -> None:
    waits = connector("a", *states)
    seen = [observed(minutes + 5, connector("a")), observed(minutes, waits), observed(0, waits)]
    assert [each.rule for each in check(*seen)] == [rule] * bool(rule)


def test_a_paused_connector_is_a_fault_after_an_hour() -> None:
    paused = connector("a", "PAUSED", state="PAUSED")
    assert check(observed(65, connector("a")), observed(59, paused), observed(0, paused)) == []
    found = finding(observed(65, connector("a")), observed(60, paused), observed(0, paused))
    assert (found.rule, found.severity) == ("kafka/connector_paused", Severity.LOW)
    assert found.next_steps[0].command.endswith("-X PUT http://localhost:8083/connectors/a/resume")


def test_a_slot_that_nobody_reads_is_a_fault_although_its_connector_says_running() -> None:
    idle = (slot(active=False, retained=3 * GIB),)
    assert check(observed(9, connector(), slots=idle), observed(0, connector(), slots=idle)) == []
    found = finding(observed(10, connector(), slots=idle), observed(0, connector(), slots=idle))
    assert (found.rule, found.severity, found.resource) == ("kafka/slot_inactive", Severity.HIGH, "orders-cdc")
    assert "it retains 3 GiB of WAL, although connector orders-cdc is RUNNING" in found.summary
    assert recovery(found, observed(0, connector())) == "replication slot orders is read again"


def test_an_inactive_slot_of_a_connector_that_failed_or_is_paused_is_no_incident_of_its_own_and_stays_open() -> None:
    idle = (slot(active=False),)
    found = finding(observed(10, connector(), slots=idle), observed(0, connector(), slots=idle))
    paused = connector("orders-cdc", "PAUSED", state="PAUSED")
    assert check(observed(20, paused, slots=idle), observed(0, paused, slots=idle), open_ones=[opened(found)]) == []


def test_a_slot_without_a_connector_says_how_to_drop_it() -> None:
    idle = (slot(active=False),)
    found = finding(observed(10, slots=idle), observed(0, slots=idle))
    assert found.summary.endswith("; no connector of cdc is configured to read it")
    assert found.next_steps[-1].command == (
        """psql --dbname=shop --command 'SELECT pg_drop_replication_slot('"'"'orders'"'"')'"""
    )
    assert recovery(found, observed(0, slots=())) == "replication slot orders was dropped"


def test_a_lost_or_missing_slot_is_critical() -> None:
    lost = finding(observed(0, connector(), slots=(slot(wal_status="lost", active=False),)))
    assert (lost.rule, lost.severity) == ("kafka/slot_lost", Severity.CRITICAL)
    assert check(observed(5, connector()), observed(0, connector(), slots=())) == []  # Debezium may be creating it
    missing = finding(observed(5, connector(), slots=()), observed(0, connector(), slots=()))
    assert missing.rule == "kafka/slot_lost"
    assert "does not exist" in missing.summary
    assert recovery(missing, observed(0, connector())) == "replication slot orders is read again"


def test_much_retained_wal_is_a_fault_until_half_of_the_limit() -> None:
    def holding(gib: float, status: str = "reserved", left: int | None = None) -> KafkaObservation:
        return observed(0, connector(), slots=(slot(retained=int(gib * GIB), wal_status=status, left=left),))

    assert check(holding(10)) == []
    found = finding(holding(11))
    assert (found.rule, found.severity) == ("kafka/wal_retained", Severity.MEDIUM)
    assert finding(holding(21)).severity is Severity.HIGH
    assert finding(holding(6), open_ones=[opened(found)]).rule == "kafka/wal_retained"
    assert recovery(found, holding(4)) == "orders has caught up"
    running_out = finding(holding(1, "unreserved", 2**20))
    assert running_out.severity is Severity.HIGH
    assert running_out.summary.endswith("; after 1 MiB more the slot is lost")


@pytest.mark.parametrize(("heartbeat", "severity"), [(0, Severity.MEDIUM), (10_000, Severity.HIGH)])
def test_a_running_connector_that_confirms_nothing_while_the_database_writes_is_a_fault(
    heartbeat: int, severity: Severity
) -> None:
    reads = connector(heartbeat_ms=heartbeat)
    seen = [
        observed(minutes, reads, slots=(slot(confirmed=confirmed, written=written),))
        for minutes, confirmed, written in ((20, 90, 100), (15, 95, 100), (0, 95, 100 + 2**26))
    ]
    found = finding(*seen)
    assert (found.rule, found.severity) == ("kafka/stalled", severity)
    assert "has confirmed nothing since 2026-11-30 11:45 UTC while database shop wrote 64 MiB" in found.summary
    assert ("no heartbeat" in found.summary) is (heartbeat == 0)
    quiet = replace(seen[-1], slots=(slot(confirmed=95, written=2**25),))
    assert check(*seen[:-1], quiet) == []
    assert check(quiet, open_ones=[opened(found)]) == []  # still where it was
    assert recovery(found, *seen, observed(-5, reads, slots=(slot(confirmed=2**26),))) == (
        "replication slot orders is read again"
    )


def test_a_snapshot_without_a_row_for_an_hour_is_a_fault_and_one_that_reads_is_none() -> None:
    """The slot is not read until the snapshot is complete, and the offset stays the same throughout the snapshot."""
    waits, reads = connector(snapshot=True), connector(snapshot=True, position="26514672")
    seen = [observed(minutes, waits, slots=(slot(active=False),)) for minutes in (60, 50, 0)]
    found = finding(*seen)
    assert (found.rule, found.resource) == ("kafka/snapshot_stuck", waits.name)
    assert "pg_blocking_pids" in found.next_steps[0].command
    assert check(*seen[1:]) == []
    assert check(*(replace(each, connectors=(reads,)) for each in seen)) == []
    assert check(*(replace(each, slots=(slot(),)) for each in seen)) == []  # it streams, and no row was changed yet
    assert recovery(found, *(replace(each, connectors=(reads,)) for each in seen)) == "orders-cdc is running"


def test_a_consumer_behind_for_a_quarter_of_an_hour_is_a_fault_until_it_has_caught_up_half() -> None:
    def behind(minutes: float, messages: int, members: int = 1) -> KafkaObservation:
        return observed(minutes, connector("a"), lags=(TopicLag("connect-a", "orders", messages, members),))

    assert check(behind(20, 0), behind(10, 200_000), behind(0, 200_000)) == []
    found = finding(behind(20, 0), behind(15, 200_000), behind(0, 200_000))
    assert (found.rule, found.severity, found.resource) == ("kafka/consumer_lag", Severity.MEDIUM, "a")
    assert finding(behind(15, 200_000), behind(0, 200_000, 0)).summary.endswith("; it has no active consumer")
    assert finding(behind(5, 0), behind(0, 60_000), open_ones=[opened(found)]).rule == "kafka/consumer_lag"
    assert recovery(found, behind(0, 10)) == "a has caught up"
    assert check(observed(0, connector("a"), broker_error="away"), open_ones=[opened(found)]) == []


def test_a_source_that_cannot_be_read_names_its_connectors() -> None:
    away = {"sources": (SourceState("shop", "connection refused"),), "slots": ()}
    found = finding(observed(5, connector(), **away), observed(0, connector(), **away))
    assert (found.rule, found.resource) == ("kafka/source_unavailable", "shop")
    assert found.summary.endswith(": connection refused; connectors that read it: orders-cdc")
    assert recovery(found, observed(0, connector())) == "shop responds"
    assert recovery(found, observed(0, connector(), sources=(), slots=())) == "shop is no longer monitored"


def test_two_connect_clusters_have_connectors_of_one_name_apart() -> None:
    failed = observed(0, connector("a", "FAILED"))
    found, other = finding(failed), finding(replace(failed, cluster="other"))
    assert found.fingerprint != other.fingerprint
    assert check(replace(observed(0, connector("a")), cluster="other"), open_ones=[opened(found)]) == []


def test_the_lookback_is_longer_than_every_duration() -> None:
    assert timedelta(hours=1) < LOOKBACK
