from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.evidence import (
    MAX_DEPTH,
    MAX_KEY,
    LogEntry,
    MonitoringIncident,
    NotUnderstoodError,
    Report,
    Tick,
    bounded_key,
    entry_time,
    event_key,
    in_time,
    parse_time,
    understand,
)

RECEIVED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def read(data: Any) -> Any:
    return understand(data, received=RECEIVED, message_id="42")


@pytest.mark.parametrize("payload", [{"protoPayload": {}}, {"jsonPayload": {"a": 1}}, {"textPayload": "hello"}])
def test_every_kind_of_payload_is_a_log_entry(payload: dict[str, Any]) -> None:
    assert isinstance(read(payload), LogEntry)


def test_a_log_entry_without_a_payload_is_still_one() -> None:
    assert isinstance(read({"logName": "projects/p/logs/x", "resource": {"type": "y"}}), LogEntry)


def test_a_missing_timestamp_is_the_receive_timestamp() -> None:
    evidence = read({"textPayload": "x", "receiveTimestamp": "2026-01-01T00:00:00Z"})
    assert entry_time(evidence.entry) == datetime(2026, 1, 1, tzinfo=UTC)


def test_without_any_timestamp_the_time_of_the_message_is_used() -> None:
    assert entry_time(read({"textPayload": "x"}).entry) == RECEIVED


@pytest.mark.parametrize("missing", [{}, {"insertId": None}, {"insertId": ""}])
def test_an_entry_without_insert_id_is_known_by_its_content(missing: dict[str, Any]) -> None:
    known = read({"textPayload": "x", **missing}).entry["insertId"]
    assert known == read({**missing, "textPayload": "x"}).entry["insertId"]
    assert known != read({"textPayload": "y", **missing}).entry["insertId"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("protoPayload", "text"),
        ("jsonPayload", ["x"]),
        ("textPayload", 5),
        ("resource", []),
        ("timestamp", 12345),
        ("timestamp", "yesterday"),
        ("timestamp", "2026-99-01T00:00:00Z"),
        ("timestamp", "0001-01-01T00:00:00+23:00"),
        ("timestamp", "9999-12-31T23:59:59-23:00"),
        ("logName", {}),
        ("operation", "op"),
    ],
)
def test_a_wrong_type_inside_an_entry_is_named(field: str, value: Any) -> None:
    with pytest.raises(NotUnderstoodError, match=field):
        read({"textPayload": "x", field: value})


@pytest.mark.parametrize(
    "data",
    [{"textPayload": "x", "timestamp": "hunter2"}, {"report": "airflow", "time": "hunter2"}, {"tick": "hunter2"}],
)
def test_the_reason_is_logged_and_repeats_nothing_of_the_message(data: Any) -> None:
    with pytest.raises(NotUnderstoodError) as refused:
        read(data)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("data", [[], "text", 7, None, True, {}, {"hello": "world"}])
def test_json_of_no_known_kind_is_not_understood(data: Any) -> None:
    with pytest.raises(NotUnderstoodError):
        read(data)


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def test_deeply_nested_input_is_rejected() -> None:
    assert read({"jsonPayload": {"a": nested(MAX_DEPTH - 2)}})
    with pytest.raises(NotUnderstoodError, match="levels deep"):
        read({"jsonPayload": {"a": nested(MAX_DEPTH - 1)}})


@pytest.mark.parametrize("incident", [{}, {"state": "acknowledged"}, {"state": None}, {"state": ["open"]}])
def test_a_monitoring_incident_in_an_unknown_state_is_rejected(incident: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstoodError, match="neither open nor closed"):
        read({"version": "1.2", "incident": incident})


def test_a_monitoring_notification_is_distinguished_from_its_test() -> None:
    assert read({"version": "1.2", "incident": {"state": "open"}}) == MonitoringIncident({"state": "open"}, False, "42")
    assert read({"version": "test", "incident": {}}).test


def test_a_report_has_its_sender_and_its_time() -> None:
    evidence = read({"report": "airflow", "time": "2026-01-01T09:00:00+09:00"})
    assert evidence == Report("airflow", evidence.data, datetime(2026, 1, 1, tzinfo=UTC), "42")


def test_a_tick_has_one_of_the_known_names() -> None:
    assert read({"tick": "sweep"}) == Tick("sweep", RECEIVED)
    with pytest.raises(NotUnderstoodError, match="load-check, sweep"):
        read({"tick": "drop-tables"})


def test_the_two_entries_of_an_operation_are_one_event() -> None:
    first = read({"protoPayload": {}, "operation": {"id": "op-1", "producer": "compute", "first": True}})
    last = read({"protoPayload": {}, "operation": {"id": "op-1", "producer": "compute", "last": True}})
    assert event_key(first.entry) == event_key(last.entry) == "op||compute|op-1"


def test_the_parts_of_a_split_entry_are_one_event() -> None:
    keys = {
        event_key(read({"protoPayload": {}, "insertId": f"a{i}", "split": {"uid": "u", "index": i}}).entry)
        for i in (0, 1)
    }
    assert keys == {"split||u"}


def test_the_same_entry_in_another_message_is_the_same_event() -> None:
    entry = {"textPayload": "x", "logName": "l", "insertId": "i", "timestamp": "2026-01-01T00:00:00Z"}
    other = understand(entry, received=RECEIVED + timedelta(hours=1), message_id="43")
    assert isinstance(other, LogEntry)
    assert event_key(read(entry).entry) == event_key(other.entry)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)))  # noqa: DTZ001
def test_times_survive_a_round_trip(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    assert parse_time(moment.isoformat().replace("+00:00", "Z")) == moment


def test_nanoseconds_are_cut_to_microseconds() -> None:
    assert parse_time("2026-01-02T03:04:05.123456789Z").microsecond == 123456


def test_a_leap_second_is_the_end_of_its_minute() -> None:
    assert parse_time("2016-12-31T23:59:60.5Z") == datetime(2016, 12, 31, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize("name", ["labels", "operation", "split", "httpRequest", "trace", "resource", "jsonPayload"])
def test_a_null_means_a_missing_field(name: str) -> None:
    assert name not in read({"textPayload": "x", name: None}).entry or name == "resource"


def test_an_operation_of_another_log_is_another_event() -> None:
    def key(log: str) -> str:
        return event_key(read({"protoPayload": {}, "logName": log, "operation": {"id": "op-1"}}).entry)

    assert key("projects/p/logs/cloudaudit.googleapis.com%2Factivity") != key("projects/p/logs/custom")


@given(st.text(min_size=250, max_size=400), st.text(min_size=250, max_size=400))
def test_keys_that_differ_in_their_end_only_stay_apart(first: str, second: str) -> None:
    keys = bounded_key("same" * 80, first), bounded_key("same" * 80, second)
    assert (keys[0] == keys[1]) == (first == second)
    assert all(len(key) <= MAX_KEY for key in keys)


@pytest.mark.parametrize(
    ("dated", "taken"),
    [
        ("2026-01-02T05:04:05Z", RECEIVED),
        ("9999-12-31T23:59:59Z", RECEIVED),
        ("2026-01-02T03:06:05Z", RECEIVED + timedelta(minutes=2)),
        ("2026-01-02T01:00:00Z", datetime(2026, 1, 2, 1, tzinfo=UTC)),
    ],
)
def test_an_entry_dated_well_ahead_of_its_publication_counts_from_its_publication(dated: str, taken: datetime) -> None:
    evidence, was = in_time(read({"textPayload": "x", "timestamp": dated}), RECEIVED, RECEIVED + timedelta(hours=9))
    assert isinstance(evidence, LogEntry)
    assert entry_time(evidence.entry) == taken
    assert (was is not None) == (taken == RECEIVED)


def test_a_sender_cannot_say_when_its_entry_counts() -> None:
    entry = read({"textPayload": "x", "timestamp": "2026-01-01T00:00:00Z", "_hinomi_taken_at": "2020-01-01T00:00:00Z"})
    assert entry_time(entry.entry) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_year_can_be_added_to_and_taken_from_every_time(text: str) -> None:
    time = parse_time(text)
    assert time - timedelta(days=366) < time < time + timedelta(days=366)
