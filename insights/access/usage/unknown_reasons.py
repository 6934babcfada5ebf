"""Why the use of a grant is unknown, so that "unused" could be wrong."""

from __future__ import annotations

from enum import StrEnum

from shared.lazy.dataclass import dataclass
from shared.texts import Text


class ReasonKind(StrEnum):
    """The kinds of reasons, for the counts of the summary. Their texts are in shared/texts/access/usage.py."""

    NAMELESS = "nameless"
    AGENT = "agent"
    UNLOGGED = "unlogged"
    ROLE = "role"
    NEW = "new"
    GROUP = "group"
    PERHAPS = "perhaps"
    PUBLIC = "public"
    PLACE = "place"
    UNREAD = "unread"
    SETTINGS = "settings"
    OFF = "off"
    EXEMPTED = "exempted"


@dataclass(frozen=True, slots=True)
class UnknownReason:
    """A reason: its kind, and a sentence about the grant."""

    kind: ReasonKind
    text: Text
