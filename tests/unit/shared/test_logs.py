"""Log lines have the form that Cloud Logging parses."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
import requests
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from db.engine import make_engine
from shared import log_stream, logs
from shared.errors import TransientError

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
def test_a_header_that_is_not_a_trace_is_ignored(lines: Any, header: str) -> None:
    with logs.request({"traceparent": header, "X-Cloud-Trace-Context": header}, project="p"):
        logs.log("INFO", "hello")
    assert lines() == [{"severity": "INFO", "message": "hello"}]


def test_a_secret_is_in_no_line(lines: Any) -> None:
    url = "postgresql://etl:hunter22@db.example.com/mart"
    logs.log("ERROR", f"cannot connect to {url}", reason=f"password='hunter22 x' of {url}")
    (line,) = lines()
    assert "hunter22" not in json.dumps(line)
    assert "db.example.com/mart" in line["message"]


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
            together.wait(timeout=60)
            logs.log("INFO", str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(serve, range(4)))
    assert all(line["logging.googleapis.com/labels"] == {"request": line["message"]} for line in lines())


def test_a_long_text_is_cut_and_an_odd_one_does_not_break_the_line(lines: Any) -> None:
    logs.log("WARNING", "rejected", reason="x" * 10_000 + "\ud800", body="\ud800")
    (line,) = lines()
    assert (len(line["reason"]), line["body"]) == (logs.LONGEST, "\ud800")


def raised(error: Exception) -> Exception:
    """Raises the error and returns it."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_an_error_is_one_line_that_error_reporting_groups(lines: Any) -> None:
    logs.log_error("request failed", raised(TransientError("the Error DB did not answer")))
    (line,) = lines()
    assert line["severity"] == "ERROR"
    assert line["message"] == "request failed: shared.errors.TransientError: the Error DB did not answer"
    assert line["@type"].endswith("ReportedErrorEvent")
    assert line["stack_trace"].startswith("Traceback (most recent call last):\n  File ")
    assert line["stack_trace"].endswith("\nshared.errors.TransientError: the Error DB did not answer\n")
    assert line["logging.googleapis.com/sourceLocation"]["function"] == "raised"


def test_an_error_that_leaves_a_request_is_reported_once_with_its_trace(lines: Any) -> None:
    error = TransientError("away")
    with pytest.raises(TransientError), logs.request(PARENT, project="example-project"):
        raise error
    logs.log_error("Exception on / [POST]", error)
    (line,) = lines()
    assert line["logging.googleapis.com/trace"] == NAME


def test_causes_come_first(lines: Any) -> None:
    error = raised(TransientError("the Error DB did not answer"))
    error.__cause__ = raised(ConnectionRefusedError(111, "Connection refused"))
    logs.log_error("request failed", error)
    output = lines()[0]["stack_trace"]
    assert (
        output.index("ConnectionRefusedError: [Errno 111]")
        < output.index("direct cause")
        < output.index("TransientError")
    )


SECRET = "sig=hunter2"


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"invalid literal for int(): '{SECRET}'"),
        KeyError(SECRET),
        requests.ConnectionError(f"Max retries exceeded with url: /workflows/x?{SECRET}"),
        psycopg.errors.UniqueViolation(f"duplicate key\nDETAIL: {SECRET}"),
    ],
)
def test_the_input_of_an_error_is_not_logged(lines: Any, error: Exception) -> None:
    wrapped = raised(TransientError("failed"))
    wrapped.__cause__ = raised(error)
    logs.log_error("request failed", error)
    logs.log_error("request failed", wrapped)
    output = json.dumps(lines())
    assert "hunter2" not in output
    assert type(error).__name__ in output


def test_parameters_of_a_statement_are_not_logged(lines: Any, sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with pytest.raises(OperationalError) as failed, engine.connect() as connection:
        connection.execute(text("SELECT * FROM nowhere WHERE secret = :secret"), {"secret": SECRET})
    engine.dispose()
    logs.log_error("request failed", failed.value)
    assert "hunter2" not in json.dumps(lines())
    assert "hunter2" not in str(failed.value)


@pytest.fixture
def installed() -> Iterator[None]:
    """Logging as in a function, restored after the test."""
    root = logging.getLogger()
    before = list(root.handlers)
    logs.install()
    logs.install()
    yield
    root.handlers = before


def test_log_lines_of_libraries_are_one_line_too(lines: Any, installed: None) -> None:
    del installed
    logging.getLogger("library").warning("two\nlines of %s?sig=%s", "https://example.com/x", "hunter2")
    assert lines() == [
        {"severity": "WARNING", "message": "two\nlines of https://example.com/x?<hidden>", "logger": "library"}
    ]


def test_the_server_s_own_errors_are_lines(lines: Any, installed: None) -> None:
    del installed
    server = logging.getLogger("gunicorn.error")
    server.propagate = False
    server.handlers = [logging.StreamHandler()]
    logs.install()
    try:
        server.error("Exception in worker process", exc_info=raised(TransientError("away")))
    finally:
        server.propagate, server.handlers = True, []
    (line,) = lines()
    assert line["message"] == "Exception in worker process: shared.errors.TransientError: away"


def test_lines_of_a_command_are_beside_its_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(log_stream, "_beside_output", False)
    log_stream.beside_output()
    logs.log("INFO", "undo planned")
    out, err = capsys.readouterr()
    assert (out, json.loads(err)["message"]) == ("", "undo planned")
