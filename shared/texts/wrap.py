"""Texts in lines of a terminal: full-width characters take two columns, and Japanese breaks between characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# A run of other characters than these stays together; a line neither begins nor ends with some of them.
_PIECE = re.compile(r"\s+|[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]|[^\s\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+")
_NEVER_FIRST = frozenset("、。，．・：；？！」』）】〕〉》ーァィゥェォッャュョぁぃぅぇぉっゃゅょ々〜…,.;:!?)]}")
_NEVER_LAST = frozenset("「『（【〔〈《([{")


def width(text: str) -> int:
    """The columns that the text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns; a piece that is longer has a line of its own."""
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
    """What a line break does not part: words, and a character with the marks that belong to it."""
    held = ""
    for piece in _PIECE.findall(text):
        if held and not (piece[0] in _NEVER_FIRST or held[-1] in _NEVER_LAST):
            yield held
            held = ""
        held += piece
    if held:
        yield held
