"""Tables whose columns or number of rows changed before an incident, and statements that changed tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun, TableSize
from insights.causes import names
from insights.causes.affected import Affected
from insights.causes.change import CandidateChange, Shared, shared_with
from insights.causes.model import ChangeKind, Statement
from insights.causes.names import Name
from shared.model import JobState
from shared.texts import causes as texts

DAY = timedelta(days=1)
PAST_DAYS = 30
GROWN, SHRUNK = 1.5, 0.5  # of the rows of the day before, beyond what is usual
LEAST_DAYS = 4
DEFINES = ("ALTER", "DROP", "CREATE", "RENAME", "TRUNCATE")


def schemas(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """Tables of the incident whose columns changed since the previous day with known columns; the time of day is unknown.

    Days on which the columns could not be read are skipped, because they prove no change.
    """
    until = affected.incident.opened_at
    for name, days in _sizes(session, affected, until).items():
        known = [(row.day, row.schema_key) for row in days if row.schema_key]
        for (before, old), (day, new) in pairwise(known):
            if old != new and day >= since.date() and (shared := shared_with(affected, names.place_of(name[1]))):
                yield _columns(affected, name, (before, day), max(since, _noon(day)), shared)


def volumes(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """Tables read by the job that have far more or far fewer rows than on the day before."""
    until = affected.incident.opened_at
    for name, days in _sizes(session, affected, until).items():
        counted = [(row.day, row.row_count) for row in days if row.row_count is not None]
        if name not in affected.reads or len(counted) < LEAST_DAYS:
            continue
        ratios = [new / old for (_, old), (_, new) in pairwise(counted) if old]
        (before, old), (day, new) = counted[-2:]
        if not ratios[:-1] or day < since.date() or not old:
            continue
        usual, ratio = median(ratios[:-1]), new / old
        spread = max((abs(each - usual) for each in ratios[:-1]), default=0)
        if (ratio > GROWN * usual or ratio < SHRUNK * usual) and abs(ratio - usual) > 3 * spread:
            values = {"resource": name[1], "before": f"{old:,}", "after": f"{new:,}"}
            sentence = texts.GREW if ratio > usual else texts.SHRANK
            yield CandidateChange(
                kind=ChangeKind.VOLUME,
                time=min(max(since, _noon(day)), affected.failed_at),
                what=Statement(sentence, values),
                who="",
                shared=Shared(0.95, Statement(texts.READS, {"resource": name[1]})),
                is_success_evidence=False,
                days=(before, day),
            )


def statements(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """BigQuery jobs with statements that defined, changed or dropped a table of the incident."""
    if not affected.tables:
        return
    query = select(JobRun).where(
        JobRun.service == "bigquery",
        JobRun.start_at >= since,
        JobRun.start_at <= affected.incident.opened_at,
        JobRun.state == JobState.SUCCEEDED,
        or_(*(JobRun.statement_type.startswith(each) for each in DEFINES)),
    )
    for run in session.scalars(query):
        place = names.place_of(run.destination or "")
        if run.job_name in affected.jobs or place.name not in affected.tables or run.start_at is None:
            continue
        if run.statement_type.startswith("CREATE") and place.name in affected.reads and _is_regular(session, run):
            continue
        shared = shared_with(affected, place)
        if shared is not None:
            yield CandidateChange(
                kind=ChangeKind.SCHEMA,
                time=run.end_at or run.start_at,
                what=Statement(texts.CHANGED, {"method": run.statement_type, "resource": run.destination}),
                who=run.principal,
                shared=shared,
                others=_reads(place.name),
            )


def _is_regular(session: Session, run: JobRun) -> bool:
    """Whether the job that created a table does so each time it runs."""
    earlier = select(JobRun.run_id).where(
        JobRun.service == run.service, JobRun.project == run.project, JobRun.job_name == run.job_name,
        JobRun.start_at < run.start_at, JobRun.destination == run.destination,
    )  # fmt: skip
    return session.scalar(earlier.limit(1)) is not None


def _sizes(session: Session, affected: Affected, until: datetime) -> dict[Name, list[TableSize]]:
    """The days of each table of the incident, oldest first."""
    tables = sorted(name[1] for name in affected.tables)
    known: dict[Name, list[TableSize]] = {}
    if not tables:
        return known
    query = select(TableSize).where(
        TableSize.resource.in_(tables), TableSize.day >= (until - PAST_DAYS * DAY).date(), TableSize.day <= until.date()
    )
    for row in session.scalars(query.order_by(TableSize.day)):
        known.setdefault(("tables", row.resource), []).append(row)
    return known


def _columns(
    affected: Affected, name: Name, days: tuple[date, date], time: datetime, shared: Shared
) -> CandidateChange:
    """The changes of columns, dated at most at the failure.

    A success proves something only after the end of the day.
    """
    day = days[1]
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY
    time = min(time, affected.failed_at)
    return CandidateChange(
        kind=ChangeKind.SCHEMA,
        time=time,
        what=Statement(texts.COLUMNS_CHANGED, {"resource": name[1]}),
        who="",
        shared=shared,
        others=_reads(name),
        delay=max(timedelta(0), end - time),
        days=days,
    )


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _reads(name: Name | None) -> Callable[[JobRun], bool]:
    return lambda run: name in {names.table_of(table) for table in run.sources or ()}
