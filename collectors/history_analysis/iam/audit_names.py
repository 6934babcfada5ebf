"""Converts the resource names of audit entries to the full resource names used in bindings.

Forms: docs.cloud.google.com/asset-inventory/docs/asset-names; `resourceName` in the audit entries of each service. A
name is shortened to the nearest resource with a policy: an object to its bucket, a query to its project. Deployed
resources that may fail later, such as a Cloud Run job, keep their name, because the deployment may be the cause of the
failure; so do the folders of a Composer bucket from which Airflow loads code, because tasks write into the others all the time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence

from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE

# Collections of short-lived resources without a policy of their own.
PASSING = ("objects", "jobs", "operations", "executions", "streams", "sessions", "keys", "versions", "pipelineJobs")
# Of those, what lasts, and is updated.
LASTING = frozenset((
    ("aiplatform.googleapis.com", "pipelineJobs"), ("cloudscheduler.googleapis.com", "jobs"),
    ("datastream.googleapis.com", "streams"), ("run.googleapis.com", "jobs"),
))  # fmt: skip
# These name a service account by its number; its address is in the labels.
# The bucket that Composer creates for an environment (region-name-hash-bucket), and its folders with code
# (docs.cloud.google.com/composer/docs/composer-3/cloud-storage).
COMPOSER_BUCKET = re.compile(r"[a-z]+-[a-z]+\d-.+-[0-9a-f]{8}-bucket")
CODE_FOLDERS = frozenset({"dags", "plugins"})
ACCOUNT_SERVICES = ("iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com")
RESOURCE_MANAGER = ("projects", "folders", "organizations")


def full_name(service: str, name: str, level: str, labels: Mapping[str, str]) -> str:
    """The full resource name. `labels` are the labels of the monitored resource, `level` is the level of the log."""
    parts = [part for part in name.removeprefix("//").split("/") if part]
    if service in CONTAINED and (known := CONTAINED[service](parts, level, labels)):
        return known
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


def _bucket(parts: Sequence[str], _level: str, _labels: Mapping[str, str]) -> str:
    """The bucket of an object, with the folder for the code of a Composer environment; empty without a bucket."""
    if "buckets" not in parts[:-1]:
        return ""
    name, *inside = parts[parts.index("buckets") + 1 :]
    is_code = len(inside) > 2 and inside[0] == "objects" and inside[1] in CODE_FOLDERS
    return f"{STORAGE}{name}/{inside[1]}" if is_code and COMPOSER_BUCKET.fullmatch(name) else STORAGE + name


def _workload(parts: Sequence[str], level: str, labels: Mapping[str, str]) -> str:
    """An object in a namespace of a GKE cluster, whose name is only in the labels; empty for other objects."""
    if "namespaces" not in parts[:-3]:
        return ""
    namespace, collection, name = parts[parts.index("namespaces") + 1 :][:3]
    cluster = f"//container.googleapis.com/{level}"
    if labels.get("cluster_name"):
        cluster += f"/locations/{labels.get('location') or '-'}/clusters/{labels['cluster_name']}"
    return f"{cluster}/namespaces/{namespace}/{collection}/{name}"


# Services whose names are those of something in a container that has another name in bindings.
CONTAINED = {"storage.googleapis.com": _bucket, "k8s.io": _workload}


def network(address: str) -> str:
    """The caller's network, /24 of an IPv4 and /48 of an IPv6 address; empty for an invalid address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
