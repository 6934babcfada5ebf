"""A sender that is too slow loses its connection, and does not block a thread of the server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared import front_door

LENGTH = 100


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
    with server, sender, server.makefile("rb") as stream:
        sender.sendall(b"{")
        yield SlowRequest({"gunicorn.socket": server}, stream)


def test_a_body_that_does_not_arrive_in_time_is_refused(slow: SlowRequest) -> None:
    with pytest.raises(front_door.RefusedError) as found:
        front_door.body(slow, paths=("/evidence",), limit=1000)
    assert (found.value.status, found.value.text) == (400, "incomplete")


@pytest.mark.parametrize(
    "callers", [{}, {"/reports": "a@example.com"}, {"/evidence": ""}, {"/evidence": "a@example.com"}]
)
def test_a_call_without_the_account_of_its_path_is_refused_before_its_body_is_read(
    slow: SlowRequest, callers: dict[str, str]
) -> None:
    with pytest.raises(front_door.RefusedError) as found:
        front_door.body(slow, paths=("/evidence",), limit=1000, callers=callers)
    assert found.value.status == 403
