"""Converts the resource names of audit entries to the full resource names used in bindings.

Forms: docs.cloud.google.com/asset-inventory/docs/asset-names; `resourceName` in the audit entries of each service. A
name is shortened to the nearest resource with a policy: an object to its bucket, a query to its project. Deployed
resources that may fail later, such as a Cloud Run job, keep their name, because the deployment may be the cause of the
failure.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE

# Collections of short-lived resources without a policy of their own.
PASSING = ("objects", "jobs", "operations", "executions", "streams", "sessions", "keys", "versions", "pipelineJobs")
# Of those, what lasts, and is updated.
LASTING = frozenset((
    ("aiplatform.googleapis.com", "pipelineJobs"), ("cloudscheduler.googleapis.com", "jobs"),
    ("datastream.googleapis.com", "streams"), ("run.googleapis.com", "jobs"),
))  # fmt: skip
# These name a service account by its number; its address is in the labels.
ACCOUNT_SERVICES = ("iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com")
RESOURCE_MANAGER = ("projects", "folders", "organizations")


def full_name(service: str, name: str, level: str, labels: Mapping[str, str]) -> str:
    """The full resource name. `labels` are the labels of the monitored resource, `level` is the level of the log."""
    parts = [part for part in name.removeprefix("//").split("/") if part]
    if service == "storage.googleapis.com" and "buckets" in parts[:-1]:
        return STORAGE + parts[parts.index("buckets") + 1]
    if service in ACCOUNT_SERVICES and labels.get("email_id"):
        home = labels.get("project_id") or level.removeprefix("projects/")
        return f"//iam.googleapis.com/projects/{home}/serviceAccounts/{labels['email_id'].casefold()}"
    for index, part in enumerate(parts):
        if index and part in PASSING and (service, part) not in LASTING:
            parts = parts[:index]
            break
    if parts[:1] == ["namespaces"] and "jobs" in parts and labels.get("location"):  # version 1 of Cloud Run
        parts = ["projects", parts[1], "locations", labels["location"], *parts[2:]]
    if len(parts) < 2:
        return MANAGER + level
    if len(parts) == 2 and parts[0] in RESOURCE_MANAGER:
        return MANAGER + "/".join(parts)
    if service.startswith("bigquery") and "datasets" in parts:
        return BIGQUERY + "/".join(parts)
    return f"//{service}/" + "/".join(parts)


def network(address: str) -> str:
    """The caller's network, /24 of an IPv4 and /48 of an IPv6 address; empty for an invalid address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
