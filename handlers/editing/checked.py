"""A handler rule as written by a person: checks it, and compares it with the stored one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.editing.written import file_text, rule_text
from handlers.owners.table import LAYERS
from handlers.read import (
    RuleFile,
    problem_of,
    problems_in,
    read_document,
    read_rule,
    with_layers,
    with_stored_layers,
)
from handlers.versions.apply import StoredRuleSet
from shared.config import Settings
from shared.errors import InputError, messages
from shared.records import StoredRule
from shared.strict_yaml import load
from shared.texts.cli import handler_changes as texts

FILE = "handlers.yaml"


def checked_spec(text: str, name: str, defaults: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The rule in the form of the Error DB. Raises InputError with one line for each mistake."""
    rule = read_rule(text, name, defaults)
    if rule.name != name:
        raise InputError(texts.NAME_IS_FIXED(name=name))
    if problem := problem_of(rule.action, rule.params, settings):
        raise InputError(problem, file=name)
    return rule.as_dict()


def checked_file(text: str, seen: StoredRuleSet, settings: Settings) -> RuleFile:
    """All rules and shared blocks of a text in the form of handlers.yaml. Raises InputError with one line for each mistake.

    `seen` are the stored rules and blocks. Without a platform map in the settings, their layers are used. A script that is
    missing on this machine is a mistake only if the text adds it.
    """
    defaults = seen.defaults
    document = load(text, FILE)
    has_map = bool(settings.platform_file) or LAYERS not in defaults
    file, errors = read_document(document)
    if errors := errors or problems_in(document, settings, has_map=has_map, stored=seen.specs):
        raise InputError(messages(errors))
    return with_layers(file, settings) if has_map else with_stored_layers(file, defaults)


def differing_lines(before: StoredRule, after: StoredRule, defaults: Mapping[str, Any]) -> list[str]:
    """The lines in which two rules differ, with `- ` before old lines and `+ ` before new ones."""
    old, new = (rule_text(rule, defaults).splitlines() for rule in (before, after))
    return [f"- {line}" for line in old if line not in new] + [f"+ {line}" for line in new if line not in old]


def text_lines(before: str, after: str) -> list[str]:
    """The lines in which two texts differ, in their order, with `- ` before old lines and `+ ` before new ones."""
    from difflib import unified_diff  # noqa: PLC0415

    found = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    return [f"{line[0]} {line[1:]}" for line in found if not line.startswith("@@")]


def shared_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The lines in which the shared blocks differ: defaults, rotations, owners."""
    empty = file_text((), {})
    old, new = (file_text((), block).removesuffix(empty) for block in (before, after))
    return text_lines(old, new)


def changes_lines(changes: Sequence[Any], defaults: Mapping[str, Any]) -> dict[str, list[str]]:
    """The lines in which each changed rule differs; all lines of an added or removed rule."""
    lines: dict[str, list[str]] = {}
    for change in changes:
        if change.before and change.after:
            lines[change.name] = differing_lines(change.before, change.after, defaults)
        else:
            sign, rule = ("+", change.after) if change.after else ("-", change.before)
            lines[change.name] = [f"{sign} {line}" for line in rule_text(rule, defaults).splitlines()]
    return lines
