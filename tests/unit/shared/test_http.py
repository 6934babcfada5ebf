"""HTTP responses: transient or permanent, the delay of a retry, and the message."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
import requests
from google.api_core import exceptions as google_errors
from google.auth.exceptions import TransportError

from shared.errors import PermanentError, TransientError
from shared.http import (
    LONGEST_MESSAGE,
    error_message,
    is_success,
    is_transient,
    is_transient_error,
    one_line,
    requested_wait,
    retry_after,
    status_of,
)

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def answer(status: int = 400, body: Any = b"", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()  # noqa: SLF001 - as it comes
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def google(kind: Callable[[str], Exception]) -> Exception:
    return kind("quota exceeded")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 599])
def test_a_transient_status_is_one_that_may_change(status: int) -> None:
    assert is_transient(status)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 405, 409, 410, 412, 413, 422, 501, 505])
def test_other_statuses_are_not_transient(status: int) -> None:
    assert not is_transient(status)


def test_only_2xx_is_success() -> None:
    assert [status for status in (199, 200, 204, 299, 300, 302, 400) if is_success(status)] == [200, 204, 299]


@pytest.mark.parametrize(
    "error",
    [
        TransientError("x"),
        ConnectionResetError(),
        TimeoutError(),
        socket.gaierror(),
        requests.ConnectionError("x"),
        requests.Timeout("x"),
        requests.exceptions.ChunkedEncodingError("x"),
        requests.HTTPError("x", response=answer(503)),
        google(google_errors.TooManyRequests),
        google(google_errors.ServiceUnavailable),
        google_errors.RetryError("deadline exceeded", None),  # type: ignore[no-untyped-call]
        TransportError("x"),  # type: ignore[no-untyped-call]
    ],
)
def test_network_errors_and_transient_statuses_are_transient(error: Exception) -> None:
    assert is_transient_error(error)


@pytest.mark.parametrize(
    "error",
    [
        PermanentError("x"),
        ValueError("x"),
        KeyError("x"),
        FileNotFoundError("x"),
        ssl.SSLCertVerificationError("x"),
        requests.exceptions.InvalidURL("x"),
        requests.HTTPError("x", response=answer(401)),
        google(google_errors.Forbidden),
        google(google_errors.PreconditionFailed),
    ],
)
def test_other_errors_are_permanent(error: Exception) -> None:
    assert not is_transient_error(error)


def test_the_status_of_an_error_is_found() -> None:
    assert status_of(google(google_errors.NotFound)) == HTTPStatus.NOT_FOUND
    assert status_of(requests.HTTPError("x", response=answer(410))) == 410
    assert status_of(ValueError("x")) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        (" 30 ", 30.0),
        ("Mon, 23 Nov 2026 06:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 05:00:00 GMT", 0.0),
        ("999999999", 86_400.0),
        ("soon", None),
        ("²", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_the_requested_wait_is_measured_by_the_clock_of_the_server() -> None:
    date = "Mon, 23 Nov 2026 12:02:00 GMT"
    assert requested_wait(answer(429, Date="Mon, 23 Nov 2026 12:00:00 GMT", Retry_After=date)) == 120.0
    assert requested_wait(answer(429, Retry_After=date)) is None
    assert requested_wait(answer(429, Retry_After="7")) == 7.0
    assert requested_wait(answer(429)) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"code": 403, "message": "Access\n denied"}}, "Access denied"),
        ({"error": "invalid_grant"}, ""),
        ({"detail": "DAG not found", "title": "Not Found"}, "DAG not found"),
        ({"title": "Not Found"}, "Not Found"),
        ({"detail": [{"msg": "field required"}]}, "[{'msg': 'field required'}]"),
        ({"error_code": 409, "message": "Rebalance in process"}, "Rebalance in process"),
        (["a list"], ""),
        (b"<html>Bad gateway</html>", ""),
        ({}, ""),
    ],
)
def test_the_message_is_that_of_google_airflow_or_kafka_connect(body: Any, message: str) -> None:
    assert error_message(answer(body=body)) == message


def test_a_long_message_is_cut() -> None:
    assert len(error_message(answer(body={"error": {"message": "no " * 1000}}))) == LONGEST_MESSAGE


def test_one_line_of_none_is_empty() -> None:
    assert one_line(None) == ""
