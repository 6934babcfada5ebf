"""Finds users, jobs, datasets and projects that cost far more today than on earlier days, or more than their budget.

Today's cost so far can already exceed the range of whole days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from math import log
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.cost.spending import NONE, Amount, By, Prices, amounts
from insights.long_tail import beyond

DAY = timedelta(days=1)
PAST = 35  # days with which a day is compared
LEAST_DAYS = 14  # days of history before anything is unusual
MANY = 20  # days from which the most expensive one is left out: it may be that of a fault
FACTOR, MEDIANS = 2.0, 3.0  # times the most expensive day, and the median
TAIL, LEAST_LOGS = 4.0, 8  # deviations of the logarithm, from this number of days with a cost
SPREAD, LEAST_FACTOR = 4.0, 1.5  # deviations on the same kind of day, and times the most expensive day at least
MONTH = range(28, 32)  # days back
SATURDAY = 5
LEAST_SHARE = 0.1  # of the usual cost of a day of all projects: less is nobody's concern
COVERED = 0.5  # share of an excess that belongs to another one with a larger excess
NEARLY = 0.8  # of the largest excess: of these the most concrete is named
SHOWN = 5
MOST_NAMES = 500  # in one statement
ORDER = (By.JOB, By.USER, By.DATASET, By.PROJECT)  # the most concrete first


@dataclass(frozen=True, slots=True)
class DailyBudget:
    """The declared daily limit of users, jobs, datasets or projects; None if their cost is never unusual."""

    by: By
    is_about: Callable[[str], bool]
    per_day: float | None


@dataclass(frozen=True, slots=True)
class Contributor:
    """A job of a user, with its part of the day's cost, in the currency of the prices and as a share (0 to 1)."""

    user: str
    job: str
    price: float
    share: float


@dataclass(frozen=True, slots=True)
class CostExcess:
    """A cost on a UTC day that is too high. `usual` is the median of the days before, `limit` the exceeded limit.

    `others` are the names that exceed their own limits because of the same runs.
    """

    by: By
    name: str
    day: date
    price: float
    usual: float
    limit: float
    is_declared: bool
    days: int
    others: Sequence[tuple[By, str]] = ()
    contributors: Sequence[Contributor] = field(default=())

    @property
    def above(self) -> float:
        """The cost above the usual cost."""
        return self.price - self.usual


def usual_limit(past: Sequence[float], day: date) -> float | None:
    """The cost above which a day is unusual; None if there are too few days. `past` are the days before, the latest first.

    The most expensive day is left out, unless it lies a month back: month ends come again. An even spread of the logarithms
    on the same kind of day (working day or weekend) lowers the limit of an account whose cost varies widely.
    """
    if len(past) < LEAST_DAYS:
        return None
    ordered = sorted(past)
    is_fault = len(past) >= MANY and past.index(ordered[-1]) + 1 not in MONTH
    usual_days = ordered[:-1] if is_fault else ordered
    largest = usual_days[-1]
    logs = [log(each) for each in usual_days if each > 0]
    tail = beyond(logs, TAIL) if len(logs) >= LEAST_LOGS else 0.0
    limit = max(FACTOR * largest, min(tail, 2 * FACTOR * largest))
    own = _alike(past, day, largest)
    spread = [log(each) for each in own] if len(own) >= LEAST_LOGS else logs
    if len(past) >= MANY and len(spread) >= LEAST_LOGS:
        limit = min(limit, max(LEAST_FACTOR * largest, beyond(spread, SPREAD)))
    return max(limit, MEDIANS * median(usual_days))


def _alike(past: Sequence[float], day: date, largest: float) -> list[float]:
    """The costs on days of the same kind, without days that cost nothing or more than `largest`."""
    days = ((day - back * DAY, cost) for back, cost in enumerate(past, 1))
    return [cost for other, cost in days if _is_weekend(other) is _is_weekend(day) and 0 < cost <= largest]


def _is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY


def cost_excesses(
    session: Session,
    now: datetime,
    prices: Prices,
    declared: tuple[Sequence[DailyBudget], Collection[tuple[str, str]]] = ((), ()),
) -> list[CostExcess]:
    """Excessive costs of today and yesterday (UTC): the largest excess of each group of the same runs, largest first.

    `declared` are the budgets. Dimensions and names with an open incident stay the name of their group.
    """
    budgets, is_open = declared
    today = now.astimezone(UTC).date()
    begin = _begin(today - PAST * DAY)
    whole = _whole(_daily(session, By.PROJECT, begin, now, prices), today)
    if whole is None:
        return []
    excesses: list[CostExcess] = []
    for day in (today - DAY, today):
        runs = _runs(session, day, prices)
        of_day = []
        for by in ORDER:  # the days before are read of the few names that cost enough
            names = _expensive(by, runs, LEAST_SHARE * whole[1], budgets)
            past = _daily(session, by, begin, now, prices, names) if names else {}
            of_day += [
                found for name in names if (found := _excess((by, name), past.get(name, {}), day, (whole, budgets)))
            ]
        excesses += _grouped(of_day, runs, is_open)
    return sorted(excesses, key=lambda each: -each.above)


def has_costs(session: Session, now: datetime) -> bool:
    """Whether a BigQuery job ran in the last two days."""
    recent = JobRun.service == "bigquery", JobRun.start_at >= now - 2 * DAY, JobRun.start_at < now
    return session.scalar(select(JobRun.run_id).where(*recent).limit(1)) is not None


def _daily(
    session: Session, by: By, begin: datetime, now: datetime, prices: Prices, names: Collection[str] | None = None
) -> dict[str, dict[date, float]]:
    """The price of each name, or of these names, on each day."""
    daily: defaultdict[str, defaultdict[date, float]] = defaultdict(lambda: defaultdict(float))
    asked = names if names is None or len(names) <= MOST_NAMES else None
    for day, name, share, amount in amounts(session, by, begin, now, "", names=asked):
        if names is None or name in names:
            daily[name][date.fromisoformat(day)] += amount.price(prices) * share
    return {name: dict(days) for name, days in daily.items()}


def _expensive(by: By, runs: Sequence[_RunsOfDay], least: float, budgets: Sequence[DailyBudget]) -> list[str]:
    """The names that cost more than `least` on a day, and those with a declared budget."""
    prices: defaultdict[str, float] = defaultdict(float)
    for each in runs:
        for name in each.names[by]:
            prices[name] += each.share(by, name)
    declared = [each for each in budgets if each.by is by]
    return [
        name
        for name, price in prices.items()
        if name != NONE and (price > least or any(each.is_about(name) for each in declared))
    ]


def _whole(by_project: Mapping[str, Mapping[date, float]], today: date) -> tuple[date, float] | None:
    """The first day with a cost, and the usual daily cost of all projects; None without enough days."""
    total: defaultdict[date, float] = defaultdict(float)
    for daily in by_project.values():
        for day, price in daily.items():
            total[day] += price
    past = [total[day] for day in total if day < today - DAY]
    return (min(total), median(past)) if len(past) >= LEAST_DAYS else None


def _excess(
    what: tuple[By, str],
    daily: Mapping[date, float],
    day: date,
    known: tuple[tuple[date, float], Sequence[DailyBudget]],
) -> CostExcess | None:
    """The excess of a name on a day; None if its cost is usual, or within its declared budget."""
    (first, whole), budgets = known
    by, name = what
    price = daily.get(day, 0.0)
    past = [daily.get(day - back * DAY, 0.0) for back in range(1, min(PAST, (day - first).days) + 1)]
    declared = next((each for each in budgets if each.by is by and each.is_about(name)), None)
    if declared:
        limit = declared.per_day
        is_above = limit is not None and price > limit
    else:
        limit = usual_limit(past, day)
        is_above = limit is not None and price > limit and price - median(past) > LEAST_SHARE * whole
    if not is_above or limit is None:
        return None
    return CostExcess(by, name, day, price, median(past) if past else 0.0, limit, declared is not None, len(past))


@dataclass(frozen=True, slots=True)
class _RunsOfDay:
    """The runs of a day that have the same user, job, project and datasets, with their price."""

    names: Mapping[By, frozenset[str]]
    user: str
    job: str
    price: float

    def share(self, by: By, name: str) -> float:
        """The part of the price that belongs to a name."""
        names = self.names[by]
        return self.price / len(names) if name in names else 0.0


def _runs(session: Session, day: date, prices: Prices) -> list[_RunsOfDay]:
    columns = (
        JobRun.principal,
        JobRun.job_name,
        JobRun.project,
        JobRun.sources,
        JobRun.destination,
        JobRun.reservation_id,
    )
    sums = func.sum(JobRun.bytes_billed), func.sum(JobRun.slot_ms)
    inside = JobRun.service == "bigquery", JobRun.start_at >= _begin(day), JobRun.start_at < _begin(day + DAY)
    groups = []
    for user, job, project, sources, target, reserved, billed, slots in session.execute(
        select(*columns, *sums).where(*inside).group_by(*columns)
    ):
        hours = float(slots or 0) / 3_600_000
        amount = Amount(0, 0.0 if reserved else float(billed or 0), hours, hours if reserved else 0.0)
        datasets = {table.rpartition(".")[0] for table in sources or () if "." in table}
        names = {
            By.USER: frozenset({user}),
            By.JOB: frozenset({job}),
            By.PROJECT: frozenset({project}),
            By.DATASET: frozenset(datasets or {target.rpartition(".")[0] or NONE}),
        }
        groups.append(_RunsOfDay(names, user, job, amount.price(prices)))
    return groups


def _grouped(
    excesses: Sequence[CostExcess], runs: Sequence[_RunsOfDay], is_open: Collection[tuple[str, str]]
) -> list[CostExcess]:
    """One excess for each group of the same runs, with its contributors.

    It is the excess with an incident, otherwise the most specific one of the largest.
    """
    left, groups = sorted(excesses, key=lambda each: -each.above), []
    while left:
        largest = left[0]
        alike = [each for each in left if _common(largest, each, runs) >= COVERED * min(each.price, largest.price)]
        alike = alike or [largest]
        near = [
            each
            for each in alike
            if each.above >= NEARLY * largest.above or each.is_declared or (str(each.by), each.name) in is_open
        ]
        chosen = min(near, key=lambda each: _place(each, is_open))
        others = [(each.by, each.name) for each in alike if each is not chosen]
        groups.append(_with_contributors(chosen, others, runs))
        left = [each for each in left if each not in alike]
    return groups


def _place(excess: CostExcess, is_open: Collection[tuple[str, str]]) -> tuple[bool, bool, float]:
    """The rank of an excess in its group: those with an incident, then the declared ones, then by ORDER.

    The queries of an account belong to the account itself and not to a job.
    """
    concrete = ORDER.index(By.USER) + 0.5 if excess.by is By.JOB and "@" in excess.name else ORDER.index(excess.by)
    return (str(excess.by), excess.name) not in is_open, not excess.is_declared, concrete


def _common(one: CostExcess, other: CostExcess, runs: Sequence[_RunsOfDay]) -> float:
    """The price of the runs that belong to both names."""
    return sum(min(each.share(one.by, one.name), each.share(other.by, other.name)) for each in runs)


def _with_contributors(
    excess: CostExcess, others: Collection[tuple[By, str]], runs: Sequence[_RunsOfDay]
) -> CostExcess:
    prices: defaultdict[tuple[str, str], float] = defaultdict(float)
    for each in runs:
        prices[(each.user, each.job)] += each.share(excess.by, excess.name)
    largest = sorted(prices.items(), key=lambda item: -item[1])[:SHOWN]
    parts = [Contributor(user, job, price, price / excess.price) for (user, job), price in largest if price > 0]
    return replace(excess, others=tuple(others), contributors=tuple(parts))


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
