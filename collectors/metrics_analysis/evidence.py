"""The evidence in a message: a log entry, a Cloud Monitoring incident, a report, a tick or a message of a worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import PermanentError
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.texts import Text
from shared.texts import evidence as texts


class NotUnderstoodError(PermanentError):
    """The message contains no evidence, and a retry cannot change this."""


class UntrustedSenderError(NotUnderstoodError):
    """The message may be genuine, but its sender may not publish it; a replay would make it a trusted message."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An exported LogEntry. `entry` always has a `timestamp`, and its `resource` is an object."""

    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MonitoringIncident:
    """The `incident` object of a Cloud Monitoring notification, channel format 1.2.

    `test` marks the message of the button "send test notification".
    """

    incident: dict[str, Any]
    test: bool
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report from outside Google Cloud: `source` names the reporter, `data` is the whole report."""

    source: str
    data: dict[str, Any]
    time: datetime
    message_id: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A call of Cloud Scheduler: `job` is `load-check` or `sweep`."""

    job: str
    time: datetime


@dataclass(frozen=True, slots=True)
class WorkerMessage:
    """A message of an on-premises worker: a heartbeat, or the progress of an order. `data` is the whole signed message."""

    worker: str
    data: dict[str, Any]
    time: datetime


Evidence = LogEntry | MonitoringIncident | Report | Tick | WorkerMessage

TICKS = ("load-check", "sweep")
STATES = ("open", "closed")
WORKER_STATES = ("alive", "started", "ended", "refused", "unknown")
MAX_DEPTH = 100  # every LogEntry was a protobuf message, which has the same limit; Python's recursion ends at 1000
# The fields of LogEntry that rules read, and the JSON type of each (google/logging/v2/log_entry.proto).
_OBJECTS = ("resource", "protoPayload", "jsonPayload", "labels", "operation", "httpRequest", "split", "sourceLocation")
_STRINGS = ("logName", "insertId", "timestamp", "receiveTimestamp", "textPayload", "severity", "trace")
_PAYLOADS = ("protoPayload", "jsonPayload", "textPayload")
# Times outside these bounds are moved to the bound, so that adding a window, a quiet period or a zone cannot fail.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
MAX_KEY = 300
# The maximum that an event may be dated after its publication: clocks with NTP differ by less than a second.
MAX_SKEW = timedelta(minutes=5)
# The maximum age of an event that changes incidents. Pub/Sub keeps a message for at most 31 days.
MAX_AGE = timedelta(days=32)
_TAKEN_AT = "_hinomi_taken_at"  # the time used instead of a future one; a sender's field of this name is dropped
_RFC3339 = lazy_pattern(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)")


def understand(data: Any, *, received: datetime, message_id: str = "") -> Evidence:
    """The evidence in a decoded JSON document.

    `received` replaces a missing event time. Raises NotUnderstoodError with the reason in one line.
    """
    if not isinstance(data, dict):
        raise NotUnderstoodError(texts.NO_OBJECT(type=_type(data)))
    if is_too_deep(data):
        raise NotUnderstoodError(texts.TOO_DEEP(levels=MAX_DEPTH))
    for matches, read in _READERS:
        if matches(data):
            return read(data, received, message_id)
    raise NotUnderstoodError(texts.UNKNOWN)


def is_too_deep(data: Any) -> bool:
    """Whether a JSON document is nested more deeply than its readers support."""
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def parse_time(text: str) -> datetime:
    """An RFC 3339 time with up to nine fractional digits, truncated to microseconds, between EARLIEST and LATEST.

    Raises ValueError for any other text.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text[:40]}' is not an RFC 3339 time")
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in "Zz" else zone
    if clock.endswith(":60"):  # a leap second, which datetime does not know
        clock, fraction = f"{clock[:-2]}59", "999999"
    try:
        time = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{zone}").astimezone(UTC)
    except OverflowError as error:  # in UTC it is before the year 1 or after 9999
        raise ValueError(f"'{text}' is not a time of this calendar") from error
    return bounded(time)


def bounded(time: datetime) -> datetime:
    """The time, moved into the bounds that calculations support."""
    return min(max(time, EARLIEST), LATEST)


def in_time(evidence: Evidence, published: datetime, now: datetime) -> tuple[Evidence, datetime | None]:
    """The evidence, dated no later than its publication, and the original time if it was changed."""
    latest = min(published, now)
    if isinstance(evidence, LogEntry):
        time = parse_time(evidence.entry["timestamp"])
        if time <= latest + MAX_SKEW:
            return evidence, None
        return LogEntry({**evidence.entry, _TAKEN_AT: latest.isoformat()}), time
    if isinstance(evidence, MonitoringIncident) or evidence.time <= latest + MAX_SKEW:
        return evidence, None
    return replace(evidence, time=latest), evidence.time


def entry_time(entry: dict[str, Any]) -> datetime:
    """The event time of a LogEntry that went through `understand`."""
    return parse_time(entry.get(_TAKEN_AT) or entry["timestamp"])


def event_key(entry: dict[str, Any]) -> str:
    """The key of the event in a LogEntry, equal for every delivery.

    The two entries of a long operation are one event; so are the parts of a split entry. Otherwise the key is (logName,
    timestamp, insertId), as the LogEntry reference says. Keys of different logs always differ.
    """
    log = entry.get("logName", "")
    operation = entry.get("operation")
    if operation and operation.get("id"):
        return bounded_key("op", log, operation.get("producer", ""), operation["id"])
    split = entry.get("split")
    if split and split.get("uid"):
        return bounded_key("split", log, split["uid"])
    return bounded_key(log, entry["timestamp"], entry.get("insertId", ""))


def bounded_key(*parts: object) -> str:
    """A key of at most MAX_KEY characters; a longer key ends with a digest of the whole key, so that keys stay distinct."""
    key = "|".join(str(part).replace("\\", "\\\\").replace("|", "\\|") for part in parts)
    if len(key) <= MAX_KEY:
        return key
    return f"{key[:200]}#{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _log_entry(data: dict[str, Any], received: datetime, _message_id: str) -> LogEntry:
    data = {name: value for name, value in data.items() if value is not None and name != _TAKEN_AT}
    for names, kind in ((_OBJECTS, dict), (_STRINGS, str)):
        for name in names:
            if name in data and not isinstance(data[name], kind):
                raise NotUnderstoodError(texts.WRONG_TYPE(name=name, type=_type(data[name]), expected=_type(kind())))
    entry = dict(data)
    entry["timestamp"] = _stamp(data, received)
    entry.setdefault("resource", {})
    if not entry.get("insertId"):
        entry["insertId"] = _content_id(entry)
    return LogEntry(entry)


def _content_id(entry: dict[str, Any]) -> str:
    """The insertId of an entry without one: the same for every delivery, also over another sink."""
    text = json.dumps(entry, sort_keys=True)
    return f"content-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _stamp(data: dict[str, Any], received: datetime) -> str:
    text = data.get("timestamp") or data.get("receiveTimestamp")
    if not text:
        return received.astimezone(UTC).isoformat().replace("+00:00", "Z")
    try:
        parse_time(text)
    except ValueError as error:
        raise NotUnderstoodError(texts.LOG_ENTRY_TIME) from error
    return str(text)


def _monitoring(data: dict[str, Any], _received: datetime, message_id: str) -> MonitoringIncident:
    incident, test = data["incident"], data.get("version") == "test"
    if not isinstance(incident, dict):
        raise NotUnderstoodError(texts.INCIDENT_TYPE(type=_type(incident)))
    if not test and str(incident.get("state"))[:20].lower() not in STATES:
        raise NotUnderstoodError(texts.INCIDENT_STATE)
    return MonitoringIncident(incident, test=test, message_id=message_id)


def _report(data: dict[str, Any], received: datetime, message_id: str) -> Report:
    source = data["report"]
    if not isinstance(source, str) or not source:
        raise NotUnderstoodError(texts.REPORT_NAME)
    return Report(source, data, _time_of(data, received), message_id)


def _tick(data: dict[str, Any], received: datetime, _message_id: str) -> Tick:
    if data["tick"] not in TICKS:
        raise NotUnderstoodError(texts.TICK_NAME(names=", ".join(TICKS)))
    return Tick(data["tick"], _time_of(data, received))


def _worker(data: dict[str, Any], received: datetime, _message_id: str) -> WorkerMessage:
    worker = data["worker"]
    if not isinstance(worker, str) or not worker or data["worker_state"] not in WORKER_STATES:
        raise NotUnderstoodError(texts.WORKER_FORM)
    return WorkerMessage(worker, data, _time_of(data, received))


def _time_of(data: dict[str, Any], received: datetime) -> datetime:
    text = data.get("time")
    if text is None:
        return received
    try:
        return parse_time(text)
    except (TypeError, ValueError) as error:
        raise NotUnderstoodError(texts.MESSAGE_TIME) from error


def _is_log_entry(data: dict[str, Any]) -> bool:
    # A payload is enough: exports from other tools omit logName, and httpRequest logs have no payload.
    return any(data.get(name) is not None for name in _PAYLOADS) or ("logName" in data and "resource" in data)


def _is_monitoring(data: dict[str, Any]) -> bool:
    return "incident" in data and "version" in data


_Reader = Callable[[dict[str, Any], datetime, str], Evidence]
_READERS: tuple[tuple[Callable[[dict[str, Any]], bool], _Reader], ...] = (
    (_is_log_entry, _log_entry),
    (_is_monitoring, _monitoring),
    (lambda data: "report" in data, _report),
    (lambda data: "tick" in data, _tick),
    (lambda data: "worker" in data and "worker_state" in data, _worker),
)


def _type(value: Any) -> Text:
    return texts.TYPES.get(type(value), texts.NULL)
