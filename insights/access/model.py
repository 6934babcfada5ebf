"""Grants, their use, and what roles allow: values that the answers about access are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Ternary(IntEnum):
    """A value of three-valued logic: `and` is the smallest value, `or` the greatest."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class Level(StrEnum):
    """Read data, also change data, also administer access to it. Each level includes those before."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Ability:
    """What a role allows with data.

    `level` is None where the permissions of the role are unknown. `data_permissions` are the permissions to work with
    data that the role has; all of them where unknown. `services` are those (bigquery, storage, pubsub) whose data it
    gives access to, by itself or by permissions that lead to data.
    """

    role: str
    level: Level | None
    data_permissions: frozenset[str]
    services: frozenset[str]


class Use(StrEnum):
    """Whether a grant was used. Where evidence is missing the use is unknown: such a grant is not called unused."""

    USED = "used"
    UNUSED = "unused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """The use of a grant in the last days. `reason` says why it is unknown, `kind` is the kind of that reason."""

    state: Use
    last_used: datetime | None = None
    reason: str = ""
    kind: str = ""


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
        """Resource, role, member and condition: the same for every interval of a binding."""
        return (self.resource, self.role, self.member, str((self.condition or {}).get("expression", "")))


@dataclass(frozen=True, slots=True)
class Access:
    """A principal that has a grant.

    `inherited`: the grant is on something above the resource in question. `path` leads from the principal to the member
    that the grant names, such as through groups, nearest first; it is empty where the grant names the principal.
    """

    principal: str
    grant: AccessGrant
    inherited: bool
    path: tuple[str, ...] = ()
    usage: Usage = Usage(Use.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Observation:
    """When snapshots read all policies of a scope: for the first time, and last before and first after a time.

    `failing_since` is the first of the snapshots that failed since `last`; `error` is the error of the latest of them.
    """

    scope: str
    first: datetime | None = None
    last: datetime | None = None
    next: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class AccessReport:
    """An answer about access, with notes on what it does not cover, and the scopes that were observed for it."""

    rows: list[Access]
    notes: list[str]
    observations: list[Observation] = field(default_factory=list)


class GrantChange(StrEnum):
    """How a grant changed between two times."""

    GRANTED = "granted"
    REVOKED = "revoked"
    TEMPORARY = "temporary"  # granted and revoked in between
    REGRANTED = "regranted"  # revoked and granted again in between


@dataclass(frozen=True, slots=True)
class ChangedGrant:
    """A grant that changed; `grants` are its intervals that began or ended in between, oldest first."""

    change: GrantChange
    grants: list[AccessGrant]
