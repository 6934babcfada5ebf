"""Prevents tests from connecting to other machines."""

from __future__ import annotations

import socket
from typing import Any

import pytest

LOOPBACK = ("127.", "::1", "localhost")


def guard() -> None:
    """From now on, a connection to another machine fails the test, in this process."""
    connect = socket.socket.connect

    def guarded(sock: socket.socket, address: Any) -> None:
        if sock.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"a test called {address[0]}:{address[1]}; only loopback is allowed")
        connect(sock, address)

    setattr(socket.socket, "connect", guarded)  # noqa: B010 - mypy allows no other function
