"""Requests of Cloud Scheduler, and the responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest

from collectors.history_analysis import request
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from collectors.history_analysis.errors import describe
from collectors.history_analysis.snapshot import HistoryDependencies
from db.engine import make_engine
from db.schema_db.store import SchemaStore
from shared.clients import Clients
from shared.errors import PermanentError, TransientError
from tests.support.history import SETTINGS, TEN, at, collector, job


@pytest.fixture
def store(schema_sqlite_url: str) -> Iterator[SchemaStore]:
    engine = make_engine(schema_sqlite_url)
    yield SchemaStore(engine)
    engine.dispose()


def answer(
    store: SchemaStore, *collectors: Collector, body: bytes = b"", schedule_time: str | None = None
) -> tuple[dict[str, Any], int]:
    outside = HistoryDependencies(store, Clients(SETTINGS), SETTINGS, lambda: at(0.5), collectors)
    text, status = request.answer(outside, body, schedule_time, at(0.5))
    return json.loads(text), status


def works(context: SnapshotContext) -> Iterator[Batch]:
    yield Batch([job(f"{context.slot:%H:%M}")])


def away(_context: SnapshotContext) -> Iterator[Batch]:
    raise TransientError("away")
    yield


def forbidden(_context: SnapshotContext) -> Iterator[Batch]:
    raise PermanentError("forbidden")
    yield


def test_a_complete_installation_has_no_problem(store: SchemaStore) -> None:
    assert answer(store, collector(works)) == ({"outcomes": {"done": 7}, "failures": []}, 200)


@pytest.mark.parametrize(("broken", "passes"), [(away, True), (forbidden, False)])
def test_a_call_without_results_is_not_a_snapshot(store: SchemaStore, broken: Any, passes: bool) -> None:  # noqa: FBT001
    """The alert counts responses with 200: none may be sent if every collector fails, for whatever reason."""
    summary, status = answer(store, collector(broken))
    assert status == 500
    (failure,) = summary["failures"]
    assert (failure["collector"], failure["transient"]) == ("test.everything", passes)


@pytest.mark.parametrize("broken", [away, forbidden])
def test_one_collector_that_works_makes_it_a_snapshot(store: SchemaStore, broken: Any) -> None:
    summary, status = answer(store, collector(broken, "a.broken"), collector(works, "b.works"))
    assert status == 200
    assert [failure["collector"] for failure in summary["failures"]] == ["a.broken"]


def test_what_is_current_is_a_snapshot_though_the_rest_fails(store: SchemaStore) -> None:
    answer(store, collector(works, "b.works"))
    assert answer(store, collector(away, "a.broken"), collector(works, "b.works"))[1] == 200


def test_a_failure_is_logged(store: SchemaStore, capsys: pytest.CaptureFixture[str]) -> None:
    answer(store, collector(forbidden))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["severity"], line.get("error")) for line in lines] == [("ERROR", "forbidden"), ("INFO", None)]


def test_only_the_named_collectors_run(store: SchemaStore) -> None:
    summary, _ = answer(store, collector(works, "a.a"), collector(works, "b.b"), body=b'{"collectors": ["a"]}')
    assert summary["outcomes"] == {"done": 1}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="deep"),
        b"{",
        b"[]",
        b'{"collectors": "a"}',
        b'{"collectors": [1]}',
        b'{"collectors": ["x"]}',
    ],
)
def test_an_unreadable_body_is_rejected(store: SchemaStore, body: bytes) -> None:
    summary, status = answer(store, collector(works), body=body)
    assert status == 400
    assert summary["error"]


def test_a_retry_with_the_schedule_time_is_the_same_slot(store: SchemaStore) -> None:
    answer(store, collector(works), schedule_time="2026-11-23T09:59:59Z")
    summary, _ = answer(store, collector(works), schedule_time="2026-11-23T09:59:59Z")
    assert summary["outcomes"] == {"current": 7}


@pytest.mark.parametrize(
    ("header", "time"),
    [
        (None, TEN),
        ("2026-11-23T09:00:00Z", at(-1)),
        ("2026-11-23T18:00:00.123456789+09:00", at(-1) + timedelta(microseconds=123456)),
        ("2026-11-23T09:00:00", at(-1)),
        ("nonsense", TEN),
        ("1999-01-01T00:00:00Z", TEN),
    ],
)
def test_the_slot_is_that_of_the_header_if_it_can_be(header: str | None, time: datetime) -> None:
    assert request.slot_time(header, TEN) == time
    assert request.slot_time(header, TEN).astimezone(UTC) == time


class GoogleError(Exception):
    """An error with the attributes of google.api_core."""

    def __init__(self, code: int) -> None:
        super().__init__("quota\nexceeded")
        self.code = HTTPStatus(code)


def test_an_error_is_described_in_one_line() -> None:
    assert describe(GoogleError(429)) == "GoogleError: quota exceeded"
    assert describe(KeyError()) == "KeyError"
