"""A Cloud Logging server on loopback: google.logging.v2.LoggingServiceV2 ListLogEntries over real gRPC.

It takes entries in the form that Cloud Logging exports (JSON). A filter with `log_id(…)`, as the collectors send it, is read for
these and the bounds on `timestamp`; any other filter is evaluated whole. Like the real one, it silently omits Data Access
entries without permission to read private logs.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import grpc
from google.cloud.audit import audit_log_pb2
from google.cloud.logging_v2.types import ListLogEntriesRequest, ListLogEntriesResponse, LogEntry
from google.iam.v1.logging import audit_data_pb2
from google.protobuf import json_format

from demo.platform.grpc_server import Countdown, GrpcServer
from demo.platform.logging import lql

SERVICE = "google.logging.v2.LoggingServiceV2"
MOST = 1000
LONGEST_WAIT = 30  # seconds, if a test forgets to let the server go on
PRIVATE = "/logs/cloudaudit.googleapis.com%2Fdata_access"
# Their descriptors convert the "@type" of an entry to a message.
KNOWN_TYPES = (audit_log_pb2.AuditLog, audit_data_pb2.AuditData)
_BOUND = re.compile(r'timestamp(>=|<)"([^"]+)"')
_LOG_ID = re.compile(r'log_id\("([^"]+)"\)')


@dataclass(slots=True)
class InjectedLoggingError(Countdown):
    """An injected error, for a project, always or a number of times."""

    code: grpc.StatusCode
    project: str = ""

    def hits(self, names: list[str]) -> bool:
        """Whether this request gets the error; counts it."""
        if self.project and f"projects/{self.project}" not in names:
            return False
        return self.count()


class LoggingServer(GrpcServer):
    """Start it, add entries, and point a client at `endpoint`. Thread-safe."""

    def __init__(self, page_size: int = MOST) -> None:
        super().__init__(SERVICE, {"ListLogEntries": (self._list, ListLogEntriesRequest)})
        self.goes_on = threading.Event()  # cleared, the server does not answer
        self.goes_on.set()
        self.page_size = page_size
        self.requests: list[ListLogEntriesRequest] = []
        self.injected: list[InjectedLoggingError] = []
        self.hides_private = False
        self._entries: list[tuple[datetime, str, Any]] = []

    def add(self, entry: Mapping[str, Any]) -> None:
        """Adds an entry; its `logName` determines the project."""
        message = LogEntry()
        json_format.ParseDict(_parsable(entry), LogEntry.pb(message), ignore_unknown_fields=True)
        time = datetime.fromisoformat(str(entry["timestamp"]))
        with self._lock:
            self._entries.append((time, str(entry.get("insertId", "")), message))
            self._entries.sort(key=lambda item: item[:2])

    def fail(self, code: grpc.StatusCode, *, project: str = "", times: int | None = None) -> None:
        """Answers with `code` for a project, `times` times or until `injected` is emptied."""
        with self._lock:
            self.injected.append(InjectedLoggingError(code, project, times=times))

    def _list(self, request: ListLogEntriesRequest, context: grpc.ServicerContext) -> ListLogEntriesResponse:
        with self._lock:
            self.requests.append(request)
            error = next((error for error in self.injected if error.hits(list(request.resource_names))), None)
            messages = [
                message
                for time, _, message in self._entries
                if _matches(time, message, request) and _accepts(request.filter, message)
            ]
            if self.hides_private:
                messages = [message for message in messages if not message.log_name.endswith(PRIVATE)]
        if request.order_by == "timestamp desc":
            messages.reverse()
        self.goes_on.wait(LONGEST_WAIT)
        if error is not None:
            context.abort(error.code, "made-up answer")  # raises
        size = min(request.page_size or 50, self.page_size)
        start = int(request.page_token or 0)
        token = str(start + size) if start + size < len(messages) else ""
        return ListLogEntriesResponse(entries=messages[start : start + size], next_page_token=token)


def _matches(time: datetime, message: Any, request: ListLogEntriesRequest) -> bool:
    project, _, log_id = message.log_name.partition("/logs/")
    ids = _LOG_ID.findall(request.filter)
    if project not in request.resource_names or (ids and log_id.replace("%2F", "/") not in ids):
        return False
    bounds = [(sign, datetime.fromisoformat(text)) for sign, text in _BOUND.findall(request.filter)]
    return all(time >= bound if sign == ">=" else time < bound for sign, bound in bounds)


def _accepts(query: str, message: Any) -> bool:
    """Whether a filter without `log_id(…)` accepts an entry. Times are compared as texts, all in one form."""
    if not query or _LOG_ID.search(query):
        return True
    entry = json_format.MessageToDict(LogEntry.pb(message))
    entry["timestamp"] = datetime.fromisoformat(entry["timestamp"]).isoformat()
    return lql.accepts(_parsed(query), entry)


@cache
def _parsed(query: str) -> lql.Ast:
    return lql.parse(query)


def _parsable(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without messages of non-public types, which the client library could not read either."""
    payload = dict(entry.get("protoPayload") or {})
    data = payload.get("serviceData") or {}
    if data and not str(data.get("@type", "")).endswith("google.iam.v1.logging.AuditData"):
        payload.pop("serviceData")
    return {**entry, **({"protoPayload": payload} if payload else {})}
