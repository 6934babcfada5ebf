"""Accepts requests: POST on known paths, with bodies of bounded size that arrive in bounded time.

Everything else is answered at once: none of it is stored, and the response reveals nothing.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from shared.front_door.caller import caller

LIVENESS = "/healthz"
# A body on Google Cloud has arrived whole at the front end before the function sees it: a sender that needs longer is slow
# on purpose. A short body has less time than a long one.
BODY_SECONDS = 5.0
_LEAST_SECONDS, _LEAST_BYTES_A_SECOND = 2.0, 1 << 20
_CHECK_SECONDS = 0.5
_CHUNK = 1 << 20


@dataclass(eq=False)  # not frozen: a context manager sets the traceback
class RefusedError(Exception):
    """A rejected request: the HTTP status, and a text that reveals nothing about the service."""

    status: int
    text: str


class HttpRequest(Protocol):
    """The part of a Flask request that is read here."""

    @property
    def method(self) -> str:
        """GET, POST, …."""

    @property
    def path(self) -> str:
        """The path of the URL."""

    @property
    def content_length(self) -> int | None:
        """The value of the Content-Length header."""

    @property
    def environ(self) -> dict[str, Any]:
        """The WSGI environment."""

    @property
    def stream(self) -> Any:
        """The body."""


def body(
    request: HttpRequest, *, paths: Collection[str], limit: int, callers: Mapping[str, str] | None = None
) -> bytes:
    """The body of a POST on one of the paths. Raises RefusedError for everything else.

    `callers` gives the only account that may call each path; without it, every caller may. A body is rejected if it is
    longer than `limit`, ends before its Content-Length or its last chunk, or arrives too slowly (BODY_SECONDS in all, less
    for a short one). The sender sends it again.
    """
    refused = _refused(request, paths, limit) or _forbidden(request, callers)
    if refused is not None:
        stop_reading(request)
        raise refused
    with _cut_off(request.environ, _seconds(request.content_length)):
        content = _read(request.stream, limit)
    if len(content) > limit:
        stop_reading(request)
        raise RefusedError(413, "too large")
    if request.content_length is not None and len(content) < request.content_length:
        raise RefusedError(400, "incomplete")
    return content


def _refused(request: HttpRequest, paths: Collection[str], limit: int) -> RefusedError | None:
    if request.path not in paths:
        return RefusedError(404, "not found")
    if request.method != "POST":
        return RefusedError(405, "method not allowed")
    return RefusedError(413, "too large") if (request.content_length or 0) > limit else None


def _forbidden(request: HttpRequest, callers: Mapping[str, str] | None) -> RefusedError | None:
    """Whether the caller is not the account of the path. A path without an account accepts nobody."""
    if callers is None:
        return None
    email = caller(request.environ)
    return None if email and email == callers.get(request.path) else RefusedError(403, "forbidden")


def stop_reading(request: HttpRequest) -> None:
    """Discards the rest of the body, which functions-framework would otherwise read before it answers."""
    connection = _connection(request.environ)
    if connection is not None and (request.content_length or "HTTP_TRANSFER_ENCODING" in request.environ):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
    # What has arrived may be invalid, or end within a chunk: the framework would answer with an error of the server.
    request.environ.update({"wsgi.input": io.BytesIO(), "wsgi.input_terminated": True})
    vars(request).pop("stream", None)  # Flask keeps the stream with its first use


def _connection(environ: dict[str, Any]) -> socket.socket | None:
    connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return connection if isinstance(connection, socket.socket) else None


def _read(stream: Any, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while size <= limit and (part := stream.read(_CHUNK)):
            parts.append(part)
            size += len(part)
    except Exception as error:  # each server has errors of its own for a body that is cut off or has an invalid chunk
        raise RefusedError(400, "incomplete") from error
    return b"".join(parts)


def _seconds(length: int | None) -> float:
    """The seconds that a body may take; BODY_SECONDS for a body of unknown length."""
    return BODY_SECONDS if length is None else min(BODY_SECONDS, _LEAST_SECONDS + length / _LEAST_BYTES_A_SECOND)


@contextmanager
def _cut_off(environ: dict[str, Any], seconds: float) -> Iterator[None]:
    """Ends the connection of a sender that is too slow, so that it does not keep a thread of the server."""
    connection = _connection(environ)
    if connection is None:
        yield
        return
    _watch.add(connection, seconds)
    try:
        yield
    finally:
        _watch.discard(connection)


class _Watch:
    """A thread that watches the time limits of all connections; started with the first one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[int, tuple[float, socket.socket]] = {}
        self._started = False

    def add(self, connection: socket.socket, seconds: float) -> None:
        with self._lock:
            self._ends[id(connection)] = time.monotonic() + seconds, connection
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="front-door", daemon=True).start()

    def discard(self, connection: socket.socket) -> None:
        with self._lock:
            self._ends.pop(id(connection), None)

    def _run(self) -> None:
        while True:
            time.sleep(_CHECK_SECONDS)
            now = time.monotonic()
            with self._lock:
                late = [connection for end, connection in self._ends.values() if end < now]
            for connection in late:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)


_watch = _Watch()
