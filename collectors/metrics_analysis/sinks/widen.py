"""Converts a compiled condition to a filter that is true at least (under NOT: at most) where the condition is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sinks import leaves
from collectors.metrics_analysis.sinks.tree import FALSE, TRUE, Expr, either, every, negate, present

# The fields in which the parts of a split audit entry differ (docs.cloud.google.com/logging/docs/audit/split-logs); a
# single part is not enough to test them.
DISTRIBUTED = (("protoPayload", "metadata"), ("protoPayload", "request"), ("protoPayload", "response"))


def wide(node: Sequence[Any], *, unknown: Sequence[Steps] = ()) -> Expr:
    """A filter that matches every entry for which the compiled condition is true.

    Fields below `unknown` are not tested.
    """
    return _Widening(unknown).wide(node)


def reads(node: Sequence[Any], prefixes: Sequence[Steps]) -> bool:
    """Whether a compiled condition reads fields at or below `prefixes`."""
    kind = node[0]
    if kind in ("and", "or"):
        return any(reads(inner, prefixes) for inner in node[1])
    if kind == "not":
        return reads(node[1], prefixes)
    paths = [node[2]] if kind == "block" else [node[1], node[2]] if kind == "same" else [node[1]]
    return any(_touches(_steps(path), prefixes) for path in paths)


def _touches(steps: Steps, paths: Sequence[Steps]) -> bool:
    return any(steps[: len(path)] == path[: len(steps)] for path in paths)


def _steps(path: str) -> Steps:
    return tuple(step for step in fields.parse(path) if isinstance(step, str))


def _has_position(path: str) -> bool:
    return any(isinstance(step, int) for step in fields.parse(path))


@dataclass(frozen=True, slots=True)
class _Widening:
    """Converts in both directions, because NOT swaps them. `prefix` is the list of the surrounding block."""

    unknown: Sequence[Steps]
    prefix: Steps | None = None

    def wide(self, node: Sequence[Any]) -> Expr:
        return _WIDE[node[0]](self, *node[1:])

    def narrow(self, node: Sequence[Any]) -> Expr:
        return _NARROW[node[0]](self, *node[1:])

    def full_path(self, path: str) -> Steps:
        return (self.prefix or ()) + _steps(path)

    def hidden(self, steps: Steps) -> bool:
        return not steps or _touches(steps, self.unknown)

    def exact(self, path: str) -> bool:
        return not _has_position(path) and not self.hidden(self.full_path(path))

    def wide_and(self, nodes: list[Any]) -> Expr:
        # In a block all conditions apply to the same element; a filter cannot express that, so each may hold for
        # another.
        return every(self.wide(node) for node in nodes)

    def narrow_and(self, nodes: list[Any]) -> Expr:
        return every(self.narrow(node) for node in nodes) if self.prefix is None or len(nodes) == 1 else FALSE

    def wide_or(self, nodes: list[Any]) -> Expr:
        return either(self.wide(node) for node in nodes)

    def narrow_or(self, nodes: list[Any]) -> Expr:
        return either(self.narrow(node) for node in nodes)

    def wide_not(self, node: list[Any]) -> Expr:
        # "Some element does not match" is a weaker condition than "no element matches".
        return negate(self.narrow(node)) if self.prefix is None else TRUE

    def narrow_not(self, node: list[Any]) -> Expr:
        return negate(self.wide(node)) if self.prefix is None else FALSE

    def wide_field(self, path: str, tests: list[Any]) -> Expr:
        steps = self.full_path(path)
        return TRUE if self.hidden(steps) else either(leaves.wide(steps, test) for test in tests)

    def narrow_field(self, path: str, tests: list[Any]) -> Expr:
        return either(leaves.narrow(self.full_path(path), test) for test in tests) if self.exact(path) else FALSE

    def wide_exists(self, path: str) -> Expr:
        steps = self.full_path(path)
        return TRUE if self.hidden(steps) else present(steps)

    def narrow_exists(self, path: str) -> Expr:
        if path == fields.ITSELF or not self.exact(path):
            return FALSE  # null and an empty list count as present, although they have no element
        return present(self.full_path(path))

    def wide_same(self, path: str, other: str, _how: str) -> Expr:
        both = [self.full_path(path), _steps(other)]
        return every(present(steps) for steps in both if not self.hidden(steps))

    def wide_block(self, quantifier: str, path: str, inner: list[Any]) -> Expr:
        steps = self.full_path(path)
        if quantifier == "none":
            return self.wide_not(["block", "any", path, inner])
        if quantifier == "all_or_empty" or self.hidden(steps):
            return TRUE
        return every([present(steps), _Widening(self.unknown, steps).wide(inner)])

    def narrow_block(self, quantifier: str, path: str, inner: list[Any]) -> Expr:
        if quantifier == "none":
            return self.narrow_not(["block", "any", path, inner])
        if quantifier != "any" or not self.exact(path):
            return FALSE
        return _Widening(self.unknown, self.full_path(path)).narrow(inner)


_WIDE: dict[str, Callable[..., Expr]] = {
    "and": _Widening.wide_and,
    "or": _Widening.wide_or,
    "not": _Widening.wide_not,
    "field": _Widening.wide_field,
    "exists": _Widening.wide_exists,
    "missing": lambda *_: TRUE,  # null and an empty list count as missing, which a filter cannot express
    "same": _Widening.wide_same,
    "block": _Widening.wide_block,
}
_NARROW: dict[str, Callable[..., Expr]] = {
    "and": _Widening.narrow_and,
    "or": _Widening.narrow_or,
    "not": _Widening.narrow_not,
    "field": _Widening.narrow_field,
    "exists": _Widening.narrow_exists,
    "missing": lambda *_: FALSE,
    "same": lambda *_: FALSE,
    "block": _Widening.narrow_block,
}
