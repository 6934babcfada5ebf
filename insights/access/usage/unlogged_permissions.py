"""Permissions whose use no audit log shows, or shows only under other names: without a logged use they say nothing.

Each line has the page that says so, or that lists the audited methods without it. Some checks are made beside another
call, on another resource than the one that the entry names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_DOCS = "docs.cloud.google.com"


@dataclass(frozen=True, slots=True)
class UnloggedPermissions:
    """Permissions (a regular expression), why their use is not seen, and where that is written."""

    permissions: str
    why: str
    source: str


UNLOGGED = (
    UnloggedPermissions(r"pubsub\.(topics\.publish|subscriptions\.consume)", "message operations", f"{_DOCS}/pubsub/docs/audit-logging"),
    UnloggedPermissions(r"pubsub\.topics\.attachSubscription", "checked beside", f"{_DOCS}/pubsub/docs/access-control"),
    UnloggedPermissions(r"pubsublite\..*\.(publish|subscribe|seek)", "message operations", f"{_DOCS}/pubsub/lite/docs/audit-logging"),
    UnloggedPermissions(r"managedkafka\.clusters\.connect", "message operations", f"{_DOCS}/managed-service-for-apache-kafka/docs/audit-logging"),
    UnloggedPermissions(r"run\.routes\.invoke", "requests, not calls of the API", f"{_DOCS}/run/docs/audit-logging"),
    UnloggedPermissions(r"cloudfunctions\.functions\.invoke", "requests, not calls of the API", f"{_DOCS}/functions/docs/monitoring/audit-logging"),
    UnloggedPermissions(r"eventarc\.events\..*", "delivery of events", f"{_DOCS}/eventarc/standard/docs/audit-logs"),
    UnloggedPermissions(r"iam\.serviceAccounts\.actAs", "checked beside", f"{_DOCS}/iam/docs/audit-logging"),
    UnloggedPermissions(r"iam\.serviceAccounts\.implicitDelegation", "checked beside", f"{_DOCS}/iam/docs/create-short-lived-credentials-delegated"),
    UnloggedPermissions(r"serviceusage\.services\.use", "checked beside", f"{_DOCS}/service-usage/docs/audit-logging"),
    UnloggedPermissions(r"[a-z0-9]+\.(.*\.)?use", "checked beside", f"{_DOCS}/iam/docs/permissions-reference"),
    UnloggedPermissions(r"compute\..*\.use\w*", "checked beside, also from other projects", f"{_DOCS}/vpc/docs/provisioning-shared-vpc"),
    UnloggedPermissions(r"compute\.instances\.os(Admin)?Login", "log-ins to machines", f"{_DOCS}/compute/docs/oslogin/view-audit-logs"),
    UnloggedPermissions(r"container\.(?!clusters\.|operations\.).*", "logged by k8s.io under other names", f"{_DOCS}/kubernetes-engine/docs/how-to/audit-logging"),
    UnloggedPermissions(r"logging\.logEntries\.(create|route)", "telemetry", f"{_DOCS}/logging/docs/audit-logging"),
    UnloggedPermissions(r"logging\.(privateLogEntries\.list|(views|fields)\.access)", "checked beside", f"{_DOCS}/logging/docs/access-control"),
    UnloggedPermissions(r"monitoring\.(timeSeries|metricDescriptors|monitoredResourceDescriptors)\.create", "telemetry", f"{_DOCS}/monitoring/audit-logging"),
    UnloggedPermissions(r"cloudtrace\.traces\.patch|telemetry\..*\.write", "telemetry", f"{_DOCS}/trace/docs/audit-logging"),
    UnloggedPermissions(r"errorreporting\.errorEvents\.create", "telemetry", f"{_DOCS}/error-reporting/docs/audit-logging"),
    UnloggedPermissions(r"cloudprofiler\.profiles\.(create|update)", "telemetry", f"{_DOCS}/profiler/docs/audit-logging"),
    UnloggedPermissions(r"(autoscaling|opsconfigmonitoring|stackdriver)\..*[wW]rite\w*", "telemetry", f"{_DOCS}/monitoring/audit-logging"),
    UnloggedPermissions(r"dataflow\.(workItems|streamingWorkItems|shuffle)\..*", "workers", f"{_DOCS}/dataflow/docs/audit-logging"),
    UnloggedPermissions(r"dataproc\.(agents|tasks)\..*", "workers", f"{_DOCS}/dataproc/docs/guides/audit-logging"),
    UnloggedPermissions(r"bigquery\.(rowAccessPolicies\.getFilteredData|dataPolicies\.maskedGet|connections\.delegate)", "checked beside", f"{_DOCS}/bigquery/docs/access-control"),
    UnloggedPermissions(r"datacatalog\.categories\.fineGrainedGet", "checked beside", f"{_DOCS}/bigquery/docs/column-level-security-intro"),
    UnloggedPermissions(r"billing\..*", "billing accounts have logs of their own, which are not read", f"{_DOCS}/logging/docs/audit"),
)  # fmt: skip


@lru_cache(maxsize=20_000)
def why(permission: str) -> UnloggedPermissions | None:
    """The line about a permission, None where logs show its use."""
    return next((line for line in UNLOGGED if re.fullmatch(line.permissions, permission)), None)


def unlogged(permissions: Iterable[str]) -> str:
    """One permission whose use is not seen, the first by name; empty for none."""
    return next((item for item in sorted(permissions) if why(item)), "")
