"""Runs a callback before every call of a Google client library, including each page and each retry.

The client libraries page, poll and retry on their own, so the caller cannot know how many calls one request takes. The
channels and sessions of shared/clients.py can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import grpc
    import requests

_METER: ContextVar[Callable[[], None] | None] = ContextVar("meter", default=None)


@contextmanager
def counting(call: Callable[[], None]) -> Iterator[None]:
    """Runs `call` before each client library call in the block, in the thread of that call. It may wait or raise."""
    before = _METER.set(call)
    try:
        yield
    finally:
        _METER.reset(before)


def counted_channel(channel: grpc.Channel) -> grpc.Channel:
    """A channel that reports its calls to `counting`."""
    import grpc  # noqa: PLC0415

    class Counted(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc has no types
        def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
            _report_call()
            return continuation(client_call_details, request)

    return grpc.intercept_channel(channel, Counted())


def count_calls(session: requests.Session) -> None:
    """Makes a session report its calls to `counting`."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    class Counted(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            _report_call()
            return super().send(*args, **kwargs)

    for scheme in ("https://", "http://"):
        session.mount(scheme, Counted())


def _report_call() -> None:
    meter = _METER.get()
    if meter is not None:
        meter()
