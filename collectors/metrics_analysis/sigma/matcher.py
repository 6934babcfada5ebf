"""Evaluates a compiled condition tree on a log entry.

A node is a JSON list: `["and", [nodes]]`, `["or", [nodes]]`, `["not", node]`, `["field", path, [tests]]` (one matching
test is enough), `["missing", path]`, `["exists", path]`, `["same", path, other, how]`, `["block", quantifier, path,
node]`. Inside a block paths start at the element; the other path of `same` always starts at the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Any, Protocol

from collectors.metrics_analysis.sigma import fields, values
from collectors.metrics_analysis.sigma.fields import Steps
from shared.identity.service_agents import IsMonitored, without_numbers
from shared.lazy.dataclass import dataclass

# A policy has at most 1,500 members (docs.cloud.google.com/iam/quotas), so one call removes and adds 3,000 at most.
MOST_ELEMENTS = 10_000
OBJECT = "{…}"
_COSTS = {"re": 10, values.AGENT: 1_000}


@dataclass(slots=True)
class MatchEvidence:
    """The values and list elements that made a condition true: values by path, elements by the steps of their list.

    `bound` contains the identities of the elements.
    """

    values: dict[str, list[Any]] = field(default_factory=dict)
    elements: dict[Steps, list[Any]] = field(default_factory=dict)
    paths: dict[Steps, str] = field(default_factory=dict)
    bound: dict[Steps, set[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Within:
    """The path from the entry to an element-wise block."""

    path: str = ""
    steps: Steps = ()

    def join(self, path: str) -> str:
        """The full path in the entry of a path in this element."""
        if path == fields.ITSELF:
            return self.path
        return f"{self.path}.{path}" if self.path else path


class Node(Protocol):
    """A condition. `value` is the entry, or the element inside a block; `entry` is always the entry."""

    def holds(self, value: Any, entry: Any) -> bool:
        """Whether the condition is true."""

    def collect(self, value: Any, entry: Any, evidence: MatchEvidence, within: Within) -> None:
        """Adds the evidence of the condition; called only if it is true."""


def build(node: list[Any], is_monitored: IsMonitored = without_numbers) -> Node:
    """The condition for a compiled node. Raises KeyError for an unknown kind of node.

    `is_monitored` is called only if a condition reads the project of a Google-managed account.
    """
    return _NODES[node[0]](is_monitored, *node[1:])


def match_evidence(node: Node, entry: Any) -> MatchEvidence:
    """The evidence of a condition that is true."""
    evidence = MatchEvidence()
    node.collect(entry, entry, evidence, Within())
    return evidence


def _cost(node: list[Any]) -> int:
    """The approximate cost of testing a condition: a regular expression costs ten comparisons, a project number perhaps a query."""
    kind = node[0]
    if kind in ("and", "or"):
        return sum(map(_cost, node[1]))
    if kind == "not":
        return _cost(node[1])
    if kind == "block":
        return 10 + _cost(node[3])
    return max((_COSTS.get(test[0], 1) for test in node[2]), default=1) if kind == "field" else 1


class _And:
    __slots__ = ("cheapest_first", "nodes")

    def __init__(self, is_monitored: IsMonitored, nodes: list[Any]) -> None:
        self.nodes = [
            build(node, is_monitored) for node in nodes
        ]  # in the order of the rule, which is also that of the evidence
        order = sorted(range(len(nodes)), key=lambda at: _cost(nodes[at]))
        self.cheapest_first = [self.nodes[at] for at in order]

    def holds(self, value: Any, entry: Any) -> bool:
        for node in self.cheapest_first:  # noqa: SIM110 - a plain loop is twice as fast, and every rule starts here
            if not node.holds(value, entry):
                return False
        return True

    def collect(self, value: Any, entry: Any, evidence: MatchEvidence, within: Within) -> None:
        for node in self.nodes:
            node.collect(value, entry, evidence, within)


class _Or(_And):
    __slots__ = ()

    def holds(self, value: Any, entry: Any) -> bool:
        for node in self.cheapest_first:  # noqa: SIM110 - as above
            if node.holds(value, entry):
                return True
        return False

    def collect(self, value: Any, entry: Any, evidence: MatchEvidence, within: Within) -> None:
        for node in self.nodes:
            if node.holds(value, entry):
                node.collect(value, entry, evidence, within)


class _Not:
    __slots__ = ("node",)

    def __init__(self, is_monitored: IsMonitored, node: list[Any]) -> None:
        self.node = build(node, is_monitored)

    def holds(self, value: Any, entry: Any) -> bool:
        return not self.node.holds(value, entry)

    def collect(self, value: Any, entry: Any, evidence: MatchEvidence, within: Within) -> None:
        """An absent field has no evidence."""


class _AtPath:
    __slots__ = ("path", "steps")

    def __init__(self, _is_monitored: IsMonitored, path: str) -> None:
        self.path = path
        self.steps = fields.parse(path)

    def matching(self, value: Any, entry: Any) -> list[Any]:
        raise NotImplementedError

    def holds(self, value: Any, entry: Any) -> bool:
        return bool(self.matching(value, entry))

    def collect(self, value: Any, entry: Any, evidence: MatchEvidence, within: Within) -> None:
        recorded = evidence.values.setdefault(within.join(self.path), [])
        for member in self.matching(value, entry):
            shown = OBJECT if isinstance(member, dict | list) else member
            if shown not in recorded:
                recorded.append(shown)


class _Field(_AtPath):
    __slots__ = ("tests",)

    def __init__(self, is_monitored: IsMonitored, path: str, tests: list[Any]) -> None:
        super().__init__(is_monitored, path)
        self.tests = [values.build(test, is_monitored) for test in tests]

    def holds(self, value: Any, entry: Any) -> bool:
        del entry
        # Most rules fail at their first field, so this is the hot path: plain loops.
        for item in fields.find(value, self.steps):
            for member in fields.members(item) if isinstance(item, list) else (item,):
                for test in self.tests:
                    if test(member):
                        return True
        return False

    def matching(self, value: Any, entry: Any) -> list[Any]:
        del entry
        items = fields.members(fields.find(value, self.steps))
        return [member for member in items if any(test(member) for test in self.tests)]


class _Exists(_AtPath):
    __slots__ = ()

    def matching(self, value: Any, entry: Any) -> list[Any]:
        del entry
        return fields.find(value, self.steps)


class _Missing(_AtPath):
    __slots__ = ()

    def holds(self, value: Any, entry: Any) -> bool:
        del entry
        items = fields.members(fields.find(value, self.steps))
        return not items or any(member is None for member in items)

    def collect(self, value: Any, entry: Any, evidence: MatchEvidence, within: Within) -> None:
        """An absent field has no evidence."""


class _Same(_AtPath):
    __slots__ = ("how", "other")

    def __init__(self, is_monitored: IsMonitored, path: str, other: str, how: str) -> None:
        super().__init__(is_monitored, path)
        self.other = fields.parse(other)
        self.how = how

    def matching(self, value: Any, entry: Any) -> list[Any]:
        texts = [text for member in fields.members(fields.find(entry, self.other)) if (text := fields.text(member))]
        same = values.build(["text", self.how, texts, False])
        return [member for member in fields.members(fields.find(value, self.steps)) if same(member)]


class _Block(_AtPath):
    __slots__ = ("inner", "quantifier")

    def __init__(self, is_monitored: IsMonitored, quantifier: str, path: str, inner: list[Any]) -> None:
        super().__init__(is_monitored, path)
        self.quantifier = quantifier
        self.inner = build(inner, is_monitored)
        if quantifier not in _QUANTIFIERS:
            raise KeyError(quantifier)

    def holds(self, value: Any, entry: Any) -> bool:
        elements = fields.elements(value, self.steps)
        hits = (self.inner.holds(element, entry) for element in elements)
        return _QUANTIFIERS[self.quantifier](elements, hits)

    def collect(self, value: Any, entry: Any, evidence: MatchEvidence, within: Within) -> None:
        here = Within(within.join(self.path), within.steps + self.steps)
        for element in fields.elements(value, self.steps):
            if self.inner.holds(element, entry):
                _bind(evidence, here, element)
                self.inner.collect(element, entry, evidence, here)


def _bind(evidence: MatchEvidence, here: Within, element: Any) -> None:
    evidence.paths[here.steps] = here.path
    recorded, known = evidence.elements.setdefault(here.steps, []), evidence.bound.setdefault(here.steps, set())
    if len(recorded) < MOST_ELEMENTS and id(element) not in known:
        known.add(id(element))
        recorded.append(element)


_QUANTIFIERS: dict[str, Callable[[list[Any], Iterable[bool]], bool]] = {
    "any": lambda _, hits: any(hits),
    "all": lambda elements, hits: bool(elements) and all(hits),
    "all_or_empty": lambda _, hits: all(hits),
    "none": lambda _, hits: not any(hits),
}

_NODES: dict[str, Callable[..., Node]] = {
    "and": _And,
    "or": _Or,
    "not": _Not,
    "field": _Field,
    "exists": _Exists,
    "missing": _Missing,
    "same": _Same,
    "block": _Block,
}
