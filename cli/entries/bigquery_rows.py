"""Converts rows of BigQuery tables with log entries back to LogEntry objects.

Two kinds of tables have log entries. The table of a log sink has the names of a LogEntry, but a typed payload has a
column of its own such as protopayload_auditlog, and names inside a payload are in lower case
(docs.cloud.google.com/logging/docs/export/bigquery). The view _AllLogs of Observability Analytics has snake_case names.
Rows have the form of `bq query --format=json`, EXPORT DATA or TO_JSON_STRING: times with a space or as seconds, and
numbers and booleans possibly as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

AUDIT_LOG = "type.googleapis.com/google.cloud.audit.AuditLog"
REQUEST_LOG = "type.googleapis.com/google.appengine.logging.v1.RequestLog"
SERVICE_DATA = {
    "servicedata_v1_iam": "type.googleapis.com/google.iam.v1.logging.AuditData",
    "servicedata_v1_iam_admin": "type.googleapis.com/google.iam.admin.v1.AuditData",
    "servicedata_v1_bigquery": "type.googleapis.com/google.cloud.bigquery.logging.v1.AuditData",
}
# Columns with JSON as text, and their fields in a LogEntry.
TEXTS = {
    "requestJson": "request",
    "responseJson": "response",
    "metadataJson": "metadata",
    "resourceOriginalStateJson": "resourceOriginalState",
}
TYPED_PAYLOAD = ("jsonpayload_", "protopayload_")
# Columns of _AllLogs with JSON, so that the names inside are as they were logged.
JSON_COLUMNS = {"labels", "json_payload", "request", "response", "metadata", "service_data", "resource_original_state"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Microseconds in a second, a millisecond and a microsecond, with the number from which a time has a smaller unit.
MICROSECONDS = {Decimal(10**6): 10**11, Decimal(10**3): 10**14, Decimal(1): 10**17}
NANOSECOND = Decimal("0.001")
_ZONE = re.compile(r"(?:[Zz]|[+-]\d\d:?\d\d)$")
_HOURS = re.compile(r"(T.*[+-]\d\d)$")  # an offset without minutes
ALWAYS = {"_type": "@type"}
_NAMES = re.compile(r"(?:jsonPayload|(?<!resource\.)labels)((?:\.(?:[\w@/-]|\\\\\.)+)+)")
_FIELD = re.compile(r"(?:[\w@/-]|\\\\\.)+")

Row = dict[str, Any]
Names = Mapping[str, str]


def logged_names(artifact: Row) -> dict[str, str]:
    """The names inside payloads and labels that rules read, by BigQuery's spelling."""
    paths = _NAMES.findall(json.dumps(artifact))
    names = {name.replace("\\\\.", ".") for path in paths for name in _FIELD.findall(path)}
    return ALWAYS | {re.sub(r"\W", "_", name).lower(): name for name in names}


def is_flat(document: Row) -> bool:
    """Whether nested columns were joined to one, as `resource.type`: repeated values are lost, so that rules cannot match."""
    return "logName" in document and any("." in name for name in document)


def is_row(document: Row) -> bool:
    """Whether a JSON object is a row of such a table rather than a LogEntry."""
    time = document.get("timestamp")
    if time is None:
        return False
    in_words = isinstance(time, str) and time[10:11] in ("T", "t")
    return not in_words or "log_name" in document or any(key.lower().startswith(TYPED_PAYLOAD) for key in document)


def as_log_entry(row: Row, names: Names) -> Row:
    """The LogEntry of a row. `names` are those of `logged_names`."""
    row = _without_nulls(row)
    if "log_name" in row:
        row = _from_all_logs(row)
    entry: Row = {}
    for name, value in row.items():
        field, read = _column(name, names)
        entry[field] = read(value)
    _read_numbers(entry)
    return entry


def _column(name: str, names: Names) -> tuple[str, Callable[[Any], Any]]:
    """The field of a LogEntry for a column, and the function that makes its value."""
    lower = name.lower()
    if lower in ("timestamp", "receivetimestamp"):
        return name, _time
    if lower.startswith("jsonpayload"):
        return "jsonPayload", lambda value: _renamed(value, names)
    if name == "labels":
        return name, lambda value: _renamed(value, names)
    if lower == "protopayload_auditlog":
        return "protoPayload", _audit_log
    if lower == "protopayload_requestlog":
        return "protoPayload", lambda value: {"@type": REQUEST_LOG, **value}
    return name, lambda value: value


def _audit_log(value: Row) -> Row:
    payload: Row = {"@type": AUDIT_LOG}
    for name, field in value.items():
        if name in TEXTS:
            payload[TEXTS[name]] = _json(field)
        elif name in SERVICE_DATA:
            payload["serviceData"] = {"@type": SERVICE_DATA[name], **field}
        elif name == "statuscode":
            payload.setdefault("status", {})["code"] = field
        else:
            payload[name] = field
    return payload


def _from_all_logs(row: Row) -> Row:
    """A row of _AllLogs with the column names of a sink's table."""
    payload = row.pop("proto_payload", {})
    made: Row = _camel(row)
    for name, column in (("audit_log", "protopayload_auditlog"), ("request_log", "protopayload_requestlog")):
        if name in payload:
            made[column] = _camel(payload[name])
    return made


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"_([a-z])", lambda match: match[1].upper(), name): _json(item) if name in JSON_COLUMNS else _camel(item)
        for name, item in value.items()
    }


def _renamed(value: Any, names: Names) -> Any:
    """Restores the names inside a payload that occur in rules."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {names.get(name, name): _renamed(item, names) for name, item in value.items()}


def _without_nulls(value: Any) -> Any:
    """The row without nulls, because BigQuery returns every column and a LogEntry has only logged fields."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _read_numbers(entry: Row) -> None:
    """Converts texts that `bq` writes to the numbers and booleans that rules compare."""
    payload = entry.get("protoPayload", {})
    for holder, name in ((payload.get("status"), "code"), (entry.get("httpRequest"), "status")):
        _replace(holder, name, lambda text: int(text) if text.isdecimal() else text)
    checks = payload.get("authorizationInfo", [])
    flags = [
        (entry.get("operation"), "first"),
        (entry.get("operation"), "last"),
        *((check, "granted") for check in checks),
    ]
    for holder, name in flags:
        _replace(holder, name, lambda text: {"true": True, "false": False}.get(text, text))
    for name in ("index", "totalSplits"):
        _replace(entry.get("split"), name, lambda text: int(text) if text.isdecimal() else text)


def _replace(holder: Any, name: str, read: Callable[[str], Any]) -> None:
    if isinstance(holder, dict) and isinstance(holder.get(name), str):
        holder[name] = read(holder[name])


def _json(value: Any) -> Any:
    """The document in a column of JSON; other text stays text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _time(value: Any) -> Any:
    """RFC 3339 for `2026-11-23 06:00:00.5 UTC`, without `UTC` or with `+00`, or for a number since 1970; others unchanged.

    `bq` writes seconds, the REST API microseconds as whole numbers, and pandas milliseconds or nanoseconds.
    """
    try:
        moment = EPOCH + timedelta(microseconds=_microseconds(str(value)))
        return moment.isoformat().replace("+00:00", "Z")
    except (ArithmeticError, ValueError):
        text = _HOURS.sub(r"\1:00", str(value).removesuffix("UTC").rstrip().replace(" ", "T", 1))
        return text if _ZONE.search(text[10:]) else text + "Z"


def _microseconds(number: str) -> int:
    """A number since 1970 in microseconds. In each other unit than its own, it is a time before 1973 or after 5000."""
    value = Decimal(number)
    unit = next((size for size, limit in MICROSECONDS.items() if abs(value) < limit), NANOSECOND)
    return int(value * unit)
