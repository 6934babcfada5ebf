"""Distinguishes the calls declared by Hinomi's parts in the Data Access logs; any other call by its accounts is an incident.

Collectors, detectors and actions declare permissions, from which the roles are generated; an audit entry names the
permissions that its call needed. Every BigQuery job needs the same permission, so its labels, sources and destination
are compared too. No state and no database.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

# Permissions of each account besides those of its parts: databases, mounted secrets, and the quota of a project.
INFRASTRUCTURE = frozenset(
    {
        "cloudsql.instances.connect",
        "cloudsql.instances.get",
        "cloudsql.instances.login",
        "secretmanager.versions.access",
        "serviceusage.services.use",
    }
)
# Calls that need one permission and only read: log sinks leave them out, and no permission has to be in the entry. A
# permission without a method is compared in the function only.
METHODS: Mapping[str, tuple[str, ...]] = {
    "cloudasset.assets.searchAllIamPolicies": ("google.cloud.asset.v1.AssetService.SearchAllIamPolicies",),
    "cloudasset.assets.searchAllResources": ("google.cloud.asset.v1.AssetService.SearchAllResources",),
    "iam.roles.get": ("google.iam.admin.v1.GetRole",),
    "iam.serviceAccountKeys.list": ("google.iam.admin.v1.ListServiceAccountKeys",),
    "iam.serviceAccounts.list": ("google.iam.admin.v1.ListServiceAccounts",),
    "logging.logEntries.list": ("google.logging.v2.LoggingServiceV2.ListLogEntries",),
    "monitoring.timeSeries.list": ("google.monitoring.v3.MetricService.ListTimeSeries",),
    "storage.buckets.getIamPolicy": ("storage.getIamPermissions",),
}
LABELS = {"app": "hinomi", "component": "history"}  # of each job that a collector runs
_BIGQUERY = "bigquery.googleapis.com"
# Services whose name does not begin like their permissions; groups are read by a role of Cloud Identity, not of IAM.
_SERVICES = {"resourcemanager": "cloudresourcemanager.googleapis.com"}
_WITHOUT_PERMISSIONS = "cloudidentity.googleapis.com"
_READS = r"(?i)(?:.*[.])?(?:aggregated|batch)?(?:get|list|lookup|query|search|test)[^.]*"
_READING = ("get", "list")  # verbs that reveal no more than the declared ones of the same kind of resource
_HIDDEN = r"projects/[^/]+/datasets/(?:_[^/]*|INFORMATION_SCHEMA|region-[^/]+[.]INFORMATION_SCHEMA)(?:/.*)?"


def methods(permissions: Collection[str]) -> list[str]:
    """The read-only methods covered by these permissions, in order."""
    return sorted({name for permission in permissions for name in METHODS.get(permission, ())})


def is_declared(entry: Mapping[str, Any], permissions: Collection[str], copy: str) -> bool:
    """Whether an entry of the Data Access logs is a call that Hinomi's parts declare with these permissions.

    `copy` is HINOMI_BIGQUERY_HISTORY, the dataset that jobs of the history may write to.
    """
    payload = entry["protoPayload"]
    method = payload.get("methodName")
    if not isinstance(method, str) or not method:
        return False
    if method in methods(permissions):
        return True
    jobs = list(_jobs(payload))
    if jobs:
        return all(_is_job_of_history(job, copy) for job in jobs)
    if payload.get("serviceName") == _BIGQUERY and re.fullmatch(_HIDDEN, str(payload.get("resourceName", ""))):
        return True  # the views that collectors read, and the anonymous results of their queries
    needed = list(_needed(payload))
    if not needed:
        return bool(re.fullmatch(_READS, method)) and payload.get("serviceName") in _services(permissions)
    return all(_covers(permissions, permission) for permission in needed)


def is_about_job(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is about a BigQuery job: its start or its end."""
    return any(True for _ in _jobs(entry["protoPayload"]))


def _needed(payload: Mapping[str, Any]) -> Iterator[str]:
    checks = payload.get("authorizationInfo")
    for check in checks if isinstance(checks, list) else ():
        if not isinstance(check, dict):
            yield ""
        elif check.get("permission"):
            yield str(check["permission"])


def _covers(permissions: Collection[str], permission: str) -> bool:
    if permission in permissions or permission in INFRASTRUCTURE:
        return True
    kind, _, verb = permission.rpartition(".")
    return verb in _READING and any(declared.rpartition(".")[0] == kind for declared in permissions)


def _services(permissions: Collection[str]) -> set[str]:
    names = {permission.partition(".")[0] for permission in permissions}
    return {_SERVICES.get(name, f"{name}.googleapis.com") for name in names} | {_WITHOUT_PERMISSIONS}


def _jobs(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The jobs of BigQuery in an entry, in both formats of its audit logs."""
    metadata, data = payload.get("metadata"), payload.get("serviceData")
    for block, names in (
        (metadata, ("jobInsertion", "jobChange")),
        (data, ("jobInsertRequest", "jobInsertResponse", "jobCompletedEvent", "jobQueryRequest")),
    ):
        for name in names:
            event = block.get(name) if isinstance(block, dict) else None
            if isinstance(event, dict):
                job = event.get("job") or event.get("resource")
                yield job if isinstance(job, dict) else {}


def _is_job_of_history(job: Mapping[str, Any], copy: str) -> bool:
    """Whether a collector runs this job: it has the labels, reads only metadata or the copy, and writes only the copy."""
    settings = _object(job, "jobConfig") or _object(job, "jobConfiguration")
    if _object(settings, "labels") != LABELS:
        return False
    statistics = _object(job, "jobStats") or _object(job, "jobStatistics")
    query = _object(statistics, "queryStats") or statistics
    sources = query.get("referencedTables")
    kinds = ("queryConfig", "loadConfig", "query", "load")
    targets = [_object(settings, kind).get("destinationTable") for kind in kinds]
    tables = [*(sources if isinstance(sources, list) else ()), *filter(None, targets)]
    others = ("extractConfig", "tableCopyConfig", "extract", "tableCopy")
    return not any(settings.get(kind) for kind in others) and all(_is_own_table(_name(table), copy) for table in tables)


def _name(table: Any) -> str:
    """A table as projects/P/datasets/D/tables/T, of both formats."""
    if isinstance(table, dict):
        return "projects/{}/datasets/{}/tables/{}".format(*map(table.get, ("projectId", "datasetId", "tableId")))
    return str(table)


def _is_own_table(name: str, copy: str) -> bool:
    project, _, dataset = copy.rpartition(".")
    return bool(
        re.fullmatch(_HIDDEN, name) or (copy and name.startswith(f"projects/{project}/datasets/{dataset}/tables/"))
    )


def _object(block: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = block.get(name)
    return found if isinstance(found, dict) else {}
