"""The top-level fields of log entries, so that a mistyped field is an error and not a rule that never matches."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sigma.memory import COMPLETE, REMEMBERED
from collectors.metrics_analysis.sigma.value_lists import COMPARED
from shared.errors import InvalidValueError
from shared.suggestions import did_you_mean
from shared.texts import Text, listed
from shared.texts import compiler as texts

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
    """The steps of a path from the entry, or from its remembered fields. Raises ValueError for an unknown field."""
    steps = fields.parse(path)
    if steps in ((REMEMBERED, COMPARED), (REMEMBERED, COMPLETE)):
        return steps
    if len(steps) > 1 and steps[0] == REMEMBERED:
        steps = steps[1:]
    first = str(steps[0]) if steps else path
    if first not in (allowed := [*LOG_ENTRY, *more]):
        raise InvalidValueError(texts.NO_FIELD(name=first, suggestion=suggestion(first, allowed)))
    second = str(steps[1]) if steps[:1] == ("protoPayload",) and len(steps) > 1 else AUDIT_LOG[0]
    # Payloads other than audit logs may have any field; a name similar to a known field is probably a typo.
    if second not in AUDIT_LOG and (near := did_you_mean(second, AUDIT_LOG, most=1)):
        raise InvalidValueError(texts.NO_AUDIT_FIELD(name=second, suggestion=near))
    return steps


def suggestion(text: str, candidates: Iterable[str]) -> Text:
    """`: did you mean 'x'?` if a known name is similar, otherwise the list of known names."""
    names = list(candidates)
    return did_you_mean(text, names, most=1) or texts.USE_ONE_OF(names=listed(names))
