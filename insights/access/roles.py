"""Roles during a window of time: their permissions, and their data access in three levels.

The level of a role comes from its name if it is listed here, otherwise from its permissions as snapshots read them.

Sources: docs.cloud.google.com/iam/docs/roles-permissions/{bigquery,storage,pubsub,composer,aiplatform,dataflow},
docs.cloud.google.com/iam/docs/roles-overview (basic roles), and docs.cloud.google.com/iam/docs/permissions-reference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Role
from db.schema_db.selection import Period, rows_in, valid_in
from insights.access.model import LEVELS, Ability, Level
from shared.lazy.dataclass import dataclass

BASIC = ("roles/viewer", "roles/editor", "roles/owner")
# Roles of exactly one level.
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
# Roles that allow a level on the data of a service.
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
# The permissions that a level on the data of a service needs, with those of the levels before. Several roles may give
# them together.
NEEDS = {
    "bigquery": (
        {"bigquery.tables.getData"}, {"bigquery.tables.updateData"}, {"bigquery.datasets.setIamPolicy"},
    ),
    "storage": (
        {"storage.objects.get"}, {"storage.objects.create", "storage.objects.delete"}, {"storage.buckets.setIamPolicy"},
    ),
    "pubsub": ({"pubsub.topics.attachSubscription"}, {"pubsub.topics.publish"}, {"pubsub.topics.setIamPolicy"}),
}  # fmt: skip
# Permissions of administrators, and read permissions (also by the prefix of their last word); all others change data.
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
# Services whose roles give no access to data.
ASIDE = (
    "logging", "monitoring", "cloudtrace", "cloudprofiler", "clouddebugger", "errorreporting", "stackdriver",
    "opsconfigmonitoring", "serviceusage", "cloudasset", "recommender", "billing", "cloudsupport", "cloudnotifications",
    "networkmanagement", "dns", "servicehealth", "telemetry", "observability",
)  # fmt: skip
DISABLED = "DISABLED"  # custom roles in this stage give no access (iam/docs/creating-custom-roles)
_NAMES = ((Level.READ, READS), (Level.WRITE, WRITES), (Level.ADMIN, ADMINS))


def needed(level: Level, service: str) -> frozenset[str]:
    """The permissions that a level on the data of a service (bigquery, storage or pubsub) needs."""
    return frozenset[str]().union(*NEEDS[service][: LEVELS.index(level) + 1])


DATA_PERMISSIONS = frozenset[str]().union(*(needed(Level.ADMIN, service) for service in NEEDS))


def ability(role: str, permissions: Collection[str] | None = None) -> Ability:
    """The data access of a role: by its name for Google's roles listed here, otherwise by its permissions."""
    named = next((level for level, names in _NAMES if _matches(role, names)), None)
    if named is None and permissions is None:
        return Ability(role, None, DATA_PERMISSIONS, _services(role, None, None))
    enabled = [needed(level, service) for (service, level), roles in ENABLE.items() if role in roles]
    data_permissions = (DATA_PERMISSIONS & frozenset(permissions or ())).union(*enabled)
    level = named or max((permission_level(item) for item in permissions or ()), key=LEVELS.index, default=Level.READ)
    return Ability(role, level, data_permissions, _services(role, level, permissions))


def permission_level(permission: str) -> Level:
    """The level that a permission belongs to."""
    if _matches(permission, ADMIN_PERMISSIONS):
        return Level.ADMIN
    reads = permission.rpartition(".")[2].startswith(READ_WORDS) or _matches(permission, READ_PERMISSIONS)
    return Level.READ if reads else Level.WRITE


@dataclass(frozen=True, slots=True)
class RoleVersion:
    """A definition of a role, valid from `since` until `until` (None: still valid), as seen by snapshots."""

    since: datetime
    until: datetime | None
    stage: str
    permissions: frozenset[str]


class Roles:
    """The definitions of roles during a window; a single time is a window of length 0. Each role is read once."""

    def __init__(self, session: Session, window: Period) -> None:
        self._session = session
        self._window = window
        self._versions: dict[str, list[RoleVersion]] = {}
        self._abilities: dict[str, Ability] = {}

    def prepare(self, roles: Iterable[str]) -> None:
        """Reads several roles at once."""
        missing = sorted(set(roles) - self._versions.keys())
        self._versions |= {role: [] for role in missing}
        query = select(Role).where(valid_in(Role, self._window)).order_by(Role.valid_from)
        for row in rows_in(self._session, query, Role.name, missing):
            self._versions[row.Role.name].append(_version(row.Role))

    def versions(self, role: str) -> list[RoleVersion]:
        """The definitions valid at some time in the window, oldest first; none if the role was never read."""
        if role not in self._versions:
            self.prepare([role])
        return self._versions[role]

    def ability(self, role: str) -> Ability:
        """The data access of a role at the end of the window; its level is None if its permissions are unknown."""
        if role not in self._abilities:
            self._abilities[role] = ability(role, self.permissions(role))
        return self._abilities[role]

    def permissions(self, role: str) -> frozenset[str] | None:
        """The permissions of a role at the end of the window; None if it was never read."""
        end, versions = self._window[1], self.versions(role)
        valid = [item for item in versions if item.until is None or item.until > end]
        version = valid[-1] if valid else self._first_later(role)
        if version is None:
            return None
        return frozenset() if version.stage == DISABLED else version.permissions

    def _first_later(self, role: str) -> RoleVersion | None:
        """The first definition, if the role was first read after the window: it may have been the same before."""
        first = self._session.scalar(select(Role).where(Role.name == role).order_by(Role.valid_from).limit(1))
        return _version(first) if first is not None and first.valid_from > self._window[1] else None


def _version(row: Role) -> RoleVersion:
    return RoleVersion(row.valid_from, row.valid_to, row.stage, frozenset(row.permissions))


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
    """The services whose data a permission gives access to; all of them if it changes another service."""
    service = permission.partition(".")[0]
    if service in NEEDS:
        return frozenset({service})
    aside = service in ASIDE or permission_level(permission) is Level.READ
    return frozenset() if aside else frozenset(NEEDS)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
