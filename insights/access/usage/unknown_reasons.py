"""Reasons why the use of a grant is unknown, so that "unused" could be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReasonKind(StrEnum):
    """The kinds of reasons, for the counts of a summary."""

    NAMELESS = "audit logs do not name the member: it is everybody, a domain, a set of identities, or deleted"
    AGENT = "the member is a service agent of Google, whose own work is not logged"
    UNLOGGED = "the role has a permission whose use is never logged"
    ROLE = "the permissions of the role are not known for the whole period"
    NEW = "the member has not had the grant for the whole period"
    GROUP = "the members of a group are not known for the whole period"
    PERHAPS = "a call was logged that may have been a use"
    PUBLIC = "everybody has the same access there, and calls to public resources are not logged"
    PLACE = "the projects that the grant reaches are not known for the whole period"
    UNREAD = "the audit logs were not read for the whole period"
    SETTINGS = "the audit configuration was not read for the whole period"
    OFF = "Data Access logs are not known to be on for the whole period"
    EXEMPTED = "the member, or somebody in it, is exempted from Data Access logs"


@dataclass(frozen=True, slots=True)
class UnknownReason:
    """One reason: its kind, and a sentence about the grant."""

    kind: ReasonKind
    text: str
