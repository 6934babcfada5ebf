"""A pytest plugin that records every call to a server on loopback: `-p tests.support.call_recorder`.

It needs HINOMI_CALLS, the file to write: one line for each kind of call, `part<TAB>Server METHOD path` or
`part<TAB>Server RequestType`. The part is the collector, action or detector at work, empty for none, several joined
with "|". A BigQuery job has one line for each kind of access.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from demo.platform import asset, http, logging
from demo.platform.monitoring import server as monitoring

SERVERS: tuple[type[Any], ...] = (
    http.JsonServer,
    asset.AssetServer,
    logging.LoggingServer,
    monitoring.MonitoringServer,
)
WORK = re.compile(
    r"INFORMATION_SCHEMA\.\w+|CREATE OR REPLACE (?:TABLE|VIEW)|CREATE (?:TABLE|VIEW)|ALTER TABLE|MERGE|DROP TABLE"
)
_calls: set[str] = set()
_at_work: list[str] = []
_file = os.environ.get("HINOMI_CALLS", "")


class _Recording(list[Any]):
    def __init__(self, server: str) -> None:
        self.server = server
        super().__init__()

    def append(self, request: Any) -> None:
        part = "|".join(sorted(set(_at_work)))
        _calls.update(f"{part}\t{self.server} {call}" for call in _told(request))
        super().append(request)


def _told(request: Any) -> Iterator[str]:
    if not isinstance(request, http.Request):
        yield type(request).__name__
        return
    call = f"{request.method} {'/'.join(request.parts)}"
    asks_a_job = request.method == "POST" and "bigquery" in request.parts and request.parts[-1] in ("jobs", "queries")
    kinds = sorted(set(WORK.findall(json.dumps(request.body, default=str)))) if asks_a_job else []
    yield from (f"{call} {kind}" for kind in kinds or [""]) if kinds else (call,)


@contextmanager
def _working(part: str) -> Iterator[None]:
    _at_work.append(part)
    try:
        yield
    finally:
        _at_work.remove(part)


def _of(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which marks the part as at work while it runs or its result is iterated."""

    def called(*args: Any, **kwargs: Any) -> Any:
        with _working(part):
            found = function(*args, **kwargs)
        return _each(part, found) if isinstance(found, Iterator) else found

    return called


def _each(part: str, found: Iterator[Any]) -> Iterator[Any]:
    while True:
        with _working(part):
            try:
                item = next(found)
            except StopIteration:
                return
        yield item


def _wrapped(original: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.requests = _Recording(type(self).__name__)

    return made


def _watched(original: Callable[..., None]) -> Callable[..., None]:
    """A collector whose functions mark it as at work."""

    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        for name in ("collect", "scopes"):
            object.__setattr__(self, name, _of(f"collector {self.name}", getattr(self, name)))

    return made


def pytest_configure() -> None:
    from collectors.history_analysis.collector import Collector
    from collectors.metrics_analysis import detectors
    from handlers import registry

    for server in SERVERS:
        server.__init__ = _wrapped(server.__init__)
    setattr(Collector, "__init__", _watched(Collector.__init__))  # noqa: B010
    for name in registry.names():
        action = registry.find(name)
        setattr(action, "run", _of(f"action {name}", action.run))  # noqa: B010
    for detector in detectors.discover():
        part = f"detector {detector.__name__.rpartition('.')[2]}"
        setattr(detector, "detect", _of(part, detector.detect))  # noqa: B010


def pytest_unconfigure() -> None:
    with open(_file, "w", encoding="utf-8") as stream:  # noqa: PTH123
        stream.writelines(f"{call}\n" for call in sorted(_calls))
