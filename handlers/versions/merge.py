"""Merges a file of handler rules with the stored ones: a rule that was changed elsewhere is never lost silently.

Three versions of each rule are compared: in the file that was last applied, as stored now, and in the file to apply. If
only the file changed a rule, the file wins. If a command or the dashboard changed it since, the stored rule stays,
unless `overwrite` is set. Shared blocks (the defaults of each kind of rule, the rotations, the owners) are merged in
the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from handlers.owners.table import LAYERS, OWNERS
from shared.lazy.dataclass import dataclass
from shared.records import StoredRule

Specs = Mapping[str, dict[str, Any]]


class Elsewhere(StrEnum):
    """A change that a command or the dashboard made to a rule since the last file was applied."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class RuleMerge:
    """The rules after a file is applied, in their order, and those that differ from the file because they were changed elsewhere."""

    rules: tuple[StoredRule, ...]
    kept: Mapping[str, Elsewhere]


def merge(last: Specs | None, stored: Sequence[StoredRule], file: Specs, *, overwrite: bool = False) -> RuleMerge:
    """The rules after `file` is applied. `last` are the specs of the last file, None if unknown.

    The order follows the file; a rule that the file does not have keeps its place after the rule before it.
    """
    now = {rule.name: rule for rule in stored}
    base = {rule.name: rule.spec for rule in stored} if last is None else last
    kept = {} if overwrite else dict(_kept(base, now, file))
    rules = [_merged(name, spec, now.get(name), kept) for name, spec in file.items()]
    found = [rule for rule in rules if rule is not None]
    for rule in stored:
        if rule.name in kept and rule.name not in file:
            found.insert(_place(rule, stored, found), rule)
    return RuleMerge(tuple(found), kept)


def merge_blocks(
    last: Mapping[str, Any] | None, stored: Mapping[str, Any], file: Mapping[str, Any], *, overwrite: bool = False
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The shared blocks after `file` is applied, and the names of those kept because they were changed elsewhere.

    `last` are the blocks of the last file, None if unknown. The layers come from the current platform map.
    """
    base = stored if last is None else last
    names = [name for name in dict.fromkeys([*file, *stored]) if name != LAYERS]
    kept = () if overwrite else tuple(name for name in names if _differs(stored.get(name), file, base, name))
    merged = {**file, **{name: stored.get(name) for name in kept}}
    if OWNERS in kept and LAYERS not in file and LAYERS in stored:
        merged[LAYERS] = stored[LAYERS]
    return {name: block for name, block in merged.items() if block is not None}, kept


def _differs(stored: Any, file: Mapping[str, Any], base: Mapping[str, Any], name: str) -> bool:
    return stored not in (file.get(name), base.get(name))


def _kept(base: Specs, now: Mapping[str, StoredRule], file: Specs) -> Iterator[tuple[str, Elsewhere]]:
    for name in {**file, **now}:
        stored = now.get(name)
        if stored is None:
            if name in base:
                yield name, Elsewhere.REMOVED
        elif stored.spec not in (file.get(name), base.get(name)):
            yield name, Elsewhere.CHANGED if name in base or name in file else Elsewhere.ADDED


def _merged(
    name: str, spec: dict[str, Any], stored: StoredRule | None, kept: Mapping[str, Elsewhere]
) -> StoredRule | None:
    """The rule after the file is applied; None if it was removed elsewhere. One disabled by hand stays disabled."""
    if name in kept:
        return stored
    return StoredRule(name, spec, enabled=stored is None or stored.enabled)


def _place(rule: StoredRule, stored: Sequence[StoredRule], found: Sequence[StoredRule]) -> int:
    """The position after the nearest preceding rule that still exists."""
    names = [each.name for each in found]
    before = [each.name for each in stored[: stored.index(rule)]]
    return next((names.index(name) + 1 for name in reversed(before) if name in names), 0)
