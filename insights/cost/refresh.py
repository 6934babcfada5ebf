"""Sums the cost of BigQuery by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from db.schema_db.models import CostDay, JobRun
from db.schema_db.selection import chunks
from db.schema_db.store import SchemaStore
from db.schema_db.write.changed_days import COST, marked, unmark
from insights.cost.day_sums import WHOLE, summed_days
from insights.cost.spending import Amount, By, dimension_of, label_keys, read_runs
from insights.day_ranges import ONE, begin

ROWS = 100  # in one statement: an old SQLite takes 999 variables


def refresh(store: SchemaStore, now: datetime) -> Iterator[int]:
    """Sums the days before today that have no sums or that changed since, latest first; yields the number of rows of each."""
    with store.reading() as session:
        days = list(_to_sum(session, now))
    for day in days:
        with store.transaction() as session:
            rows = sum_day(session, day)
        yield rows


def _to_sum(session: Session, now: datetime) -> Iterator[date]:
    """The days to sum: from the first run until yesterday."""
    began = session.scalar(select(func.min(JobRun.start_at)).where(JobRun.start_at < now))
    today = now.astimezone(UTC).date()
    first = began.astimezone(UTC).date() if began else today
    summed = summed_days(session, first, today)
    days = (today - back * ONE for back in range(1, (today - first).days + 1))
    yield from (day for day in days if day not in summed)


def sum_day(session: Session, day: date) -> int:
    """Replaces the sums of a UTC day by new ones from its runs; returns the number of rows.

    A run that another transaction writes at the same time leaves its mark in place, so that the day is summed again.
    """
    marks = [each for each in marked(session, COST) if each.day == day]
    rows = list(_rows(session, begin(day)))
    session.execute(delete(CostDay).where(CostDay.day == day))
    for some in chunks(rows, ROWS):
        session.execute(insert(CostDay), [{**row, "day": day} for row in some])
    unmark(session, marks)
    return len(rows)


def _rows(session: Session, start: datetime) -> Iterator[dict[str, Any]]:
    end, whole = start + ONE, Amount()
    dimensions = [(By.USER, ""), (By.JOB, ""), (By.DATASET, ""), (By.PROJECT, "")]
    dimensions += [(By.LABEL, key) for key in sorted(label_keys(session, start, end))]
    for by, key in dimensions:
        parts: defaultdict[str, Amount] = defaultdict(Amount)
        for _, name, share, amount in read_runs(session, by, start, end, key):
            parts[name].add(amount, share)
            whole.add(amount, share if by is By.USER else 0.0)
        yield from (_row(dimension_of(by, key), name, amount) for name, amount in parts.items())
    yield _row(WHOLE, "", whole)


def _row(dimension: str, name: str, amount: Amount) -> dict[str, Any]:
    return {
        "dimension": dimension,
        "name": name,
        "runs": amount.runs,
        "bytes_billed": amount.bytes_billed,
        "slot_hours": amount.slot_hours,
        "reserved_slot_hours": amount.reserved_slot_hours,
    }
