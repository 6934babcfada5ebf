"""The top-level fields of log entries, so that a mistyped field is an error and not a rule that never matches."""

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
    """The steps of a path from the entry. Raises ValueError if no log entry has such a field."""
    steps = fields.parse(path)
    first = str(steps[0]) if steps else path
    if first not in (allowed := [*LOG_ENTRY, *more]):
        raise ValueError(f"no log entry has a field '{first}'{suggestion(first, allowed)}")
    second = str(steps[1]) if steps[:1] == ("protoPayload",) and len(steps) > 1 else AUDIT_LOG[0]
    # Payloads other than audit logs may have any field; a name similar to a known field is probably a typo.
    if second not in AUDIT_LOG and "did you mean" in (near := suggestion(second, AUDIT_LOG)):
        raise ValueError(f"no audit log has a field 'protoPayload.{second}'{near}")
    return steps


def suggestion(text: str, candidates: Iterable[str]) -> str:
    """`: did you mean 'x'?` if a known name is similar, otherwise the list of known names."""
    names = list(candidates)
    return did_you_mean(text, names, most=1).en or f": give one of {', '.join(names)}"
