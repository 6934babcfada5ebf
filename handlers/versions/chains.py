"""Chains of handler rules: next steps that do not exist, or that lead back to their own rule. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.records import StoredRule
from shared.texts import Text
from shared.texts.handler_rules import CIRCLE, UNKNOWN_STEP

KEYS = ("then", "after_success")

Steps = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class BrokenStep:
    """A next step of a rule, by its key, that cannot be taken."""

    rule: str
    key: str
    problem: Text


def broken(following: Steps) -> Iterator[BrokenStep]:
    """The broken steps. `following` has the next steps of every rule by key: `{"clear": {"then": "page"}, "page": {}}`."""
    for rule, steps in following.items():
        for key, name in steps.items():
            if name not in following:
                yield BrokenStep(rule, key, UNKNOWN_STEP(name=name))
            elif path := _way_back(following, [rule, name]):
                yield BrokenStep(rule, key, CIRCLE(names=" → ".join(path)))


def of_rules(rules: Sequence[StoredRule]) -> list[BrokenStep]:
    """The broken steps of stored rules."""
    return list(broken({rule.name: _steps(rule.spec) for rule in rules}))


def check_change(before: Sequence[StoredRule], after: Sequence[StoredRule]) -> None:
    """Raises InputError with the first step that a change breaks.

    A step that was broken before does not prevent other changes.
    """
    known = of_rules(before)
    for step in of_rules(after):
        if step not in known:
            raise InputError(step.problem, file=f"{step.rule}, {step.key}")


def _steps(spec: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(spec[key]) for key in KEYS if spec.get(key)}


def _way_back(following: Steps, path: list[str]) -> list[str]:
    """The shortest path of next steps that begins like `path` and returns to its first rule; empty if there is none."""
    paths, seen = [path], {path[-1]}
    for each in paths:
        if each[-1] == path[0]:
            return each
        steps = [step for step in following.get(each[-1], {}).values() if step not in seen]
        seen |= set(steps)
        paths += [[*each, step] for step in steps]
    return []
