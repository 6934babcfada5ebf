"""What BigQuery cost, and whose: by user, job, dataset or label, over time; and who took the slots while a job waited.

A job that ran on demand is billed by the byte. One in a reservation is not, whatever its bytes say (columns
total_bytes_billed and reservation_id of docs.cloud.google.com/bigquery/docs/information-schema-jobs): it is priced by
the slots that it used. What a reservation costs while nobody uses it is nobody's here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun

TIB = 1024**4
SLOT_HOUR = 3_600_000
NONE = "(none)"
LONGEST_RUN = timedelta(hours=24)
USUAL_DAYS = 14


class By(StrEnum):
    """What cost is divided by."""

    USER = "user"
    JOB = "job"
    DATASET = "dataset"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a TiB on demand, and of a slot-hour in a reservation."""

    per_tib: float
    per_slot_hour: float


@dataclass(slots=True)
class Amount:
    """Runs, bytes billed on demand, and slot-hours: all, and those of reservations."""

    runs: float = 0
    bytes_billed: float = 0
    slot_hours: float = 0
    reserved_slot_hours: float = 0

    def add(self, other: Amount, share: float = 1.0) -> None:
        """Adds a share of another amount."""
        self.runs += other.runs * share
        self.bytes_billed += other.bytes_billed * share
        self.slot_hours += other.slot_hours * share
        self.reserved_slot_hours += other.reserved_slot_hours * share

    def price(self, prices: Prices) -> float:
        """What it costs."""
        return self.bytes_billed / TIB * prices.per_tib + self.reserved_slot_hours * prices.per_slot_hour


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one user, job, dataset or label value cost; `previous_price` is that of the period of the same length before.

    `bytes_billed` are those of jobs on demand, `reserved_slot_hours` the part of `slot_hours` that reservations gave.
    `days` is the price by UTC day, such as 2026-11-23.
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


@dataclass(frozen=True, slots=True)
class Contender:
    """Who used slots while a job waited: slot-seconds then, the median of the same time on other days, and the rise."""

    principal: str
    slot_seconds: float
    usual_slot_seconds: float
    rise: float
    runs: int


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a run waited, and who used how much of the slots meanwhile; most risen first.

    `waited` is False for a run that was not queued: then the time is that of the run itself. `days` is the number of
    days that the usual use comes from.
    """

    run_id: str
    job_name: str
    start: datetime
    end: datetime
    waited: bool
    days: int
    contenders: list[Contender]


def cost(session: Session, by: By, *, now: datetime, days: int, prices: Prices, key: str = "") -> list[CostLine]:
    """What the last `days` cost, dearest first. `key` names the label for By.LABEL.

    A job's cost is divided evenly among the datasets that it reads; one that reads none counts for the one it writes.
    """
    since, before = now - timedelta(days=days), now - timedelta(days=2 * days)
    current: defaultdict[str, Amount] = defaultdict(Amount)
    by_day: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for day, name, share, amount in _amounts(session, by, since, now, key):
        current[name].add(amount, share)
        by_day[name][day] += amount.price(prices) * share
    previous: defaultdict[str, float] = defaultdict(float)
    for _, name, share, amount in _amounts(session, by, before, since, key):
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


def waiting(session: Session, run_id: str, *, days: int = USUAL_DAYS) -> Wait | None:
    """Who took the slots while the run waited; None when there is no such BigQuery run, or it has not started."""
    run = session.scalar(select(JobRun).where(JobRun.service == "bigquery", JobRun.run_id == run_id))
    if run is None or run.start_at is None:
        return None
    waited = run.created_at is not None and run.start_at > run.created_at
    start = run.created_at if waited and run.created_at else run.start_at
    end = run.start_at if waited else run.end_at or run.start_at
    uses = [_use(session, run, start - timedelta(days=back), end - timedelta(days=back)) for back in range(days + 1)]
    then, past = uses[0], [use for use in uses[1:] if use]
    contenders = [_contender(name, then[name], past) for name in then]
    return Wait(
        run_id=run_id,
        job_name=run.job_name,
        start=start,
        end=end,
        waited=waited,
        days=len(past),
        contenders=sorted(contenders, key=lambda each: (-each.rise, each.principal)),
    )


def _contender(name: str, used: list[float], past: Sequence[dict[str, list[float]]]) -> Contender:
    usual = median(sum(use.get(name, ())) for use in past) if past else 0.0
    return Contender(name, sum(used), usual, sum(used) - usual, len(used))


def _use(session: Session, run: JobRun, start: datetime, end: datetime) -> dict[str, list[float]]:
    """Slot-seconds by user of the other runs of the project in [start, end), as if each used its slots evenly."""
    query = select(JobRun.principal, JobRun.start_at, JobRun.end_at, JobRun.slot_ms).where(
        JobRun.service == "bigquery",
        JobRun.project == run.project,
        JobRun.run_id != run.run_id,
        JobRun.slot_ms > 0,
        JobRun.start_at >= start - LONGEST_RUN,
        JobRun.start_at < end,
        JobRun.end_at > start,
    )
    used: defaultdict[str, list[float]] = defaultdict(list)
    found: Sequence[Any] = session.execute(query).all()
    for principal, began, ended, slot_ms in found:
        length = (ended - began).total_seconds()
        overlap = (min(ended, end) - max(began, start)).total_seconds()
        if length > 0 and overlap > 0:
            used[principal or NONE].append(slot_ms / 1000 * overlap / length)
    return dict(used)


def _amounts(
    session: Session, by: By, since: datetime, until: datetime, key: str
) -> Iterator[tuple[str, str, float, Amount]]:
    """Day, name, share and amount: summed in the database as far as the names are plain columns there."""
    day = cast(func.timezone("UTC", JobRun.start_at), Date) if _is_postgresql(session) else func.date(JobRun.start_at)
    label = _label(session, key) if key else literal("")
    for found_day, *names, runs, billed, slot_ms, reserved in session.execute(_query(by, day, since, until, label)):
        hours, reserved_hours = (float(each or 0) / SLOT_HOUR for each in (slot_ms, reserved))
        amount = Amount(float(runs), float(billed or 0), hours, reserved_hours)
        shares = _datasets(*names) if by is By.DATASET else [str(names[0] or NONE)]
        for name in shares:
            yield str(found_day), name, 1 / len(shares), amount


def _label(session: Session, key: str) -> ColumnElement[Any]:
    """A label of the job; on BigQuery labels are JSON text (bigquery_tables.py)."""
    if session.get_bind().dialect.name == "bigquery":
        return func.json_value(JobRun.labels, f'$."{key}"', type_=String)
    found: ColumnElement[Any] = JobRun.labels[key].as_string()
    return found


def _query(by: By, day: ColumnElement[Any], since: datetime, until: datetime, label: ColumnElement[Any]) -> Select[Any]:
    columns: dict[By, list[Any]] = {
        By.USER: [JobRun.principal],
        By.JOB: [JobRun.job_name],
        By.DATASET: [JobRun.sources, JobRun.destination],
        By.LABEL: [label],
    }
    on_demand = JobRun.reservation_id.is_(None)
    sums = (
        func.count(),
        func.sum(case((on_demand, JobRun.bytes_billed), else_=0)),
        func.sum(JobRun.slot_ms),
        func.sum(case((on_demand, 0), else_=JobRun.slot_ms)),
    )
    grouped = select(day.label("day"), *(column.label(f"name{n}") for n, column in enumerate(columns[by])), *sums)
    conditions = JobRun.service == "bigquery", JobRun.start_at >= since, JobRun.start_at < until
    return grouped.where(*conditions).group_by("day", *(f"name{n}" for n, _ in enumerate(columns[by])))


def _datasets(sources: Iterable[str], destination: str) -> list[str]:
    found = sorted({table.rpartition(".")[0] for table in sources or () if "." in table})
    return found or [destination.rpartition(".")[0] or NONE]


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
