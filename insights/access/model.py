"""The values that answers about access consist of: grants, their use, and the permissions of roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from shared.texts import EMPTY, Text


class Ternary(IntEnum):
    """A value of three-valued logic: `and` is the smallest value, `or` the greatest."""

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
    data; all of them if unknown. `services` are those (bigquery, storage, pubsub) whose data it gives access to,
    directly or by permissions that lead to data.
    """

    role: str
    level: Level | None
    data_permissions: frozenset[str]
    services: frozenset[str]


class Use(StrEnum):
    """Whether a grant was used. Without complete evidence that is unknown, and the grant is not reported as unused."""

    USED = "used"
    UNUSED = "unused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """The use of a grant in the last days. `text` says why it is unknown, `kind` is the kind of that reason."""

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
        """Resource, role, member and condition: equal for all intervals of a binding."""
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
    """The times when snapshots read all policies of a scope: the first time, the last before and the first after a time.

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
    """An answer about access, the limits of what it covers, and the scopes that were observed for it."""

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
    """A grant that changed; `grants` are its intervals that began or ended in between, oldest first."""

    change: GrantChange
    grants: list[AccessGrant]
