"""Records the calls to servers on loopback: one line for each kind of call.

A line is `part<TAB>Server METHOD path` or `part<TAB>Server RequestType`. The part is the collector, action or detector
that makes the call: empty if there is none, joined with "|" if there are several. A BigQuery job has one line for each
kind of access.

As a pytest plugin (`-p tests.support.call_recorder`) it writes the lines of all tests to the file in HINOMI_CALLS.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

from demo.platform import asset, http
from demo.platform.logging import server as logging
from demo.platform.monitoring import server as monitoring

SERVERS: tuple[type[Any], ...] = (
    http.JsonServer,
    asset.AssetServer,
    logging.LoggingServer,
    monitoring.MonitoringServer,
)
ACCESS = re.compile(
    r"INFORMATION_SCHEMA\.\w+|CREATE OR REPLACE (?:TABLE|VIEW)|CREATE (?:TABLE|VIEW)|ALTER TABLE|MERGE|DROP TABLE"
)
_calls: set[str] = set()
_taken: set[str] = set()
_active_parts: list[str] = []
_file = os.environ.get("HINOMI_CALLS", "")


def take() -> set[str]:
    """The lines recorded since the last call of this function."""
    lines = set(_calls)
    _taken.update(lines)
    _calls.difference_update(lines)
    return lines


@cache
def install() -> None:
    """Starts recording in this process; it covers servers that start later, and every collector, action and detector."""
    from collectors.history_analysis.collector import Collector
    from collectors.metrics_analysis import detectors
    from collectors.metrics_analysis.reason_lines.reader import ReasonReader
    from handlers import registry
    from handlers.remediations.contract import PARTS

    for server in SERVERS:
        server.__init__ = _recording_init(server.__init__)
    setattr(Collector, "__getattribute__", _collector_attribute)  # noqa: B010
    for name in registry.names():
        action = registry.find(name)
        for part in ("run", *PARTS, "undo"):
            if hasattr(action, part):
                setattr(action, part, _marking(f"action {name}", getattr(action, part)))
    for name in ("read_first", "read_due"):
        setattr(ReasonReader, name, _marking("reason lines", getattr(ReasonReader, name)))
    for detector in detectors.discover():
        part = f"detector {detector.__name__.rpartition('.')[2]}"
        setattr(detector, "detect", _marking(part, detector.detect))  # noqa: B010


class _Recording(list[Any]):
    def __init__(self, server: str) -> None:
        self.server = server
        super().__init__()

    def append(self, request: Any) -> None:
        part = "|".join(sorted(set(_active_parts)))
        _calls.update(f"{part}\t{self.server} {call}" for call in _kinds(request))
        super().append(request)


def _kinds(request: Any) -> Iterator[str]:
    if not isinstance(request, http.Request):
        # Cloud Logging shows Data Access logs only with another permission.
        is_private = "data_access" in getattr(request, "filter", "")
        yield f"{type(request).__name__}{' of data_access' if is_private else ''}"
        return
    call = f"{request.method} {'/'.join(request.parts)}"
    creates_job = request.method == "POST" and "bigquery" in request.parts and request.parts[-1] in ("jobs", "queries")
    accesses = _accesses(request.body) if creates_job else []
    yield from (f"{call} {access}" for access in accesses) if accesses else (call,)


def _accesses(body: Any) -> list[str]:
    """The accesses of a BigQuery job: COPY or LOAD, or each kind of statement with its table."""
    configuration = body.get("configuration", {}) if isinstance(body, dict) else {}
    kinds = [kind.upper() for kind in ("copy", "load") if kind in configuration]
    return kinds or sorted(set(ACCESS.findall(json.dumps(body, default=str))))


def _recording_init(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.requests = _Recording(type(self).__name__)

    return init


def _collector_attribute(collector: Any, name: str) -> Any:
    """Reads an attribute of a collector; its functions mark the collector as active while they run."""
    value = object.__getattribute__(collector, name)
    if name not in ("collect", "scopes"):
        return value
    return _marking(f"collector {object.__getattribute__(collector, 'name')}", value)


def _marking(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps a function so that the part is marked as active while it runs, or while its result is iterated."""

    @wraps(function)
    def marked(*args: Any, **kwargs: Any) -> Any:
        with _active(part):
            result = function(*args, **kwargs)
        return _marked_items(part, result) if isinstance(result, Iterator) else result

    return marked


def _marked_items(part: str, items: Iterator[Any]) -> Iterator[Any]:
    while True:
        with _active(part):
            try:
                item = next(items)
            except StopIteration:
                return
        yield item


@contextmanager
def _active(part: str) -> Iterator[None]:
    _active_parts.append(part)
    try:
        yield
    finally:
        _active_parts.remove(part)


def pytest_configure() -> None:
    install()


def pytest_unconfigure() -> None:
    take()
    with open(_file, "w", encoding="utf-8") as stream:  # noqa: PTH123
        stream.writelines(f"{call}\n" for call in sorted(_taken))
