"""Names that a person may have meant by one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 3


def nearest(text: str, known: Iterable[str], most: int = MOST) -> list[str]:
    """At most so many of the known names, the most similar first; capitals make no difference."""
    names = {name.lower(): name for name in known}
    text = text.lower()
    found = get_close_matches(text, names, n=most)
    inside = [name for name in names if len(text) > 2 and text in name and name not in found]
    return [names[name] for name in (found + inside)[:most]]


def did_you_mean(text: str, known: Iterable[str], most: int = MOST) -> str:
    """`: did you mean 'a' or 'b'?`, empty when no known name is similar. It goes behind what is wrong with `text`."""
    near = [f"'{name}'" for name in nearest(text, known, most)]
    return f": did you mean {' or '.join(near)}?" if near else ""
