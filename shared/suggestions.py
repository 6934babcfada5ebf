"""Suggests existing names that are similar to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from shared.texts import EMPTY, Text, joined, suggestions

MOST = 3


def nearest(text: str, candidates: Iterable[str], most: int = MOST) -> list[str]:
    """The `most` best matches of `text`: names that contain it first, then similar names. Case is ignored."""
    names = {name.lower(): name for name in candidates}
    text = text.lower()
    inside = sorted((name for name in names if len(text) > 2 and text in name), key=len)
    return [names[name] for name in dict.fromkeys([*inside, *get_close_matches(text, names, n=most)])][:most]


def did_you_mean(text: str, candidates: Iterable[str], most: int = MOST) -> Text:
    """`: did you mean 'a', 'b' or 'c'?`, to append to a message about `text`; empty if no name is similar."""
    return did_you_mean_one_of(nearest(text, candidates, most))


def did_you_mean_one_of(names: Sequence[str]) -> Text:
    """`: did you mean 'a', 'b' or 'c'?` of names that are known to be near; empty without names."""
    return suggestions.DID_YOU_MEAN(names=listed(names)) if names else EMPTY


def question(names: Sequence[str]) -> Text:
    """`Did you mean 'a' or 'b'?`, a sentence after an empty answer; empty without names."""
    return suggestions.QUESTION(names=listed(names)) if names else EMPTY


def listed(names: Sequence[str]) -> Text:
    """The names as a list for a sentence: `'a', 'b' or 'c'`."""
    quoted = [Text.verbatim(f"'{name}'") for name in names]
    if len(quoted) < 2:
        return joined(quoted)
    return suggestions.EITHER(first=joined(quoted[:-1]), last=quoted[-1])
