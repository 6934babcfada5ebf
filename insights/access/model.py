"""Answers about access, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Use(StrEnum):
    """Whether a grant was used. Unknown is said wherever evidence is missing: it is not unused."""

    USED = "used"
    UNUSED = "unused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known about the use of a grant in the last days; `reason` says why it is unknown, `kind` in general."""

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
        """What makes it the same grant at another time."""
        return (self.resource, self.role, self.member, str((self.condition or {}).get("expression", "")))


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what, and how it comes about.

    `level` is where the grant is made: the resource itself, or what it inherits from. `path` is what the principal has
    it through, such as a group, the nearest to the principal first; empty: by itself.
    """

    principal: str
    grant: AccessGrant
    inherited: bool
    path: tuple[str, ...] = ()
    usage: Usage = field(default_factory=lambda: Usage(Use.UNKNOWN))

    @property
    def level(self) -> str:
        """Where the grant is made."""
        return self.grant.resource


@dataclass(frozen=True, slots=True)
class Observation:
    """One scope: when it was first read whole, and around a time the last time before and the first one after.

    `failing_since` is the first of the snapshots that failed since `last`, with the error of the latest of them.
    """

    scope: str
    first: datetime | None = None
    last: datetime | None = None
    next: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class AccessReport:
    """What is known, what it does not cover, and the scopes that were looked at for it."""

    rows: list[Access]
    notes: list[str]
    looks: list[Observation] = field(default_factory=list)


class GrantChange(StrEnum):
    """What became of a grant between two times."""

    GRANTED = "granted"
    REVOKED = "revoked"
    TEMPORARY = "temporary"  # granted and revoked in between
    REGRANTED = "regranted"  # revoked and granted again in between


@dataclass(frozen=True, slots=True)
class ChangedGrant:
    """One grant that is not as it was; `grants` are its intervals that began or ended in between, oldest first."""

    change: GrantChange
    grants: list[AccessGrant]
