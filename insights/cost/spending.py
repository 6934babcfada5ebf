"""The cost of BigQuery by user, job, dataset, project or label, over time.

A job on demand is billed by the byte. A job in a reservation is not, whatever its bytes say (columns total_bytes_billed
and reservation_id of docs.cloud.google.com/bigquery/docs/information-schema-jobs): its price is that of the slots that
it used. The cost of idle reservations is not attributed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.cost import day_sums

TIB = 1024**4
SLOT_HOUR = 3_600_000
NONE = "(none)"
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
    """Runs, bytes billed on demand, and slot-hours: all, and those in reservations.

    A script does not count as a run, because its statements are runs of their own.
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
    """The cost of one user, job, dataset or label value; `previous_price` is that of the period before.

    `bytes_billed` are those of jobs on demand, `reserved_slot_hours` the part of `slot_hours` in reservations. `days`
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


def cost(session: Session, by: By, *, now: datetime, days: int, prices: Prices, key: str = "") -> list[CostLine]:
    """The cost of the last `days` and of as many days before, most expensive first. `key` names the label for By.LABEL.

    The cost of a job is divided evenly among the datasets that it reads; a job that reads none counts for its
    destination.
    """
    since = now - timedelta(days=days)
    return cost_between(session, by, (now - timedelta(days=2 * days), since, now), prices, key=key)


def cost_between(
    session: Session, by: By, times: tuple[datetime, datetime, datetime], prices: Prices, *, key: str = ""
) -> list[CostLine]:
    """The same for a period between any two times; `times` are the begin of the period before, its own, and its end."""
    before, since, now = times
    current: defaultdict[str, Amount] = defaultdict(Amount)
    by_day: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for day, name, share, amount in amounts(session, by, since, now, key):
        current[name].add(amount, share)
        by_day[name][day] += amount.price(prices) * share
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
            days=dict(by_day[name]),
        )
        for name, amount in current.items()
    ]
    return sorted(lines, key=lambda line: (-line.price, -line.slot_hours, line.key))


def amounts(
    session: Session, by: By, since: datetime, until: datetime, key: str, *, by_day: bool = True
) -> Iterator[tuple[str, str, float, Amount]]:
    """Day, name, share and amount of [since, until), from the sums of whole days and from the runs beside them.

    Without `by_day` the days of the sums are empty: the database adds them up.
    """
    is_summed = session.get_bind().dialect.name != "bigquery" and (by is not By.LABEL or 0 < len(key) <= LONGEST_KEY)
    days, beside = day_sums.divided(session, since, until) if is_summed else ([], [(since, until)])
    others: list[day_sums.Range] = []
    if by in (By.LABEL, By.PROJECT) and days:
        days, others = day_sums.with_dimension(session, dimension_of(by, key), days)
    if by is By.PROJECT:  # days that were summed before their projects were
        beside, others = [*beside, *map(day_sums.times_of, others)], []
    for dimension, some in ((dimension_of(by, key), days), (day_sums.WHOLE, others)):
        for day, name, *values in day_sums.sums(session, dimension, some, by_day=by_day):
            if any(values):  # a day without runs has sums, too
                yield str(day), name or NONE, 1.0, Amount(*values)
    for start, end in beside:
        yield from read_runs(session, by, start, end, key)


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
    """The same from the runs alone; the database sums them where the names are plain columns."""
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
