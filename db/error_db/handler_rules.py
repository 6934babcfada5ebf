"""The handler rules and their versions. Every change adds a version, with its author and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.lock import lock
from db.error_db.models import HandlerRule, HandlerRuleVersion
from db.sanitize import clean, clean_key
from shared.lazy.dataclass import dataclass
from shared.records import HandlerRuleView, RuleVersion, StoredRule

# Every message and notification needs these queries; to build them took as long as to execute them.
_APPLIED = select(HandlerRule).order_by(HandlerRule.position, HandlerRule.name)
_DEFAULTS = select(HandlerRuleVersion.defaults).order_by(HandlerRuleVersion.id.desc()).limit(1)


FILE, COMMAND, ROLLBACK, DASHBOARD, UNKNOWN = "file", "command", "rollback", "dashboard", "unknown"


@dataclass(frozen=True, slots=True)
class Author:
    """The person who changes the rules, the means (FILE, COMMAND, ROLLBACK, DASHBOARD) and the reason."""

    by: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AppliedFile:
    """A file as it was applied: the specs of its rules by name, and its block of defaults, rotations and owners."""

    specs: Mapping[str, Any] | None
    defaults: Mapping[str, Any] | None


def applied(session: Session) -> list[HandlerRuleView]:
    """All handler rules in their order, including disabled ones."""
    rows = session.scalars(_APPLIED)
    return [HandlerRuleView(row.name, row.position, row.enabled, row.spec, row.applied_at) for row in rows]


def states(session: Session) -> tuple[StoredRule, ...]:
    """All handler rules in their order, in the form that versions store."""
    return tuple(StoredRule(view.name, view.spec, view.enabled) for view in applied(session))


def locked(session: Session) -> None:
    """Locks the rules until the transaction ends; waits for other transactions. Read the rules afterwards."""
    lock(session, "handler_rules")


def save(
    session: Session,
    rules: Sequence[StoredRule],
    author: Author,
    now: datetime,
    *,
    file: AppliedFile | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> int | None:
    """Replaces all rules, in this order, and adds a version; returns its number, None if nothing differs.

    `file` is the applied file, and `defaults` the block that rules inherit; None keeps the current ones. Call `locked` before
    reading the rules that `rules` are made from.
    """
    latest = _latest(session)
    before = states(session)
    if before and (latest is None or latest.rules != before):
        latest = _add_unversioned(session, before, latest, now)
    kept_file = AppliedFile(latest.file, latest.file_defaults) if latest else AppliedFile(None, None)
    kept_defaults = latest.defaults if latest else {}
    new_file = kept_file if file is None else file
    new_defaults = kept_defaults if defaults is None else dict(defaults)
    if (before, kept_file, kept_defaults) == (tuple(rules), new_file, new_defaults):
        return None
    _write(session, rules, now)
    return _add(session, rules, author, now, new_file, new_defaults)


def versions(session: Session, *, limit: int) -> list[RuleVersion]:
    """The latest versions, latest first."""
    query = select(HandlerRuleVersion).order_by(HandlerRuleVersion.id.desc()).limit(limit)
    return [_version(row) for row in session.scalars(query)]


def latest_defaults(session: Session) -> dict[str, Any]:
    """The block of defaults of the latest version; empty without a version.

    It is read for each notification, so the rules are not loaded.
    """
    return session.scalar(_DEFAULTS) or {}


def version(session: Session, number: int) -> RuleVersion | None:
    """The version of that number."""
    row = session.get(HandlerRuleVersion, number)
    return _version(row) if row else None


def replace(session: Session, specs: Mapping[str, dict[str, Any]], now: datetime) -> dict[str, str]:
    """Replaces the rules by `specs` (by name, in order); returns added, changed or removed for each changed rule, by name.

    A rule that was disabled by hand stays disabled.
    """
    locked(session)
    old = {rule.name: rule for rule in states(session)}
    rules = [StoredRule(name, spec, enabled=name not in old or old[name].enabled) for name, spec in specs.items()]
    save(session, rules, Author("", FILE), now, file=AppliedFile(specs, {}))
    removed = {name: "removed" for name in old if name not in specs}
    added = {name: "added" for name in specs if name not in old}
    return removed | added | {name: "changed" for name in old if name in specs and old[name].spec != specs[name]}


def _write(session: Session, rules: Sequence[StoredRule], now: datetime) -> None:
    rows = {row.name: row for row in session.scalars(select(HandlerRule))}
    for name in rows.keys() - {rule.name for rule in rules}:
        session.delete(rows[name])
    for position, rule in enumerate(rules):
        row = rows.get(rule.name)
        if row is None:
            row = HandlerRule(name=rule.name, position=position, enabled=True, spec=rule.spec, applied_at=now)
            session.add(row)
        elif row.spec != rule.spec:
            row.spec, row.applied_at = rule.spec, now
        row.position, row.enabled = position, rule.enabled
    session.flush()


def _latest(session: Session) -> RuleVersion | None:
    return next(iter(versions(session, limit=1)), None)


def _add_unversioned(
    session: Session, rules: Sequence[StoredRule], latest: RuleVersion | None, now: datetime
) -> RuleVersion | None:
    """Records as a version the changes made by a release without versions. Such a release applies a file only."""
    specs = {rule.name: rule.spec for rule in rules}
    defaults = latest.defaults if latest else {}
    _add(session, rules, Author("", UNKNOWN), now, AppliedFile(specs, defaults), defaults)
    return _latest(session)


def _add(
    session: Session,
    rules: Sequence[StoredRule],
    author: Author,
    now: datetime,
    file: AppliedFile,
    defaults: dict[str, Any],
) -> int:
    row = HandlerRuleVersion(
        changed_at=now,
        changed_by=clean(author.by),
        source=clean_key(author.source, 20),
        note=clean(author.note),
        rules=[{"name": rule.name, "enabled": rule.enabled, "spec": rule.spec} for rule in rules],
        defaults=defaults,
        file=None if file.specs is None else dict(file.specs),
        file_defaults=None if file.defaults is None else dict(file.defaults),
    )
    session.add(row)
    session.flush()
    return row.id


def _version(row: HandlerRuleVersion) -> RuleVersion:
    return RuleVersion(
        id=row.id,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        source=row.source,
        note=row.note,
        rules=tuple(StoredRule(each["name"], each["spec"], each["enabled"]) for each in row.rules),
        defaults=row.defaults or {},
        file=row.file,
        file_defaults=row.file_defaults,
    )
