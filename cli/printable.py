"""Text that is safe to print: it contains no control characters of the terminal."""

from __future__ import annotations

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(value: object) -> str:
    """`value` on one line of printable characters: white space becomes a space, other characters are replaced."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else REPLACEMENT for char in text)
