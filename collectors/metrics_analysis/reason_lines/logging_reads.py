"""One bounded read of Cloud Logging: one page of the entries around a failure that contain words of errors.

https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
https://docs.cloud.google.com/logging/quotas#api-limits (60 reads a minute for each project)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from collectors.metrics_analysis.reason_lines.lines import WORDS
from shared.errors import HinomiError
from shared.log_readings import LogReading, ReadingOutcome
from shared.logs import log_error

if TYPE_CHECKING:
    from shared.clients import Clients


class ReadingError(HinomiError):
    """A reading that failed, with its outcome and the message of Cloud Logging."""

    def __init__(self, outcome: ReadingOutcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


def filter_of(reading: LogReading) -> str:
    """The whole query: the conditions of the rule, the period, and words that occur in errors."""
    words = json.dumps(WORDS)
    about_errors = (
        f'severity=("ERROR" OR "CRITICAL" OR "ALERT" OR "EMERGENCY")'
        f" OR textPayload=~{words} OR jsonPayload.message=~{words}"
        " OR jsonPayload.error:* OR jsonPayload.exception:*"
    )
    times = f'timestamp>="{reading.since.isoformat()}" AND timestamp<"{reading.until.isoformat()}"'
    return f"{reading.query} AND {times} AND ({about_errors})"


def entries(clients: Clients, reading: LogReading, *, most: int, timeout: float) -> list[dict[str, Any]]:
    """The latest `most` entries as JSON, earliest first. Raises ReadingError after a single attempt."""
    try:
        return list(_entries(clients, reading, most, timeout))[::-1]
    except Exception as error:  # whatever happens is recorded on the evidence
        outcome = _outcome(error)
        if outcome is ReadingOutcome.FAILED:
            log_error("the log around a failure was not read", error, project=reading.project)
        raise ReadingError(outcome, _message(error)) from error


def _entries(clients: Clients, reading: LogReading, most: int, timeout: float) -> Iterator[dict[str, Any]]:
    # Without the descriptors of its payload, an audit entry cannot be converted.
    from google.cloud.audit import audit_log_pb2  # noqa: PLC0415, F401
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

    request = {
        "resource_names": [f"projects/{reading.project}"],
        "filter": filter_of(reading),
        "order_by": "timestamp desc",
        "page_size": most,
    }
    page = next(iter(clients.logging().list_log_entries(request=request, timeout=timeout, retry=None).pages))
    for entry in list(page.entries)[:most]:
        try:
            yield MessageToDict(type(entry).pb(entry))
        except TypeError:  # a payload of a type that is not public
            continue


def _outcome(error: Exception) -> ReadingOutcome:
    from google.api_core import exceptions  # noqa: PLC0415

    outcomes: tuple[tuple[tuple[type[Exception], ...], ReadingOutcome], ...] = (
        ((exceptions.Forbidden, exceptions.Unauthorized), ReadingOutcome.DENIED),
        ((exceptions.TooManyRequests,), ReadingOutcome.QUOTA),
        ((exceptions.GatewayTimeout,), ReadingOutcome.TIMEOUT),
        ((exceptions.ServerError,), ReadingOutcome.UNAVAILABLE),
    )
    return next((outcome for kinds, outcome in outcomes if isinstance(error, kinds)), ReadingOutcome.FAILED)


def _message(error: Exception) -> str:
    """The message of Cloud Logging in one line; of any other error only the type, as its text may be sensitive."""
    message = getattr(error, "message", None)
    return " ".join(str(message).split())[:300] if message else type(error).__name__
