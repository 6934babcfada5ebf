"""Regular expressions for a filter, with as few backslashes as possible.

A quoted text in the query language has escapes of its own. Character classes can replace backslashes and mean the same
however the text is unquoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_META = re.compile(r"[.*+?()|{}\[$\]]")
_ESCAPE = re.compile(r"\\(Q.*?(?:\\E|$)|[\s\S])|(\[\^?\]?)|(\])", re.DOTALL)
_OUTSIDE = {"d": "[0-9]", "w": "[0-9A-Za-z_]", "D": "[^0-9]", "W": "[^0-9A-Za-z_]"}
_INSIDE = {"d": "0-9", "w": "0-9A-Za-z_"}
_BREAKS = "./@-:"
_PLAIN_INSIDE = frozenset(".$*+?(){}|/")  # characters that need no backslash in a class


def escape(text: str) -> str:
    """A regular expression that matches exactly `text`."""
    return _META.sub(r"[\g<0>]", re.sub(r"[\\^]", r"\\\g<0>", text))


def any_of(texts: Sequence[str], *, before: str = "", after: str = "", cased: bool = False) -> str:
    """A regular expression for any of the texts, between two anchors."""
    shared = _shared_start(texts) if len(texts) > 1 else ""
    endings = "|".join(escape(text.removeprefix(shared)) for text in texts)
    joined = f"{escape(shared)}({endings})" if len(texts) > 1 else endings
    return f"{'' if cased else '(?i)'}{before}{joined}{after}"


def _shared_start(texts: Sequence[str]) -> str:
    """The common prefix of all texts, up to the end of a word."""
    first, last = min(texts), max(texts)
    length = next((at for at, char in enumerate(first) if last[at] != char), len(first))
    return first[: 1 + max(first.rfind(char, 0, length) for char in _BREAKS)]


def glob(parts: list[str | int], *, cased: bool) -> str:
    """A regular expression for a text with wildcards, in the form of values.py: `parts` with 1 for `?` and 2 for `*`."""
    wild = {1: ".", 2: ".*"}
    pieces = [wild[part] if isinstance(part, int) else escape(part) for part in parts]
    return f"(?{'' if cased else 'i'}s)^{''.join(pieces)}$"


def plain(pattern: str) -> str:
    """A rule's RE2 pattern with character classes instead of backslashes; it matches the same texts."""
    inside = False

    def replace(match: re.Match[str]) -> str:
        nonlocal inside
        escaped, opening, closing = match.groups()
        if opening and not inside:
            inside = True
        elif closing:
            inside = False
        elif escaped:
            return _unescaped(escaped, inside=inside) or match[0]
        return match[0]

    return pattern if "[[:" in pattern or "[:" in pattern else _ESCAPE.sub(replace, pattern)


def _unescaped(escaped: str, *, inside: bool) -> str:
    if inside:
        return _INSIDE.get(escaped, escaped if escaped in _PLAIN_INSIDE else "")
    return _OUTSIDE.get(escaped, f"[{escaped}]" if _META.fullmatch(escaped) and escaped != "]" else "")
