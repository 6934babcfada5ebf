"""The permissions of a role during a window, whether a call needed the role, and which uses the audit logs show.

Most permissions begin with the name of their API. Names in audit entries:
docs.cloud.google.com/logging/docs/audit/services and the page on audit logging of each service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import UserAction
from db.schema_db.selection import Period
from insights.access.model import Ternary
from insights.access.observations import EvidenceCoverage
from insights.access.roles import Roles
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason
from shared.lazy.dataclass import dataclass
from shared.texts.access import usage as texts

OWNER = "roles/owner"
# Basic roles that were not read, each with a permitted use that is never logged. Editors may not do everything.
BASIC = {
    OWNER: texts.ACTING_AS_ACCOUNT,
    "roles/editor": texts.ACTING_AS_ACCOUNT,
    "roles/viewer": texts.READING_IN_CLUSTER,
}
BETWEEN_OBSERVATIONS = timedelta(hours=36)  # two changes of a role closer than this may appear as one observation
MANY = 50  # permissions stored for the calls of an hour; there may have been more
ANY = "*"
DOMAIN = ".googleapis.com"
# Services that log the use of permissions, by permission prefix; the longest prefix applies.
SERVICES: dict[str, tuple[str, ...]] = {
    "resourcemanager": ("cloudresourcemanager",),
    # sql/docs/audit-logging: the entries do not say sqladmin, the name of the API
    "cloudsql": ("cloudsql",),
    # Short-lived credentials have an API of their own (iam/docs/audit-logging/examples-service-accounts).
    "iam.serviceAccounts": ("iam", "iamcredentials", "sts"),
    "bigquery.connections": ("bigqueryconnection",),
    "bigquery.reservations": ("bigqueryreservation",),
    "bigquery.reservationAssignments": ("bigqueryreservation",),
    "bigquery.capacityCommitments": ("bigqueryreservation",),
    "bigquery.bireservations": ("bigqueryreservation",),
    "bigquery.transfers": ("bigquerydatatransfer",),
    "bigquery.dataPolicies": ("bigquerydatapolicy",),
    "bigquery.readsessions": ("bigquery", "bigquerystorage"),
    "container": ("container", "k8s.io"),
    "orgpolicy.policy": ("orgpolicy", "cloudresourcemanager"),
    "datastore": ("datastore", "firestore"),
    "bigtable": ("bigtable", "bigtableadmin"),
    "cloudkms": ("cloudkms",),
    "clientauthconfig": ("oauth2",),
    "compute.instances.osLogin": ("compute", "oslogin"),
}

# Permission prefixes of APIs that document which methods they log, and in which log. For other APIs it is unknown
# whether a use is logged, whatever the audit configuration says (logging/docs/audit/services).
AUDITED = frozenset((
    "accessapproval", "accesscontextmanager", "aiplatform", "alloydb", "analyticshub", "apigateway", "apikeys",
    "artifactregistry", "backupdr", "batch", "beyondcorp", "bigquery", "bigquerymigration", "bigtable",
    "binaryauthorization", "certificatemanager", "cloudasset", "cloudbuild", "clouddeploy", "cloudfunctions", "cloudkms",
    "cloudscheduler", "cloudsql", "cloudtasks", "composer", "compute", "container", "containeranalysis", "dataform",
    "datacatalog", "datafusion", "datalineage", "dataflow", "datamigration", "dataplex", "dataproc", "datastore",
    "datastream", "deploymentmanager", "dlp", "dns", "eventarc", "file", "gkebackup", "gkehub", "healthcare", "iam", "iap",
    "ids", "integrations", "logging", "managedidentities", "managedkafka", "memcache", "metastore", "ml", "monitoring",
    "networkconnectivity", "networkmanagement", "networksecurity", "networkservices", "notebooks", "orgpolicy",
    "osconfig", "privateca", "pubsub", "pubsublite", "recaptchaenterprise", "redis", "resourcemanager",
    "run", "secretmanager", "securitycenter", "servicedirectory", "servicemanagement", "servicenetworking",
    "serviceusage", "source", "spanner", "storage", "storageinsights", "storagetransfer", "vmwareengine", "vpcaccess",
    "workflows", "workstations",
))  # fmt: skip
_DOCS = "docs.cloud.google.com"


@dataclass(frozen=True, slots=True)
class UnloggedPermissions:
    """Permissions (a regular expression) whose use is not logged under their name, with the reason and its source."""

    permissions: str
    why: str
    source: str


# Each has the page that says so, or that lists the audited methods without it. Some permissions are checked together
# with another call, on another resource than the entry names.
UNLOGGED = (
    UnloggedPermissions(r"pubsub\.(topics\.publish|subscriptions\.consume)", "message operations", f"{_DOCS}/pubsub/docs/audit-logging"),
    UnloggedPermissions(r"pubsub\.topics\.attachSubscription", "checked with another call", f"{_DOCS}/pubsub/docs/access-control"),
    UnloggedPermissions(r"pubsublite\..*\.(publish|subscribe|seek)", "message operations", f"{_DOCS}/pubsub/lite/docs/audit-logging"),
    UnloggedPermissions(r"managedkafka\.clusters\.connect", "message operations", f"{_DOCS}/managed-service-for-apache-kafka/docs/audit-logging"),
    UnloggedPermissions(r"run\.routes\.invoke", "requests, not calls of the API", f"{_DOCS}/run/docs/audit-logging"),
    UnloggedPermissions(r"cloudfunctions\.functions\.invoke", "requests, not calls of the API", f"{_DOCS}/functions/docs/monitoring/audit-logging"),
    UnloggedPermissions(r"eventarc\.events\..*", "delivery of events", f"{_DOCS}/eventarc/standard/docs/audit-logs"),
    UnloggedPermissions(r"iam\.serviceAccounts\.actAs", "checked with another call", f"{_DOCS}/iam/docs/audit-logging"),
    UnloggedPermissions(r"iam\.serviceAccounts\.implicitDelegation", "checked with another call", f"{_DOCS}/iam/docs/create-short-lived-credentials-delegated"),
    UnloggedPermissions(r"serviceusage\.services\.use", "checked with another call", f"{_DOCS}/service-usage/docs/audit-logging"),
    UnloggedPermissions(r"[a-z0-9]+\.(.*\.)?use", "checked with another call", f"{_DOCS}/iam/docs/permissions-reference"),
    UnloggedPermissions(r"compute\..*\.use\w*", "checked with another call, also from other projects", f"{_DOCS}/vpc/docs/provisioning-shared-vpc"),
    UnloggedPermissions(r"compute\.instances\.os(Admin)?Login", "logins to machines", f"{_DOCS}/compute/docs/oslogin/view-audit-logs"),
    UnloggedPermissions(r"container\.(?!clusters\.|operations\.).*", "logged by k8s.io under other names", f"{_DOCS}/kubernetes-engine/docs/how-to/audit-logging"),
    UnloggedPermissions(r"logging\.logEntries\.(create|route)", "telemetry", f"{_DOCS}/logging/docs/audit-logging"),
    UnloggedPermissions(r"logging\.(privateLogEntries\.list|(views|fields)\.access)", "checked with another call", f"{_DOCS}/logging/docs/access-control"),
    UnloggedPermissions(r"monitoring\.(timeSeries|metricDescriptors|monitoredResourceDescriptors)\.create", "telemetry", f"{_DOCS}/monitoring/audit-logging"),
    UnloggedPermissions(r"cloudtrace\.traces\.patch|telemetry\..*\.write", "telemetry", f"{_DOCS}/trace/docs/audit-logging"),
    UnloggedPermissions(r"errorreporting\.errorEvents\.create", "telemetry", f"{_DOCS}/error-reporting/docs/audit-logging"),
    UnloggedPermissions(r"cloudprofiler\.profiles\.(create|update)", "telemetry", f"{_DOCS}/profiler/docs/audit-logging"),
    UnloggedPermissions(r"(autoscaling|opsconfigmonitoring|stackdriver)\..*[wW]rite\w*", "telemetry", f"{_DOCS}/monitoring/audit-logging"),
    UnloggedPermissions(r"dataflow\.(workItems|streamingWorkItems|shuffle)\..*", "workers", f"{_DOCS}/dataflow/docs/audit-logging"),
    UnloggedPermissions(r"dataproc\.(agents|tasks)\..*", "workers", f"{_DOCS}/dataproc/docs/guides/audit-logging"),
    UnloggedPermissions(r"bigquery\.(rowAccessPolicies\.getFilteredData|dataPolicies\.maskedGet|connections\.delegate)", "checked with another call", f"{_DOCS}/bigquery/docs/access-control"),
    UnloggedPermissions(r"datacatalog\.categories\.fineGrainedGet", "checked with another call", f"{_DOCS}/bigquery/docs/column-level-security-intro"),
    UnloggedPermissions(r"billing\..*", "billing accounts have logs of their own, which are not read", f"{_DOCS}/logging/docs/audit"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RolePermissions:
    """The permissions of a role in a window.

    `names` are its permissions, `services` the APIs whose logs show their use (ANY: every API). `unread` says whether a
    role with unknown permissions covers a call. `reasons` say why a use may be missing from the logs.
    """

    names: frozenset[str]
    services: frozenset[str]
    unread: Ternary = Ternary.NO
    reasons: tuple[UnknownReason, ...] = ()

    def allow(self, service: str, permissions: frozenset[str]) -> Ternary:
        """Whether a call needed the role: by the permissions in the audit entry, otherwise by the service."""
        if not self.names:
            return self.unread
        if self.names & permissions:
            return Ternary.YES
        if service not in self.services:
            return Ternary.NO
        if not permissions:
            return Ternary.YES
        is_of_other_api = _apis(self.names).isdisjoint(_apis(permissions))
        return Ternary.UNKNOWN if is_of_other_api or len(permissions) >= MANY else Ternary.NO

    def overlaps(self, other: RolePermissions) -> bool:
        """Whether two roles may give the same permission."""
        if self.names and other.names:
            return bool(self.names & other.names)
        return ANY in (self.services | other.services) or bool(self.services & other.services) or not other.services


class RolePermissionsReader:
    """Reads the permissions of roles over a window, each role once."""

    def __init__(self, session: Session, window: Period, roles: Roles, covered: EvidenceCoverage) -> None:
        self._session = session
        self._window = window
        self._roles = roles
        self._covered = covered
        self._permissions: dict[str, RolePermissions] = {}

    def permissions(self, role: str) -> RolePermissions:
        """The permissions of the role. If no snapshot has read roles, only owner, editor and viewer are known."""
        if role not in self._permissions:
            self._permissions[role] = self._read(role)
        return self._permissions[role]

    def _read(self, role: str) -> RolePermissions:
        versions = self._roles.versions(role)
        if not versions:
            return _unread(role)
        # Disabled versions too: a role may have been enabled until shortly before the snapshot that saw it disabled.
        names = frozenset(item for version in versions for item in version.permissions)
        services = frozenset(service for item in names for service in services_of(item))
        reasons = [*_unlogged_reasons(names), *self._unread_reasons(role, versions[0].since)]
        return RolePermissions(names, services, reasons=tuple(reasons))

    def _unread_reasons(self, role: str, first: datetime) -> Iterator[UnknownReason]:
        """Reasons why the role may have had permissions that no snapshot saw."""
        if first > self._window[0] or not self._covered.is_complete(f"role/{role}"):
            yield UnknownReason(ReasonKind.ROLE, texts.PERMISSIONS_UNKNOWN(role=role))
        elif not role.startswith("roles/") and self._changed_twice(role):
            yield UnknownReason(ReasonKind.ROLE, texts.CHANGED_TWICE(role=role))

    def _changed_twice(self, role: str) -> bool:
        """Whether a custom role was changed, and changed again before the next snapshot of it."""
        a, (start, end) = UserAction, self._window
        where = (a.resource == f"//iam.googleapis.com/{role}", a.hour > start - BETWEEN_OBSERVATIONS, a.hour <= end)
        query = select(a.first_at, a.last_at, a.count - a.denied).where(*where, a.method.contains("Role"))
        times = [time for first, last, count in self._session.execute(query) for time in (first, last)[:count]]
        return any(later - earlier <= BETWEEN_OBSERVATIONS for earlier, later in pairwise(sorted(times)))


@lru_cache(maxsize=20_000)
def _apis(permissions: frozenset[str]) -> frozenset[str]:
    """The APIs of permissions, by their prefixes."""
    return frozenset(item.partition(".")[0] for item in permissions)


@lru_cache(maxsize=20_000)
def unlogged(permission: str) -> UnloggedPermissions | None:
    """The entry of UNLOGGED for a permission; None if the logs show its use."""
    return next((line for line in UNLOGGED if re.fullmatch(line.permissions, permission)), None)


def is_audited(permission: str) -> bool:
    """Whether the API of a permission documents its audit logging."""
    return permission.partition(".")[0] in AUDITED


@lru_cache(maxsize=20_000)
def services_of(permission: str) -> frozenset[str]:
    """The services whose logs show the use of the permission, by the names in audit entries and configurations."""
    parts = permission.split(".")
    beginnings = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    services = next((SERVICES[item] for item in beginnings if item in SERVICES), (parts[0],))
    return frozenset(name if "." in name else name + DOMAIN for name in services)


def _unlogged_reasons(names: frozenset[str]) -> Iterator[UnknownReason]:
    """Reasons for permissions whose use logs do not show, or may not show: one reason each, ordered by name."""
    hidden = next(((item, line) for item in sorted(names) if (line := unlogged(item))), None)
    if hidden:
        name, line = hidden
        text = texts.NOT_LOGGED(permission=name, why=texts.UNLOGGED[line.why], source=line.source)
        yield UnknownReason(ReasonKind.UNLOGGED, text)
    elif undocumented := min((item for item in names if not is_audited(item)), default=""):
        yield UnknownReason(ReasonKind.UNLOGGED, texts.NOT_DOCUMENTED(permission=undocumented))


def _unread(role: str) -> RolePermissions:
    if role in BASIC:
        reason = UnknownReason(ReasonKind.UNLOGGED, texts.NEVER_LOGGED(action=BASIC[role]))
        unread = Ternary.YES if role == OWNER else Ternary.UNKNOWN
        return RolePermissions(frozenset(), frozenset({ANY}), unread, (reason,))
    reason = UnknownReason(ReasonKind.ROLE, texts.ROLE_UNKNOWN(role=role))
    return RolePermissions(frozenset(), frozenset(), reasons=(reason,))
