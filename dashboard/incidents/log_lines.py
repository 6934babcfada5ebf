"""The log lines around the entry of an incident, read from Cloud Logging when a person requests them.

The lines are from the same log, shortly before and after the entry; from an audit log, only those of the same account,
so that each call of a burst is included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.calendar.timestamps import time_of
from shared.redaction import Redactor

if TYPE_CHECKING:
    from shared.clients import Clients
    from shared.records import OccurrenceView

BEFORE, AFTER = timedelta(minutes=15), timedelta(minutes=5)
LONGEST = 300
MOST = 100
TIMEOUT_SECONDS = 10.0
_LOG = re.compile(r"(?P<project>projects/[a-z][a-z0-9.:-]{4,60})/logs/(?P<log>[\w.%/-]{1,300})", re.ASCII)
_ACCOUNT = re.compile(r"[^\s\"\\]{1,300}")


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line. `is_match` is True for the entry of the incident."""

    time: datetime
    severity: str
    text: str
    is_match: bool

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON, in the format of the evidence."""
        return {"time": self.time.isoformat(), "severity": self.severity, "text": self.text, "is_match": self.is_match}


@dataclass(frozen=True, slots=True)
class FetchedLines:
    """The lines that a person fetched, with the person and the time."""

    by: str
    at: datetime
    lines: tuple[LogLine, ...]


def log_of(occurrences: Sequence[OccurrenceView]) -> OccurrenceView | None:
    """The latest occurrence with a log entry in a project."""
    return next((one for one in occurrences if one.insert_id and _LOG.fullmatch(one.log_name)), None)


def stored(occurrences: Sequence[OccurrenceView]) -> FetchedLines | None:
    """The stored lines of the latest occurrence that has lines; None without lines."""
    found = (one.evidence.get("log_lines") for one in occurrences)
    kept = next((each for each in found if isinstance(each, Mapping)), None)
    if kept is None:
        return None
    lines = (
        LogLine(datetime.fromisoformat(each["time"]), each["severity"], each["text"], each["is_match"])
        for each in kept["lines"]
    )
    return FetchedLines(kept["by"], datetime.fromisoformat(kept["at"]), tuple(lines))


def fetch(clients: Clients, one: OccurrenceView, redact: Sequence[str], *, most: int) -> list[LogLine]:
    """At most `most` lines around the entry of an occurrence, earliest first. Raises the errors of Cloud Logging."""
    match = _LOG.fullmatch(one.log_name)
    if match is None:
        return []
    parts = [f'log_id("{match["log"].replace("%2F", "/")}")']
    if "cloudaudit" in match["log"] and _ACCOUNT.fullmatch(one.principal):
        parts.append(f'protoPayload.authenticationInfo.principalEmail="{one.principal}"')
    half = min(most, MOST) // 2 + 1
    before = [f'timestamp>="{(one.time - BEFORE).isoformat()}"', f'timestamp<"{_just_after(one.time)}"']
    after = [f'timestamp>="{_just_after(one.time)}"', f'timestamp<"{(one.time + AFTER).isoformat()}"']
    found = [
        *_read(clients, match["project"], [*parts, *before], "timestamp desc", half),
        *_read(clients, match["project"], [*parts, *after], "timestamp asc", half - 1),
    ]
    redactor = Redactor(redact)
    return sorted((_line(entry, one, redactor) for entry in found), key=lambda each: each.time)


def _just_after(time: datetime) -> str:
    return (time + timedelta(milliseconds=1)).isoformat()


def _read(clients: Clients, project: str, conditions: Sequence[str], order: str, most: int) -> Iterator[dict[str, Any]]:
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

    request = {"resource_names": [project], "filter": " AND ".join(conditions), "order_by": order, "page_size": most}
    page = next(iter(clients.logging().list_log_entries(request=request, timeout=TIMEOUT_SECONDS).pages))
    for entry in list(page.entries)[:most]:
        yield MessageToDict(type(entry).pb(entry))


def _line(entry: Mapping[str, Any], one: OccurrenceView, redactor: Redactor) -> LogLine:
    time = time_of(entry.get("timestamp")) or one.time
    text = " ".join(redactor.mask(_text(entry, redactor)).split())[:LONGEST]
    return LogLine(time, str(entry.get("severity", "")), text, entry.get("insertId") == one.insert_id)


def _text(entry: Mapping[str, Any], redactor: Redactor) -> str:
    """The line of an entry: of an audit entry the call, its resource and its address; else the message."""
    if call := entry.get("protoPayload"):
        status, caller = call.get("status", {}), call.get("requestMetadata", {}).get("callerIp", "")
        parts = (call.get("methodName"), call.get("resourceName"), caller, status.get("message"))
        return " · ".join(str(each) for each in parts if each)
    if fields := entry.get("jsonPayload"):
        shown = redactor.redact({f"jsonPayload.{name}": value for name, value in fields.items()})
        message = shown.get("jsonPayload.message")
        return str(message) if message else json.dumps(shown, ensure_ascii=False, default=str)
    return str(entry.get("textPayload", ""))
