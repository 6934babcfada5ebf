"""The type of the values in a field, where known, because a filter compares by type.

Sources: the references of LogEntry (docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry) and of AuditLog
(docs.cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from collectors.metrics_analysis.sigma.fields import Steps


class Kind(Enum):
    """LOOSE: a field of a payload, which may have any JSON value. OPAQUE: a field that no filter compares."""

    TEXT = auto()
    BOOL = auto()
    INT = auto()
    SEVERITY = auto()
    LOOSE = auto()
    OPAQUE = auto()


SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")

_TEXTS = """
logName insertId textPayload trace spanId resource.type operation.id operation.producer split.uid
sourceLocation.file sourceLocation.function
httpRequest.requestMethod httpRequest.requestUrl httpRequest.userAgent httpRequest.remoteIp httpRequest.serverIp
httpRequest.referer httpRequest.protocol
protoPayload.@type protoPayload.serviceName protoPayload.methodName protoPayload.resourceName
protoPayload.status.message protoPayload.authorizationInfo.resource protoPayload.authorizationInfo.permission
protoPayload.authenticationInfo.principalEmail protoPayload.authenticationInfo.principalSubject
protoPayload.authenticationInfo.serviceAccountKeyName protoPayload.authenticationInfo.authoritySelector
protoPayload.requestMetadata.callerIp protoPayload.requestMetadata.callerSuppliedUserAgent
protoPayload.requestMetadata.callerNetwork
"""
_BOOLS = """
operation.first operation.last traceSampled protoPayload.authorizationInfo.granted
httpRequest.cacheLookup httpRequest.cacheHit httpRequest.cacheValidatedWithOriginServer
"""
_INTS = """
httpRequest.status httpRequest.requestSize httpRequest.responseSize httpRequest.cacheFillBytes
sourceLocation.line split.index split.totalSplits protoPayload.status.code protoPayload.numResponseItems
"""
_KINDS = {
    **dict.fromkeys(_TEXTS.split(), Kind.TEXT),
    **dict.fromkeys(_BOOLS.split(), Kind.BOOL),
    **dict.fromkeys(_INTS.split(), Kind.INT),
    "severity": Kind.SEVERITY,
}
_PAYLOADS = ("protoPayload", "jsonPayload")
_DEFAULTS: dict[Kind, Any] = {Kind.TEXT: "", Kind.BOOL: False, Kind.INT: 0, Kind.SEVERITY: SEVERITIES[0]}


def kind_of(steps: Steps) -> Kind:
    """The kind of the values at a path from the entry, ignoring positions of lists."""
    if steps[0] == "labels" or steps[:2] == ("resource", "labels"):
        return Kind.TEXT
    kind = _KINDS.get(".".join(map(str, steps)))
    return kind or (Kind.LOOSE if steps[0] in _PAYLOADS and len(steps) > 1 else Kind.OPAQUE)


def default(steps: Steps) -> Any:
    """The value that a comparison uses for a missing field; None if the comparison is then false.

    Fields of LogEntry have a default; fields of payloads and labels are missing
    (docs.cloud.google.com/logging/docs/view/logging-query-language#missing-fields).
    """
    if steps[0] in (*_PAYLOADS, "labels") or steps[:2] == ("resource", "labels"):
        return None
    return _DEFAULTS.get(kind_of(steps))
