"""The incidents and actions of a period, from the Error DB. An incident counts on the day on which its fault began."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from db.error_db import queries
from db.error_db.models import UNRESOLVED, ActionRun, HandlerRuleVersion, Incident, RejectedMessage
from db.error_db.views import incident_view, with_latest_occurrence
from insights.jobs.gaps import JobGap, unrepaired
from insights.reports.model import Day, HandlerResult, MedianTime, PeriodFigures, RuleNoise
from insights.reports.period import ReportPeriod
from shared.lazy.dataclass import dataclass
from shared.model import Mode, RunState, Severity
from shared.records import IncidentView

REPAIR, RECOVERY, PERSON, QUIET, EXPIRED = "repair", "recovery", "person", "quiet", "expired"
NOT_FIXED = "not_fixed"  # the verdict of a remediation that did not help
MOST_LISTED = 50
LEAST_NOISE = 2  # incidents of a rule from which it is listed
LONGEST_REASON = 120


class IncidentOutcome(NamedTuple):
    """The values of an incident for the figures.

    `attempts` are (handler rule, action, end) of remediations that made changes.
    """

    id: int
    rule: str
    severity: Severity
    opened_at: datetime
    received_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    is_false_alarm: bool
    attempts: tuple[tuple[str, str, datetime], ...] = ()
    was_decided: bool = False

    @property
    def needed_person(self) -> bool:
        """Whether a person acknowledged or resolved the incident, or decided on an action."""
        return self.acknowledged_at is not None or self.resolved_by == PERSON or self.was_decided

    @property
    def ended_alone(self) -> bool:
        """Whether the incident ended without a person and without a remediation."""
        return not self.needed_person and not self.attempts and self.resolved_by in (RECOVERY, QUIET)

    def verified(self) -> tuple[str, str] | None:
        """The handler rule and action of the remediation that was followed by the recovery; None without one."""
        if self.resolved_at is None or self.resolved_by not in (REPAIR, RECOVERY):
            return None
        if self.resolved_by == REPAIR and self.attempts:
            return self.attempts[-1][:2]
        before = [attempt for attempt in self.attempts if attempt[2] <= self.resolved_at]
        return before[-1][:2] if before else None


@dataclass(slots=True)
class _Runs:
    attempts: list[tuple[str, str, datetime]] = field(default_factory=list)
    was_decided: bool = False


def known_since(session: Session) -> datetime | None:
    """The time of the first incident or change of handler rules; None for an empty database."""
    times = (
        session.scalar(select(func.min(Incident.received_at))),
        session.scalar(select(func.min(HandlerRuleVersion.changed_at))),
    )
    return min((time for time in times if time is not None), default=None)


def outcomes(
    session: Session, since: datetime, until: datetime, remediations: Collection[str]
) -> list[IncidentOutcome]:
    """The incidents that began, ended or were acknowledged between two times, without incidents that arrived too late."""
    times = Incident.opened_at, Incident.resolved_at, Incident.acknowledged_at
    touched = (
        or_(*(and_(time >= since, time < until) for time in times)),
        or_(Incident.resolved_by.is_(None), Incident.resolved_by != EXPIRED),
    )
    runs, severities = _runs(session, touched, remediations), {str(level): level for level in Severity}
    found: list[IncidentOutcome] = []
    # Tens of thousands of rows: each part of this loop is seen in the time of a report.
    for number, rule, severity, *times_and_end in session.execute(_columns().where(*touched).order_by(Incident.id)):
        of_incident = runs.get(number)
        attempts = (tuple(of_incident.attempts), of_incident.was_decided) if of_incident else ()
        found.append(IncidentOutcome(number, rule, severities[severity], *times_and_end, *attempts))
    return found


def _columns() -> Select[Any]:
    """The columns of an outcome in its order."""
    columns: tuple[Any, ...] = (
        *(Incident.id, Incident.rule, Incident.severity, Incident.opened_at, Incident.received_at),
        *(Incident.acknowledged_at, Incident.resolved_at, Incident.resolved_by, Incident.false_alarm_at.is_not(None)),
    )
    return select(*columns)


def _runs(
    session: Session, touched: Sequence[ColumnElement[bool]], remediations: Collection[str]
) -> defaultdict[int, _Runs]:
    """The remediations that changed something, and whether a person decided on one, by incident."""
    done = and_(
        *(ActionRun.state == RunState.DONE, ActionRun.mode == Mode.AUTO),
        or_(ActionRun.verdict.is_(None), ActionRun.verdict != NOT_FIXED),
    )
    columns = ActionRun.handler_rule, ActionRun.action, ActionRun.finished_at, ActionRun.details
    query = select(ActionRun.incident_id, ActionRun.decided_by, done, *columns).join(Incident)
    found: defaultdict[int, _Runs] = defaultdict(_Runs)
    inside = *touched, ActionRun.action.in_(remediations)
    for number, decided_by, is_done, rule, action, finished_at, details in session.execute(
        query.where(*inside).order_by(ActionRun.id)
    ):
        runs = found[number]
        runs.was_decided |= bool(decided_by)
        if is_done and finished_at and (details or {}).get("changed", True):
            runs.attempts.append((rule, action, finished_at))
    return found


def figures(found: Iterable[IncidentOutcome], period: ReportPeriod, rejected: int) -> PeriodFigures:
    """The figures of one period."""
    incidents, (start, end) = list(found), (period.start, period.end)
    began = list(_began(incidents, period))
    ended = [one for one in incidents if _is_in(one.resolved_at, start, end)]
    recovered = [one for one in ended if one.resolved_by != QUIET]
    return PeriodFigures(
        opened=len(began),
        by_resolution=dict(Counter(str(one.resolved_by or PERSON) for one in ended)),
        without_person=sum(not one.needed_person for one in ended),
        attempted=sum(bool(one.attempts) for one in began),
        remediated=sum(one.verified() is not None for one in ended),
        detect=_median(one.received_at - one.opened_at for one in began),
        acknowledge=_median(
            one.acknowledged_at - one.received_at
            for one in incidents
            if one.acknowledged_at is not None and _is_in(one.acknowledged_at, start, end)
        ),
        resolve=_median(one.resolved_at - one.opened_at for one in recovered if one.resolved_at is not None),
        rejected=rejected,
    )


def _began(found: Iterable[IncidentOutcome], period: ReportPeriod) -> Iterator[IncidentOutcome]:
    """The incidents that began in the period."""
    start, end = period.start, period.end
    return (one for one in found if start <= one.opened_at < end)


def _is_in(time: datetime | None, start: datetime, end: datetime) -> bool:
    return time is not None and start <= time < end


def _median(lengths: Iterable[timedelta]) -> MedianTime:
    """The median; a negative length, of clocks that differ, counts as 0."""
    ordered = sorted(lengths)
    middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]  # the two of an even number
    seconds = [max(length.total_seconds(), 0.0) for length in middle]
    return MedianTime(fmean(seconds) if seconds else None, len(ordered))


def noisiest(found: Iterable[IncidentOutcome], period: ReportPeriod) -> tuple[RuleNoise, ...]:
    """The rules with the most new incidents in the period, in descending order."""
    by_rule: defaultdict[str, list[IncidentOutcome]] = defaultdict(list)
    for one in _began(found, period):
        by_rule[one.rule].append(one)
    noise = [
        RuleNoise(
            rule,
            len(incidents),
            sum(one.resolved_at is not None for one in incidents),
            sum(one.ended_alone for one in incidents),
            sum(one.is_false_alarm for one in incidents),
        )
        for rule, incidents in by_rule.items()
        if len(incidents) >= LEAST_NOISE
    ]
    return tuple(sorted(noise, key=lambda one: (-one.opened, one.rule)))


def handlers(found: Iterable[IncidentOutcome], period: ReportPeriod) -> tuple[HandlerResult, ...]:
    """The handler rules whose remediations made changes for incidents of the period."""
    attempted: Counter[tuple[str, str]] = Counter()
    remediated: Counter[tuple[str, str]] = Counter()
    start, end = period.start, period.end
    for one in found:
        if one.attempts and _is_in(one.opened_at, start, end):
            attempted.update({attempt[:2] for attempt in one.attempts})
        fixed = one.verified() if one.attempts and _is_in(one.resolved_at, start, end) else None
        if fixed:
            remediated[fixed] += 1
    names = sorted(attempted | remediated, key=lambda name: (-attempted[name], name))
    return tuple(HandlerResult(*name, attempted[name], remediated[name]) for name in names)


def by_day(found: Iterable[IncidentOutcome], period: ReportPeriod) -> tuple[Day, ...]:
    """New incidents by calendar day, in order, including days without incidents."""
    began = list(_began(found, period))
    opened = Counter(period.day_of(one.opened_at) for one in began)
    needed = Counter(period.day_of(one.opened_at) for one in began if one.needed_person)
    days = [period.first + timedelta(days=number) for number in range(period.days)]
    return tuple(Day(day, opened[day], needed[day]) for day in days)


def severities(found: Iterable[IncidentOutcome], period: ReportPeriod) -> dict[Severity, int]:
    """New incidents by severity, most severe first."""
    counts = Counter(one.severity for one in _began(found, period))
    return {level: counts[level] for level in sorted(counts, key=lambda level: -level.rank)}


def open_at(session: Session, time: datetime) -> tuple[int, tuple[IncidentView, ...]]:
    """The number of unresolved incidents at a time, and the oldest of them, oldest first.

    An incident that was acknowledged later has its current state.
    """
    unresolved = Incident.opened_at < time, or_(Incident.resolved_at.is_(None), Incident.resolved_at >= time)
    not_expired = or_(Incident.resolved_by.is_(None), Incident.resolved_by != EXPIRED)
    # In the order of their begin, PostgreSQL would read every older incident before the first that is not resolved.
    found = session.execute(select(Incident.opened_at, Incident.id).where(*unresolved, not_expired)).all()
    oldest = [number for _, number in sorted(tuple(row) for row in found)[:MOST_LISTED]]
    query = with_latest_occurrence().where(Incident.id.in_(oldest)).order_by(Incident.opened_at, Incident.id)
    return len(found), tuple(incident_view(*row) for row in session.execute(query))


def broken_channels(session: Session, period: ReportPeriod, rule: str) -> tuple[IncidentView, ...]:
    """The incidents about notification channels that failed during the period, earliest first."""
    during = (
        Incident.rule == rule,
        Incident.opened_at < period.end,
        or_(UNRESOLVED, Incident.resolved_at >= period.start),
    )
    rows = session.execute(with_latest_occurrence().where(*during).order_by(Incident.opened_at).limit(MOST_LISTED))
    return tuple(incident_view(*row) for row in rows)


def rejected(session: Session, period: ReportPeriod) -> dict[str, int]:
    """The number of rejected messages of the period by reason, most frequent first."""
    in_period = RejectedMessage.received_at >= period.start, RejectedMessage.received_at < period.end
    query = select(RejectedMessage.reason, func.count()).where(*in_period).group_by(RejectedMessage.reason)
    counts: Counter[str] = Counter()
    for reason, count in session.execute(query):
        counts[str(reason)[:LONGEST_REASON]] += count
    return dict(counts.most_common())


def failed_runs(session: Session, period: ReportPeriod) -> tuple[JobGap, ...]:
    """The failed runs of the period that have not been repaired, latest first."""
    found = unrepaired(queries.with_unrepaired_runs(session, period.start))
    return tuple(gap for gap in found if period.start <= gap.since < period.end)
