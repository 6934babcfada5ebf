"""A Cloud Logging on loopback whose answers a test can hold back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.logging.server import LoggingServer


@contextmanager
def logging_server() -> Iterator[LoggingServer]:
    """A running server."""
    server = LoggingServer()
    server.start()
    yield server
    server.goes_on.set()
    server.stop()
