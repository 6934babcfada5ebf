"""The cost of BigQuery by user, job, dataset, project or label, over time.

A job on demand is billed by the byte. A job in a reservation is not, whatever its bytes are (columns total_bytes_billed
and reservation_id of docs.cloud.google.com/bigquery/docs/information-schema-jobs): its price is the price of the slots
it used. The cost of idle reservations is not attributed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.cost import day_sums
from insights.day_ranges import ONE, Range, begin, ranges
from shared.lazy.dataclass import dataclass

TIB = 1024**4
SLOT_HOUR = 3_600_000
NONE = "(none)"
TOTAL = ""
LONGEST_KEY = 90  # of a label; BigQuery allows 63 characters


class By(StrEnum):
    """The dimension by which cost is divided."""

    USER = "user"
    JOB = "job"
    DATASET = "dataset"
    PROJECT = "project"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Prices:
    """The price of a TiB on demand, and of a slot-hour in a reservation."""

    per_tib: float
    per_slot_hour: float


@dataclass(slots=True)
class Amount:
    """Runs, bytes billed on demand, and slot-hours in total and in reservations.

    A script does not count as a run, because each of its statements counts.
    """

    runs: float = 0
    bytes_billed: float = 0
    slot_hours: float = 0
    reserved_slot_hours: float = 0

    def add(self, other: Amount, share: float = 1.0) -> None:
        """Adds a fraction of another amount."""
        self.runs += other.runs * share
        self.bytes_billed += other.bytes_billed * share
        self.slot_hours += other.slot_hours * share
        self.reserved_slot_hours += other.reserved_slot_hours * share

    def price(self, prices: Prices) -> float:
        """The price of the amount."""
        return self.bytes_billed / TIB * prices.per_tib + self.reserved_slot_hours * prices.per_slot_hour


@dataclass(frozen=True, slots=True)
class CostLine:
    """The cost of one user, job, dataset or label value. `previous_price` is the price in the period before.

    `bytes_billed` counts jobs on demand; `reserved_slot_hours` is the part of `slot_hours` used in reservations. `days`
    is the price by UTC day, such as 2026-11-23.
    """

    key: str
    runs: int
    bytes_billed: int
    slot_hours: float
    reserved_slot_hours: float
    price: float
    previous_price: float
    share: float
    days: dict[str, float] = field(default_factory=dict)


def cost(
    session: Session, by: By, *, now: datetime, days: int, prices: Prices, key: str = "", by_day: bool = True
) -> list[CostLine]:
    """The cost of the last `days` and of the same number of days before, most expensive first. `key` names a label for By.LABEL.

    The cost of a job is divided evenly among the datasets that it reads; a job that reads none counts for its
    destination. Without `by_day` the lines have no `days` and are faster to read.
    """
    since = now - timedelta(days=days)
    times = now - timedelta(days=2 * days), since, now
    return cost_between(session, by, times, prices, key=key, by_day=by_day)


def cost_between(
    session: Session,
    by: By,
    times: tuple[datetime, datetime, datetime],
    prices: Prices,
    *,
    key: str = "",
    by_day: bool = True,
) -> list[CostLine]:
    """Like `cost`, for any period. `times` are the start of the period before, the start of the period, and its end."""
    before, since, now = times
    current: defaultdict[str, Amount] = defaultdict(Amount)
    of_days: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for day, name, share, amount in amounts(session, by, since, now, key, by_day=by_day):
        current[name].add(amount, share)
        if by_day:
            of_days[name][day] += amount.price(prices) * share
    previous: defaultdict[str, float] = defaultdict(float)
    for _, name, share, amount in amounts(session, by, before, since, key, by_day=False):
        previous[name] += amount.price(prices) * share
    total = sum(amount.price(prices) for amount in current.values())
    lines = [
        CostLine(
            key=name,
            runs=round(amount.runs),
            bytes_billed=round(amount.bytes_billed),
            slot_hours=amount.slot_hours,
            reserved_slot_hours=amount.reserved_slot_hours,
            price=amount.price(prices),
            previous_price=previous[name],
            share=amount.price(prices) / total if total else 0.0,
            days=dict(of_days[name]),
        )
        for name, amount in current.items()
    ]
    return sorted(lines, key=lambda line: (-line.price, -line.slot_hours, line.key))


def day_prices(
    session: Session, by: By, since: datetime, until: datetime, prices: Prices, *, key: str, names: Collection[str]
) -> dict[str, dict[date, float]]:
    """The price of these lines by UTC day; the total has the name `TOTAL`."""
    by_name: dict[str, defaultdict[date, float]] = {name: defaultdict(float) for name in (TOTAL, *names)}
    days, beside = day_sums.divided(session, since, until) if _has_sums(session) else ([], [(since, until)])
    for day, _, *values in day_sums.sums(session, day_sums.WHOLE, days, by_day=True):
        by_name[TOTAL][day] += Amount(*values).price(prices)
    for start, end in beside:
        for day, _, share, amount in read_runs(session, By.USER, start, end, ""):
            by_name[TOTAL][date.fromisoformat(day)] += amount.price(prices) * share
    for day, name, share, amount in amounts(session, by, since, until, key, names=names) if names else ():
        if name in names:
            by_name[name][date.fromisoformat(day)] += amount.price(prices) * share
    return {name: dict(of_days) for name, of_days in by_name.items()}


def amounts(
    session: Session,
    by: By,
    since: datetime,
    until: datetime,
    key: str,
    *,
    by_day: bool = True,
    names: Collection[str] | None = None,
) -> Iterator[tuple[str, str, float, Amount]]:
    """Day, name, share and amount of [since, until), from the sums of whole days and from the runs of other times.

    Without `by_day` the days are empty, because the database adds up the sums. With `names` other names may be missing.
    """
    days, beside = day_sums.divided(session, since, until) if _is_summed(session, by, key) else ([], [(since, until)])
    yield from _of_sums(session, by, key, days, by_day=by_day, names=names)
    for start, end in beside:
        yield from read_runs(session, by, start, end, key)


def amounts_on(session: Session, by: By, days: Collection[date], key: str) -> Iterator[tuple[str, str, float, Amount]]:
    """Like `amounts`, for some UTC days."""
    summed = set[date]()
    if days and _is_summed(session, by, key):
        summed = day_sums.summed_days(session, min(days), max(days) + ONE) & set(days)
    yield from _of_sums(session, by, key, list(ranges(summed)), by_day=True, names=None)
    for day in sorted(set(days) - summed):
        yield from read_runs(session, by, begin(day), begin(day + ONE), key)


def _of_sums(
    session: Session, by: By, key: str, days: list[Range], *, by_day: bool, names: Collection[str] | None
) -> Iterator[tuple[str, str, float, Amount]]:
    others: list[Range] = []
    if by in (By.LABEL, By.PROJECT) and days:
        days, others = day_sums.with_dimension(session, dimension_of(by, key), days)
    if by is By.PROJECT:  # days that were summed before their projects were
        for each in others:
            yield from read_runs(session, by, *day_sums.times_of(each), key)
        others = []
    stored = None if names is None else {*names, *([""] if NONE in names else [])}  # of days without the dimension
    for dimension, some in ((dimension_of(by, key), days), (day_sums.WHOLE, others)):
        for day, name, *values in day_sums.sums(session, dimension, some, by_day=by_day, names=stored):
            if any(values):  # a day without runs has sums, too
                yield str(day), name or NONE, 1.0, Amount(*values)


def _is_summed(session: Session, by: By, key: str) -> bool:
    return _has_sums(session) and (by is not By.LABEL or 0 < len(key) <= LONGEST_KEY)


def _has_sums(session: Session) -> bool:
    return session.get_bind().dialect.name != "bigquery"


def dimension_of(by: By, key: str) -> str:
    """The name of a dimension in the sums of days."""
    return f"{by}:{key}" if by is By.LABEL else str(by)


def label_keys(session: Session, since: datetime, until: datetime) -> set[str]:
    """The labels that BigQuery runs of [since, until) have."""
    inside = JobRun.service == "bigquery", JobRun.start_at >= since, JobRun.start_at < until
    return {
        name
        for labels in session.scalars(select(JobRun.labels).where(*inside))
        for name in labels or ()
        if 0 < len(name) <= LONGEST_KEY
    }


def read_runs(
    session: Session, by: By, since: datetime, until: datetime, key: str
) -> Iterator[tuple[str, str, float, Amount]]:
    """Like `amounts`, from the runs only; the database adds them up where the names are plain columns."""
    day = cast(func.timezone("UTC", JobRun.start_at), Date) if _is_postgresql(session) else func.date(JobRun.start_at)
    label = _label(session, key) if key else literal("")
    for row_day, *names, runs, billed, slot_ms, reserved in session.execute(_query(by, day, since, until, label)):
        hours, reserved_hours = (float(each or 0) / SLOT_HOUR for each in (slot_ms, reserved))
        amount = Amount(float(runs), float(billed or 0), hours, reserved_hours)
        names_of_row = _datasets(*names) if by is By.DATASET else [str(names[0] or NONE)]
        for name in names_of_row:
            yield str(row_day), name, 1 / len(names_of_row), amount


def _label(session: Session, key: str) -> ColumnElement[Any]:
    """A label of the job; on BigQuery labels are JSON text (bigquery_tables.py)."""
    if session.get_bind().dialect.name == "bigquery":
        return func.json_value(JobRun.labels, f'$."{key}"', type_=String)
    column: ColumnElement[Any] = JobRun.labels[key].as_string()
    return column


def _query(by: By, day: ColumnElement[Any], since: datetime, until: datetime, label: ColumnElement[Any]) -> Select[Any]:
    columns: dict[By, list[Any]] = {
        By.USER: [JobRun.principal],
        By.JOB: [JobRun.job_name],
        By.DATASET: [JobRun.sources, JobRun.destination],
        By.PROJECT: [JobRun.project],
        By.LABEL: [label],
    }
    on_demand = JobRun.reservation_id.is_(None)
    sums = (
        func.sum(case((JobRun.statement_type == "SCRIPT", 0), else_=1)),
        func.sum(case((on_demand, JobRun.bytes_billed), else_=0)),
        func.sum(JobRun.slot_ms),
        func.sum(case((on_demand, 0), else_=JobRun.slot_ms)),
    )
    grouped = select(day.label("day"), *(column.label(f"name{n}") for n, column in enumerate(columns[by])), *sums)
    conditions = JobRun.service == "bigquery", JobRun.start_at >= since, JobRun.start_at < until
    return grouped.where(*conditions).group_by("day", *(f"name{n}" for n, _ in enumerate(columns[by])))


def _datasets(sources: Iterable[str], destination: str) -> list[str]:
    datasets = sorted({table.rpartition(".")[0] for table in sources or () if "." in table})
    return datasets or [destination.rpartition(".")[0] or NONE]


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
