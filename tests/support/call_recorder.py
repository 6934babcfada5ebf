"""A pytest plugin that writes down every call that reaches a server on loopback: `-p tests.support.call_recorder`.

It needs HINOMI_CALLS, the file to write: one line for each kind of call, `Server METHOD path` or `Server RequestType`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from demo.platform import asset, http, logging, monitoring

SERVERS: tuple[type[Any], ...] = (
    http.JsonServer,
    asset.AssetServer,
    logging.LoggingServer,
    monitoring.MonitoringServer,
)
_calls: set[str] = set()
_file = os.environ.get("HINOMI_CALLS", "")


class _Recording(list[Any]):
    def __init__(self, server: str) -> None:
        self.server = server
        super().__init__()

    def append(self, request: Any) -> None:
        if isinstance(request, http.Request):
            _calls.add(f"{self.server} {request.method} {'/'.join(request.parts)}")
        else:
            _calls.add(f"{self.server} {type(request).__name__}")
        super().append(request)


def _wrapped(original: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.requests = _Recording(type(self).__name__)

    return made


def pytest_configure() -> None:
    for server in SERVERS:
        server.__init__ = _wrapped(server.__init__)


def pytest_unconfigure() -> None:
    with open(_file, "w", encoding="utf-8") as stream:  # noqa: PTH123
        stream.writelines(f"{call}\n" for call in sorted(_calls))
