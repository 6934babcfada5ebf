"""The starts of runs from which cadences are learned, and the time until which they are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from statistics import median_high
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import Function

from db.intervals import LONGEST
from db.schema_db.models import JobRun, Snapshot
from db.schema_db.snapshots import DONE
from db.types import UtcDateTime
from insights.jobs.cadence import MONTH, OFTEN
from shared.identity.reported_run import SERVICE

Job = tuple[str, str, str]  # service, project or connection, name
# The collector that reads the runs of each service.
COLLECTORS: Mapping[str, str] = {
    "bigquery": "bigquery.jobs",
    "airflow": "composer.runs",
    "vertex_ai": "vertex_ai.jobs",
    "dataflow": "dataflow.jobs",
    "scheduler": "scheduler.runs",
    SERVICE: "reports.runs",
}
MONTHS = 6 * LONGEST
FREQUENT = timedelta(days=2)  # all starts are read of so long
LEAST_STARTS, LEAST_AN_HOUR = 24, 1.5
TWO_AN_HOUR = 1.75  # starts an hour from which an hour may have three
MOST_MONTHLY = 12  # runs of a monthly job in MONTHS
KEY = (JobRun.service, JobRun.project, JobRun.job_name)
_HOUR = len("2026-01-01 00")


def read_until(session: Session) -> dict[tuple[str, str], datetime]:
    """The time until which the runs of each service and project are known."""
    names = {collector: service for service, collector in COLLECTORS.items()}
    query = select(Snapshot.collector, Snapshot.scope, func.max(Snapshot.window_end)).where(
        Snapshot.collector.in_(names), Snapshot.state == DONE
    )
    rows = session.execute(query.group_by(Snapshot.collector, Snapshot.scope))
    found = {(names[collector], scope.partition("/")[2]): until for collector, scope, until in rows if until}
    reported = [until for (service, _), until in found.items() if service == SERVICE]
    if reported:  # one collector reads the runs of all reporters
        reporters = session.scalars(select(JobRun.project).where(JobRun.service == SERVICE).distinct())
        found |= {(SERVICE, reporter): max(reported) for reporter in reporters}
    return found


def starts_of_jobs(
    session: Session, now: datetime, past: timedelta = LONGEST, service: str = ""
) -> dict[Job, list[datetime]]:
    """The starts of the runs in `past`, at most two per hour, earliest first; for monthly jobs half a year.

    Of jobs that run a few times a day, or more often than every 35 minutes with three starts in some hours, only the latest
    start of each hour counts. Only scheduled jobs: no parts of other runs, and no account queries without a job name.
    """
    if session.get_bind().dialect.name == "postgresql":
        return _of_postgresql(session, now, now - past, service)
    found: defaultdict[Job, list[datetime]] = defaultdict(list)
    listed = func.group_concat(cast(JobRun.start_at, String), type_=String)
    # One row for each job, in the order of an index: SQLite takes three times as long to group the starts by hour.
    query = select(*KEY, listed).where(*alone(now - past, now, service)).group_by(*KEY)
    for of_service, project, name, texts in session.execute(query):
        found[(of_service, project, name)] = known_starts(*_by_hour(texts.split(",")))
    for of_service, project, name, start in session.execute(_seldom(now, now - past, service)):
        if start:
            found[(of_service, project, name)].append(start)
    return {job: sorted(times) for job, times in found.items()}


def known_starts(count: int, latest: Sequence[datetime], first: Iterable[datetime]) -> list[datetime]:
    """The starts of a job, earliest first, from the latest one of each hour and the first one of the hours with two.

    An hourly job that starts just before or after the full hour starts twice in some hours and not at all in others.
    """
    times, first = sorted(latest), list(first)
    if not first or TWO_AN_HOUR * len(times) < count != len(times) + len(first):
        return times
    interval = median_high(after - before for before, after in pairwise(times)) if len(times) > 1 else OFTEN
    return sorted([*times, *first]) if interval < OFTEN else times


def frequent_starts(session: Session, now: datetime) -> dict[Job, list[datetime]]:
    """Every start of the last two days, earliest first, of the jobs that run several times an hour."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    hour = func.date_trunc("hour", JobRun.start_at) if is_postgresql else func.substr(JobRun.start_at, 1, 13)
    inside = alone(now - FREQUENT, now)
    many = func.count() >= LEAST_STARTS, func.count() >= LEAST_AN_HOUR * func.count(hour.distinct())
    jobs = select(*KEY).where(*inside).group_by(*KEY).having(*many).subquery()
    same = [one == other for one, other in zip(KEY, jobs.columns, strict=True)]
    query = select(*KEY, JobRun.start_at).join(jobs, same[0] & same[1] & same[2]).where(*inside)
    found: defaultdict[Job, list[datetime]] = defaultdict(list)
    for service, project, name, start in session.execute(query.order_by(JobRun.start_at)):
        if start:
            found[(service, project, name)].append(start)
    return dict(found)


def _of_postgresql(session: Session, now: datetime, since: datetime, service: str) -> dict[Job, list[datetime]]:
    """The starts with one row for each job: no row per run is sent, and only few runs of half a year are read."""
    found: dict[Job, list[datetime]] = {}
    for of_service, project, name, count, latest, first in session.execute(_hourly(since, now, service)):
        found[(of_service, project, name)] = known_starts(count, latest, first or ())
    services = [service] if service else list(COLLECTORS)
    values = {"services": services, "since": now - MONTHS, "until": now, "most": MOST_MONTHLY + 1}
    for of_service, project, name, times in session.execute(_SELDOM, values):
        if len(times) <= MOST_MONTHLY and min(times) < now - 2 * MONTH:
            job = (of_service, project, name)
            if merged := sorted([*(time for time in times if time < since), *found.get(job, ())]):
                found[job] = merged
    return found


# The latest runs of each job in half a year, at most :most: the names of the jobs are read from one place of the index to
# the next, because reading all runs of half a year took seconds.
_SELDOM = (
    text("""
WITH RECURSIVE named AS (
    (SELECT service, project, job_name FROM job_runs ORDER BY service, project, job_name LIMIT 1)
    UNION ALL
    SELECT following.* FROM named, LATERAL (
        SELECT service, project, job_name FROM job_runs
        WHERE (service, project, job_name) > (named.service, named.project, named.job_name)
        ORDER BY service, project, job_name LIMIT 1) AS following
)
SELECT named.service, named.project, named.job_name, array_agg(latest.start_at) AS times FROM named, LATERAL (
    SELECT start_at FROM job_runs
    WHERE service = named.service AND project = named.project AND job_name = named.job_name
        AND parent = '' AND start_at >= :since AND start_at < :until
    ORDER BY start_at DESC LIMIT :most) AS latest
WHERE named.service = ANY(:services) AND NOT (named.service = 'bigquery' AND strpos(named.job_name, '@') > 0)
GROUP BY named.service, named.project, named.job_name
""")
    .bindparams(
        bindparam("services", type_=ARRAY(Text)),
        bindparam("since", type_=UtcDateTime()),
        bindparam("until", type_=UtcDateTime()),
    )
    .columns(column("service"), column("project"), column("job_name"), column("times", ARRAY(UtcDateTime())))
)


def _hourly(since: datetime, until: datetime, service: str) -> Select[Any]:
    """One row for each job: its starts, the latest start of each hour, and the first one of the hours with two starts."""
    ends = func.max(JobRun.start_at).label("latest"), func.min(JobRun.start_at).label("first")
    query = select(*KEY, func.count().label("starts"), *ends).where(*alone(since, until, service))
    hours = query.group_by(*KEY, func.date_trunc("hour", JobRun.start_at)).subquery()
    *job_columns, starts, latest, first = hours.columns
    every = func.sum(starts), _in_array(latest), _in_array(first).filter(starts == 2)
    return select(*job_columns, *every).group_by(*job_columns)


def _in_array(start: ColumnElement[Any]) -> Function[Any]:
    return func.array_agg(start, type_=ARRAY(JobRun.start_at.type))


def _by_hour(texts: Sequence[str]) -> tuple[int, list[datetime], list[datetime]]:
    """The number of starts, the latest one of each hour, and the first one of the hours with two, from stored starts."""
    hours = [list(starts) for _, starts in groupby(sorted(texts), key=itemgetter(slice(_HOUR)))]
    return (
        len(texts),
        _parsed(starts[-1] for starts in hours),
        _parsed(starts[0] for starts in hours if len(starts) == 2),
    )


def _parsed(texts: Iterable[str]) -> list[datetime]:
    return [datetime.fromisoformat(f"{each}+00:00") for each in texts]


def _seldom(now: datetime, until: datetime, service: str) -> Select[str, str, str, datetime | None]:
    """The earlier starts of jobs with at most two runs a month, latest first."""
    earlier = alone(now - MONTHS, until, service)
    monthly = select(*KEY).where(*alone(now - MONTHS, now, service)).group_by(*KEY)
    monthly = monthly.having(func.count() <= MOST_MONTHLY, func.min(JobRun.start_at) < now - 2 * MONTH)
    of_them = monthly.subquery()
    same = [one == other for one, other in zip(KEY, of_them.columns, strict=True)]
    query = select(*KEY, JobRun.start_at).join(of_them, same[0] & same[1] & same[2])
    return query.where(*earlier).order_by(JobRun.start_at.desc())


def listed_jobs(jobs: Sequence[Job]) -> TableValuedAlias:
    """The jobs as a PostgreSQL table with the columns of KEY.

    The names are passed as arrays: with one parameter for each name, PostgreSQL would plan the statement anew for each
    number of jobs.
    """
    names = [bindparam(f"{each.key}s", [job[place] for job in jobs], ARRAY(Text)) for place, each in enumerate(KEY)]
    columns = [column(each.key, String) for each in KEY]
    # The dialect of BigQuery replaces `func.unnest` in the whole process.
    return Function("unnest", *names).table_valued(*columns, name="jobs").render_derived()


def alone(since: datetime, until: datetime, service: str = "") -> tuple[Any, ...]:
    """The condition for started runs that are not part of other runs; without account queries that name no job."""
    return (
        JobRun.service.in_([service] if service else COLLECTORS), JobRun.parent == "", JobRun.start_at >= since, JobRun.start_at < until,
        ~((JobRun.service == "bigquery") & JobRun.job_name.contains("@")),
    )  # fmt: skip
