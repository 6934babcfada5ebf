"""A slow sender is disconnected, and does not block a thread of the server."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, NoMoreData  # type: ignore[import-untyped]

from shared import front_door

LENGTH = 100
SECONDS_TO_FAIL = 30  # without the limit of the front door, the test fails after them instead of waiting for ever


@dataclass
class SlowRequest:
    """A POST whose body does not arrive."""

    environ: dict[str, Any]
    stream: Any
    method: str = "POST"
    path: str = "/evidence"
    content_length: int | None = LENGTH


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowRequest]:
    monkeypatch.setattr(front_door, "BODY_SECONDS", -1)
    server, sender = socket.socketpair()
    server.settimeout(SECONDS_TO_FAIL)
    with server, sender, server.makefile("rb") as stream:
        sender.sendall(b"{")
        yield SlowRequest({"gunicorn.socket": server, "sender": sender}, stream)


def test_a_body_that_does_not_arrive_in_time_is_rejected(slow: SlowRequest) -> None:
    with pytest.raises(front_door.RefusedError) as found:
        front_door.body(slow, paths=("/evidence",), limit=1000)
    assert (found.value.status, found.value.text) == (400, "incomplete")
    with pytest.raises(BrokenPipeError):  # the connection is closed: the sender cannot go on
        slow.environ["sender"].send(b"}")


@pytest.mark.parametrize(("length", "seconds"), [(0, 2.0), (1 << 20, 3.0), (10 << 20, 5.0), (None, 5.0)])
def test_a_short_body_has_less_time_than_a_long_one(
    monkeypatch: pytest.MonkeyPatch, length: int | None, seconds: float
) -> None:
    allowed: list[float] = []
    monkeypatch.setattr(front_door._watch, "add", lambda _connection, given: allowed.append(given))  # noqa: SLF001
    server, sender = socket.socketpair()
    with server, sender:
        asked = SlowRequest({"gunicorn.socket": server}, io.BytesIO(b"x" * (length or 0)), content_length=length)
        front_door.body(asked, paths=("/evidence",), limit=11 << 20)
    assert allowed == [seconds]


@pytest.mark.parametrize(
    "callers", [{}, {"/reports": "a@example.com"}, {"/evidence": ""}, {"/evidence": "a@example.com"}]
)
def test_a_call_without_the_account_of_its_path_is_rejected_before_its_body_is_read(
    slow: SlowRequest, callers: dict[str, str]
) -> None:
    with pytest.raises(front_door.RefusedError) as found:
        front_door.body(slow, paths=("/evidence",), limit=1000, callers=callers)
    assert found.value.status == 403


@pytest.mark.parametrize(
    ("method", "path", "length", "sent", "status"),
    [
        ("GET", "/evidence", None, b"", 405),
        ("HEAD", "/evidence", None, b"", 405),
        ("PUT", "/evidence", 2, b"{}", 405),
        ("post", "/evidence", 2, b"{}", 405),
        ("POST", "/", 2, b"{}", 404),
        ("POST", "/evidence/", 2, b"{}", 404),
        ("POST", "/EVIDENCE", 2, b"{}", 404),
        ("POST", "/evidence/../reports", 2, b"{}", 404),
        ("GET", "/nothing", None, b"", 404),
        ("POST", "/evidence", 1001, b"", 413),
        ("POST", "/evidence", None, b"x" * 1001, 413),
        ("POST", "/evidence", 3, b"{}", 400),
    ],
)
def test_everything_but_a_complete_post_on_a_known_path_is_rejected(
    method: str, path: str, length: int | None, sent: bytes, status: int
) -> None:
    asked = SlowRequest({}, io.BytesIO(sent), method=method, path=path, content_length=length)
    with pytest.raises(front_door.RefusedError) as found:
        front_door.body(asked, paths=("/evidence", "/reports"), limit=1000)
    assert found.value.status == status


class InvalidChunk:
    """A chunked body whose second chunk is invalid or missing: the server raises its own error."""

    def __init__(self, error: Exception) -> None:
        self._parts = iter([b"{}"])
        self._error = error

    def read(self, _size: int) -> bytes:
        for part in self._parts:
            return part
        raise self._error


@pytest.mark.parametrize("error", [NoMoreData(), InvalidChunkSize(b"zz"), ChunkMissingTerminator(b"x"), ValueError()])
def test_a_body_in_chunks_that_is_cut_off_or_invalid_is_not_kept(error: Exception) -> None:
    asked = SlowRequest({}, InvalidChunk(error), content_length=None)
    with pytest.raises(front_door.RefusedError) as found:
        front_door.body(asked, paths=("/evidence",), limit=1000)
    assert (found.value.status, found.value.text) == (400, "incomplete")


@pytest.mark.parametrize("length", [2, None])
def test_a_complete_post_is_accepted(length: int | None) -> None:
    asked = SlowRequest({}, io.BytesIO(b"{}"), content_length=length)
    assert front_door.body(asked, paths=("/evidence",), limit=1000) == b"{}"
