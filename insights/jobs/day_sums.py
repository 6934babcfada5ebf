"""Sums of the runs of jobs: from the stored sums of UTC days, and from the runs of days without sums."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, or_, select, tuple_
from sqlalchemy.orm import Session

from db.intervals import LONGEST
from db.schema_db.models import ChangedDay, JobDaySum, JobRun
from db.schema_db.models.jobs import UNFINISHED
from db.schema_db.selection import chunks
from db.schema_db.store import SchemaStore
from db.schema_db.write.changed_days import JOBS, marked, unmark
from insights.day_ranges import ONE, Range, Times, begin, divided
from insights.jobs.starts import KEY, Job

DAYS = LONGEST.days + 1  # before today that are summed: a list of jobs adds up five weeks
ROWS = 50  # in one statement: an old SQLite takes 999 variables
Sums = dict[str, Any]  # by the name of the column in job_days
Column = ColumnElement[Any]
_DAY_KEY = (JobDaySum.service, JobDaySum.project, JobDaySum.job_name)
_COUNTS, _FIRST = ("runs", "failed"), "first_start"
_LAST = ("last_start", "succeeded_at", "failed_at", "running_since")
_AMOUNTS = ("bytes_billed", "reserved_slot_ms")


def sums(session: Session, periods: Mapping[str, Times], jobs: Collection[Job] | None = None) -> dict[Job, Sums]:
    """The sums of each job with a run in one of the periods, or of these jobs; bytes and slots are named COLUMN_PERIOD.

    The period without a name has no sums of bytes and slots. A single job is always read from its runs.
    """
    is_summed = (jobs is None or len(jobs) > 1) and session.get_bind().dialect.name != "bigquery"
    days: dict[str, list[Range]] = {}
    beside: dict[str, list[Times]] = {name: [times] for name, times in periods.items()}
    if is_summed:
        for name, times in periods.items():
            days[name], beside[name] = divided(*times, lambda first, end: summed_days(session, first, end))
    statements = [(KEY, _of_runs(beside))] if any(beside.values()) else []
    statements += [(_DAY_KEY, _of_days(days))] if any(days.values()) else []
    by_job: dict[Job, Sums] = {}
    for key_columns, every in statements:
        statement = every if jobs is None else every.where(tuple_(*key_columns).in_(sorted(jobs)))
        for service, project, name, *values in session.execute(statement):
            row = dict(zip(list(statement.selected_columns.keys())[len(KEY) :], values, strict=True))
            key = service, project, name
            by_job[key] = _added(by_job[key], row) if key in by_job else row
    return by_job


def refresh(store: SchemaStore, now: datetime) -> Iterator[int]:
    """Sums the latest days before today that have no sums or that changed since; yields the number of jobs of each day.

    Days before the first run need no sums: reading their runs costs nothing.
    """
    today = now.astimezone(UTC).date()
    with store.reading() as session:
        began = session.scalar(select(func.min(JobRun.start_at)).where(JobRun.start_at < now))
        first = max(today - DAYS * ONE, began.astimezone(UTC).date()) if began else today
        summed = summed_days(session, first, today)
    for day in (today - back * ONE for back in range(1, (today - first).days + 1)):
        if day not in summed:
            with store.transaction() as session:
                jobs = _sum_day(session, day)
            yield jobs
    with store.transaction() as session:
        session.execute(delete(JobDaySum).where(JobDaySum.day < today - DAYS * ONE))


def summed_days(session: Session, first: date, end: date) -> set[date]:
    """The days from `first` until before `end` whose sums are current."""
    changed = select(ChangedDay.id).where(ChangedDay.name == JOBS, ChangedDay.day == JobDaySum.day).exists()
    whole = JobDaySum.service == "", JobDaySum.day >= first, JobDaySum.day < end
    return set(session.scalars(select(JobDaySum.day).where(*whole, ~changed)))


def _sum_day(session: Session, day: date) -> int:
    """Replaces the sums of a day. A run that another transaction writes meanwhile leaves a mark: the day is summed again."""
    marks = [each for each in marked(session, JOBS) if each.day == day]
    statement = select(*KEY, *(value.label(name) for name, value in {**_counted(), **_summed(_costs())}.items()))
    inside = JobRun.start_at >= begin(day), JobRun.start_at < begin(day + ONE)
    rows = [dict(row) for row in session.execute(statement.where(*inside).group_by(*KEY)).mappings()]
    session.execute(delete(JobDaySum).where(JobDaySum.day == day))
    whole = dict.fromkeys((column.key for column in _DAY_KEY), "")
    for some in chunks([whole, *rows], ROWS):
        session.execute(insert(JobDaySum), [{"day": day, **_NOTHING, **row} for row in some])
    unmark(session, marks)
    return len(rows)


_NOTHING = {**dict.fromkeys((*_COUNTS, *_AMOUNTS), 0), **dict.fromkeys((_FIRST, *_LAST))}


def _of_runs(beside: Mapping[str, Sequence[Times]]) -> Select[Any]:
    inside = {
        name: or_(*(and_(JobRun.start_at >= start, JobRun.start_at < end) for start, end in times))
        for name, times in beside.items()
        if times
    }
    return _statement(KEY, _counted(), _costs(), inside)


def _of_days(days: Mapping[str, Sequence[Range]]) -> Select[Any]:
    inside = {
        name: or_(*(and_(JobDaySum.day >= first, JobDaySum.day <= last) for first, last in some))
        for name, some in days.items()
        if some
    }
    columns = {name: getattr(JobDaySum, name) for name in (*_COUNTS, _FIRST, *_LAST, *_AMOUNTS)}
    counted: dict[str, Column] = {name: func.sum(columns[name]) for name in _COUNTS}
    counted |= {_FIRST: func.min(columns[_FIRST]), **{name: func.max(columns[name]) for name in _LAST}}
    statement = _statement(_DAY_KEY, counted, {name: columns[name] for name in _AMOUNTS}, inside)
    return statement.where(JobDaySum.service != "")


def _statement(
    key: Sequence[Any], counted: Mapping[str, Column], costs: Mapping[str, Column], inside: Mapping[str, Column]
) -> Select[Any]:
    amounts = {
        f"{name}_{period}": func.sum(case((condition, cost), else_=0))
        for period, condition in inside.items()
        for name, cost in (costs.items() if period else ())
    }
    columns = (value.label(name) for name, value in {**counted, **amounts}.items())
    return select(*key, *columns).where(or_(*inside.values())).group_by(*key)


def _counted() -> dict[str, Column]:
    ended = {state: func.max(case((JobRun.state == state, JobRun.end_at))) for state in ("succeeded", "failed")}
    return {
        "runs": func.count(),
        "failed": func.sum(case((JobRun.state == "failed", 1), else_=0)),
        "first_start": func.min(JobRun.start_at),
        "last_start": func.max(JobRun.start_at),
        "succeeded_at": ended["succeeded"],
        "failed_at": ended["failed"],
        "running_since": func.max(case((UNFINISHED, JobRun.start_at))),
    }


def _costs() -> dict[str, Column]:
    """The cost of one run: the bytes of a run on demand, the slots of a run in a reservation."""
    on_demand = JobRun.reservation_id.is_(None)
    return {
        "bytes_billed": case((on_demand, JobRun.bytes_billed), else_=0),
        "reserved_slot_ms": case((on_demand, 0), else_=JobRun.slot_ms),
    }


def _summed(costs: Mapping[str, Column]) -> dict[str, Column]:
    return {name: func.sum(cost) for name, cost in costs.items()}


def _added(one: Sums, other: Sums) -> Sums:
    """The sums of two parts of a period."""
    both = {name: (one.get(name), other.get(name)) for name in {**one, **other}}
    return {name: _combined(name, [value for value in pair if value is not None]) for name, pair in both.items()}


def _combined(name: str, values: Sequence[Any]) -> Any:
    if name in _LAST:
        return max(values, default=None)
    return min(values) if name == _FIRST else sum(values)
