"""What a log entry can hold at its top, so that a mistyped field is an error instead of a rule that never fires."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from shared.suggestions import did_you_mean

# https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
LOG_ENTRY = [
    "apphub",
    "apphubDestination",
    "apphubSource",
    "errorGroups",
    "httpRequest",
    "insertId",
    "jsonPayload",
    "labels",
    "logName",
    "metadata",
    "operation",
    "otel",
    "protoPayload",
    "receiveTimestamp",
    "resource",
    "severity",
    "sourceLocation",
    "spanId",
    "split",
    "textPayload",
    "timestamp",
    "trace",
    "traceSampled",
]

# https://docs.cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
AUDIT_LOG = [
    "@type",
    "authenticationInfo",
    "authorizationInfo",
    "metadata",
    "methodName",
    "numResponseItems",
    "policyViolationInfo",
    "request",
    "requestMetadata",
    "resourceLocation",
    "resourceName",
    "resourceOriginalState",
    "response",
    "serviceData",
    "serviceName",
    "status",
]


def parse(path: str, more: Iterable[str] = ()) -> Steps:
    """The steps of a path from the entry. Raises ValueError when no log entry has such a field."""
    steps = fields.parse(path)
    first = str(steps[0]) if steps else path
    if first not in (known := [*LOG_ENTRY, *more]):
        raise ValueError(f"no log entry has a field '{first}'{suggestion(first, known)}")
    second = str(steps[1]) if steps[:1] == ("protoPayload",) and len(steps) > 1 else AUDIT_LOG[0]
    # Other payloads than audit logs have other fields; what is nearly one of theirs is a slip.
    if second not in AUDIT_LOG and "did you mean" in (near := suggestion(second, AUDIT_LOG)):
        raise ValueError(f"no audit log has a field 'protoPayload.{second}'{near}")
    return steps


def suggestion(text: str, known: Iterable[str]) -> str:
    """`: did you mean 'x'?` when something near is known, else what is known."""
    names = list(known)
    return did_you_mean(text, names, most=1).en or f": give one of {', '.join(names)}"
