"""Jobs: list, show, list runs, and list missing runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dashboard.api import problems
from dashboard.api.job_chains import hop_list, timeline_item
from dashboard.api.models.job_chains import JobTimelines, LineageItem, LineageQuery, TimelineQuery
from dashboard.api.models.jobs import (
    DeadlineItem,
    DeadlineList,
    DeadlineQuery,
    GapItem,
    GapList,
    GapQuery,
    JobItem,
    JobMove,
    JobPage,
    JobQuery,
    JobRunItem,
    JobRunPage,
    OneJobQuery,
    RunQuery,
    ShortRun,
)
from dashboard.api.paging import cursor_of, offset
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from dashboard.jobs.lineage import lineage_of
from dashboard.jobs.timelines import chain_timeline, day_of, task_timeline
from db.error_db import queries
from handlers.owners.jobs import owner_of_job
from handlers.owners.table import owners_of
from handlers.versions.apply import defaults_of
from insights.cost.spending import Prices
from insights.jobs import gaps
from insights.jobs.coverage import coverage
from insights.jobs.deadlines.stored import next_deadlines
from insights.jobs.gaps import JobGap
from insights.jobs.incidents import unresolved
from insights.jobs.one_job import RunDetails, moves_of, runs_of
from insights.jobs.overview import JobLine, JobOverview
from insights.jobs.starts import Job
from shared.records import IncidentView
from shared.texts.api import problems as texts

RESOURCE = ApiResource("jobs", "Jobs of BigQuery, Airflow, Vertex AI, Dataflow and Compute Engine, with their runs.")


@RESOURCE.get("/jobs")
def list_jobs(request: ApiRequest, query: JobQuery) -> JobPage:
    """Lists the jobs of the last five weeks, those with problems first."""
    first = offset(query.cursor)
    failures = _unresolved(request)
    with request.schema_db() as session:
        overview = _overview(request, session, failures)
        matching = overview.matching(query.q, query.service, query.health, ad_hoc=query.ad_hoc)
        lines = overview.lines(matching[first : first + query.limit])
    more = first + query.limit < len(matching)
    return JobPage(
        items=_items(request, overview, lines),
        total=len(matching),
        next_cursor=cursor_of(first + query.limit) if more else None,
    )


@RESOURCE.get("/jobs/one")
def show_job(request: ApiRequest, query: OneJobQuery) -> JobItem:
    """Shows a job."""
    job = (query.service, query.project, query.name)
    failures = _unresolved(request)
    with request.schema_db() as session:
        overview = _overview(request, session, failures, job)
        moves = moves_of(session, job, request.now, request.locale.local)
        lines = [replace(line, moves=moves) for line in overview.lines(overview.every)]
    if not lines:
        raise problems.not_found(texts.NO_JOB(name=query.name))
    return _items(request, overview, lines)[0]


@RESOURCE.get("/jobs/runs")
def list_job_runs(request: ApiRequest, query: RunQuery) -> JobRunPage:
    """Lists the runs of a job, latest first."""
    job = (query.service, query.project, query.name)
    with request.schema_db() as session:
        runs = runs_of(session, job, query.before or request.now, most=query.limit + 1)
    shown, next_before = _page(runs, query.limit)
    return JobRunPage(items=[JobRunItem.model_validate(run) for run in shown], next_before=next_before)


@RESOURCE.get("/jobs/gaps")
def list_gaps(request: ApiRequest, query: GapQuery) -> GapList:
    """Lists runs that failed and were never repaired, and runs that were due and never started."""
    with request.error_db() as session:
        failed = gaps.unrepaired(
            queries.with_unrepaired_runs(session, request.now - timedelta(days=query.days)), query.service
        )
    with request.schema_db() as session:
        has_history = coverage(session, request.now, request.now).first is not None
        never = gaps.never_started(session, request.now, days=query.days, service=query.service) if has_history else []
    items = [_gap(gap, request) for gap in [*failed, *never][: query.limit]]
    return GapList(items=items, has_history=has_history)


@RESOURCE.get("/jobs/deadlines")
def list_deadlines(request: ApiRequest, query: DeadlineQuery) -> DeadlineList:
    """Lists the deadlines of the next runs of jobs, and whether the runs will meet them."""
    with request.schema_db() as session:
        found = next_deadlines(session, request.now, service=query.service, limit=query.limit)
    return DeadlineList(items=[DeadlineItem.model_validate(each) for each in found])


@RESOURCE.get("/jobs/timeline")
def show_job_timeline(request: ApiRequest, query: TimelineQuery) -> JobTimelines:
    """Shows the chain of a job on a day, and the tasks of a run of an Airflow DAG, each with its critical path."""
    job = (query.service, query.project, query.name)
    day = day_of(request, query.day.isoformat() if query.day else "")
    chain, tasks = chain_timeline(request, job, day), task_timeline(request, job, query.run)
    return JobTimelines(
        day=day,
        chain=timeline_item(chain) if chain else None,
        run=tasks.run.run_id if tasks else None,
        tasks=timeline_item(tasks.timeline) if tasks else None,
    )


@RESOURCE.get("/jobs/lineage")
def show_lineage(request: ApiRequest, query: LineageQuery) -> LineageItem:
    """Shows which jobs are downstream and upstream of a job or a table, by hop, and when the effect of a fault arrives."""
    jobs = [(query.service, query.project, query.name)] if query.name else []
    answer = lineage_of(request, jobs, [query.table] if query.table else [])
    return LineageItem(downstream=hop_list(answer.downstream), upstream=hop_list(answer.upstream))


def _gap(gap: JobGap, request: ApiRequest) -> GapItem:
    names = (name for name in GapItem.model_fields if name != "advice")
    return GapItem(**{name: getattr(gap, name) for name in names}, advice=request.text(gap.advice))


def _page(runs: Sequence[RunDetails], limit: int) -> tuple[Sequence[RunDetails], Any]:
    """The runs of a page, and the time before which the next page begins.

    Runs with the same start stay on one page; if a page has only such runs, it has at most `limit` of them.
    """
    if len(runs) <= limit:
        return runs, None
    shown = [run for run in runs[:limit] if run.start_at != runs[limit].start_at] or runs[:limit]
    return shown, shown[-1].start_at


def _unresolved(request: ApiRequest) -> list[IncidentView]:
    with request.error_db() as session:
        return unresolved(session)


def _overview(
    request: ApiRequest, session: Any, failures: Iterable[IncidentView], job: Job | None = None
) -> JobOverview:
    prices = Prices(request.settings.price_per_tib, request.settings.price_per_slot_hour)
    return JobOverview(session, request.now, prices, request.locale.local, job, failures)


def _items(request: ApiRequest, overview: JobOverview, lines: Sequence[JobLine]) -> list[JobItem]:
    jobs = [line.figures.job for line in lines]
    with request.error_db() as session:
        owners = owners_of(defaults_of(session))
    numbers = {job: next((view.id for view in found), None) for job, found in overview.incidents.items()}
    owned = {job: owner.name for job in jobs if (owner := owner_of_job(owners, *job))}
    return [_item(line, owned.get(line.figures.job, ""), numbers.get(line.figures.job)) for line in lines]


def _item(line: JobLine, owner: str, incident: int | None) -> JobItem:
    figures = line.figures
    service, project, name = figures.job
    return JobItem(
        service=service, project=project, name=name, health=line.health, runs=figures.runs, failed=figures.failed,
        last_start=figures.last_start, last_end=figures.last_end, running_since=figures.running_since,
        due_at=line.due_at, usual_seconds=line.usual,
        interval_seconds=line.interval.total_seconds() if line.interval else None, failed_in_a_row=line.streak,
        price=figures.price, previous_price=figures.previous_price, owner=owner, incident=incident,
        latest_runs=[ShortRun.model_validate(run) for run in line.runs],
        moved=[JobMove.model_validate(move.facts()) for move in line.moves],
    )  # fmt: skip
