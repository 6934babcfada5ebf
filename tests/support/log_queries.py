"""A Cloud Logging on loopback that evaluates whole filters, by the evaluator of the Logging query language of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from google.protobuf.json_format import MessageToDict

from demo.platform.logging import LoggingServer
from tests.support import lql


@contextmanager
def logging_server() -> Iterator[LoggingServer]:
    """A running server."""
    server = LoggingServer(accepts=accepts)
    server.start()
    yield server
    server.goes_on.set()
    server.stop()


def accepts(query: str, message: Any) -> bool:
    """Whether the filter accepts an entry. Times are compared as texts, all in one form."""
    entry = MessageToDict(type(message).pb(message))
    entry["timestamp"] = datetime.fromisoformat(entry["timestamp"]).isoformat()
    return lql.accepts(_parsed(query), entry)


@cache
def _parsed(query: str) -> lql.Ast:
    return lql.parse(query)
