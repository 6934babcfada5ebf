"""What roles let do with data, in three levels: by their names where those are known, else by their permissions.

Sources: docs.cloud.google.com/iam/docs/roles-permissions/{bigquery,storage,pubsub,composer,aiplatform,dataflow},
docs.cloud.google.com/iam/docs/roles-overview (basic roles), and docs.cloud.google.com/iam/docs/permissions-reference.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Level(StrEnum):
    """Read data, also change it, also decide about it. Each one includes those before."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


ORDER = tuple(Level)
BASIC = ("roles/viewer", "roles/editor", "roles/owner")
# Roles that are no more than a level.
READS = (
    "roles/viewer", "roles/browser", "roles/*.viewer", "roles/*Viewer", "roles/*Reader", "roles/pubsub.subscriber",
    "roles/bigquery.jobUser", "roles/bigquery.user", "roles/bigquery.readSessionUser",
    "roles/serviceusage.serviceUsageConsumer", "roles/composer.user", "roles/dataproc.viewer",
)  # fmt: skip
WRITES = (
    "roles/editor", "roles/*.editor", "roles/*Editor", "roles/*Writer", "roles/storage.objectCreator",
    "roles/storage.objectUser", "roles/storage.objectAdmin", "roles/pubsub.publisher", "roles/dataflow.developer",
    "roles/dataflow.worker", "roles/aiplatform.user", "roles/composer.worker", "roles/storage.folderAdmin",
)  # fmt: skip
ADMINS = (
    "roles/owner", "roles/*.admin", "roles/*Admin", "roles/*Owner", "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountTokenCreator", "roles/iam.workloadIdentityUser",
)  # fmt: skip
# Roles that let do a level's work with the data of a service.
ENABLE = {
    ("bigquery", Level.READ): ("roles/bigquery.dataViewer", "roles/viewer"),
    ("bigquery", Level.WRITE): ("roles/bigquery.dataEditor", "roles/editor"),
    ("bigquery", Level.ADMIN): ("roles/bigquery.dataOwner", "roles/bigquery.admin", "roles/owner"),
    ("storage", Level.READ): (
        "roles/storage.objectViewer", "roles/storage.legacyObjectReader", "roles/storage.viewer", "roles/viewer",
    ),
    ("storage", Level.WRITE): (
        "roles/storage.objectUser", "roles/storage.objectAdmin", "roles/storage.legacyBucketWriter", "roles/editor",
    ),
    ("storage", Level.ADMIN): ("roles/storage.admin", "roles/storage.legacyBucketOwner", "roles/owner"),
    ("pubsub", Level.READ): ("roles/pubsub.subscriber", "roles/pubsub.viewer", "roles/viewer"),
    ("pubsub", Level.WRITE): ("roles/pubsub.publisher", "roles/pubsub.editor", "roles/editor"),
    ("pubsub", Level.ADMIN): ("roles/pubsub.admin", "roles/owner"),
}  # fmt: skip
# What a level's work with the data of a service takes, each with those before. Several roles may have it together.
NEEDS = {
    "bigquery": (
        {"bigquery.tables.getData"}, {"bigquery.tables.updateData"}, {"bigquery.datasets.setIamPolicy"},
    ),
    "storage": (
        {"storage.objects.get"}, {"storage.objects.create", "storage.objects.delete"}, {"storage.buckets.setIamPolicy"},
    ),
    "pubsub": ({"pubsub.topics.attachSubscription"}, {"pubsub.topics.publish"}, {"pubsub.topics.setIamPolicy"}),
}  # fmt: skip
# Permissions that are an administrator's, and what the last word of one that only reads begins with; all others change
# something.
ADMIN_PERMISSIONS = (
    "*.setIamPolicy", "*.setPolicy", "iam.serviceAccounts.actAs", "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.implicitDelegation", "iam.serviceAccounts.sign*",
    "iam.*.create", "iam.*.update", "iam.*.delete", "iam.*.undelete", "iam.*.upload", "iam.*.enable", "iam.*.disable",
    "resourcemanager.*.update", "resourcemanager.*.delete", "resourcemanager.*.move", "orgpolicy.*.set",
    "bigquery.datasets.update", "bigquery.datasets.delete", "bigquery.dataPolicies.create",
    "bigquery.dataPolicies.update", "bigquery.dataPolicies.delete", "bigquery.rowAccessPolicies.create",
    "bigquery.rowAccessPolicies.update", "bigquery.rowAccessPolicies.delete",
    "bigquery.rowAccessPolicies.overrideTimeTravelRestrictions", "storage.buckets.update", "storage.buckets.delete",
    "storage.hmacKeys.create", "storage.hmacKeys.update",
)  # fmt: skip
READ_PERMISSIONS = (
    "bigquery.jobs.create", "bigquery.readsessions.*", "bigquery.tables.createSnapshot",
    "bigquery.tables.replicateData", "bigquery.dataPolicies.maskedGet*", "pubsub.subscriptions.consume",
    "pubsub.topics.attachSubscription", "pubsub.snapshots.seek", "serviceusage.services.use",
)  # fmt: skip
READ_WORDS = ("get", "list", "search", "query", "read", "export", "view", "fetch")
# Services whose roles let nobody near data, whatever they permit there.
ASIDE = (
    "logging", "monitoring", "cloudtrace", "cloudprofiler", "clouddebugger", "errorreporting", "stackdriver",
    "opsconfigmonitoring", "serviceusage", "cloudasset", "recommender", "billing", "cloudsupport", "cloudnotifications",
    "networkmanagement", "dns", "servicehealth", "telemetry", "observability",
)  # fmt: skip
_NAMES = ((Level.READ, READS), (Level.WRITE, WRITES), (Level.ADMIN, ADMINS))


@dataclass(frozen=True, slots=True)
class Ability:
    """What a role lets do.

    `level` is None where that is not known. `works` are the permissions of NEEDS that it has; all, where not known.
    `services` are those of NEEDS whose data it lets somebody near, by itself or by what leads to data; maybe none.
    """

    role: str
    level: Level | None
    works: frozenset[str]
    services: frozenset[str]

    def within(self, allowed: Level) -> bool:
        """Whether it stays within a level; what is not known stays within none but admin."""
        return allowed is Level.ADMIN or (self.level is not None and ORDER.index(self.level) <= ORDER.index(allowed))

    def enables(self, level: Level, service: str) -> bool:
        """Whether it lets do a level's work with the data of a service (bigquery, storage or pubsub), by itself."""
        return needed(level, service) <= self.works


def needed(level: Level, service: str) -> frozenset[str]:
    """The permissions that a level's work with the data of a service takes."""
    return frozenset[str]().union(*NEEDS[service][: ORDER.index(level) + 1])


WORKS = frozenset[str]().union(*(needed(Level.ADMIN, service) for service in NEEDS))


def ability(role: str, permissions: Collection[str] | None = None) -> Ability:
    """What a role lets do: by its name if that is one of Google's that is known here, else by its permissions."""
    named = next((level for level, names in _NAMES if _fits(role, names)), None)
    if named is None and permissions is None:
        return Ability(role, None, WORKS, _services(role, None, None))
    enabled = [needed(level, service) for (service, level), roles in ENABLE.items() if role in roles]
    works = (WORKS & frozenset(permissions or ())).union(*enabled)
    level = named or max((permission_level(item) for item in permissions or ()), key=ORDER.index, default=Level.READ)
    return Ability(role, level, works, _services(role, level, permissions))


def permission_level(permission: str) -> Level:
    """The level that a permission needs."""
    if _fits(permission, ADMIN_PERMISSIONS):
        return Level.ADMIN
    reads = permission.rpartition(".")[2].startswith(READ_WORDS) or _fits(permission, READ_PERMISSIONS)
    return Level.READ if reads else Level.WRITE


def _services(role: str, level: Level | None, permissions: Collection[str] | None) -> frozenset[str]:
    everything, nothing = frozenset(NEEDS), frozenset[str]()
    service = role.removeprefix("roles/").partition(".")[0] if role.startswith("roles/") else ""
    if service in NEEDS:
        return frozenset({service})
    if role in BASIC:
        return everything
    if service in ASIDE:
        return nothing
    if permissions is None:
        return nothing if level is Level.READ else everything
    return nothing.union(*map(_leads_to, permissions))


def _leads_to(permission: str) -> frozenset[str]:
    """The services to whose data a permission leads; one that changes something elsewhere may lead anywhere."""
    service = permission.partition(".")[0]
    if service in NEEDS:
        return frozenset({service})
    aside = service in ASIDE or permission_level(permission) is Level.READ
    return frozenset() if aside else frozenset(NEEDS)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
