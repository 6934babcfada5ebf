"""A server on loopback that simulates Google's APIs for gcloud; it stores their state and records the calls.

It implements what deploy.sh needs, and answers 501 to anything else, so that an unexpected call fails a test. gcloud
finds it by endpoint overrides; `gcloud run` puts the region before the host, so it also serves as gcloud's proxy.
"""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from socketserver import BaseRequestHandler, StreamRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.gcloud_services import APIS, ApiError, Services
from tests.support.injected_failures import EXIT_TIMEOUT, FailureMode, InjectedFailure

# gcloud's names of the endpoint overrides; `sql` is the one that differs from the API's name.
OVERRIDES = (*APIS, "cloudresourcemanager")
READING_POSTS = (
    ":getIamPolicy",
    ":testIamPermissions",
    ":queryTestablePermissions",
    ":getAncestry",
    ":generateUploadUrl",
    "entries:list",
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    api: str
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    agent: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        """The method and the path of the call."""
        return self.api, self.method, self.path

    @property
    def is_gcloud(self) -> bool:
        """Whether gcloud made the call, and not `hinomi`."""
        return "gcloud" in self.agent.lower() or "google-cloud-sdk" in self.agent.lower()

    @property
    def invocation(self) -> str:
        """Identifies the gcloud command that made the call."""
        return self.agent.partition(" environment/")[2].partition(" ")[0]

    @property
    def changes(self) -> bool:
        """Whether the call changes something."""
        reads = self.method == "GET" or (self.method == "POST" and self.path.endswith(READING_POSTS))
        return not (
            reads
            or self.path.endswith("roles:queryTestablePermissions")
            or self.path.endswith("permissions:queryTestablePermissions")
        )


def received(method: str, url: str, headers: Mapping[str, str], raw: bytes) -> Call:
    """Parses a request into a Call. The URL is absolute if this server is the proxy."""
    parts = urlsplit(url)
    api, _, path = unquote(parts.path).lstrip("/").partition("/")
    body = json.loads(raw) if raw and "json" in headers.get("Content-Type", "") else raw or None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Call(api, method, path, query, body, headers.get("User-Agent", ""))


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    """A deep copy; copy.deepcopy takes five times as long, and each change is followed by one."""
    copied: dict[str, Any] = pickle.loads(pickle.dumps(state))  # noqa: S301 - written here
    return copied


def as_bytes(answer: Any) -> bytes:
    """The body of an answer as bytes."""
    return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


class GoogleServer:
    """Serves all APIs of one project, `example-project`, on a free port."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.calls: list[Call] = []
        self.services = Services()
        self._states: list[bytes] = []  # a thousand states as objects would slow down every garbage collection
        self.injected: InjectedFailure | None = None
        self.kill: Callable[[], None] = lambda: None  # stops the program that runs the command
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def environment(self) -> dict[str, str]:
        """The environment for gcloud and `hinomi deploy` with this server."""
        names = sorted({*OVERRIDES})
        overrides = {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name.upper()}": f"{self.url}/{name}/" for name in names}
        return {
            **overrides,
            "CLOUDSDK_AUTH_ACCESS_TOKEN": "made-up-token",
            "CLOUDSDK_CORE_ACCOUNT": "maintainer@example.com",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            "CLOUDSDK_SURVEY_DISABLE_PROMPTS": "true",
            "CLOUDSDK_PROXY_TYPE": "http",
            "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
            "CLOUDSDK_PROXY_PORT": str(self._http.server_port),
        }

    @property
    def state(self) -> dict[str, Any]:
        """A copy of all existing resources, by path."""
        with self.lock:
            return _copied(self.services.state)

    @property
    def states(self) -> list[dict[str, Any]]:
        """The resources after each change so far."""
        return [pickle.loads(state) for state in self._states]  # noqa: S301 - written here

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restores an earlier state."""
        with self.lock:
            self.services.state = _copied(dict(state))

    def forget(self) -> None:
        """Deletes the recorded calls and the recorded states."""
        with self.lock:
            self.calls.clear()
            self._states.clear()

    def changes(self) -> list[Call]:
        """The changing calls so far."""
        return [call for call in self.calls if call.changes]

    def answer(self, call: Call) -> tuple[int, Any] | None:
        """The status and the body for a call, or None for no response; records the state after each change."""
        with self.lock:
            if self.injected and self.injected.fails(call):
                return self.injected.response
            answer = self._effect(call)
            return None if self.injected and self.injected.loses_response(call) else answer

    def _effect(self, call: Call) -> tuple[int, Any]:
        self.calls.append(call)
        try:
            body = self.services.answer(call.api, call.method, call.path, dict(call.query), call.body)
        except ApiError as error:
            status = {404: "NOT_FOUND", 409: "ALREADY_EXISTS", 400: "INVALID_ARGUMENT"}.get(error.code, "UNKNOWN")
            return error.code, {"error": {"code": error.code, "message": str(error), "status": status}}
        if call.changes:
            self._states.append(pickle.dumps(self.services.state))
        return 200, body

    def __enter__(self) -> Self:
        self.services.base_url = self.url
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Connection(StreamRequestHandler):
    """One connection. http.server takes half a millisecond per call, most of it for headers that nobody uses."""

    google: GoogleServer
    wbufsize = 65536  # head and body in one packet: otherwise each answer waits for an acknowledgement

    def handle(self) -> None:
        """Answers requests until the connection is closed."""
        while self._serve():
            self.wfile.flush()

    def _serve(self) -> bool:
        """Answers one request. Returns whether there may be another one."""
        method, _, rest = self.rfile.readline().decode("latin-1").partition(" ")
        if not rest:
            return False
        headers = self._headers()
        raw = self.rfile.read(int(headers.get("Content-Length", 0)))
        found = self.google.answer(received(method, rest.partition(" ")[0], headers, raw))
        if found is None:
            self._leave()
            return False
        status, answer = found
        data = as_bytes(answer)
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self.wfile.write(head.encode() + data)
        return headers.get("Connection", "").lower() != "close"

    def _headers(self) -> dict[str, str]:
        """The headers of a request, with names such as Content-Type."""
        found = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            found[name.title()] = value.strip()
        return found

    def _leave(self) -> None:
        """Sends no response. If the caller is to be killed, kills it and waits until its connection is closed."""
        failure = self.google.injected
        if failure is None:
            return
        if failure.mode is FailureMode.KILL:
            self.google.kill()
            self.connection.settimeout(EXIT_TIMEOUT)
            self.connection.recv(1)
        failure.done.set()


def _handler(server: GoogleServer) -> type[BaseRequestHandler]:
    return type("Connection", (_Connection,), {"google": server})
