"""Counts of incidents by rule and hour, as triggers of the database keep them (migration 0041)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, Subquery, delete, func, select, union_all
from sqlalchemy.orm import Session

from db.error_db.models import IncidentHour, IncidentHourChange
from db.insert import insert

BATCH = 10_000  # changes that one transaction adds


class IncidentCount(NamedTuple):
    """Incidents that began in one hour and ended alike; `resolved_by` is None while they are unresolved."""

    rule: str
    hour: datetime
    resolved_by: str | None
    is_acknowledged: bool
    number: int


def counted(session: Session, since: datetime, rule: str | None = None) -> Iterator[IncidentCount]:
    """The counts of the hours from that of `since` on: of all rules, or of one."""
    both = _both(since.replace(minute=0, second=0, microsecond=0), rule)
    key = both.c.rule, both.c.hour, both.c.resolved_by, both.c.acknowledged
    for name, hour, resolved_by, acknowledged, count in session.execute(
        select(*key, func.sum(both.c.count)).group_by(*key)
    ):
        if count:
            yield IncidentCount(name, hour, resolved_by or None, bool(acknowledged), int(count))


def _both(since: datetime, rule: str | None) -> Subquery:
    """The counts, and the changes that were not added yet: one statement sees both as they were at one time."""
    parts = []
    for table, number in ((IncidentHour, IncidentHour.count), (IncidentHourChange, IncidentHourChange.change)):
        columns = table.rule, table.hour, table.resolved_by, table.acknowledged, number.label("count")
        query = select(*columns).where(table.hour >= since)
        parts.append(query if rule is None else query.where(table.rule == rule))
    return union_all(*parts).subquery()


def add_changes(engine: Engine) -> int:
    """Adds the changes to the counts, in small transactions; returns their number.

    Two processes that do so at once add different changes.
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
