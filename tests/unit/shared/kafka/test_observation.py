"""The JSON form of an observation, and what is read from a status of Kafka Connect."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.errors import InputError
from shared.kafka.connect import cause
from shared.kafka.observation import TopicLag, parse
from tests.support.kafka import NOW, connector, observed, slot

WHOLE = observed(
    0,
    connector("a", "FAILED", "RUNNING", config={"topic": "1"}, tables="public.a", heartbeat_ms=5, snapshot=True),
    connector("b", state="PAUSED"),
    slots=(slot(left=5), slot(active=False)),
    lags=(TopicLag("g", "t", 5, 1),),
    version="4.3.1",
    broker_error="away",
    wal_limit=5.0,
)


def test_an_observation_survives_its_json_form() -> None:
    assert parse(json.loads(json.dumps(WHOLE.as_dict())), NOW) == WHOLE


def test_what_is_kept_has_no_words_of_errors() -> None:
    text = json.dumps(WHOLE.without_texts().as_dict())
    assert "it broke" not in text
    assert "away" not in text
    assert parse(json.loads(text), NOW).connectors[0].has_failed


@pytest.mark.parametrize(
    "change",
    [
        {"cluster": ""},
        {"cluster": 5},
        {"connectors": {}},
        {"connectors": [1]},
        {"connectors": [{"name": "a", "state": "RUNNING", "tasks": [{"id": "0", "state": "FAILED"}]}]},
        {"connectors": [{"name": "a", "state": "RUNNING"}] * 501},
        {"slots": [{"database": "a"}]},
        {"wal_limit": "much"},
        {"lags": [{"group": "a", "topic": "b", "messages": True}]},
    ],
)
def test_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="not an observation of a Connect cluster"):
        parse({**WHOLE.as_dict(), **change}, NOW)


def test_a_field_of_a_later_version_is_left_out() -> None:
    assert parse({**WHOLE.as_dict(), "more": 1}, NOW) == WHOLE
    assert replace(WHOLE, cluster="x").connector("b") == WHOLE.connectors[1]


def test_the_cause_of_a_trace_is_its_last_caused_by() -> None:
    trace = "a.ConnectException: Tolerance exceeded\n\tat x\nCaused by: b.DataException: bad\n\tat y\nCaused by: c.E: why\n\t... 3 more"
    assert cause(trace) == "c.E: why"
    assert cause("a.ConnectException: alone\n\tat x") == "a.ConnectException: alone"
    assert cause("") == ""


def test_the_cause_of_a_trace_has_no_dump_of_an_object() -> None:
    context = "OffsetContext [schema=Schema{io.Source:STRUCT}, source=info[db='shop', lsn=LSN{0/19511E0}, timestamp=2026-11-30T00:45:02Z]]"
    line = f"io.debezium.DebeziumException: The connector starts at {context}, but this is no longer available on the server."
    assert cause(line) == (
        "io.debezium.DebeziumException: The connector starts at OffsetContext …, but this is no longer available on the server."
    )
