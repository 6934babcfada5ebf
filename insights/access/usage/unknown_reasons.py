"""Why "unused" could be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReasonKind(StrEnum):
    """What a doubt is about: a report counts by it."""

    NAMELESS = "the member is not what logs call anybody: everybody, a domain, a set of identities, somebody deleted"
    AGENT = "the member is a service agent of Google, whose own work is not logged"
    UNLOGGED = "the role permits something whose use is never logged"
    ROLE = "what the role permits is not known for all of the time"
    NEW = "the member has not had it for all of the time"
    GROUP = "who was in a group is not known for all of the time"
    PERHAPS = "a call was logged that may have been a use"
    PUBLIC = "everybody may do the same there, and calls to what is public are not logged"
    PLACE = "it is not known what is, or for all of the time was, below it"
    UNREAD = "the audit logs were not read for all of the time"
    SETTINGS = "the audit configuration was not read for all of the time"
    OFF = "Data Access logs are not known to be on for all of the time"
    EXEMPTED = "the member, or somebody in it, is exempted from Data Access logs"


@dataclass(frozen=True, slots=True)
class UnknownReason:
    """One reason, in general and in words."""

    kind: ReasonKind
    words: str
