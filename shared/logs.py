"""Structured log lines on standard output, in the form that Cloud Logging parses.

The special keys are Cloud Logging's own (docs.cloud.google.com/logging/docs/structured-logging). A line holds ids
and counts, never a payload or a secret.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

LONGEST = 2_000  # characters of one text

_PREFIX = "logging.googleapis.com/"
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
# https://docs.cloud.google.com/trace/docs/trace-context#legacy-http-header: the span is a decimal number
_CLOUD_TRACE = re.compile(r"([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]))?")

_request: ContextVar[Mapping[str, object]] = ContextVar("hinomi_request", default={})  # noqa: B039 - never changed


class Headers(Protocol):
    """The headers of a request."""

    def get(self, key: str, default: str, /) -> str:
        """The value of a header."""


def log(severity: str, message: str, **fields: object) -> None:
    """Writes one line. `severity` is Cloud Logging's: INFO, WARNING, ERROR."""
    cut = {key: value[:LONGEST] if isinstance(value, str) else value for key, value in fields.items()}
    line = json.dumps({"severity": severity, "message": message[:LONGEST], **cut, **_request.get()}, default=str)
    sys.stdout.write(line + "\n")  # one call: lines of different threads do not mix
    sys.stdout.flush()


@contextmanager
def request(headers: Headers, *, project: str = "", **labels: str) -> Iterator[None]:
    """Everything logged inside belongs to this request: its trace, from the headers, and the labels.

    Each thread and task has its own. `project` is where the trace is kept; a header of another form is ignored.
    """
    context = {**_trace(headers, project), f"{_PREFIX}labels": labels} if labels else _trace(headers, project)
    token = _request.set(context)
    try:
        yield
    finally:
        _request.reset(token)


def _trace(headers: Headers, project: str) -> dict[str, object]:
    if found := _TRACEPARENT.fullmatch(headers.get("traceparent", "").strip()):
        trace, span, sampled = found[1], found[2], bool(int(found[3], 16) & 1)
    elif found := _CLOUD_TRACE.fullmatch(headers.get("X-Cloud-Trace-Context", "").strip()):
        trace, sampled = found[1].lower(), found[3] == "1"
        span = f"{int(found[2]) % 2**64:016x}" if found[2] else ""
    else:
        return {}
    name = f"projects/{project}/traces/{trace}" if project else trace
    context: dict[str, object] = {f"{_PREFIX}trace": name, f"{_PREFIX}trace_sampled": sampled}
    return {**context, f"{_PREFIX}spanId": span} if span.strip("0") else context
