"""The log entry paths of history columns, so that HINOMI_REDACT applies to both.

HINOMI_REDACT names paths of LogEntry. History stores the same values in columns, some of them read from other sources
(a binding from Cloud Asset Inventory, a job from BigQuery). Each column is mapped to the paths of its value in log
entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

_DELTAS = tuple(
    f"protoPayload.{block}.bindingDeltas"
    for block in (
        "serviceData.policyDelta",
        "metadata.policyDelta",
        "metadata.datasetChange",
        "metadata.datasetCreation",
        "metadata.tableChange",
        "metadata.routineChange",
    )
)
_PRINCIPAL = tuple(f"protoPayload.authenticationInfo.{name}" for name in ("principalEmail", "principalSubject"))
_JOB = "protoPayload.metadata.jobChange.job"
PATHS: dict[str, tuple[str, ...]] = {
    "principal": _PRINCIPAL,
    "granted_by": _PRINCIPAL,
    "revoked_by": _PRINCIPAL,
    "networks": ("protoPayload.requestMetadata.callerIp",),
    "service": ("protoPayload.serviceName",),
    "method": ("protoPayload.methodName",),
    "resource": ("protoPayload.resourceName",),
    "role": tuple(f"{path}.role" for path in _DELTAS),
    "member": tuple(f"{path}.member" for path in _DELTAS),
    "condition": tuple(f"{path}.condition.expression" for path in _DELTAS),
    "job_name": (f"{_JOB}.jobName", "labels.dag_id", "labels.task_id"),
    "error": (f"{_JOB}.jobStatus.errorResult.message", "protoPayload.status.message", "textPayload"),
}


def hidden(patterns: Sequence[str]) -> frozenset[str]:
    """The columns whose values must not appear in texts, because one of their paths matches a pattern of HINOMI_REDACT."""
    lowered = [pattern.lower() for pattern in patterns]
    return frozenset(
        column
        for column, paths in PATHS.items()
        if any(fnmatchcase(path.lower(), pattern) for path in paths for pattern in lowered)
    )
