"""Edits of the list of handler rules. Pure functions that return the new list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.errors import InputError
from shared.records import StoredRule
from shared.suggestions import did_you_mean, listed
from shared.texts import validation
from shared.texts.cli import handler_changes as texts


def find(rules: Sequence[StoredRule], name: str) -> StoredRule:
    """The rule with that name. Raises InputError if there is none."""
    found = next((rule for rule in rules if rule.name == name), None)
    if found is None:
        names = [rule.name for rule in rules]
        near = did_you_mean(name, names, most=1) or validation.USE(names=listed(names))
        raise InputError(texts.NO_RULE(name=name, suggestion=near))
    return found


def added(rules: Sequence[StoredRule], rule: StoredRule, *, before: str | None = None) -> list[StoredRule]:
    """The rules with a new one, at the end or before another one. Raises InputError if the name is taken."""
    if any(each.name == rule.name for each in rules):
        raise InputError(texts.NAME_TAKEN(name=rule.name))
    position = len(rules) if before is None else list(rules).index(find(rules, before))
    return [*rules[:position], rule, *rules[position:]]


def changed(rules: Sequence[StoredRule], old: StoredRule, new: StoredRule) -> list[StoredRule]:
    """The rules with `new` instead of `old`. Raises InputError if the stored rule is no longer `old`."""
    if find(rules, old.name) != old:
        raise InputError(texts.CHANGED_MEANWHILE(name=old.name))
    return [new if rule.name == old.name else rule for rule in rules]


def removed(rules: Sequence[StoredRule], names: Sequence[str]) -> list[StoredRule]:
    """The rules without these. Raises InputError for an unknown name."""
    gone = [find(rules, name) for name in names]
    return [rule for rule in rules if rule not in gone]


def switched(rules: Sequence[StoredRule], names: Sequence[str], *, on: bool) -> list[StoredRule]:
    """The rules with these enabled or disabled by hand. Raises InputError for an unknown name.

    A rule that is disabled by hand stays disabled when a file is applied. Enabling also overrides `enabled: false` of
    the file.
    """
    chosen = {find(rules, name).name for name in names}
    return [_switched(rule, on=on) if rule.name in chosen else rule for rule in rules]


def _switched(rule: StoredRule, *, on: bool) -> StoredRule:
    spec = {**rule.spec, "enabled": True} if on and not rule.spec.get("enabled", True) else rule.spec
    return replace(rule, enabled=on, spec=spec)
