"""Handler rules in the form of YAML files: without inherited values and without defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers import registry
from handlers.escalation.on_call import KEY as ROTATIONS
from handlers.owners.table import OWNERS
from handlers.remediations.brakes import BREAKER, TOTAL_BUDGET
from handlers.schema import NO_LIMIT, DefaultKeys, InheritedKeys, inherited_keys
from handlers.spec import APPROVE_WITHIN, HandlerSpec
from shared.model import Mode
from shared.records import StoredRule

_UNITS = ((7 * 86_400, "w"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def rule_block(state: StoredRule, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The keys and values of one rule, in the order of the documentation."""
    rule = HandlerSpec.from_dict(state.name, state.spec)
    keys = {"name": state.name, **dict(_keys(rule, defaults))}
    return {key: value for key, value in keys.items() if key not in rule.inherits}


def rule_text(state: StoredRule, defaults: Mapping[str, Any]) -> str:
    """The rule as YAML, one line for each key, and a comment if a person disabled it."""
    lines = [f"{key}: {inline(value)}\n" for key, value in rule_block(state, defaults).items()]
    return "".join(lines if state.enabled else [*lines, f"# disabled: hinomi handlers enable {state.name}\n"])


def file_text(rules: Sequence[StoredRule], defaults: Mapping[str, Any]) -> str:
    """All rules as the text of handlers.yaml, with the defaults."""
    parts = []
    inherited = {kind: block for kind, block in defaults.items() if kind in DefaultKeys.model_fields}
    for title, blocks_of in (("defaults", inherited), (ROTATIONS, defaults.get(ROTATIONS) or {})):
        if blocks_of:
            parts.append(f"{title}:\n" + "".join(f"  {name}: {inline(each)}\n" for name, each in blocks_of.items()))
    if owners := defaults.get(OWNERS):
        parts.append(f"{OWNERS}:\n" + "".join(f"  - {inline(owner_block(each))}\n" for each in owners))
    blocks = [rule_text(rule, defaults).splitlines() for rule in rules]
    items = ["\n".join([f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])]) for lines in blocks]
    parts.append("handlers:\n" + "\n\n".join(items) if items else "handlers: []")
    return "\n".join(parts) + "\n"


def owner_block(stored: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the table of owners in the form of handlers.yaml: a single pattern without a list."""
    match = {name: _short(value) for name, value in stored.get("match", {}).items()}
    if "labels" in match:
        match["labels"] = {name: _short(patterns) for name, patterns in match["labels"].items()}
    return {**stored, "match": match} if match else dict(stored)


def inline(value: Any) -> str:
    """The value as YAML on one line."""
    import yaml  # noqa: PLC0415

    text = yaml.dump(value, Dumper=_dumper(), default_flow_style=True, sort_keys=False, allow_unicode=True, width=1e9)
    return str(text).removesuffix("\n...\n").strip()


def _keys(rule: HandlerSpec, defaults: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    is_remediation = registry.is_remediation(rule.action)
    kinds = inherited_keys(defaults)
    inherited = kinds.remediations if is_remediation else kinds.notifications
    if not rule.enabled:
        yield "enabled", False
    if match := _match(rule, inherited):
        yield "match", match
    yield "on", [str(trigger) for trigger in rule.on]
    yield "action", rule.action
    if rule.params:
        yield "params", dict(rule.params)
    if rule.mode is not (Mode.DRY_RUN if is_remediation else Mode.AUTO) or inherited.mode is not None:
        yield "mode", str(rule.mode)
    if rule.approvers:
        yield "approvers", _short(list(rule.approvers))
    yield from _times(rule)
    if rule.on_call:
        yield "on_call", rule.on_call
    if rule.to_owner:
        yield "to_owner", True
    if rule.hours is not None:
        yield "hours", {name: _short(value) for name, value in rule.hours.as_dict().items()}
    yield from _limits(rule, inherited)


def _limits(rule: HandlerSpec, inherited: InheritedKeys) -> Iterator[tuple[str, Any]]:
    if rule.cooldown is not None or inherited.cooldown is not None:
        yield "cooldown", _duration(int(rule.cooldown.total_seconds())) if rule.cooldown else NO_LIMIT
    if rule.budget is not None or inherited.budget is not None:
        yield "budget", _runs_per_hour(rule.budget)
    if rule.then:
        yield "then", rule.then
    if rule.after_success:
        yield "after_success", rule.after_success
    if brakes := _brakes(rule, inherited):
        yield "brakes", brakes


def _brakes(rule: HandlerSpec, inherited: InheritedKeys) -> dict[str, Any]:
    """The further brakes that the rule does not inherit; its own deny list is repeated."""
    brakes, given = rule.brakes, inherited.brakes.model_fields_set
    block = {
        "delay": _duration(int(brakes.delay.total_seconds())) if brakes.delay else NO_LIMIT,
        "principal_budget": _runs_per_hour(brakes.principal_budget),
    }
    shown: dict[str, Any] = {name: value for name, value in block.items() if value != NO_LIMIT or name in given}
    if brakes.breaker is None:
        shown["breaker"] = NO_LIMIT
    elif brakes.breaker != BREAKER or "breaker" in given:
        retry = _duration(int(brakes.breaker.retry_after.total_seconds()))
        shown["breaker"] = {"failures": brakes.breaker.failures, "retry_after": retry}
    if brakes.total_budget != TOTAL_BUDGET or "total_budget" in given:
        shown["total_budget"] = _runs_per_hour(brakes.total_budget)
    if not brakes.deny:
        shown["deny"] = NO_LIMIT
    elif others := brakes.denied_beyond_own:
        shown["deny"] = {name: _short(list(patterns)) for name, patterns in others.items()}
    return {name: value for name, value in shown.items() if f"brakes.{name}" not in rule.inherits}


def _runs_per_hour(count: int | None) -> str:
    return NO_LIMIT if count is None else f"{count}/h"


def _times(rule: HandlerSpec) -> Iterator[tuple[str, Any]]:
    within = rule.approve_within if rule.approve_within != APPROVE_WITHIN else None
    for name, length in (("approve_within", within), ("after", rule.after), ("repeat", rule.repeat)):
        if length is not None:
            yield name, _duration(int(length.total_seconds()))


def _match(rule: HandlerSpec, inherited: InheritedKeys) -> dict[str, Any]:
    all_severities = {"severity": str(rule.match.severity)} if "severity" in inherited.match.model_fields_set else {}
    properties = all_severities | rule.match.as_dict()
    block = {name: value for name, value in properties.items() if f"match.{name}" not in rule.inherits}
    if "labels" in block:
        block["labels"] = {name: _short(patterns) for name, patterns in block["labels"].items()}
    return {name: _short(value) for name, value in block.items()}


def _short(value: Any) -> Any:
    """A list of one pattern as that pattern."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _duration(seconds: int) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"


def _dumper() -> Any:
    """A dumper that quotes texts that the strict reader would read as another type: only true and false are booleans there."""
    import yaml  # noqa: PLC0415

    class Dumper(yaml.SafeDumper):
        """A class of its own, so that other users of PyYAML are not affected."""

    Dumper.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }
    return Dumper
