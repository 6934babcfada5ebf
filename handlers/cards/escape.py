"""Text from outside, made harmless before it reaches a card.

A TextBlock and a Fact interpret a subset of Markdown (learn.microsoft.com, "Format cards in Teams") and every text
expands {{DATE(…)}} and {{TIME(…)}} (adaptivecards.io, "Text features"). A person who can write a log entry must not be
able to put a link, a mention, an image, a heading or a time on a card.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from shared.lazy.pattern import lazy_pattern
from shared.secret_urls import LOOPBACK_HOSTS

MAX_URL = 2_000
# An invisible character: it parts what would be read as markup, where a backslash would be shown by the mobile clients.
GAP = "\u200b"

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in r"\*_[]`~"})
_BLOCK_START = lazy_pattern(r"^(?:[#>+=|-]|\d{1,9}[.)])")
# Macros, templates, tags and autolinks, entities, addresses that a client may turn into links, mentions of everybody.
_SPLIT = lazy_pattern(
    r"(?<=\{)(?=\{)|(?<=\$)(?=\{)|(?<=<)|(?<=&)(?=#?\w+;)|(?<=:)(?=//)|(?<![\w.]@)(?<=@)(?=(?:everyone|here|channel|all|room)\b)|(?<=www)(?=\.)",
    re.IGNORECASE,
)
# Right-to-left overrides and isolates show a text in another order than it has; the joiner is part of emoji.
_INVISIBLE_KEPT = "\u200d"
_URL = lazy_pattern(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+")


def clean(text: str) -> str:
    """One line of visible characters, without control, format, private-use or lone surrogate characters, with single spaces."""
    if not text.isprintable():
        text = text.translate({ord(char): _REPLACED[kind] for char, kind in _replaced(text, _INVISIBLE_KEPT)})
    return " ".join(text.split())


_VISIBLE = f"\n\t{_INVISIBLE_KEPT}"
_REPLACED = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Cs": "\ufffd", "Co": "\ufffd"}


def visible(text: str) -> str:
    """A value for programs: characters that `clean` removes are written as JSON escapes, which have no effect where they are shown."""
    if text.isprintable():
        return text
    return text.translate({ord(char): f"\\u{ord(char):04x}" for char, _ in _replaced(text, _VISIBLE)})


def _replaced(text: str, kept: str) -> Iterator[tuple[str, str]]:
    """The characters that are not shown as they are, each once, with their category; a text may be megabytes long."""
    for char in set(text).difference(kept):
        if not char.isprintable() and (kind := unicodedata.category(char)) in _REPLACED:
            yield char, kind


def cut(text: str, length: int) -> str:
    """At most `length` characters; an ellipsis marks a cut."""
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


def plain(text: str, length: int) -> str:
    """Text for a TextRun or a fallback, which do not interpret Markdown; only macros and autolinks are broken."""
    # A text may be megabytes long; the examined part is bounded, with room for removed characters.
    return _SPLIT.sub(GAP, cut(clean(text[: 8 * length]), length))


def command(text: str, length: int) -> str:
    """A command line for a TextRun, exactly as it can be pasted; empty if it would have to be cut or changed."""
    shown = text.replace("gs://", "gs:")  # no client makes a link of a bucket
    return text if plain(shown, length) == shown else ""


def markdown(text: str, length: int) -> str:
    """Text for a TextBlock or a Fact, shown literally without Markdown.

    The mobile clients remove a backslash before `*`, `_` and brackets only, so everything else is separated by an
    invisible character instead.
    """
    escaped = plain(text, length).translate(_MARKS)
    return GAP + escaped if _BLOCK_START.match(escaped) else escaped


def url(text: str, *, loopback: bool = False) -> str | None:
    """The address if a button may open it, otherwise empty: https (or, with `loopback`, http on this machine), and not too long."""
    if len(text) > MAX_URL or not _URL.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    if not host or parts.username is not None:
        return None
    local = host in LOOPBACK_HOSTS or host == "::1"
    return text if parts.scheme == "https" or (loopback and local) else None
