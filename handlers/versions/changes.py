"""The differences between two versions of the handler rules. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Any

from shared.lazy.dataclass import dataclass
from shared.records import RuleVersion, StoredRule
from shared.texts import Text

ROLLBACK = "rollback"  # the source of a version that restores an earlier one


class RuleChangeKind(StrEnum):
    """The change of a handler rule between two versions."""

    ADDED = "added"
    CHANGED = "changed"
    ENABLED = "enabled"
    DISABLED = "disabled"
    MOVED = "moved"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A change of one rule. `before` is None for an added rule, `after` for a removed one."""

    name: str
    kind: RuleChangeKind
    before: StoredRule | None
    after: StoredRule | None


def compare(before: Sequence[StoredRule], after: Sequence[StoredRule]) -> list[RuleChange]:
    """The changes in the order of the rules, removed ones first.

    A rule is reported as moved only if it changed its position among the rules that stayed.
    """
    old, new = {rule.name: rule for rule in before}, {rule.name: rule for rule in after}
    removed = [RuleChange(name, RuleChangeKind.REMOVED, rule, None) for name, rule in old.items() if name not in new]
    moved = _moved([name for name in old if name in new], [name for name in new if name in old])
    kinds = {name: _kind(old.get(name), rule, is_moved=name in moved) for name, rule in new.items()}
    return removed + [RuleChange(name, kind, old.get(name), new[name]) for name, kind in kinds.items() if kind]


def changed_blocks(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of the shared blocks that differ: defaults of a kind of rule, rotations, owners, layers."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def last_change(versions: Sequence[RuleVersion], name: str) -> RuleVersion | None:
    """The version that last changed a rule; None if none did. `versions` are ordered latest first."""
    for newer, older in pairwise(versions):
        if _state(newer, name) != _state(older, name):
            return newer
    return versions[-1] if versions and _state(versions[-1], name) else None


def last_change_of_block(versions: Sequence[RuleVersion], name: str) -> RuleVersion | None:
    """The version that last changed a shared block, such as owners; None if none did."""
    for newer, older in pairwise(versions):
        if newer.defaults.get(name) != older.defaults.get(name):
            return newer
    return versions[-1] if versions and name in versions[-1].defaults else None


def _state(version: RuleVersion, name: str) -> StoredRule | None:
    return next((rule for rule in version.rules if rule.name == name), None)


def _kind(before: StoredRule | None, after: StoredRule, *, is_moved: bool) -> RuleChangeKind | None:
    if before is None:
        return RuleChangeKind.ADDED
    if before.spec != after.spec:
        return RuleChangeKind.CHANGED
    if before.enabled != after.enabled:
        return RuleChangeKind.ENABLED if after.enabled else RuleChangeKind.DISABLED
    return RuleChangeKind.MOVED if is_moved else None


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The names outside the longest part that is in the same order in both."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - for the command line only

    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept = {name for block in blocks for name in before[block.a : block.a + block.size]}
    return set(before) - kept


def note_of(version: RuleVersion) -> Text:
    """The reason for a version: a person's note verbatim, that of a rollback in every language."""
    from shared.texts.cli.handler_changes import TO_VERSION  # noqa: PLC0415 - no function shows a version

    form = re.escape(TO_VERSION(number="#").en).replace(r"\#", r"(\d+)")
    found = re.fullmatch(form, version.note or "") if version.source == ROLLBACK else None
    return TO_VERSION(number=found[1]) if found else Text.verbatim(version.note or "")
