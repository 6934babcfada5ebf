"""Stale tables and tables with an unusual volume, from the metadata in the history. No table is scanned.

`table_sizes` has the last change of each table by day. The usual times are learned like the starts of a job: a table is
stale if it was not updated by its usual time, as of the latest metadata.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.intervals import LONGEST
from db.schema_db.models import JobRun, Snapshot, TableSize
from db.schema_db.snapshots import DONE
from insights.jobs.cadence import Cadence, learn
from insights.jobs.due_run import DAY, DueRun
from insights.jobs.expectations import with_days_off
from insights.jobs.lateness import JobCalendar
from insights.tables.volume import TableDay, UnusualVolume, unusual_volume
from shared.lazy.dataclass import dataclass
from shared.model import JobState

COLLECTOR = "bigquery.tables"
TABLE = "BASE TABLE"
STOPPED_AFTER = (
    5  # updates that are missing after which nobody expects another, if the table has not changed for a week
)
JUDGED = timedelta(days=3)  # a volume is judged for so long after the update
LINEAGE = timedelta(days=2)  # of the runs from which readers are known
MOST_RUNS = 3_000
Span = tuple[str, str, str]  # table, project, dataset


@dataclass(frozen=True, slots=True)
class TableState:
    """The state of a table at `seen_at`: its latest change, the time by which it usually changes, and its problems.

    `due` is the first missing update, `missed` the number of missing updates; `volume` is the unusual volume, if any.
    `usual` is the next usual update, or None if unknown.
    """

    table: str
    project: str
    dataset: str
    seen_at: datetime
    changed_at: datetime
    due: DueRun | None = None
    missed: int = 0
    volume: UnusualVolume | None = None
    usual: datetime | None = None
    rows: int | None = None
    bytes: int | None = None

    @property
    def is_stale(self) -> bool:
        """Whether the table was not updated by its usual time."""
        return self.due is not None


def read_until(session: Session) -> dict[str, datetime]:
    """The time until which the metadata of each project is known."""
    done = Snapshot.collector == COLLECTOR, Snapshot.state == DONE
    query = select(Snapshot.scope, func.max(Snapshot.window_end)).where(*done).group_by(Snapshot.scope)
    return {scope.removeprefix("projects/"): until for scope, until in session.execute(query) if until}


def read_at(session: Session) -> datetime | None:
    """When the metadata of a project was last read, however old its slot was by then; None if it never was."""
    when = func.max(func.coalesce(Snapshot.finished_at, Snapshot.started_at))
    return session.scalar(select(when).where(Snapshot.collector == COLLECTOR, Snapshot.state == DONE))


def table_states(session: Session, now: datetime, calendar: JobCalendar) -> Iterator[TableState]:
    """Every table that changed in the last five weeks, ordered by name."""
    known_until = read_until(session)
    columns = TableSize.resource, TableSize.project, TableSize.container
    sizes = TableSize.day, TableSize.row_count, TableSize.size_bytes, TableSize.changed_at
    inside = TableSize.kind == TABLE, TableSize.day >= (now - LONGEST).date(), TableSize.changed_at >= now - LONGEST
    query = select(*columns, *sizes).where(*inside).order_by(TableSize.resource, TableSize.day)
    rows = session.execute(query.execution_options(yield_per=5_000))
    for (table, project, dataset), days in groupby(rows, lambda row: (row[0], row[1], row[2])):
        if until := known_until.get(project):
            yield _state((table, project, dataset), [row[3:] for row in days], until, calendar)


def _state(place: Span, days: Sequence[tuple[Any, ...]], until: datetime, calendar: JobCalendar) -> TableState:
    changes = sorted({changed for *_, changed in days if changed <= until})
    last = changes[-1] if changes else days[-1][3]
    cadence = learn(changes, calendar.local)
    due, missed, usual = None, 0, None
    if cadence is not None:
        due, missed = _missing(with_days_off(cadence, calendar.is_off), last, until)
        usual = next((each.due_at for each in cadence.due_after(max(last, until - DAY), until + 40 * DAY)), None)
    rows, size = days[-1][1:3]
    return TableState(*place, until, last, due, missed, _volume(days, until), usual, rows, size)


def _missing(cadence: Cadence, last: datetime, until: datetime) -> tuple[DueRun | None, int]:
    """The first missing update, and the number of missing ones; None and 0 if no update is expected any more."""
    missed = [each for each in cadence.due_after(last, until) if each.late_at < until]
    has_stopped = len(missed) > STOPPED_AFTER and until - last > timedelta(days=7)
    return (missed[0], len(missed)) if missed and not has_stopped else (None, 0)


def _volume(days: Sequence[tuple[Any, ...]], until: datetime) -> UnusualVolume | None:
    """The unusual volume after the latest update on a day that is over."""
    updated = [
        TableDay(day, rows, size) for day, rows, size, changed in days if changed.date() == day and day < until.date()
    ]
    unusual = unusual_volume(updated) if updated else None
    return unusual if unusual and until.date() - unusual.day <= JUDGED else None


def writers(session: Session, tables: Collection[str], now: datetime) -> dict[str, set[str]]:
    """The names of the jobs that wrote each of these tables in the last five weeks."""
    by_table: defaultdict[str, set[str]] = defaultdict(set)
    query = select(JobRun.destination, JobRun.job_name).distinct()
    inside = JobRun.start_at >= now - LONGEST, JobRun.start_at < now, JobRun.destination.in_(sorted(tables))
    for table, job in session.execute(query.where(*inside)) if tables else ():
        by_table[table].add(job)
    return by_table


def readers(session: Session, tables: Collection[str], now: datetime) -> Mapping[str, Sequence[str]]:
    """The tables that jobs wrote from each of these tables, directly or through other tables, nearest first."""
    if not tables:
        return {}
    inside = JobRun.start_at >= now - LINEAGE, JobRun.destination != "", JobRun.state == JobState.SUCCEEDED
    query = select(JobRun.destination, JobRun.sources).where(*inside).order_by(JobRun.start_at.desc()).limit(MOST_RUNS)
    made: defaultdict[str, set[str]] = defaultdict(set)
    for target, sources in session.execute(query):
        for source in sources or ():
            if source != target:
                made[source].add(target)
    return {table: _reached(table, made) for table in tables}


def _reached(table: str, made: Mapping[str, set[str]]) -> list[str]:
    reached: list[str] = []
    edge = [table]
    while edge:
        edge = sorted({target for each in edge for target in made.get(each, ())} - {table, *reached})
        reached += edge
    return reached
