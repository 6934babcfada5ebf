"""How often each detection rule fired, and what became of its incidents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Subquery, and_, case, false, func, or_, select
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

    `weeks` counts the new incidents of each week, oldest first. `silenced` incidents, and those that a person marked as
    `false_alarms`, may also be in the other counts.
    """

    rule: str
    fired: int
    acted_on: int
    alone: int
    silenced: int
    weeks: tuple[int, ...]
    false_alarms: int = 0

    @property
    def unresolved(self) -> int:
        """The incidents that nobody has acted on and that have not ended."""
        return max(0, self.fired - self.acted_on - self.alone)


def ledgers(
    session: Session, now: datetime, remediations: Collection[str], *, rule: str | None = None
) -> dict[str, RuleLedger]:
    """The ledger of every rule that fired in the last 13 weeks, or of one of them, by name."""
    since = now - WEEKS * WEEK
    conditions = [Incident.opened_at >= since, *([Incident.rule == rule] if rule is not None else [])]
    runs = _runs(conditions, remediations)
    acted = or_(Incident.acknowledged_at.is_not(None), Incident.resolved_by == PERSON, runs.c.repaired == 1)
    alone = and_(~func.coalesce(acted, false()), Incident.resolved_by.in_((RECOVERY, QUIET)))
    week = case(*((Incident.opened_at < since + (number + 1) * WEEK, number) for number in range(WEEKS)), else_=WEEKS)
    false_alarm = Incident.false_alarm_at.is_not(None)
    counts = func.count(), _count(acted), _count(alone), _count(runs.c.silenced == 1), _count(false_alarm)
    query = select(Incident.rule, week.label("week"), *counts).outerjoin(runs, runs.c.incident_id == Incident.id)
    found: dict[str, list[list[int]]] = {}
    for name, number, *counted in session.execute(query.where(*conditions).group_by(Incident.rule, "week")):
        found.setdefault(name, [[0] * len(counts) for _ in range(WEEKS + 1)])[number] = [int(each) for each in counted]
    return {name: _ledger(name, weeks) for name, weeks in found.items()}


def _ledger(rule: str, weeks: Sequence[Sequence[int]]) -> RuleLedger:
    """The ledger from the counts of each week; the last ones are of incidents that began after now."""
    fired, acted, alone, silenced, false_alarms = (sum(counts) for counts in zip(*weeks, strict=True))
    by_week = tuple(counts[0] for counts in weeks[:WEEKS])
    return RuleLedger(rule, fired, acted, alone, silenced, by_week, false_alarms)


def _runs(conditions: Sequence[ColumnElement[bool]], remediations: Collection[str]) -> Subquery:
    """Whether an incident was repaired by a remediation, and whether a silence skipped one of its runs: 1 or 0.

    Joined to the incidents at once: a query for each of them took over a second for a hundred thousand.
    """
    repaired = and_(ActionRun.action.in_(remediations), ActionRun.mode == Mode.AUTO, ActionRun.state == RunState.DONE)
    silenced = ActionRun.reason == SILENCED
    columns = (
        func.max(case((each, 1), else_=0)).label(name)
        for name, each in (("repaired", repaired), ("silenced", silenced))
    )
    query = select(ActionRun.incident_id, *columns).join(Incident, Incident.id == ActionRun.incident_id)
    return query.where(*conditions, or_(repaired, silenced)).group_by(ActionRun.incident_id).subquery()


def days(session: Session, rule: str, since: datetime, length: int) -> list[int]:
    """The number of new incidents of a rule on each day from `since` on, which is the beginning of a day."""
    query = select(Incident.opened_at).where(Incident.rule == rule, Incident.opened_at >= since)
    counts = [0] * length
    for opened in session.scalars(query):
        counts[min(length - 1, (opened - since) // timedelta(days=1))] += 1
    return counts


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
