"""Wraps texts to terminal lines: full-width characters take two columns, and Japanese breaks between characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from shared.lazy.pattern import lazy_pattern

# A command in backticks and a run of other characters than these are not broken; some may not begin or end a line.
_PIECE = lazy_pattern(
    r"`[^`\n]{1,200}`|\s+|[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]|[^\s\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+"
)
NEVER_FIRST = frozenset("、。，．・：；？！」』）】〕〉》ーァィゥェォッャュョぁぃぅぇぉっゃゅょ々～…,.;:!?)]}")
NEVER_LAST = frozenset("「『（【〔〈《([{")
UNITS = frozenset("件日分秒時回個人年週台行本系")  # they are on the line of their number


def width(text: str) -> int:
    """The number of terminal columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most `columns` columns; a longer word gets a line of its own."""
    lines, line = [], ""
    for piece in _pieces(text):
        if piece.isspace():
            line += " " if line else ""
        elif width(line) + width(piece) > columns and line.strip():
            lines.append(line.rstrip())
            line = piece
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> Iterator[str]:
    """The parts that a line break does not split: words, and characters with their punctuation."""
    word = ""
    for piece in _PIECE.findall(text):
        if word and not (piece[0] in NEVER_FIRST or word[-1] in NEVER_LAST):
            yield word
            word = ""
        word += piece
    if word:
        yield word
