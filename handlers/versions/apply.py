"""Changes the handler rules in the Error DB: applies a file, edits single rules, restores an earlier version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import handler_rules
from db.error_db.handler_rules import FILE, Author
from handlers.versions.changes import RuleChange, compare
from handlers.versions.merge import Elsewhere, Specs, merge
from shared.records import RuleVersion, StoredRule


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The changes that applying a file makes, and the rules that it keeps because they were changed elsewhere."""

    rules: tuple[StoredRule, ...]
    changes: tuple[RuleChange, ...]
    kept: Mapping[str, Elsewhere]


def plan_file(session: Session, specs: Specs, *, overwrite: bool = False) -> FilePlan:
    """The changes; writes nothing."""
    stored = handler_rules.states(session)
    latest = next(iter(handler_rules.versions(session, limit=1)), None)
    last = latest.file if latest and latest.rules == stored else None
    merged = merge(last, stored, specs, overwrite=overwrite)
    return FilePlan(merged.rules, tuple(compare(stored, merged.rules)), merged.kept)


def apply_file(
    session: Session,
    specs: Specs,
    defaults: Mapping[str, Any],
    now: datetime,
    *,
    by: str,
    overwrite: bool = False,
) -> tuple[FilePlan, int | None]:
    """Applies the file; returns what changed and the number of the new version, None if nothing differs."""
    handler_rules.locked(session)
    planned = plan_file(session, specs, overwrite=overwrite)
    number = handler_rules.save(session, planned.rules, Author(by, FILE), now, file=specs, defaults=defaults)
    return planned, number


def change_rules(
    session: Session, edit: Callable[[tuple[StoredRule, ...]], Sequence[StoredRule]], author: Author, now: datetime
) -> tuple[list[RuleChange], int | None]:
    """Replaces the rules by `edit(rules)`; returns what changed and the number of the new version, None if nothing."""
    handler_rules.locked(session)
    before = handler_rules.states(session)
    after = tuple(edit(before))
    return compare(before, after), handler_rules.save(session, after, author, now)


def roll_back(
    session: Session, version: RuleVersion, author: Author, now: datetime
) -> tuple[list[RuleChange], int | None]:
    """Restores the rules and defaults of a version as a new version; returns what changed and the new number."""
    handler_rules.locked(session)
    before = handler_rules.states(session)
    number = handler_rules.save(session, version.rules, author, now, defaults=version.defaults)
    return compare(before, version.rules), number


def defaults_of(session: Session) -> Mapping[str, Any]:
    """The block of defaults that rules inherit now."""
    return handler_rules.latest_defaults(session)
