"""Who contributed most to load, if the history has it: users, jobs, tables, DAGs or resources behind a metric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import FinePoint, JobRun, StoredSeries, UserAction
from insights.performance.series import MeasuredSeries, one_series
from shared.model import IncidentKind
from shared.records import IncidentView

MOST = 3
MOST_RUNS = 5_000
LONGEST_RUN = timedelta(hours=24)
LEAST_SHARE = 0.1
BIGQUERY, COMPOSER = "bigquery", "composer"
RUNNERS = frozenset({"dataflow", "dataproc", "vertex_ai"})  # services whose load is that of their runs
APIS = {"vertex_ai": "aiplatform", "functions": "run", "cloud_sql": "cloudsql"}  # in the audit log
BEFORE, LONGEST = timedelta(minutes=30), timedelta(hours=24)
SUMS = frozenset({"1", "By", "By/s"})  # units whose values of several resources add up
Amounts = defaultdict[str, float]
SERIES = "series"  # the label with the number of a series


class ContributorKind(StrEnum):
    """The kinds of contributors."""

    USER = "user"
    JOB = "job"
    TABLE = "table"
    DAG = "dag"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class TopContributors:
    """The contributors of a kind with the largest shares (0 to 1), largest first."""

    kind: ContributorKind
    shares: Sequence[tuple[str, float]]


def contributors(session: Session, series: MeasuredSeries, start: datetime, end: datetime) -> list[tuple[str, float]]:
    """The BigQuery jobs with the most slot time in a period, each with its share (0 to 1); empty for other services."""
    if series.service != BIGQUERY:
        return []
    used = func.sum(JobRun.slot_ms)
    inside = (JobRun.service == BIGQUERY, JobRun.project == series.project, *_in_period(start, end))
    rows = session.execute(select(JobRun.job_name, used).where(*inside).group_by(JobRun.job_name)).all()
    return _largest((name, float(amount or 0)) for name, amount in rows)


def top_contributors(session: Session, view: IncidentView, now: datetime) -> list[TopContributors]:
    """The largest contributors to the load of an incident while it lasted; empty for other incidents and without data."""
    if view.kind is not IncidentKind.LOAD_ISSUE:
        return []
    start, end = view.opened_at - BEFORE, min(view.resolved_at or now, view.opened_at + LONGEST)
    number = view.labels.get(SERIES, "")
    series = one_series(session, int(number)) if number.isdigit() else None
    if view.service == BIGQUERY:
        groups = _of_queries(session, view.project, start, end)
    elif view.service == COMPOSER:
        groups = {ContributorKind.DAG: _of_dags(session, view, start, end)}
    else:
        groups = {ContributorKind.USER: _of_callers(session, view, start, end)}
        if view.service in RUNNERS:
            groups[ContributorKind.JOB] = _of_runs(session, view, start, end)
        if series is not None and series.unit in SUMS:
            groups[ContributorKind.RESOURCE] = _of_resources(session, series, start, end)
    largest = ((kind, _largest(amounts.items())) for kind, amounts in groups.items())
    return [TopContributors(kind, shares) for kind, shares in largest if shares]


def _of_queries(session: Session, project: str, start: datetime, end: datetime) -> dict[ContributorKind, Amounts]:
    """The slot time of the runs by user, job and written table; of a query without one by the tables that it reads."""
    amounts = {kind: Amounts(float) for kind in (ContributorKind.USER, ContributorKind.JOB, ContributorKind.TABLE)}
    columns = JobRun.principal, JobRun.job_name, JobRun.destination, JobRun.sources, JobRun.slot_ms
    inside = (JobRun.service == BIGQUERY, JobRun.project == project, *_in_period(start, end))
    query = select(*columns).where(*inside).order_by(JobRun.slot_ms.desc()).limit(MOST_RUNS)
    for user, job, destination, sources, amount in session.execute(query):
        amounts[ContributorKind.USER][user] += amount or 0
        amounts[ContributorKind.JOB][job] += amount or 0
        tables = [destination] if destination else list(sources or ())
        for table in tables:
            amounts[ContributorKind.TABLE][table] += (amount or 0) / len(tables)
    return amounts


def _of_callers(session: Session, view: IncidentView, start: datetime, end: datetime) -> Amounts:
    """The calls on the resource of the incident, such as a topic, bucket or instance, by account."""
    name = view.resource.rstrip("/").rpartition("/")[2]
    amounts: Amounts = defaultdict(float)
    if not name:
        return amounts
    inside = (
        UserAction.hour.between(start.replace(minute=0, second=0, microsecond=0), end),
        UserAction.service == f"{APIS.get(view.service, view.service)}.googleapis.com",
        UserAction.resource.endswith(f"/{name}", autoescape=True),
    )
    query = select(UserAction.principal, func.sum(UserAction.count)).where(*inside).group_by(UserAction.principal)
    for principal, count in session.execute(query):
        amounts[principal] += float(count or 0)
    return amounts


def _of_runs(session: Session, view: IncidentView, start: datetime, end: datetime) -> Amounts:
    """The seconds in the period of the runs of the service in the project, by job."""
    columns = JobRun.job_name, JobRun.start_at, JobRun.end_at
    inside = JobRun.service == view.service, JobRun.project == view.project
    amounts: Amounts = defaultdict(float)
    query = select(*columns).where(*inside, *_in_period(start, end)).limit(MOST_RUNS)
    for name, began, ended in session.execute(query):
        length = min(ended or end, end) - max(began or start, start)
        amounts[name] += max(0.0, length.total_seconds())
    return amounts


def _of_dags(session: Session, view: IncidentView, start: datetime, end: datetime) -> Amounts:
    """The seconds of tasks in the period by DAG, in the environment of the incident."""
    names = {view.resource.rpartition("/")[2], view.labels.get("environment_name", "")} - {""}
    columns = JobRun.job_name, JobRun.start_at, JobRun.end_at
    inside = (JobRun.service == "airflow", JobRun.project.in_(sorted(names)), JobRun.parent != "")
    amounts: Amounts = defaultdict(float)
    for name, began, ended in session.execute(
        select(*columns).where(*inside, *_in_period(start, end)).limit(MOST_RUNS)
    ):
        length = min(ended or end, end) - max(began or start, start)
        amounts[name.partition(".")[0]] += max(0.0, length.total_seconds())
    return amounts


def _of_resources(session: Session, series: MeasuredSeries, start: datetime, end: datetime) -> Amounts:
    """The mean of the samples in the period by resource, of the series of the same metric in its project."""
    same = (
        StoredSeries.metric == series.metric,
        StoredSeries.aligner == series.aligner,
        StoredSeries.project == series.project,
    )
    query = (
        select(StoredSeries.resource, func.avg(FinePoint.value))
        .join(FinePoint, FinePoint.series_id == StoredSeries.id)
        .where(*same, FinePoint.time >= start, FinePoint.time <= end)
        .group_by(StoredSeries.id, StoredSeries.resource)
    )
    amounts: Amounts = defaultdict(float)
    for resource, mean in session.execute(query):
        amounts[resource] += float(mean or 0)
    return amounts


def _in_period(start: datetime, end: datetime) -> Iterator[ColumnElement[bool]]:
    yield JobRun.start_at <= end
    yield JobRun.start_at > start - LONGEST_RUN
    yield or_(JobRun.end_at.is_(None), JobRun.end_at >= start)


def _largest(amounts: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """The largest ones with their shares of the sum."""
    known = [(name, amount) for name, amount in amounts if name]
    total = sum(amount for _, amount in known)
    shares = sorted(((name, amount / total) for name, amount in known if total > 0), key=lambda each: -each[1])
    return [each for each in shares[:MOST] if each[1] >= LEAST_SHARE]
