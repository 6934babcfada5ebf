"""What changed before an incident, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.i18n import Words

if TYPE_CHECKING:
    from insights.causes.model import Cause, Told


def line(cause: Cause, words: Words) -> str:
    """The change, who made it and what speaks for it, in one line."""
    return words("cause.line", change=headline(cause, words), evidence=reasons(cause, words))


def headline(cause: Cause, words: Words) -> str:
    """The change, and who made it where that is known."""
    kind = words(f"cause.kind.{cause.kind.replace(' ', '_')}")
    what = phrase(cause.what, words)
    if cause.who:
        return words("cause.change_by", kind=kind, what=what, who=cause.who)
    return words("cause.change", kind=kind, what=what)


def reasons(cause: Cause, words: Words) -> str:
    """What speaks for it."""
    return words("cause.and").join(phrase(told, words) for told in cause.evidence)


def phrase(told: Told, words: Words) -> str:
    """One thing that is said of a change."""
    return words(f"cause.{told.saying}", **told.values)
