"""Counts of incidents by rule and hour, which triggers of the database maintain (migration 0041)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, Select, case, delete, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.error_db.models import IncidentHour, IncidentHourChange
from db.insert import insert

BATCH = 10_000  # changes that one transaction adds


class IncidentCount(NamedTuple):
    """The number of incidents that began in one period and ended in the same way; `resolved_by` is None for unresolved ones."""

    rule: str
    period: int
    resolved_by: str | None
    is_acknowledged: bool
    number: int


def counted(session: Session, bounds: Sequence[datetime], rule: str | None = None) -> Iterator[IncidentCount]:
    """The counts of periods that begin at these hours (the last one without an end), of all rules or of one.

    The database sums them from a covering index: the periods of one rule in one pass, those of all rules one by one, in
    two processes. One statement reads the counts and the changes not yet added to them, as of one time.
    """
    every = range(len(bounds))
    parts = [
        _sums(table, column, bounds, periods, rule)
        for table, column in ((IncidentHour, IncidentHour.count), (IncidentHourChange, IncidentHourChange.change))
        for periods in ([every] if rule else [every[period : period + 1] for period in every])
    ]
    numbers = Counter[tuple[str, int, str, bool]]()
    for name, period, resolved_by, acknowledged, number in session.execute(union_all(*parts)):
        numbers[name, period, resolved_by, bool(acknowledged)] += int(number)
    for (name, period, resolved_by, acknowledged), number in numbers.items():
        if number:
            yield IncidentCount(name, period, resolved_by or None, acknowledged, number)


def hours(session: Session, rule: str, since: datetime) -> Iterator[tuple[datetime, int]]:
    """The hours from `since` in which incidents of a rule began, with their number."""
    parts = []
    for table, column in ((IncidentHour, IncidentHour.count), (IncidentHourChange, IncidentHourChange.change)):
        inside = table.rule == rule, table.hour >= since
        parts.append(select(table.hour, func.sum(column)).where(*inside).group_by(table.hour))
    for hour, number in session.execute(union_all(*parts)).all():
        yield hour, int(number)


def _sums(
    table: type[IncidentHour | IncidentHourChange],
    column: InstrumentedAttribute[int],
    bounds: Sequence[datetime],
    periods: range,
    rule: str | None,
) -> Select[*tuple[Any, ...]]:
    last = literal(periods[-1])
    ends = [(table.hour < bounds[period + 1], literal(period)) for period in periods[:-1]]
    period = (case(*ends, else_=last) if ends else last).label("period")
    inside = [table.hour >= bounds[periods[0]], *(table.hour < end for end in bounds[periods.stop : periods.stop + 1])]
    inside += [table.rule == rule] if rule else []
    key = table.rule, table.resolved_by, table.acknowledged
    columns = table.rule, period, table.resolved_by, table.acknowledged, func.sum(column)
    # By the label: the parameters of a repeated expression would be others.
    return select(*columns).where(*inside).group_by(*key, *(["period"] if ends else []))


def add_changes(engine: Engine) -> int:
    """Adds pending changes to the counts, in small transactions; returns their number.

    Two processes that do this at the same time add different changes.
    """
    total = 0
    while True:
        with Session(engine) as session, session.begin():
            added = _add_some(session)
        total += added
        if added < BATCH:
            return total


def _add_some(session: Session) -> int:
    row = IncidentHourChange
    numbers = select(row.id).order_by(row.id).limit(BATCH).with_for_update(skip_locked=True)
    columns = row.rule, row.hour, row.resolved_by, row.acknowledged, row.change
    done = delete(row).where(row.id.in_(numbers)).returning(*columns)
    sums, number = Counter[tuple[Any, ...]](), 0
    for *values, change in session.execute(done, execution_options={"synchronize_session": False}):
        sums[tuple(values)] += change
        number += 1
    # All processes lock the counts in the same order.
    for (rule, hour, resolved_by, acknowledged), change in sorted(sums.items(), key=lambda item: item[0]):
        if change:
            key = {"rule": rule, "hour": hour, "resolved_by": resolved_by, "acknowledged": acknowledged}
            _add(session, key, change)
    return number


def _add(session: Session, key: dict[str, Any], change: int) -> None:
    row = IncidentHour
    added = insert(session, row).values(**key, count=change)
    changed = added.on_conflict_do_update(index_elements=list(key), set_={"count": row.count + change})
    if session.scalar(changed.returning(row.count)) == 0:
        session.execute(delete(row).filter_by(**key), execution_options={"synchronize_session": False})
