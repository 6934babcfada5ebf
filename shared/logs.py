"""Structured log lines on standard output, in the form that Cloud Logging parses.

The special keys are Cloud Logging's own (docs.cloud.google.com/logging/docs/structured-logging). A line contains ids
and counts, never a payload or a secret. An error is one line too; Error Reporting groups it by its stack trace
(docs.cloud.google.com/error-reporting/docs/formatting-error-messages).
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from shared import log_stream
from shared.redaction.secret_patterns import scrub
from shared.stack_trace import one_line, stack

LONGEST = 2_000  # characters of each text
# Values of the field `alert`: alert policies of deploy/plan.yaml filter on them.
CANNOT_NOTIFY = "Hinomi cannot notify"
REJECTED = "messages are rejected"

_REPORTED = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
# The server's loggers, which do not propagate to the root logger.
_SERVER = ("gunicorn.error", "gunicorn.access")
_LOGGED = "_hinomi_told"
_QUERY = r"\?[^\s'\"]+=[^\s'\"]*"  # of a URL: the path may be a secret, as in a webhook
_PREFIX = "logging.googleapis.com/"
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
# https://docs.cloud.google.com/trace/docs/trace-context#legacy-http-header: the span is a decimal number
_CLOUD_TRACE = r"([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]))?"

_request: ContextVar[Mapping[str, object]] = ContextVar("hinomi_request", default={})  # noqa: B039 - never changed


class Headers(Protocol):
    """The headers of a request."""

    def get(self, key: str, default: str, /) -> str:
        """The value of a header, or the default."""


def log(severity: str, message: str, **fields: object) -> None:
    """Writes one log line. `severity` is one of Cloud Logging's: INFO, WARNING, ERROR."""
    cut = {key: scrub(value)[:LONGEST] if isinstance(value, str) else value for key, value in fields.items()}
    _write({"severity": severity, "message": scrub(message)[:LONGEST], **cut})


def log_error(message: str, error: BaseException, *, severity: str = "ERROR", **fields: object) -> None:
    """Writes one line with the stack trace of an error; further calls for the same error write nothing."""
    if getattr(error, _LOGGED, False):
        return
    setattr(error, _LOGGED, True)
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    location = (
        {"file": frames[0].filename, "line": str(frames[0].lineno), "function": frames[0].name} if frames else None
    )
    _write(
        {
            "severity": severity,
            "message": scrub(f"{message}: {one_line(error)}")[:LONGEST],
            "stack_trace": scrub(stack(error)),
            "@type": _REPORTED,
            **fields,
            **({f"{_PREFIX}sourceLocation": location} if location else {}),
        }
    )


def install() -> None:
    """Redirects the log lines of libraries and the server, and uncaught errors, to structured lines."""
    root = logging.getLogger()
    if not any(isinstance(handler, _Lines) for handler in root.handlers):
        root.addHandler(_Lines(logging.WARNING))
    for name in _SERVER:
        logger = logging.getLogger(name)
        if logger.handlers and not logger.propagate:
            logger.handlers = [_Lines()]


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = re.sub(_QUERY, "?<hidden>", record.getMessage())
        except Exception:  # noqa: BLE001 - as every handler does: a line that cannot be written must not stop the work
            self.handleError(record)
            return
        error = record.exc_info[1] if record.exc_info else None
        if error:
            log_error(message, error, severity=record.levelname, logger=record.name)
        else:
            log(record.levelname, message, logger=record.name)


def _write(fields: Mapping[str, object]) -> None:
    line = json.dumps({**fields, **_request.get()}, default=str)
    stream = log_stream.stream()
    stream.write(line + "\n")  # one write, so that lines of different threads do not mix
    stream.flush()


@contextmanager
def request(headers: Headers, *, project: str = "", **labels: str) -> Iterator[None]:
    """Adds the trace from the headers and the labels to every line that is logged inside.

    Each thread and task has its own context. `project` is the project of the trace; an invalid header is ignored. An
    error that leaves the block is logged here, because code outside has no access to the request, and is raised again.
    """
    context = {**_trace(headers, project), f"{_PREFIX}labels": labels} if labels else _trace(headers, project)
    token = _request.set(context)
    try:
        yield
    except Exception as error:
        log_error("request failed", error)
        raise
    finally:
        _request.reset(token)


def _trace(headers: Headers, project: str) -> dict[str, object]:
    if match := re.fullmatch(_TRACEPARENT, headers.get("traceparent", "").strip()):
        trace, span, sampled = match[1], match[2], bool(int(match[3], 16) & 1)
    elif match := re.fullmatch(_CLOUD_TRACE, headers.get("X-Cloud-Trace-Context", "").strip()):
        trace, sampled = match[1].lower(), match[3] == "1"
        span = f"{int(match[2]) % 2**64:016x}" if match[2] else ""
    else:
        return {}
    name = f"projects/{project}/traces/{trace}" if project else trace
    context: dict[str, object] = {f"{_PREFIX}trace": name, f"{_PREFIX}trace_sampled": sampled}
    return {**context, f"{_PREFIX}spanId": span} if span.strip("0") else context
