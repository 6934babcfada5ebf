"""Names that a person may have meant by one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST = 3


def nearest(text: str, known: Iterable[str], most: int = MOST) -> list[str]:
    """At most so many of the known names: those that contain `text`, then the most similar. Capitals do not count."""
    names = {name.lower(): name for name in known}
    text = text.lower()
    inside = sorted((name for name in names if len(text) > 2 and text in name), key=len)
    return [names[name] for name in dict.fromkeys([*inside, *get_close_matches(text, names, n=most)])][:most]


def did_you_mean(text: str, known: Iterable[str], most: int = MOST) -> str:
    """`: did you mean 'a', 'b' or 'c'?`, to go behind what is wrong with `text`; empty when no known name is similar."""
    near = nearest(text, known, most)
    return f": did you mean {listed(near)}?" if near else ""


def listed(names: Sequence[str]) -> str:
    """`'a', 'b' or 'c'`."""
    quoted = [f"'{name}'" for name in names]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]])) if quoted else ""
