"""A simulated Cloud Logging whose answers a test can delay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.logging.server import LoggingServer


@contextmanager
def logging_server() -> Iterator[LoggingServer]:
    """Runs the server."""
    server = LoggingServer()
    server.start()
    yield server
    server.goes_on.set()
    server.stop()
