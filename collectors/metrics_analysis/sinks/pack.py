"""Distributes the rules over as few sinks as the maximum filter length allows; each rule is in one sink.

Rules of one service stay together, so that an entry of that service is exported by one sink and paid for once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from collectors.metrics_analysis.declared_calls import methods
from collectors.metrics_analysis.sinks import loop_guard, render
from collectors.metrics_analysis.sinks.rules import SERVICE, RuleFilter, rule_filters
from collectors.metrics_analysis.sinks.tree import And, Compare, Expr, Op, Or, every
from shared.errors import InputError
from shared.texts.compiler import RULE_TOO_LONG

LIMIT = 20_000  # characters: docs.cloud.google.com/logging/docs/view/logging-query-language#syntax-notation
NAME = "hinomi-evidence-{}"
OWN_CALLS = "hinomi/account_misused"
NO_PERMISSIONS: Mapping[str, Collection[str]] = {}

_ROOM = 200  # for the heading
_TELLING = (SERVICE, ("resource", "type"))
_ELSEWHERE = "everything else"


@dataclass(frozen=True, slots=True)
class Sink:
    """A sink: `filter` is the text for Cloud Logging, `guard` and `rules` are the same as trees."""

    name: str
    filter: str
    guard: Expr
    rules: tuple[RuleFilter, ...]

    def lets_through(self, entry: dict[str, Any]) -> bool:
        """Whether the sink exports a LogEntry."""
        return self.guard.holds(entry) and any(rule.expr.holds(entry) for rule in self.rules)


def sinks(
    artifact: dict[str, Any],
    *,
    project: str,
    service_accounts: Sequence[str],
    function_names: Sequence[str],
    permissions: Mapping[str, Collection[str]] = NO_PERMISSIONS,
    limit: int = LIMIT,
) -> list[Sink]:
    """The sinks for a compiled artifact. Raises InputError for a rule that is too long for any filter.

    `project`, `service_accounts` and `function_names` identify Hinomi itself (shared/config.py); `permissions` are the
    declared permissions of each account.
    """
    reads = {account: methods(permissions.get(account, ())) for account in service_accounts}
    exclusions = loop_guard.exclusions(project, function_names, reads)
    guard = _guard(exclusions)
    own = [RuleFilter(OWN_CALLS, loop_guard.own_calls(service_accounts))] if service_accounts else []
    spread = _spread([*rule_filters(artifact), *own], guard, limit)
    return [
        Sink(
            NAME.format(at),
            _heading(at, len(spread), rules) + _filter(guard, rules),
            every(exclusions),
            tuple(rules),
        )
        for at, rules in enumerate(spread, 1)
    ]


def _spread(rules: Iterable[RuleFilter], guard: str, limit: int) -> list[list[RuleFilter]]:
    def fits(some: list[RuleFilter]) -> bool:
        return len(_filter(guard, some)) <= limit - _ROOM

    spread: list[list[RuleFilter]] = []
    for group in _groups(rules).values():
        parts = [group] if fits(group) else [[rule] for rule in group]
        for part in parts:
            if not fits(part):
                raise InputError(RULE_TOO_LONG(name=part[0].name, limit=limit))
            room = next((rules for rules in spread if fits([*rules, *part])), None)
            if room is None:
                spread.append(list(part))
            else:
                room += part
    return spread


def _groups(rules: Iterable[RuleFilter]) -> dict[str, list[RuleFilter]]:
    """The rules grouped by their common part, sorted by it."""
    groups: dict[str, list[RuleFilter]] = {}
    for rule in rules:
        groups.setdefault(_common(rule.expr), []).append(rule)
    return dict(sorted(groups.items()))


@lru_cache(maxsize=1024)  # whether one more rule fits is computed often
def _common(expr: Expr) -> str:
    shared = _identifying(expr)
    return render.text(shared) if shared else ""


def _identifying(expr: Expr) -> Expr | None:
    """The part of a filter that names the service or the kind of resource."""
    nodes = expr.nodes if isinstance(expr, And) else (expr,)
    return next((node for steps in _TELLING for node in nodes if _names(node, steps)), None)


def _names(node: Expr, steps: tuple[str | int, ...]) -> bool:
    some = node.nodes if isinstance(node, Or) else (node,)
    return all(isinstance(one, Compare) and one.steps == steps and one.op is Op.EQUAL for one in some)


def _heading(at: int, of: int, rules: list[RuleFilter]) -> str:
    made = "made by `hinomi rules sink-filter`, which see before you edit"
    return render.comment(f"Hinomi, sink {at} of {of}, {len(rules)} rules: {made}") + "\n"


def _guard(exclusions: list[Expr]) -> str:
    parts = "".join(render.text(one) + "\nAND " for one in exclusions)
    return render.comment("what Hinomi itself does and logs stays out") + "\n" + parts if parts else ""


def _filter(guard: str, rules: list[RuleFilter]) -> str:
    parts = [_group(tuple(group)) for group in _groups(rules).values()]
    return f"{guard}(\n" + "\nOR\n".join(parts) + "\n)\n"


@lru_cache(maxsize=512)  # whether one more rule fits is computed often, and most groups do not change
def _group(rules: tuple[RuleFilter, ...]) -> str:
    shared = _identifying(rules[0].expr)
    if shared is None:
        return "\nOR\n".join(_alternative(rule.name, render.text(rule.expr, 1), 1) for rule in rules)
    by_rest: dict[str, list[str]] = {}
    for rule in rules:
        rest = every(node for node in _nodes(rule.expr) if node != shared)
        by_rest.setdefault(render.text(rest, 2), []).append(rule.name)
    alternatives = [_alternative(", ".join(names), rest, 2) for rest, names in by_rest.items()]
    indent = render.INDENT
    return f"{indent}({render.text(shared, 1)} AND (\n" + f"\n{indent}OR\n".join(alternatives) + f"\n{indent}))"


def _alternative(names: str, text: str, depth: int) -> str:
    indent = render.INDENT * depth
    return f"{indent}{render.comment(names)}\n{indent}({text})"


def _nodes(expr: Expr) -> Sequence[Expr]:
    return expr.nodes if isinstance(expr, And) else (expr,)
