"""The values in answers about access: grants, their use, and the permissions of roles."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from shared.lazy.dataclass import dataclass
from shared.texts import EMPTY, Text


class Ternary(IntEnum):
    """A value of three-valued logic: `and` returns the smallest value, `or` the greatest."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class Level(StrEnum):
    """Read data, also change data, also administer access to data. Each level includes the lower ones."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Ability:
    """The data access of a role.

    `level` is None if the permissions of the role are unknown. `data_permissions` are its permissions to work with
    data; all data permissions if unknown. `services` (bigquery, storage, pubsub) are the services whose data the role
    gives access to, directly or through other permissions.
    """

    role: str
    level: Level | None
    data_permissions: frozenset[str]
    services: frozenset[str]


class Use(StrEnum):
    """Whether a grant was used. Without complete evidence the use is unknown, and the grant is not reported as unused."""

    USED = "used"
    UNUSED = "unused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """The use of a grant in the last days. `text` says why the use is unknown, `kind` is the kind of this reason."""

    state: Use
    last_used: datetime | None = None
    text: Text = EMPTY
    kind: str = ""

    @property
    def reason(self) -> str:
        """The reason for unknown use, in English, for JSON."""
        return self.text.en


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """One validity interval of a binding."""

    resource: str
    role: str
    member: str
    condition: dict[str, Any] | None
    valid_from: datetime
    valid_to: datetime | None
    exact_from: bool
    exact_to: bool
    granted_by: str | None
    revoked_by: str | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Resource, role, member and condition; equal for all intervals of a binding."""
        return (self.resource, self.role, self.member, str((self.condition or {}).get("expression", "")))


@dataclass(frozen=True, slots=True)
class Access:
    """A principal that has a grant.

    `inherited` is True if the grant is on an ancestor of the resource. `path` leads from the principal to the member in
    the grant, for example through groups, nearest first; it is empty if the grant names the principal.
    """

    principal: str
    grant: AccessGrant
    inherited: bool
    path: tuple[str, ...] = ()
    usage: Usage = Usage(Use.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Observation:
    """The times at which snapshots read all policies of a scope: the first, the last before a time, and the first after it.

    `failing_since` is the first failed snapshot after `last`; `error` is the error of the latest failed one.
    """

    scope: str
    first: datetime | None = None
    last: datetime | None = None
    next: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class AccessReport:
    """An answer about access, its limits, and the scopes whose policies were read for it."""

    rows: list[Access]
    limits: list[Text]
    observations: list[Observation] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """The limits in English, for JSON."""
        return [limit.en for limit in self.limits]


class GrantChange(StrEnum):
    """The change of a grant between two times."""

    GRANTED = "granted"
    REVOKED = "revoked"
    TEMPORARY = "temporary"  # granted and revoked in between
    REGRANTED = "regranted"  # revoked and granted again in between


@dataclass(frozen=True, slots=True)
class ChangedGrant:
    """A grant that changed. `grants` are its intervals that began or ended between the two times, oldest first."""

    change: GrantChange
    grants: list[AccessGrant]
