"""Log lines in the form that Cloud Logging parses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from shared import logs

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
CLOUD = {"X-Cloud-Trace-Context": f"{TRACE}/11;o=1"}
NAME = f"projects/example-project/traces/{TRACE}"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_is_one_json_object(lines: Any) -> None:
    logs.log("INFO", "two\nlines", incident=7)
    assert lines() == [{"severity": "INFO", "message": "two\nlines", "incident": 7}]


@pytest.mark.parametrize(
    ("headers", "span", "sampled"),
    [
        (PARENT, "b7ad6b7169203331", True),
        (CLOUD, "000000000000000b", True),
        ({"X-Cloud-Trace-Context": TRACE.upper()}, None, False),
        ({**PARENT, "X-Cloud-Trace-Context": f"{'1' * 32}/2;o=0"}, "b7ad6b7169203331", True),
    ],
)
def test_a_line_carries_the_trace_of_its_request(
    lines: Any,
    headers: Mapping[str, str],
    span: str | None,
    sampled: bool,  # noqa: FBT001
) -> None:
    with logs.request(headers, project="example-project"):
        logs.log("INFO", "hello")
    (line,) = lines()
    assert line["logging.googleapis.com/trace"] == NAME
    assert line.get("logging.googleapis.com/spanId") == span
    assert line["logging.googleapis.com/trace_sampled"] is sampled


@pytest.mark.parametrize(
    "header", ["", "x", f"00-{TRACE}-b7ad6b7169203331", '"},{"severity":"ALERT', f"{TRACE[:-1]}g/1"]
)
def test_a_header_that_is_no_trace_is_ignored(lines: Any, header: str) -> None:
    with logs.request({"traceparent": header, "X-Cloud-Trace-Context": header}, project="p"):
        logs.log("INFO", "hello")
    assert lines() == [{"severity": "INFO", "message": "hello"}]


def test_without_a_known_project_the_trace_is_its_id(lines: Any) -> None:
    with logs.request(PARENT):
        logs.log("INFO", "hello")
    assert lines()[0]["logging.googleapis.com/trace"] == TRACE


def test_labels_are_on_every_line_of_the_request_and_on_none_after_it(lines: Any) -> None:
    with logs.request({}, function="metrics_analysis"):
        logs.log("INFO", "inside")
    logs.log("INFO", "after")
    inside, after = lines()
    assert inside["logging.googleapis.com/labels"] == {"function": "metrics_analysis"}
    assert after == {"severity": "INFO", "message": "after"}


def test_a_field_cannot_pose_as_the_trace(lines: Any) -> None:
    with logs.request(PARENT, project="example-project"):
        logs.log("INFO", "hello", **{"logging.googleapis.com/trace": "forged"})
    assert lines()[0]["logging.googleapis.com/trace"] == NAME


def test_requests_in_different_threads_keep_apart(lines: Any) -> None:
    together = Barrier(4)

    def serve(number: int) -> None:
        with logs.request({}, request=str(number)):
            together.wait(timeout=5)
            logs.log("INFO", str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(serve, range(4)))
    assert all(line["logging.googleapis.com/labels"] == {"request": line["message"]} for line in lines())


def test_a_long_text_is_cut_and_an_odd_one_does_not_break_the_line(lines: Any) -> None:
    logs.log("WARNING", "rejected", reason="x" * 10_000 + "\ud800", body="\ud800")
    (line,) = lines()
    assert (len(line["reason"]), line["body"]) == (logs.LONGEST, "\ud800")
