"""Explains why a rule matches an entry or not: every condition with the values of the entry. For the command line.

Conditions are evaluated by the nodes of matcher.py, so an explanation never disagrees with detection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from collectors.metrics_analysis.sigma import fields, matcher, values
from collectors.metrics_analysis.sigma.origin import is_audit_log, is_own_log
from collectors.metrics_analysis.sigma.update_mask import with_update_mask
from shared.identity.service_agents import IsMonitored, without_numbers
from shared.texts import COMMA, Text, joined
from shared.texts.cli import rules as texts

MOST_SHOWN = 4  # values of the entry or of the rule in one line
LONGEST = 120  # characters of a value


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """Whether one condition of a rule is true, and why.

    `text` is the condition, `found` the values of the entry; both are empty for a combination of `parts`. `failed` is
    the smallest number of single conditions that would have to differ, of `total`.
    """

    holds: bool
    text: Text
    found: Text
    parts: tuple[ConditionResult, ...]
    failed: int
    total: int

    @property
    def nearness(self) -> tuple[int, int]:
        """A sort key: near misses first, then true conditions."""
        return (not self.failed, self.failed)


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """Why a rule matches an entry or not. `refusals` are the reasons for which the rule is not evaluated at all."""

    rule: str
    refusals: tuple[Text, ...]
    condition: ConditionResult

    @property
    def matches(self) -> bool:
        """Whether the rule matches the entry."""
        return self.condition.holds and not self.refusals


def explain(
    spec: dict[str, Any], entry: dict[str, Any], is_monitored: IsMonitored = without_numbers
) -> RuleExplanation:
    """Explains why the compiled rule matches a LogEntry from evidence.understand, or does not."""
    entry = with_update_mask(entry)
    condition = _condition(spec["condition"], entry, entry, is_monitored)
    return RuleExplanation(spec["name"], tuple(_refusals(spec, entry)), condition)


def nearest(
    rules: Sequence[dict[str, Any]], entry: dict[str, Any], is_monitored: IsMonitored = without_numbers, *, most: int
) -> list[RuleExplanation]:
    """The rules that match, then those with the fewest failed conditions; rules without a true condition are omitted."""
    found = [explain(spec, entry, is_monitored) for spec in rules]
    near = [each for each in found if each.condition.failed < each.condition.total]
    return sorted(near, key=lambda each: (len(each.refusals) + each.condition.failed, -each.condition.total))[:most]


def _refusals(spec: dict[str, Any], entry: dict[str, Any]) -> list[Text]:
    is_audit = "protoPayload" in entry
    if not is_own_log(entry):
        return [texts.FOREIGN_LOG(log=str(entry.get("logName", "")))]
    if spec["payload"] == "audit" and not is_audit_log(entry):
        return [texts.NO_AUDIT_LOG]
    return [texts.AUDIT_LOG] if spec["payload"] == "platform" and is_audit else []


def _condition(node: list[Any], value: Any, entry: Any, is_monitored: IsMonitored) -> ConditionResult:
    return _EXPLAINED[node[0]](node, value, entry, is_monitored)


def _all(node: list[Any], value: Any, entry: Any, is_monitored: IsMonitored) -> ConditionResult:
    parts = sorted((_condition(part, value, entry, is_monitored) for part in node[1]), key=lambda part: part.nearness)
    failed, total = sum(part.failed for part in parts), sum(part.total for part in parts)
    return ConditionResult(not failed, texts.ALL_OF, texts.NOTHING, tuple(parts), failed, total)


def _one(node: list[Any], value: Any, entry: Any, is_monitored: IsMonitored) -> ConditionResult:
    parts = sorted(
        (_condition(part, value, entry, is_monitored) for part in node[1]), key=lambda part: (part.failed, -part.total)
    )
    holds = any(part.holds for part in parts)
    shown = tuple(part for part in parts if part.holds) if holds else tuple(parts)
    return ConditionResult(holds, texts.ONE_OF, texts.NOTHING, shown, 0 if holds else parts[0].failed, parts[0].total)


def _not(node: list[Any], value: Any, entry: Any, is_monitored: IsMonitored) -> ConditionResult:
    if node[1][0] == "or":
        none = _all(["and", [["not", part] for part in node[1][1]]], value, entry, is_monitored)
        return replace(none, text=texts.NONE_OF)
    inner = _condition(node[1], value, entry, is_monitored)
    text = texts.NOT(condition=inner.text)
    return ConditionResult(not inner.holds, text, inner.found, inner.parts, int(inner.holds), 1)


def _block(node: list[Any], value: Any, entry: Any, is_monitored: IsMonitored) -> ConditionResult:
    _, quantifier, path, inner = node
    holds = matcher.build(node, is_monitored).holds(value, entry)
    elements = fields.elements(value, fields.parse(path))
    text = texts.BLOCKS[quantifier](path=path)
    if not elements or holds or quantifier == "none":
        found = texts.ELEMENTS(count=len(elements))
        total = _condition(inner, None, entry, is_monitored).total
        return ConditionResult(holds, text, found, (), 0 if holds else total, total)
    results = [_condition(inner, element, entry, is_monitored) for element in elements]
    unmet = [result for result in results if not result.holds]
    closest = min(unmet, key=lambda result: result.failed)
    found = texts.NEAREST_ELEMENT(count=len(elements))
    parts = closest.parts or (closest,)
    return ConditionResult(holds, text, found, parts, closest.failed, closest.total)


def _leaf(node: list[Any], value: Any, entry: Any, is_monitored: IsMonitored) -> ConditionResult:
    holds = matcher.build(node, is_monitored).holds(value, entry)
    return ConditionResult(holds, _leaf_text(node), _found(value, node[1]), (), int(not holds), 1)


def _leaf_text(node: list[Any]) -> Text:
    kind, path = node[0], node[1]
    if kind == "exists":
        return texts.EXISTS(path=path)
    if kind == "missing":
        return texts.IS_MISSING(path=path)
    if kind == "same":
        return texts.SAME_AS(path=path, other=node[2])
    return texts.FIELD(path=path, test=joined([_test(test) for test in node[2]], texts.OR))


def _test(test: list[Any]) -> Text:
    kind = test[0]
    if kind == "text":
        return texts.TEXT_TESTS[test[1]](values=_listed(test[2]))
    if kind == "number":
        return Text.verbatim(f"{texts.ORDERS[test[1]]} {test[2]}")
    if kind == "glob":
        return texts.MATCHES(pattern=_cut("".join(part if isinstance(part, str) else " ?*"[part] for part in test[1])))
    if kind == "re":
        return texts.MATCHES(pattern=_cut(f"/{test[1]}/"))
    if kind in (values.AGENT, "cidr"):
        return texts.AGENTS[test[1]] if kind == values.AGENT else texts.IN_NETWORK(network=test[1])
    return texts.TEXT_TESTS["is"](values="null" if kind == "null" else str(test[1]).lower())


def _found(value: Any, path: str) -> Text:
    items = fields.members(fields.find(value, fields.parse(path)))
    if not items:
        return texts.FIELD_MISSING
    shown = [matcher.OBJECT if isinstance(item, dict | list) else f"'{_cut(str(item))}'" for item in items]
    return texts.FOUND(values=_listed(shown, quote=False))


def _listed(items: Sequence[str], *, quote: bool = True) -> Text:
    """The first values, and the number of further ones."""
    shown = [Text.verbatim(f"'{_cut(value)}'" if quote else value) for value in items[:MOST_SHOWN]]
    more = len(items) - MOST_SHOWN
    return joined([*shown, texts.MORE(count=more)] if more > 0 else shown, texts.OR if quote else COMMA)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


_EXPLAINED: dict[str, Callable[[list[Any], Any, Any, IsMonitored], ConditionResult]] = {
    "and": _all,
    "or": _one,
    "not": _not,
    "block": _block,
    "field": _leaf,
    "exists": _leaf,
    "missing": _leaf,
    "same": _leaf,
}
