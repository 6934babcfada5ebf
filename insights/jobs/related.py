"""The jobs that an incident concerns: its own job, and those connected with it by tables, a DAG or an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.causes import names
from insights.causes.affected import Affected, affected_by
from insights.causes.names import Name
from insights.jobs.starts import KEY, Job
from shared.identity.airflow_jobs import QUERIES_OF
from shared.model import IncidentKind, JobState
from shared.records import IncidentView

PERIOD = timedelta(days=2)  # a job that runs daily is in it
SAME_TIME = timedelta(hours=2)  # before and after the incident
MOST_RUNS = 3_000  # the latest runs that are compared
MOST_JOBS = 8


class Relation(StrEnum):
    """Why a job is related to an incident, the most relevant first."""

    OWN = "own"
    GROUP = "group"
    WRITES_INPUT = "writes_input"
    READS_OUTPUT = "reads_output"
    WRITES = "writes"
    READS = "reads"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class RelatedJob:
    """A job with the reason of its relation. `name` is the table, the DAG or the account that connects it."""

    job: Job
    relation: Relation
    name: str = ""


def related_jobs(session: Session, incident: IncidentView) -> list[RelatedJob]:
    """The related jobs, the most relevant first, at most MOST_JOBS; each once, for its most relevant reason.

    Compares the latest MOST_RUNS runs in the two days before the incident and in the hours after it.
    """
    affected = affected_by(session, incident)
    own = [RelatedJob((run.service, run.project, run.job_name), Relation.OWN) for run in affected.runs]
    found = {each.job: each for each in own}
    order = list(Relation)
    others = sorted(
        _others(affected, _work(session, incident)), key=lambda each: (order.index(each.relation), each.job)
    )
    for each in others:
        found.setdefault(each.job, each)
    return list(found.values())[:MOST_JOBS]


def _work(session: Session, incident: IncidentView) -> Sequence[Any]:
    """The tables that the latest runs around the incident wrote and read; equal rows once."""
    run = JobRun
    inside = run.start_at >= incident.opened_at - PERIOD, run.start_at <= incident.opened_at + SAME_TIME
    columns = (*KEY, run.destination, run.sources, run.principal, run.state)
    # A failure counts only near the incident: one of the day before says nothing about it.
    near = (run.start_at >= incident.opened_at - SAME_TIME).label("near")
    latest = select(*columns, near).where(*inside).order_by(run.start_at.desc()).limit(MOST_RUNS).subquery()
    return session.execute(select(*latest.columns, func.count()).group_by(*latest.columns)).all()


def _others(affected: Affected, work: Iterable[Any]) -> Iterator[RelatedJob]:
    incident = affected.incident
    label = incident.labels.get
    dag = (label("dag") or label("dag_id") or "") if incident.kind is IncidentKind.JOB_FAILURE else ""
    tables = {name for name in affected.own if name[0] == "tables"}
    datasets = {name for name in affected.own | affected.around if name[0] == "datasets"} if not tables else set()
    for service, project, job_name, destination, sources, principal, state, near, _ in work:
        job = (service, project, job_name)
        written = names.table_of(destination or "")
        read = {name for table in sources or () if (name := names.table_of(table))}
        if dag and _is_of(dag, job_name):
            yield RelatedJob(job, Relation.GROUP, dag)
        if written in affected.reads and written is not None:
            yield RelatedJob(job, Relation.WRITES_INPUT if affected.runs else Relation.WRITES, written[1])
        if output := min(read & affected.writes, default=None):
            yield RelatedJob(job, Relation.READS_OUTPUT, output[1])
        if not affected.runs:
            yield from _on_resource(job, written, read, tables or datasets)
        if near and state == JobState.FAILED and principal and principal in affected.accounts:
            yield RelatedJob(job, Relation.ACCOUNT, principal)


def _on_resource(job: Job, written: Name | None, read: Iterable[Name], own: Iterable[Name]) -> Iterator[RelatedJob]:
    """The relation of a job to the tables or datasets of an incident that is about no job."""
    named = frozenset(own)
    if written and (found := _named(written, named)):
        yield RelatedJob(job, Relation.WRITES, found)
    if found := next((each for table in sorted(read) if (each := _named(table, named))), ""):
        yield RelatedJob(job, Relation.READS, found)


def _named(table: Name, own: frozenset[Name]) -> str:
    return table[1] if table in own or names.dataset_of(table) in own else ""


def _is_of(dag: str, job_name: str) -> bool:
    """Whether a job is the DAG, one of its tasks, or the queries of one."""
    name = job_name
    if name.startswith(QUERIES_OF):
        name = name.removeprefix(QUERIES_OF).rpartition("/")[2]
    return name == dag or name.startswith(f"{dag}.")
