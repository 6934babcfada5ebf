"""Changes the handler rules in the Error DB: applies a file, edits single rules, restores an earlier version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import handler_rules
from db.error_db.handler_rules import FILE, AppliedFile, Author
from handlers import registry
from handlers.versions import chains
from handlers.versions.changes import RuleChange, compare
from handlers.versions.merge import Elsewhere, Specs, merge, merge_blocks
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.records import RuleVersion, StoredRule
from shared.texts.cli.handler_changes import CHANGED_SINCE


@dataclass(frozen=True, slots=True)
class StoredRuleSet:
    """All rules by name, in their order and in the form of the Error DB, with their shared blocks.

    The blocks are the defaults of each kind of rule, the rotations, the owners and the layers of the platform map.
    """

    specs: Specs
    defaults: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The changes that applying a file makes, and the rules and shared blocks that it keeps because they were changed elsewhere."""

    rules: tuple[StoredRule, ...]
    changes: tuple[RuleChange, ...]
    kept: Mapping[str, Elsewhere]
    file: StoredRuleSet
    defaults: Mapping[str, Any]
    kept_blocks: tuple[str, ...]


def plan_file(session: Session, file: StoredRuleSet, *, overwrite: bool = False) -> FilePlan:
    """The changes of applying a file; writes nothing."""
    stored = handler_rules.states(session)
    latest = next(iter(handler_rules.versions(session, limit=1)), None)
    last = latest if latest and latest.rules == stored else None
    defaults, kept_blocks = merge_blocks(
        last.file_defaults if last else None, latest.defaults if latest else {}, file.defaults, overwrite=overwrite
    )
    specs = {name: _without_inheritance(spec, kept_blocks) for name, spec in file.specs.items()}
    merged = merge(last.file if last else None, stored, specs, overwrite=overwrite)
    changes = tuple(compare(stored, merged.rules))
    return FilePlan(merged.rules, changes, merged.kept, StoredRuleSet(specs, file.defaults), defaults, kept_blocks)


def apply_file(
    session: Session, file: StoredRuleSet, now: datetime, *, by: str, overwrite: bool = False
) -> tuple[FilePlan, int | None]:
    """Applies the file; returns the changes and the number of the new version, None if nothing differs."""
    handler_rules.locked(session)
    planned = plan_file(session, file, overwrite=overwrite)
    as_applied = AppliedFile(planned.file.specs, planned.file.defaults)
    author = Author(by, FILE)
    number = handler_rules.save(session, planned.rules, author, now, file=as_applied, defaults=planned.defaults)
    return planned, number


def change_rules(
    session: Session, edit: Callable[[tuple[StoredRule, ...]], Sequence[StoredRule]], author: Author, now: datetime
) -> tuple[list[RuleChange], int | None]:
    """Replaces the rules by `edit(rules)`; returns the changes and the number of the new version, None if nothing differs.

    Raises InputError if the change breaks a chain.
    """
    handler_rules.locked(session)
    before = handler_rules.states(session)
    after = tuple(edit(before))
    chains.check_change(before, after)
    return compare(before, after), handler_rules.save(session, after, author, now)


def change_all(
    session: Session, seen: StoredRuleSet, changed: StoredRuleSet, author: Author, now: datetime
) -> tuple[list[RuleChange], int | None]:
    """Replaces all rules and shared blocks; returns the changes and the number of the new version, None if nothing differs.

    A rule that was disabled by hand stays disabled. Raises InputError if the stored rules are no longer those that the
    person has `seen`.
    """
    handler_rules.locked(session)
    before = handler_rules.states(session)
    if rule_set(session) != seen:
        raise InputError(CHANGED_SINCE)
    after = with_states(changed.specs, before)
    number = handler_rules.save(session, after, author, now, defaults=changed.defaults)
    return compare(before, after), number


def rule_set(session: Session) -> StoredRuleSet:
    """The stored rules and shared blocks."""
    return StoredRuleSet({rule.name: rule.spec for rule in handler_rules.states(session)}, defaults_of(session))


def with_states(specs: Specs, before: Sequence[StoredRule]) -> tuple[StoredRule, ...]:
    """The rules of the specs. A rule that was disabled by hand stays disabled."""
    disabled = {rule.name for rule in before if not rule.enabled}
    return tuple(StoredRule(name, spec, enabled=name not in disabled) for name, spec in specs.items())


def roll_back(
    session: Session, version: RuleVersion, author: Author, now: datetime
) -> tuple[list[RuleChange], int | None]:
    """Restores the rules and defaults of a version as a new version; returns the changes and the new number."""
    handler_rules.locked(session)
    before = handler_rules.states(session)
    number = handler_rules.save(session, version.rules, author, now, defaults=version.defaults)
    return compare(before, version.rules), number


def defaults_of(session: Session) -> Mapping[str, Any]:
    """The current block of defaults that rules inherit."""
    return handler_rules.latest_defaults(session)


def _without_inheritance(spec: dict[str, Any], kept_blocks: Sequence[str]) -> dict[str, Any]:
    """The spec of a rule in a file. If the stored defaults of its kind are kept, the rule no longer inherits from the file."""
    kind = "remediations" if registry.is_remediation(spec["action"]) else "notifications"
    return {key: value for key, value in spec.items() if key != "inherits"} if kind in kept_blocks else spec
