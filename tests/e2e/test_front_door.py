"""Requests to a function in a real server process: accepted requests, and the responses to all others."""

from __future__ import annotations

import http.client
import json
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.support.function_process import ANSWER_SECONDS, FunctionProcess

ENTRY = {"logName": "projects/p/logs/x", "resource": {"type": "global"}, "textPayload": "x"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("front_door") / "error.db"


@pytest.fixture(scope="module")
def function(database: Path) -> Iterator[FunctionProcess]:
    with FunctionProcess({"HINOMI_ERROR_DB_URL": f"sqlite:///{database}"}) as running:
        yield running


@pytest.fixture
def rejected(database: Path) -> Callable[[], int]:
    """The number of messages that were rejected during the test."""
    before = rejections(database)
    return lambda: rejections(database) - before


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)) as connection:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_only_post_is_accepted(function: FunctionProcess, rejected: Callable[[], int], method: str) -> None:
    assert ask(function.port, method, "/evidence")[0] == 405
    assert rejected() == 0


def test_an_unknown_path_is_not_found_and_leaves_nothing(
    function: FunctionProcess, rejected: Callable[[], int]
) -> None:
    assert ask(function.port, "POST", "/admin", b"{}") == (404, b"not found")
    assert rejected() == 0


def test_the_liveness_path_says_ok(function: FunctionProcess) -> None:
    assert ask(function.port, "GET", "/healthz") == (200, b"ok")


def test_a_body_that_is_too_large_is_rejected_before_it_is_read(function: FunctionProcess) -> None:
    with socket.create_connection(("127.0.0.1", function.port), 10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        assert b" 413 " in connection.recv(100)


def test_a_body_without_a_length_is_rejected_when_it_becomes_too_large(function: FunctionProcess) -> None:
    chunk = b"%x\r\n" % (4 << 20) + bytes(4 << 20) + b"\r\n"
    with socket.create_connection(("127.0.0.1", function.port), 60) as connection:
        connection.sendall(b"POST /evidence HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):  # it stops reading
            connection.sendall(chunk * 6)
        assert b" 413 " in connection.recv(100)


@pytest.mark.parametrize(("path", "status"), [("/unknown", b"404"), ("/healthz", b"200")])
def test_an_invalid_body_that_is_not_needed_is_not_read(function: FunctionProcess, path: str, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", function.port), 10) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode() + b"no size\r\n")
        assert connection.recv(100).split()[1] == status


def test_a_truncated_body_is_not_stored(function: FunctionProcess, rejected: Callable[[], int]) -> None:
    with socket.create_connection(("127.0.0.1", function.port), 10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(100)
    assert rejected() == 0


def test_each_path_accepts_its_own_kind_of_message(function: FunctionProcess, rejected: Callable[[], int]) -> None:
    report = json.dumps({"report": "airflow", "job": "x", "state": "failed"}).encode()
    assert ask(function.port, "POST", "/evidence", json.dumps(ENTRY).encode()) == (200, b"no rule matches")
    status, text = ask(function.port, "POST", "/evidence", report)
    assert (status, text.startswith(b"rejected: a report was sent to /evidence")) == (200, True)
    assert ask(function.port, "POST", "/reports", json.dumps(ENTRY).encode())[1].startswith(b"rejected: a log entry")
    assert ask(function.port, "POST", "/evidence", b'{"tick": "sweep"}')[1].startswith(b"rejected: a tick")
    assert rejected() == 3


def rejections(path: Path) -> int:
    try:
        with closing(sqlite3.connect(path)) as database:
            return int(database.execute("SELECT count(*) FROM rejected_messages").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
