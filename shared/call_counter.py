"""Tells of every call that a Google client library makes, before it is made: of each page, and of each further try.

The libraries page, poll and try again by themselves, so whoever asks them for one thing cannot know how many calls
that takes; the channels and sessions of shared/clients.py do.
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
    """Calls `call` before each call of a client library in the block, in the same thread. It may wait, or raise."""
    before = _METER.set(call)
    try:
        yield
    finally:
        _METER.reset(before)


def counted_channel(channel: grpc.Channel) -> grpc.Channel:
    """The channel, telling of its calls."""
    import grpc  # noqa: PLC0415

    class Counted(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc has no types
        def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
            _tell()
            return continuation(client_call_details, request)

    return grpc.intercept_channel(channel, Counted())


def count_calls(session: requests.Session) -> None:
    """Makes the session tell of its calls."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    class Counted(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            _tell()
            return super().send(*args, **kwargs)

    for scheme in ("https://", "http://"):
        session.mount(scheme, Counted())


def _tell() -> None:
    meter = _METER.get()
    if meter is not None:
        meter()
