"""A filter as a tree, which is rendered for Cloud Logging and evaluated for measurements.

The semantics are those of docs.cloud.google.com/logging/docs/view/logging-query-language: text comparisons ignore case,
regular expressions do not; a path that crosses a list is true if any member is; a comparison with a missing field is
false, and so NOT of it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from collectors.metrics_analysis.sigma import fields, values
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sinks import kinds


class Op(StrEnum):
    """The operators in the notation of the language."""

    PRESENT = ":*"
    EQUAL = "="
    HAS = ":"
    REGEX = "=~"
    LESS = "<"
    LESS_EQUAL = "<="
    MORE = ">"
    MORE_EQUAL = ">="


class Expr(Protocol):
    """A node of a filter, which is a key of dictionaries: a node with others below it keeps its hash."""

    def __hash__(self) -> int:
        """The hash of its content."""

    @property
    def literals(self) -> frozenset[Expr]:
        """Every comparison in the node, each also negated."""

    def holds(self, entry: dict[str, Any]) -> bool:
        """Whether the filter lets the entry through."""


@dataclass(frozen=True)
class Constant:
    """A constant node: passes every entry or none."""

    value: bool

    @property
    def literals(self) -> frozenset[Expr]:
        """Every comparison in the node, each also negated."""
        return frozenset()

    def holds(self, entry: dict[str, Any]) -> bool:
        """Whether the filter lets the entry through."""
        del entry
        return self.value


TRUE, FALSE = Constant(value=True), Constant(value=False)


@dataclass(frozen=True)
class Compare:
    """A comparison of a field with a value; PRESENT ignores the value."""

    steps: Steps
    op: Op
    value: str | float | bool = ""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.steps, self.op, self.value))

    @cached_property
    def literals(self) -> frozenset[Expr]:
        """Every comparison in the node, each also negated."""
        return frozenset((self, Not(self)))

    def holds(self, entry: dict[str, Any]) -> bool:
        """Whether the filter lets the entry through."""
        items = fields.find(entry, self.steps)
        if self.op is Op.PRESENT:
            return bool(items)
        if not items:
            default = kinds.default(self.steps)
            return default is not None and self._test(default)
        return any(self._test(member) for member in fields.members(items))

    @cached_property
    def _test(self) -> Callable[[Any], bool]:
        return _TESTS[self.op](self)


@dataclass(frozen=True)
class Not:
    """The negation of a node."""

    node: Expr

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((Not, self.node))

    @property
    def literals(self) -> frozenset[Expr]:
        """Every comparison in the node, each also negated."""
        return self.node.literals

    def holds(self, entry: dict[str, Any]) -> bool:
        """Whether the filter lets the entry through."""
        return not self.node.holds(entry)


@dataclass(frozen=True)
class And:
    """The conjunction of its parts; create it with `every`."""

    nodes: tuple[Expr, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((And, self.nodes))

    @cached_property
    def literals(self) -> frozenset[Expr]:
        """Every comparison in the node, each also negated."""
        return frozenset().union(*(node.literals for node in self.nodes))

    def holds(self, entry: dict[str, Any]) -> bool:
        """Whether the filter lets the entry through."""
        return all(node.holds(entry) for node in self.nodes)


@dataclass(frozen=True)
class Or:
    """The disjunction of its parts; create it with `either`."""

    nodes: tuple[Expr, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((Or, self.nodes))

    @cached_property
    def literals(self) -> frozenset[Expr]:
        """Every comparison in the node, each also negated."""
        return frozenset().union(*(node.literals for node in self.nodes))

    def holds(self, entry: dict[str, Any]) -> bool:
        """Whether the filter lets the entry through."""
        return any(node.holds(entry) for node in self.nodes)


def present(steps: Steps) -> Compare:
    """A node that tests whether a field is present."""
    return Compare(steps, Op.PRESENT)


def negate(node: Expr) -> Expr:
    """The negation of a node, simplified."""
    if isinstance(node, Constant):
        return FALSE if node.value else TRUE
    return node.node if isinstance(node, Not) else Not(node)


def every(nodes: Iterable[Expr]) -> Expr:
    """The conjunction of nodes, simplified."""
    parts = _parts(And, nodes, facts_of=lambda part: part)
    parts.pop(TRUE, None)
    if FALSE in parts or any(negate(part) in parts for part in parts):
        return FALSE
    return _joined(And, [part for part in parts if not _implied(part, parts)], TRUE)


def either(nodes: Iterable[Expr]) -> Expr:
    """The disjunction of nodes, simplified, with conditions common to all alternatives moved to the front."""
    parts = _parts(Or, nodes, facts_of=negate)
    parts.pop(FALSE, None)
    if TRUE in parts or any(negate(part) in parts for part in parts):
        return TRUE
    conjuncts = [_conjuncts(part) for part in parts]
    common = [node for node in conjuncts[0] if all(node in other for other in conjuncts)] if conjuncts else []
    if common:
        rest = either(every(node for node in one if node not in common) for one in conjuncts)
        return every([*common, rest])
    needed = [frozenset(one) for one in conjuncts]
    weakest = [part for part, one in zip(parts, needed, strict=True) if not any(other < one for other in needed)]
    return _joined(Or, weakest, FALSE)


def _parts(kind: type[And | Or], nodes: Iterable[Expr], facts_of: Callable[[Expr], Expr]) -> dict[Expr, None]:
    """The nodes, flattened and without duplicates, simplified by the facts of the plain comparisons among them."""
    parts = _flat(kind, nodes)
    facts = {facts_of(part) for part in parts if _is_plain(part)}
    return _flat(kind, (part if _is_plain(part) else _given(part, facts) for part in parts))


def _flat(kind: type[And | Or], nodes: Iterable[Expr]) -> dict[Expr, None]:
    parts: dict[Expr, None] = {}
    for node in nodes:
        parts.update(dict.fromkeys(node.nodes if isinstance(node, kind) else (node,)))
    return parts


def _is_plain(node: Expr) -> bool:
    return isinstance(node, Compare) or (isinstance(node, Not) and isinstance(node.node, Compare))


def _given(node: Expr, facts: set[Expr]) -> Expr:
    """`node`, simplified under the given facts."""
    if node.literals.isdisjoint(facts):
        return node
    if node in facts:
        return TRUE
    if isinstance(node, And):
        return every(_given(inner, facts) for inner in node.nodes)
    if isinstance(node, Or):
        return either(_given(inner, facts) for inner in node.nodes)
    if isinstance(node, Not):
        return negate(_given(node.node, facts))
    return FALSE if negate(node) in facts else node


def _conjuncts(node: Expr) -> tuple[Expr, ...]:
    return node.nodes if isinstance(node, And) else (node,)


def _implied(part: Expr, parts: Iterable[Expr]) -> bool:
    """Whether another part implies that the field is present."""
    return (
        isinstance(part, Compare)
        and part.op is Op.PRESENT
        and any(other is not part and _needs(other, part.steps) for other in parts)
    )


def _needs(node: Expr, steps: Steps) -> bool:
    """Whether `node` can be true only if there is a value at `steps`."""
    if isinstance(node, Or):
        return all(_needs(inner, steps) for inner in node.nodes)
    if isinstance(node, And):
        return any(_needs(inner, steps) for inner in node.nodes)
    if not isinstance(node, Compare) or node == present(steps) or node.steps[: len(steps)] != steps:
        return False
    return node.op is Op.PRESENT or kinds.default(node.steps) is None


def _joined(kind: type[And | Or], parts: list[Expr], nothing: Constant) -> Expr:
    if len(parts) < 2:
        return parts[0] if parts else nothing
    return kind(tuple(parts))


def _equal(node: Compare) -> Callable[[Any], bool]:
    text = values.fold(fields.text(node.value) or "")
    number = values.number(node.value)
    by_number = kinds.kind_of(node.steps) is kinds.Kind.INT

    def holds(member: Any) -> bool:
        if isinstance(member, str) and not by_number:
            return values.fold(member) == text
        if isinstance(member, bool):
            return fields.text(member) == text
        return number is not None and values.number(member) == number

    return holds


def _has(node: Compare) -> Callable[[Any], bool]:
    part = values.fold(str(node.value))
    return lambda member: isinstance(member, str) and part in values.fold(member)


def _regex(node: Compare) -> Callable[[Any], bool]:
    pattern = str(node.value)
    return lambda member: isinstance(member, str) and values.search(pattern, member) is not None


def _order(node: Compare) -> Callable[[Any], bool]:
    compare, text, number = _ORDERS[node.op], fields.text(node.value), values.number(node.value)
    by_number = kinds.kind_of(node.steps) is kinds.Kind.INT

    def holds(member: Any) -> bool:
        if isinstance(member, str) and not by_number:
            return compare(member, text)  # the value is converted to the field's type, which is text
        actual = values.number(member)
        return actual is not None and compare(actual, number)

    return holds


_ORDERS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.LESS: lambda left, right: left < right,
    Op.LESS_EQUAL: lambda left, right: left <= right,
    Op.MORE: lambda left, right: left > right,
    Op.MORE_EQUAL: lambda left, right: left >= right,
}
_TESTS: dict[Op, Callable[[Compare], Callable[[Any], bool]]] = {
    Op.EQUAL: _equal,
    Op.HAS: _has,
    Op.REGEX: _regex,
    **dict.fromkeys(_ORDERS, _order),
}
