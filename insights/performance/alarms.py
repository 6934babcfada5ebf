"""Alarms of the learned baselines: samples outside their band, and the metrics for which alarms open incidents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import SeriesBaseline, StoredSeries, UnusualPoint, WatchedMetric
from db.schema_db.selection import rows_in
from insights.baselines.calibration import LEARNED, WEEK_POINTS, lasting_limit, rarity_of
from insights.performance.series import MeasuredSeries
from shared.lazy.dataclass import dataclass
from shared.records import IncidentView

RULE = "metrics/unusual"
BUDGET = 0.1  # false alarms of a series in a week that a metric without a choice of its own would have
APART = timedelta(hours=3)  # alarms nearer to each other are one
CALM = timedelta(minutes=30)  # inside the band for so long, and an alarm is over
SILENT = timedelta(hours=6)  # without a sample for so long, nothing is known
STEP = timedelta(minutes=5)
NEXT = 2 * STEP  # a sample that follows another one
LASTING = 3  # samples in a row


@dataclass(frozen=True, slots=True)
class Watch:
    """A choice of a maintainer: series with these metrics and labels (patterns) open incidents, within a budget of false alarms per series and week."""

    id: int
    metric: str
    labels: Mapping[str, str]
    budget: float
    severity: str
    reason: str
    created_by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def limit(self) -> float:
        """The rarity at which a sample is an alarm."""
        return rarity_of(self.budget)

    def matches(self, series: MeasuredSeries) -> bool:
        """Whether the choice applies to a series."""
        labels = {**series.labels, "project": series.project, "resource": series.resource}
        return fnmatchcase(series.metric, self.metric) and all(
            fnmatchcase(str(labels.get(name, "")), pattern) for name, pattern in self.labels.items()
        )


@dataclass(frozen=True, slots=True)
class UnusualAlarm:
    """Samples of a series outside the band, less than APART from each other; the values are those of the first sample.

    `rarity` is the largest rarity, `in_a_row` the largest number of consecutive samples outside the band.
    """

    series: MeasuredSeries
    start: datetime
    value: float
    low: float
    high: float
    rarity: float
    last: datetime
    in_a_row: int = 1

    def reaches(self, limit: float) -> bool:
        """Whether the samples are an alarm at this limit: by their rarity, or by a smaller rarity if they last."""
        return self.rarity >= (lasting_limit(limit) if self.in_a_row >= LASTING else limit)


@dataclass(frozen=True, slots=True)
class StagedSeries:
    """The alarms that a series would have raised, latest last, and the promised number of false alarms."""

    series: MeasuredSeries
    alarms: Sequence[UnusualAlarm]
    promised: float
    watch: Watch | None

    def shared(self, incidents: Iterable[IncidentView]) -> int:
        """The number of incidents of a limit that began or lasted during an alarm, or within APART before or after it."""
        return sum(
            any(
                each.opened_at - APART <= alarm.last
                and (each.resolved_at is None or alarm.start <= each.resolved_at + APART)
                for alarm in self.alarms
            )
            for each in incidents
        )


def watches(session: Session, *, with_ended: bool = False) -> list[Watch]:
    """The choices, latest first; the first one that matches a series applies."""
    query = select(*(getattr(WatchedMetric, each.name) for each in fields(Watch)))
    query = query if with_ended else query.where(WatchedMetric.ended_at.is_(None))
    return [Watch(*row) for row in session.execute(query.order_by(WatchedMetric.id.desc()))]


def watch_of(series: MeasuredSeries, choices: Iterable[Watch]) -> Watch | None:
    """The choice that applies to a series; None if its alarms are only recorded."""
    return next((each for each in choices if each.matches(series)), None)


def alarms(
    session: Session, since: datetime, limit: float, numbers: Collection[int] | None = None
) -> dict[int, list[UnusualAlarm]]:
    """The alarms of some series, or of all if `numbers` is None, since a time; by number of the series, oldest first."""
    names = ("time", "value", "low", "high", "rarity")
    columns = [getattr(UnusualPoint, name) for name in names]
    outside = or_(UnusualPoint.value > UnusualPoint.high, UnusualPoint.value < UnusualPoint.low)
    counted: ColumnElement[bool] = UnusualPoint.rarity >= limit
    if lasting_limit(limit) < limit:  # of the few series with so rare a value also those values that follow it
        rare = select(UnusualPoint.series_id).where(
            UnusualPoint.time >= since, UnusualPoint.rarity >= lasting_limit(limit), outside
        )
        counted = UnusualPoint.series_id.in_(rare)
    query = (
        select(*(getattr(StoredSeries, each.name) for each in fields(MeasuredSeries)), *columns)
        .join(StoredSeries, StoredSeries.id == UnusualPoint.series_id)
        .where(UnusualPoint.time >= since, outside, counted)
        .order_by(UnusualPoint.series_id, UnusualPoint.time)
    )
    chosen = None if numbers is None else sorted(numbers)
    runs: defaultdict[int, list[UnusualAlarm]] = defaultdict(list)
    for row in rows_in(session, query, UnusualPoint.series_id, chosen):
        series, (time, value, low, high, rarity) = MeasuredSeries(*row[: -len(names)]), row[-len(names) :]
        sample, of_series = UnusualAlarm(series, time, value, low, high, rarity, time), runs[series.id]
        if of_series and time - of_series[-1].last <= NEXT:
            run = of_series.pop()
            of_series.append(_joined(run, sample, run.in_a_row + 1))
        else:
            of_series.append(sample)
    found = {number: _apart(run for run in of_series if run.reaches(limit)) for number, of_series in runs.items()}
    return {number: raised for number, raised in found.items() if raised}


def _apart(runs: Iterable[UnusualAlarm]) -> list[UnusualAlarm]:
    """The alarms from runs of consecutive samples; runs less than APART from each other are one alarm."""
    found: list[UnusualAlarm] = []
    for run in runs:
        if found and run.start - found[-1].last < APART:
            before = found.pop()
            found.append(_joined(before, run, max(before.in_a_row, run.in_a_row)))
        else:
            found.append(run)
    return found


def staged(
    session: Session, now: datetime, days: int, budget: float, choices: Sequence[Watch] = ()
) -> list[StagedSeries]:
    """The alarms that series would have raised in the last days at a budget, or raised at theirs; most alarms first."""
    since = now - timedelta(days=days)
    lowest = min([rarity_of(budget), *(each.limit for each in choices)])
    made = []
    for found in alarms(session, since, lowest).values():
        watch = watch_of(found[0].series, choices)
        limit = watch.limit if watch else rarity_of(budget)
        if raised := [each for each in found if each.reaches(limit)]:
            made.append((raised, watch))
    points = _points(session, [raised[0].series.id for raised, _ in made])
    listed = [
        StagedSeries(
            raised[0].series,
            raised,
            _promised(watch.budget if watch else budget, points[raised[0].series.id], days),
            watch,
        )
        for raised, watch in made
    ]
    return sorted(listed, key=lambda each: (-len(each.alarms), each.series.metric, each.series.resource))


def staged_series(session: Session, series: MeasuredSeries, now: datetime, days: int) -> StagedSeries | None:
    """The alarms that a series would have raised in the last days, or raised; None while its baseline is learning."""
    points = _points(session, [series.id])[series.id]
    if points <= LEARNED:
        return None
    watch = watch_of(series, watches(session))
    budget = watch.budget if watch else BUDGET
    found = alarms(session, now - timedelta(days=days), rarity_of(budget), [series.id]).get(series.id, [])
    return StagedSeries(series, found, _promised(budget, points, days), watch)


def promised_of_all(session: Session, days: int, budget: float) -> tuple[int, float]:
    """The number of learned series, and the number of false alarms promised for all of them in a number of days."""
    longest = days * WEEK_POINTS // 7
    learned = SeriesBaseline.points - LEARNED
    judged = func.sum(
        func.min(learned, longest) if session.get_bind().dialect.name == "sqlite" else func.least(learned, longest)
    )
    count, points = session.execute(select(func.count(), judged).where(SeriesBaseline.points > LEARNED)).one()
    return count, budget * float(points or 0) / WEEK_POINTS


def _joined(alarm: UnusualAlarm, later: UnusualAlarm, in_a_row: int) -> UnusualAlarm:
    return replace(alarm, rarity=max(alarm.rarity, later.rarity), last=later.last, in_a_row=in_a_row)


def _points(session: Session, numbers: Collection[int]) -> dict[int, int]:
    query = select(SeriesBaseline.series_id, SeriesBaseline.points)
    found = dict.fromkeys(numbers, 0)
    return found | {
        row.series_id: row.points for row in rows_in(session, query, SeriesBaseline.series_id, sorted(numbers))
    }


def _promised(budget: float, points: int, days: int) -> float:
    """The expected false alarms of a series in this many days, or since it was learned if that is shorter."""
    return budget * min(max(points - LEARNED, 0), days * WEEK_POINTS / 7) / WEEK_POINTS


def matching(session: Session, watch: Watch) -> int:
    """The number of stored series that a choice matches."""
    query = select(*(getattr(StoredSeries, each.name) for each in fields(MeasuredSeries)))
    return sum(watch.matches(MeasuredSeries(*row)) for row in session.execute(query))
