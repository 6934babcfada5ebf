"""Renders a tree as text of the Logging query language.

https://docs.cloud.google.com/logging/docs/view/logging-query-language: NOT binds strongest, then OR, then AND, so every
AND and OR inside another one gets parentheses; texts are quoted; `--` starts a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sinks.tree import And, Compare, Constant, Expr, Not, Op, Or

WIDTH = 110
INDENT = " "

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def text(expr: Expr, depth: int = 0) -> str:
    """The filter for a tree, `depth` levels deep; long lines are broken."""
    line = _inline(expr)
    if _fits(line, depth):
        return line
    if isinstance(expr, Not):
        return "NOT " + _grouped(expr.node, depth)
    if isinstance(expr, And | Or):
        pieces = _pieces(expr)
        if len(pieces) == 1:
            return _grouped(pieces[0], depth)
        return lines((_grouped(piece, depth) for piece in pieces), _word(expr), depth)
    return line


def lines(parts: Iterable[str], word: str, depth: int) -> str:
    """Parts below each other, joined by AND or OR."""
    return f"\n{INDENT * depth}{word} ".join(parts)


@lru_cache(maxsize=1024)
def path(steps: Steps) -> str:
    """A field path; keys that are not plain names are quoted."""
    return ".".join(step if _NAME.fullmatch(step) else quoted(step) for step in map(str, steps))


def quoted(value: str) -> str:
    """A text in double quotes."""
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _code(char)) for char in value) + '"'


def comment(line: str) -> str:
    """A comment on one line for any text."""
    return "-- " + " ".join("".join(char if char.isprintable() else " " for char in line).split())


def _code(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else char


@dataclass(frozen=True, slots=True)
class _OneField:
    """Alternatives for one field: `path=("a" OR "b")`."""

    start: str
    values: list[str]

    def line(self) -> str:
        """The text on one line."""
        return self.start + (self.values[0] if len(self.values) == 1 else f"({' OR '.join(self.values)})")

    def block(self, depth: int) -> str:
        """The text with one value a line, if a single line would be long."""
        if _fits(self.line(), depth) or len(self.values) == 1:
            return self.line()
        return f"{self.start}(\n{INDENT * (depth + 1)}{lines(self.values, 'OR', depth + 1)}\n{INDENT * depth})"


_Piece = Expr | _OneField


def _fits(line: str, depth: int) -> bool:
    return len(line) + len(INDENT) * depth <= WIDTH


def _grouped(piece: _Piece, depth: int) -> str:
    if isinstance(piece, _OneField):
        return piece.block(depth)
    if not isinstance(piece, And | Or) or len(_pieces(piece)) == 1:
        return text(piece, depth)
    line = f"({_inline(piece)})"
    if _fits(line, depth):
        return line
    return f"(\n{INDENT * (depth + 1)}{text(piece, depth + 1)}\n{INDENT * depth})"


def _inline(piece: _Piece) -> str:
    if isinstance(piece, _OneField):
        return piece.line()
    if isinstance(piece, Compare):
        return _compared(piece)
    if isinstance(piece, Not):
        return f"NOT {_inner(piece.node)}"
    if isinstance(piece, And | Or):
        return f" {_word(piece)} ".join(_inner(inner) for inner in _pieces(piece))
    return _constant(piece)


def _inner(piece: _Piece) -> str:
    several = isinstance(piece, And | Or) and len(_pieces(piece)) > 1
    return f"({_inline(piece)})" if several else _inline(piece)


def _word(expr: And | Or) -> str:
    return "AND" if isinstance(expr, And) else "OR"


def _constant(expr: Expr) -> str:
    # Every LogEntry has a log name, so this is true or false for all of them.
    everything = isinstance(expr, Constant) and expr.value
    return "logName:*" if everything else "NOT logName:*"


def _compared(node: Compare) -> str:
    return _start(node) + ("" if node.op is Op.PRESENT else _value(node.value))


def _start(node: Compare) -> str:
    return path(node.steps) + node.op


def _value(value: str | float | bool) -> str:  # noqa: FBT001
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else str(value)


def _pieces(expr: And | Or) -> list[_Piece]:
    """The nodes, with the alternatives for one field in one comparison."""
    if isinstance(expr, And):
        return list(expr.nodes)
    pieces: list[_Piece] = []
    by_field: dict[str, _OneField] = {}
    for node in expr.nodes:
        if not isinstance(node, Compare) or node.op not in (Op.EQUAL, Op.HAS):
            pieces.append(node)
        elif (start := _start(node)) in by_field:
            by_field[start].values.append(_value(node.value))
        else:
            by_field[start] = _OneField(start, [_value(node.value)])
            pieces.append(by_field[start])
    return pieces
