"""How often each detection rule fired, and what became of its incidents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from db.error_db.models import ActionRun, Incident
from db.error_db.silences import SILENCED
from insights.reports.incidents import PERSON, QUIET, RECOVERY
from shared.model import Mode, RunState

WEEKS = 13
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RuleLedger:
    """The incidents of a rule since a time: `acted_on` by a person or a remediation, `alone` ended by themselves.

    `weeks` counts the new incidents of each week, oldest first. `silenced` incidents may also be in the other counts.
    """

    rule: str
    fired: int
    acted_on: int
    alone: int
    silenced: int
    weeks: tuple[int, ...]

    @property
    def unresolved(self) -> int:
        """The incidents that nobody has acted on and that have not ended."""
        return max(0, self.fired - self.acted_on - self.alone)


def ledgers(session: Session, now: datetime, remediations: Collection[str]) -> dict[str, RuleLedger]:
    """The ledger of every rule that fired in the last 13 weeks, by name."""
    since = now - WEEKS * WEEK
    done = and_(ActionRun.action.in_(remediations), ActionRun.mode == Mode.AUTO, ActionRun.state == RunState.DONE)
    acted = or_(Incident.acknowledged_at.is_not(None), Incident.resolved_by == PERSON, _has_run(done))
    alone = and_(~acted, Incident.resolved_by.in_((RECOVERY, QUIET)))
    begins = [since + number * WEEK for number in range(WEEKS)]
    weeks = [_count(and_(Incident.opened_at >= begin, Incident.opened_at < begin + WEEK)) for begin in begins]
    query = select(
        Incident.rule,
        func.count(),
        _count(acted),
        _count(alone),
        _count(_has_run(ActionRun.reason == SILENCED)),
        *weeks,
    )
    rows: Any = session.execute(query.where(Incident.opened_at >= since).group_by(Incident.rule))
    return {
        rule: RuleLedger(rule, int(fired), int(acted_on), int(ended), int(silenced), tuple(map(int, counts)))
        for rule, fired, acted_on, ended, silenced, *counts in rows
    }


def days(session: Session, rule: str, since: datetime, length: int) -> list[int]:
    """The number of new incidents of a rule on each day from `since` on, which is the beginning of a day."""
    query = select(Incident.opened_at).where(Incident.rule == rule, Incident.opened_at >= since)
    counts = [0] * length
    for opened in session.scalars(query):
        counts[min(length - 1, (opened - since) // timedelta(days=1))] += 1
    return counts


def _has_run(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an incident has a run with this condition."""
    return select(ActionRun.id).where(ActionRun.incident_id == Incident.id, condition).exists()


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
