"""Remembered policies, and lists of their changes.

Both are stored as an object with one key for each binding of one member: a later change replaces an earlier change of
the same binding and no other, and two policies can be compared even if HINOMI_REDACT hides their members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from collectors.metrics_analysis.sigma import fields, template
from collectors.metrics_analysis.sigma.fields import Steps
from shared.identity.fingerprint import fingerprint

ADDED, REMOVED = "ADD", "REMOVE"
Bindings = dict[str, dict[str, Any]]  # one member with one role, by the key of the binding


def by_binding(written: dict[str, Any], shown: dict[str, Any], paths: Iterable[Steps]) -> dict[str, Any]:
    """The fields of an entry with the lists at the paths as objects: additions by binding, null for a removal.

    `shown` are the fields `written` after redaction, which may hide the difference between two bindings.
    """
    for steps in paths:
        changes, visible = fields.elements(written, steps), fields.elements(shown, steps)
        latest = {
            _binding(change): one if change.get("action") == ADDED else None
            for change, one in zip(changes, visible, strict=False)
            if isinstance(change, dict)
        }
        shown = _replaced(shown, steps, latest)
    return shown


def additions(known: dict[str, Any], paths: Iterable[Steps]) -> dict[str, Any]:
    """The remembered fields with lists again: the additions that no later change removed."""
    for steps in paths:
        latest = next(iter(fields.find(known, steps)), None)
        if isinstance(latest, dict):
            known = _replaced(known, steps, [change for change in latest.values() if change is not None])
    return known


def by_member(written: Any, shown: Any) -> Bindings:
    """The bindings of a policy, one for each member. `shown` are the bindings `written` after redaction."""
    pairs = zip(_single(written), _single(shown), strict=False)
    return {_binding(binding): visible for binding, visible in pairs}


def as_additions(bindings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bindings of a policy as additions, in the form of a `policyDelta`."""
    return [{"action": ADDED, **binding} for binding in _single(bindings)]


def differences(earlier: Bindings, later: Bindings) -> list[dict[str, Any]]:
    """The changes from one policy to a later one, in the form of a `policyDelta`."""
    added = [{"action": ADDED, **binding} for key, binding in later.items() if key not in earlier]
    removed = [{"action": REMOVED, **binding} for key, binding in earlier.items() if key not in later]
    return [*added, *removed]


def with_value(value: dict[str, Any], steps: Steps, new: Any) -> dict[str, Any]:
    """The object with a value at these steps."""
    first, *others = steps
    inner = value.get(str(first))
    known = inner if isinstance(inner, dict) else {}
    return {**value, str(first): with_value(known, tuple(others), new) if others else new}


def without_empty(entry: dict[str, Any], paths: Iterable[Steps]) -> dict[str, Any]:
    """The entry without empty lists at the paths, which show no change."""
    for steps in paths:
        if fields.find(entry, steps) == [[]]:
            entry = _without(entry, steps)
    return entry


def _single(bindings: Any) -> Iterator[dict[str, Any]]:
    """Each member of each binding of a policy alone."""
    for binding in bindings if isinstance(bindings, list) else ():
        if isinstance(binding, dict):
            common = {name: binding[name] for name in ("role", "condition") if binding.get(name)}
            members = binding.get("members")
            yield from ({**common, "member": member} for member in (members if isinstance(members, list) else ()))


def _binding(change: dict[str, Any]) -> str:
    """The key of a binding: its role, its member and the expression of its condition."""
    role, member, condition = (change.get(name) for name in ("role", "member", "condition"))
    condition = condition.get("expression", condition) if isinstance(condition, dict) else condition
    return fingerprint(str(role), str(template.one_name(member)), template.exact(condition))


def _replaced(value: dict[str, Any], steps: Steps, new: Any) -> dict[str, Any]:
    """The object with another value at these steps, if it has one there."""
    first, *others = steps
    if first not in value:
        return value
    inner = value[first]
    changed = _replaced(inner, tuple(others), new) if others and isinstance(inner, dict) else new
    return {**value, str(first): changed}


def _without(value: dict[str, Any], steps: Steps) -> dict[str, Any]:
    """The object without the value at these steps, which it has."""
    first, *others = steps
    if others:
        return {**value, str(first): _without(value[str(first)], tuple(others))}
    return {name: inner for name, inner in value.items() if name != first}
