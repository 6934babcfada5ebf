"""JSON over HTTP on loopback: the base of the simulated services."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


class JsonServer:
    """A server on a free port of 127.0.0.1. A service overrides `answer`, which runs under `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.requests: list[Request] = []
        self._planned: deque[Reply] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, request: Request) -> Reply:
        """Answers a request; each service overrides it."""
        raise NotImplementedError

    def fail_next(self, *replies: Reply) -> None:
        """Answers the next requests with these replies instead, one each."""
        with self.lock:
            self._planned.extend(replies)

    def reply(self, request: Request) -> Reply:
        """The planned answer, or the service's answer."""
        with self.lock:
            self.requests.append(request)
            return self._planned.popleft() if self._planned else self.answer(request)

    def start(self) -> Self:
        """Starts serving."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops the server and frees its port."""
        if self._thread:
            self._server.shutdown()
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


def _handler(server: JsonServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # head and body in one packet, without waiting 40 ms for an acknowledgement

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Logs nothing, to keep the demo's screen readable."""

        def _serve(self) -> None:
            url = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = tuple(unquote(part) for part in url.path.strip("/").split("/"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_upload = parts[0] == "upload"
            body = (raw if is_upload else json.loads(raw)) if raw else None
            reply = server.reply(Request(self.command, parts, dict(parse_qsl(url.query)), headers, body))
            data = reply.data()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    return Handler
