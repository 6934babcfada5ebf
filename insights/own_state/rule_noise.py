"""How often each detection rule fired, and how its incidents ended."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Subquery, func, literal, select, union_all
from sqlalchemy.orm import Session

from db.error_db.models import FALSE_ALARMS, SILENCED_RUNS, ActionRun, Incident
from db.error_db.rules import counts
from insights.reports.incidents import PERSON, QUIET, RECOVERY
from shared.model import Mode, RunState

WEEKS = 13
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
AHEAD = timedelta(days=1)  # how far the clock of a log entry may be ahead of Hinomi's
_ACKNOWLEDGED = Incident.acknowledged_at.is_not(None)


@dataclass(frozen=True, slots=True)
class RuleLedger:
    """The incidents of a rule since a time: `acted_on` by a person or a remediation; `alone` ended without either.

    `weeks` counts the new incidents of each week, oldest first. `silenced` incidents and `false_alarms` may also be in
    the other counts.
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
        """The incidents that have not ended and on which nobody has acted."""
        return max(0, self.fired - self.acted_on - self.alone)


def ledgers(
    session: Session, now: datetime, remediations: Collection[str], *, rule: str | None = None
) -> dict[str, RuleLedger]:
    """By name, the ledgers of the rules (or the one rule) that fired in the last 13 weeks, up to the end of this hour."""
    end = now.replace(minute=0, second=0, microsecond=0) + HOUR
    since, found = end - WEEKS * WEEK, defaultdict[str, Counter[_Alike]](Counter)
    for each in counts.counted(session, [since + number * WEEK for number in range(WEEKS + 1)], rule):
        found[each.rule][_Alike(each.period, each.resolved_by, each.is_acknowledged)] += each.number
    repaired, silenced = _repaired(session, since, remediations, rule), _silenced(session, since, rule)
    false = _false_alarms(session, since, rule)
    return {
        name: _ledger(name, alike, repaired[name], silenced.get(name, 0), false.get(name, 0))
        for name, alike in found.items()
    }


class _Alike(NamedTuple):
    """The common properties of incidents that are counted together; `week` is WEEKS for those that began after now."""

    week: int
    resolved_by: str | None
    is_acknowledged: bool

    @property
    def by_person(self) -> bool:
        """Whether a person acted on the incidents."""
        return bool(self.is_acknowledged) or self.resolved_by == PERSON

    @property
    def alone(self) -> bool:
        """Whether the incidents ended without a person; a remediation may have repaired them."""
        return not self.by_person and self.resolved_by in (RECOVERY, QUIET)


def _ledger(
    rule: str, incidents: Counter[_Alike], repaired: Counter[_Alike], silenced: int, false_alarms: int
) -> RuleLedger:
    """The ledger from the counts of all incidents, and of those among them that a remediation repaired."""
    weeks = [0] * (WEEKS + 1)
    for alike, count in incidents.items():
        weeks[alike.week] += count
    acted = sum(count for alike, count in incidents.items() if alike.by_person)
    acted += sum(count for alike, count in repaired.items() if not alike.by_person)
    alone = sum(count for alike, count in incidents.items() if alike.alone)
    alone -= sum(count for alike, count in repaired.items() if alike.alone)
    return RuleLedger(rule, incidents.total(), acted, alone, silenced, tuple(weeks[:WEEKS]), false_alarms)


def _repaired(
    session: Session, since: datetime, remediations: Collection[str], rule: str | None
) -> defaultdict[str, Counter[_Alike]]:
    """The number of incidents that a remediation repaired, by rule, over all weeks."""
    ran = ActionRun.action.in_(remediations), ActionRun.mode == Mode.AUTO, ActionRun.state == RunState.DONE
    # An earlier run is of an earlier incident: the condition is checked in the index, before the incident is read.
    runs = select(ActionRun.incident_id).where(*ran, ActionRun.finished_at >= since - AHEAD).distinct().subquery()
    columns = Incident.rule, Incident.resolved_by, _ACKNOWLEDGED
    found: defaultdict[str, Counter[_Alike]] = defaultdict(Counter)
    query = _of_incidents(select(*columns, func.count()), runs, since, rule).group_by(*columns)
    for name, *alike, count in session.execute(query):
        found[name][_Alike(0, *alike)] += count
    return found


def _silenced(session: Session, since: datetime, rule: str | None) -> dict[str, int]:
    """By rule, the number of incidents with a run that a silence skipped."""
    runs = select(ActionRun.incident_id).where(SILENCED_RUNS).distinct().subquery()
    query = _of_incidents(select(Incident.rule, func.count()), runs, since, rule).group_by(Incident.rule)
    return {name: count for name, count in session.execute(query)}  # noqa: C416 - rows are no tuples


def _false_alarms(session: Session, since: datetime, rule: str | None) -> dict[str, int]:
    """The number of incidents that a person marked as a false alarm, by rule."""
    query = select(Incident.rule, func.count()).where(FALSE_ALARMS, Incident.opened_at >= since)
    query = query if rule is None else query.where(Incident.rule == rule)
    return {name: count for name, count in session.execute(query.group_by(Incident.rule))}  # noqa: C416 - rows are no tuples


def _of_incidents(query: Any, runs: Subquery, since: datetime, rule: str | None) -> Any:
    joined = query.join_from(Incident, runs, Incident.id == runs.c.incident_id).where(Incident.opened_at >= since)
    return joined if rule is None else joined.where(Incident.rule == rule)


def days(session: Session, rule: str, since: datetime, length: int) -> list[int]:
    """The number of new incidents of a rule on each day from `since` on; `since` is the start of a day."""
    bounds = [since + timedelta(days=number) for number in range(length + 1)]
    if any(bound.astimezone(UTC).minute for bound in bounds):  # a zone whose days do not begin with an hour of UTC
        return _counted_days(session, rule, bounds[:-1])
    numbers = [0] * (length + 1)  # incidents of the last day may be dated ahead
    for hour, number in counts.hours(session, rule, since.astimezone(UTC)):
        numbers[bisect_right(bounds, hour) - 1] += number
    return [*numbers[: length - 1], sum(numbers[length - 1 :])]


def _counted_days(session: Session, rule: str, bounds: Sequence[datetime]) -> list[int]:
    parts = []
    for number, (start, end) in enumerate(zip(bounds, [*bounds[1:], None], strict=True)):
        inside = [Incident.opened_at >= start, *([Incident.opened_at < end] if end else [])]
        parts.append(select(literal(number), func.count()).where(Incident.rule == rule, *inside))
    return [count for _, count in sorted(tuple(row) for row in session.execute(union_all(*parts)))]
