"""Draws a badge as SVG: two fields with white text, readable without its colours. Pure functions."""

from __future__ import annotations

from html import escape

from shared.texts.wrap import width

HEIGHT, PADDING, SIZE = 20, 7, 11
NARROW, WIDE = 6.1, 11.2  # pixels of a letter, and of a character that takes two columns
LABEL_FILL = "#57504a"
LONGEST = 40
FONT = "Verdana, 'Noto Sans', 'Noto Sans CJK JP', 'Hiragino Sans', sans-serif"


def badge(label: str, word: str, fill: str) -> str:
    """The SVG with a label and a word on a fill such as `#33705f`. Both texts are shortened and escaped."""
    label, word = (_plain(text) for text in (label, word))
    left, right = (_pixels(text) + 2 * PADDING for text in (label, word))
    name = escape(f"{label}: {word}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right:.0f}" height="{HEIGHT}" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{left + right:.0f}" height="{HEIGHT}" rx="4" fill="{fill}"/>'
        f'<path d="M4 0H{left:.0f}V{HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z" fill="{LABEL_FILL}"/>'
        f'<g fill="#fff" font-family="{FONT}" font-size="{SIZE}" text-rendering="geometricPrecision">'
        f"{_text(label, 0, left)}{_text(word, left, right)}</g></svg>\n"
    )


def _pixels(text: str) -> float:
    """The approximate width of a text in pixels; the picture stretches the text to this width."""
    wide = width(text) - len(text)
    return (len(text) - wide) * NARROW + wide * WIDE


def _text(text: str, begin: float, length: float) -> str:
    inner = length - 2 * PADDING
    return f'<text x="{begin + PADDING:.0f}" y="14" textLength="{inner:.0f}">{escape(text)}</text>'


def _plain(text: str) -> str:
    """The text in printable characters, shortened."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
