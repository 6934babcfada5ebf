"""JSON over HTTP on loopback: the base of the simulated services."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import responses
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `parts` is the path, split at slashes first and unquoted afterwards, as routers do.

    The body is JSON, or bytes below /upload.
    """

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: JSON, unless `body` is None or bytes, which are sent unchanged."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> bytes:
        """The body as bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class JsonServer:
    """A server on a free port of 127.0.0.1. A service overrides `answer`, which runs under `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.requests: list[Request] = []
        self._planned: deque[Reply] = deque()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        """Answers a request; each service overrides this method."""
        raise NotImplementedError

    def fail_next(self, *replies: Reply) -> None:
        """Answers the next requests with these replies, one for each."""
        with self.lock:
            self._planned.extend(replies)

    def reply(self, request: Request) -> Reply:
        """The planned reply, or the reply of the service."""
        with self.lock:
            self.requests.append(request)
            return self._planned.popleft() if self._planned else self.answer(request)

    def start(self) -> Self:
        """Starts serving."""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def _serve(self) -> None:
        """Accepts connections without polling for the end, because each poll of a waiting server costs time."""
        while not self._is_stopping:
            self._server.handle_request()

    def stop(self) -> None:
        """Stops the server and frees its port."""
        if self._thread:
            self._is_stopping = True
            socket.create_connection(("127.0.0.1", self._server.server_address[1])).close()  # wakes the thread
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def google_error(code: int, message: str, status: str) -> Reply:
    """An error in the form of Google's REST APIs."""
    return Reply(code, {"error": {"code": code, "message": message, "status": status}})


class _Connection(StreamRequestHandler):
    """One connection of a client. http.server takes twice as long for each request, for headers that nobody uses."""

    served: JsonServer
    wbufsize = 65536  # head and body in one packet, without waiting 40 ms for an acknowledgement

    def handle(self) -> None:
        """Answers until the client closes the connection."""
        while self._answer():
            self.wfile.flush()

    def _answer(self) -> bool:
        """Answers one request. Returns whether there may be another one."""
        method, _, rest = self.rfile.readline().decode("latin-1").partition(" ")
        if not rest:
            return False
        headers = self._headers()
        url = urlsplit(rest.partition(" ")[0])
        raw = self.rfile.read(int(headers.get("content-length", 0)))
        parts = tuple(unquote(part) for part in url.path.strip("/").split("/"))
        is_upload = parts[0] == "upload"
        body = (raw if is_upload else json.loads(raw)) if raw else None
        reply = self.served.reply(Request(method, parts, dict(parse_qsl(url.query)), headers, body))
        data = reply.data()
        lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, '')}", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(data)}", *(f"{name}: {value}" for name, value in reply.headers.items())]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + data)
        return headers.get("connection", "").lower() != "close"

    def _headers(self) -> dict[str, str]:
        found = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            found[name.lower()] = value.strip()
        return found


def _handler(server: JsonServer) -> type[BaseRequestHandler]:
    return type("Connection", (_Connection,), {"served": server})
