"""The modes of detection rules that people set, and the findings of staged rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.error_db.models import RuleModeRow, StagedFinding
from db.insert import insert
from db.sanitize import clean, scrubbed_key
from shared.lazy.dataclass import dataclass
from shared.model import RuleMode
from shared.texts import Text
from shared.texts.recorded import recorded


@dataclass(frozen=True, slots=True)
class RuleModeChange:
    """The last change of the mode of a rule; without `mode`, the rule was reset to the mode of its file."""

    rule: str
    mode: RuleMode | None
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StagedCount:
    """The findings of a staged rule: how many, about how many problems, and the time of the latest one."""

    findings: int
    problems: int
    last: datetime


@dataclass(frozen=True, slots=True)
class StagedExample:
    """One finding of a staged rule."""

    time: datetime
    summary: Text
    resource: str
    principal: str
    fingerprint: str


def change(session: Session, rules: Sequence[str], mode: RuleMode | None, *, by: str, note: str, now: datetime) -> None:
    """Sets the mode of rules; None resets them to the mode of their files."""
    for rule in rules:
        values: dict[str, Any] = {"mode": mode, "note": clean(note), "changed_by": clean(by, 200), "changed_at": now}
        added = insert(session, RuleModeRow).values(rule=scrubbed_key(rule, 200), **values)
        session.execute(added.on_conflict_do_update(index_elements=[RuleModeRow.rule], set_=values))


def changes(session: Session) -> Mapping[str, RuleModeChange]:
    """The last change of each rule whose mode was ever changed, by rule name."""
    return {
        row.rule: RuleModeChange(
            row.rule, RuleMode(row.mode) if row.mode else None, row.note, row.changed_by, row.changed_at
        )
        for row in session.scalars(select(RuleModeRow))
    }


def mode_of(spec: Mapping[str, Any], changed: Mapping[str, RuleModeChange]) -> RuleMode:
    """The mode of a compiled rule."""
    change = changed.get(spec["name"])
    return (change.mode if change else None) or RuleMode(spec["mode"])


def counts(session: Session, since: datetime) -> Mapping[str, StagedCount]:
    """The findings of each staged rule since a time, by rule."""
    row = StagedFinding
    columns = row.rule, func.count(), func.count(row.fingerprint.distinct()), func.max(row.time)
    query = select(*columns).where(row.time >= since).group_by(row.rule)
    return {rule: StagedCount(findings, problems, last) for rule, findings, problems, last in session.execute(query)}


def latest(session: Session, rule: str, *, limit: int) -> list[StagedExample]:
    """The latest findings of a rule from the time when it was staged."""
    query = select(StagedFinding).where(StagedFinding.rule == rule)
    rows = session.scalars(query.order_by(StagedFinding.time.desc(), StagedFinding.id.desc()).limit(limit))
    return [StagedExample(row.time, _summary(row), row.resource, row.principal, row.fingerprint) for row in rows]


def _summary(row: StagedFinding) -> Text:
    return Text(en=row.summary, ja=recorded(row.evidence, "ja", "summary", row.summary))
