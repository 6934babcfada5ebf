"""Jobs: the list, their runs by day, and the page of a job with its runs."""

# ruff: noqa: PLC0415 - a page imports what it needs with its first request, not with the process

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dashboard import catalogue
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.model import JobHealth
from shared.texts.dashboard import job as job_texts
from shared.texts.dashboard import jobs as texts
from shared.texts.dashboard import run_states as state_texts
from shared.texts.job_chains import lineage as lineage_texts
from shared.texts.job_chains import timeline as timeline_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from dashboard.incidents.late_ends import LateEnd
    from insights.cost.spending import Prices
    from insights.jobs.figures import JobFigures
    from insights.jobs.one_job import RunDetails
    from insights.jobs.overview import JobLine, JobOverview
    from insights.jobs.starts import Job
    from shared.records import IncidentView

ON_A_PAGE, IN_A_GRID, RUNS_LISTED = 50, 30, 25
SPANS = (14, 30, 90)
MISSING_DAYS = 90
NEVER_STARTED = 12  # jobs with missing runs that are listed
MOST_EXPORTED = 10_000
MOST_INCIDENTS = 500

PAGE = Page("jobs", texts.TITLE, order=30, icon="bars", key="j", on_phone=True)


@PAGE.get("/jobs", "jobs/list.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The jobs, those with problems first."""
    from dashboard.charts.job_bars import job_bars

    unresolved = _unresolved(request)
    with request.schema_db() as session:
        overview = _overview(request, session, unresolved=unresolved)
        every, matching = _all(request, overview), _matching(request, overview)
        first = (request.number("page") - 1) * ON_A_PAGE
        lines = overview.lines(matching[first : first + ON_A_PAGE])
        listed = {"services": overview.services, "healths": Counter(str(overview.healths[each.job]) for each in every)}
    incidents = {line.figures.job: overview.incidents.get(line.figures.job, []) for line in lines}
    return {
        "t": texts,
        **listed,
        "lines": lines,
        "bars": {line.figures.job: job_bars(line) for line in lines},
        "incidents": incidents,
        "late_ends": _late_ends(request, incidents),
        "owners": _owners(request, [line.figures.job for line in lines]),
        "total": len(every),
        "latest": max((each.last_start for each in every), default=None),
        "count": len(matching),
        "first": first,
        "size": ON_A_PAGE,
        "is_ad_hoc": bool(request.args.get("ad_hoc")),
        "has_prices": any(line.figures.price or line.figures.previous_price for line in lines),
    }


@PAGE.get("/jobs.csv", "")
def export_list(request: PageRequest) -> Any:
    """The matching jobs, as CSV."""
    from dashboard.csv_file import csv_file

    unresolved = _unresolved(request)
    with request.schema_db() as session:
        overview = _overview(request, session, unresolved=unresolved)
        lines = overview.lines(_matching(request, overview)[:MOST_EXPORTED])
    owners = _owners(request, [line.figures.job for line in lines])
    head = ("state", "service", "project", "job", "runs", "failed", "last_start", "last_end", "usual_seconds")
    rows = (
        [
            str(line.health), *line.figures.job, line.figures.runs, line.figures.failed, line.figures.last_start,
            line.figures.last_end, line.usual, round(line.figures.price, 2), round(line.figures.previous_price, 2),
            owners.get(line.figures.job, ""),
        ]
        for line in lines
    )  # fmt: skip
    return csv_file("jobs", (*head, "cost_7_days", "cost_7_days_before", "owner"), rows)


@PAGE.get("/jobs/days", "jobs/days.html")
def show_days(request: PageRequest) -> dict[str, Any]:
    """The result of each job on each of the last days."""
    from insights.jobs.states.by_day import DayRange, by_day

    length = request.number("days", 30)
    length = length if length in SPANS else 30
    period = DayRange(request.now, length, request.settings.timezone, request.locale.local)
    unresolved = _unresolved(request)
    with request.schema_db() as session:
        overview = _overview(request, session, unresolved=unresolved)
        matching = _matching(request, overview)
        grid = by_day(session, [each.job for each in matching[:IN_A_GRID]], period)
    rows = [each.job for each in matching[:IN_A_GRID]]
    if request.args.get("trouble"):
        rows = [job for job in rows if grid.good_days(job)[0] < grid.good_days(job)[1]]
    return {
        "t": texts,
        "grid": grid,
        "due": list(never_started(grid.due))[:NEVER_STARTED],
        "columns": list(_columns(grid.days)),
        "rows": rows,
        "length": length,
        "spans": SPANS,
        "count": len(matching),
        "services": overview.services,
    }


def never_started(due: Sequence[tuple[datetime, Job]]) -> Iterator[tuple[Job, int, datetime]]:
    """Each job with the number of its missing runs and the latest of them, the latest first."""
    moments: dict[Job, list[datetime]] = {}
    for moment, job in due:
        moments.setdefault(job, []).append(moment)
    for job, missed in sorted(moments.items(), key=lambda each: max(each[1]), reverse=True):
        yield job, len(missed), max(missed)


def _columns(days: Sequence[date]) -> Iterator[tuple[date, str]]:
    """Each day with its classes: a narrow screen shows the latest week, a tablet the latest eighteen days."""
    for back, day in zip(range(len(days) - 1, -1, -1), days, strict=True):
        classes = ("older" if back >= 18 else "", "old" if back >= 7 else "", "today" if not back else "")
        yield day, " ".join(filter(None, classes))


@PAGE.get("/jobs/job", "jobs/job.html")
def show_job(request: PageRequest) -> dict[str, Any]:
    """The page of a job: its runs, missing runs, its incidents, and two runs side by side."""
    from insights.jobs.declared.schedules import compared_schedules
    from insights.jobs.expectations import declared_expectations, expectation_text
    from insights.jobs.gaps import missing_runs
    from insights.jobs.one_job import moves_of, runs_of

    job: Job = (request.args.get("service", ""), request.args.get("project", ""), request.args.get("name", ""))
    incidents = _incidents(request, job)
    unresolved = _unresolved(request)
    with request.schema_db() as session:
        overview = _overview(request, session, job, unresolved)
        latest = runs_of(session, job, request.now)
        listed = runs_of(session, job, _before(request), most=RUNS_LISTED + 1)
        line = next(iter(overview.lines(overview.every)), None)
        missing = missing_runs(session, [job], request.now, days=MISSING_DAYS, zone=request.locale.local).get(job, [])
        compared = _compared(request, session, job, latest)
        schedules = compared_schedules(session, job[2], request.now, job)
        moves = moves_of(session, job, request.now, request.locale.local)
    expected = declared_expectations(catalogue.expectations(request.settings.rules_dir))[0](job)
    return {
        "t": texts,
        "j": job_texts,
        "s": state_texts,
        "timeline_word": timeline_texts.LOAD,
        "lineage_word": lineage_texts.LOAD,
        "job": job,
        "line": line,
        "latest": latest,
        "listed": listed[:RUNS_LISTED],
        "has_older": len(listed) > RUNS_LISTED,
        "pictures": _durations(request, line, latest),
        "missing": missing,
        "schedules": schedules,
        "moves": moves,
        "expected": expectation_text(expected) if expected else None,
        "compared": compared,
        "incidents": incidents,
        "owner": _owners(request, [job]).get(job, ""),
    }


@PAGE.get("/jobs/timeline", "jobs/timeline.html")
def show_timeline(request: PageRequest) -> dict[str, Any]:
    """The chain of a job on a day, and the tasks of a run: a page of its own, and a part that the page of the job loads."""
    from datetime import timedelta

    from dashboard.charts.gantt import gantt_pictures
    from dashboard.jobs.timelines import chain_timeline, day_of, task_timeline

    job: Job = (request.args.get("service", ""), request.args.get("project", ""), request.args.get("name", ""))
    day = day_of(request, request.args.get("day", ""))
    chain, tasks = chain_timeline(request, job, day), task_timeline(request, job, request.args.get("run", ""))
    today = request.locale.local(request.now).date()

    def pictures(timeline: Any) -> Any:
        return gantt_pictures(timeline, request.now, request.locale.local)

    return {
        "t": texts,
        "j": job_texts,
        "s": state_texts,
        "tl": timeline_texts,
        "job": job,
        "day": day,
        "before": (day - timedelta(days=1)).isoformat(),
        "after": (day + timedelta(days=1)).isoformat() if day < today else None,
        "chain": chain,
        "chain_pictures": pictures(chain) if chain else (),
        "tasks": tasks,
        "task_pictures": pictures(tasks.timeline) if tasks else (),
    }


@PAGE.get("/jobs/lineage", "jobs/lineage.html")
def show_lineage(request: PageRequest) -> dict[str, Any]:
    """What is upstream and downstream of a job or a table: a page of its own, and a part that the page of a job loads."""
    from dashboard.jobs.lineage import lineage_of

    table = request.args.get("table", "").strip()
    job: Job = (request.args.get("service", ""), request.args.get("project", ""), request.args.get("name", ""))
    return {
        "t": texts,
        "l": lineage_texts,
        "job": None if table else job,
        "name": table or job[2],
        "lineage": lineage_of(request, [] if table else [job], [table] if table else []),
    }


@PAGE.get("/jobs/job.csv", "")
def export_job(request: PageRequest) -> Any:
    """The runs of a job, latest first, as CSV."""
    from dashboard.csv_file import csv_file
    from insights.jobs.one_job import runs_of

    job: Job = (request.args.get("service", ""), request.args.get("project", ""), request.args.get("name", ""))
    with request.schema_db() as session:
        runs = runs_of(session, job, request.now, most=MOST_EXPORTED)
    head = (
        "start",
        "end",
        "state",
        "seconds",
        "waited_seconds",
        "attempt",
        "run",
        "account",
        "bytes_billed",
        "slot_hours",
    )
    rows = (
        (
            run.start_at, run.end_at, run.state, run.seconds, run.waited, run.attempt, run.run_id, run.principal,
            run.bytes_billed, round(run.slot_hours, 4), run.error,
        )
        for run in runs
    )  # fmt: skip
    return csv_file("runs", (*head, "error"), rows)


def _overview(
    request: PageRequest, session: Any, job: Job | None = None, unresolved: Iterable[IncidentView] = ()
) -> JobOverview:
    """The overview of all jobs, or of a single one."""
    from insights.jobs.overview import JobOverview

    return JobOverview(session, request.now, _prices(request), request.locale.local, job, unresolved)


def _prices(request: PageRequest) -> Prices:
    from insights.cost.spending import Prices

    return Prices(request.settings.price_per_tib, request.settings.price_per_slot_hour)


def _all(request: PageRequest, overview: JobOverview) -> list[JobFigures]:
    """The scheduled jobs, or those ad hoc."""
    return overview.matching(ad_hoc=bool(request.args.get("ad_hoc")))


def _matching(request: PageRequest, overview: JobOverview) -> list[JobFigures]:
    """The jobs that match the query string."""
    wanted = [health for health in JobHealth if health in request.args.getlist("state")]
    text, service = request.args.get("q", "").strip(), request.args.get("service", "")
    return overview.matching(text, service, wanted, ad_hoc=bool(request.args.get("ad_hoc")))


def _before(request: PageRequest) -> datetime:
    """The time before which runs are listed."""
    from datetime import UTC, datetime

    try:
        return datetime.fromisoformat(request.args.get("before", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return request.now


def _durations(request: PageRequest, line: JobLine | None, latest: list[RunDetails]) -> Any:
    """The chart of the durations, oldest run first."""
    from dashboard.charts.durations import DurationMark, duration_pictures
    from dashboard.charts.job_bars import run_kind

    limit = (line.limit if line else None) or float("inf")
    marks = [
        DurationMark(
            run.start_at,
            run.seconds if run.seconds is not None else (request.now - run.start_at).total_seconds(),
            run_kind(line, run.state, slow=(run.seconds or 0) > limit),
            run.run_id,
        )
        for run in reversed(latest)
    ]
    return duration_pictures(marks, line.usual if line else None)


def _compared(request: PageRequest, session: Any, job: Job, latest: list[RunDetails]) -> Any:
    """The lines of the comparison: of the runs of the query string, otherwise of the latest run and the last good one."""
    from insights.jobs.one_job import compare, pair, run_of, runs_of

    chosen = run_of(session, job, request.args["run"]) if request.args.get("run") else None
    found = pair([chosen, *runs_of(session, job, chosen.start_at)]) if chosen else pair(latest)
    return {"former": found[0], "latter": found[1], "lines": compare(*found)} if found else None


def _unresolved(request: PageRequest) -> list[IncidentView]:
    """The unresolved incidents of failed jobs."""
    from insights.jobs.incidents import unresolved

    with request.error_db() as session:
        return unresolved(session)


def _late_ends(request: PageRequest, incidents: dict[Job, list[IncidentView]]) -> dict[int, LateEnd]:
    """When the late jobs of these incidents will end, by incident."""
    from dashboard.incidents.late_ends import late_ends

    with request.error_db() as session:
        ends = late_ends(session, [view for views in incidents.values() for view in views])
    return {each.view.id: each for each in ends}


def _incidents(request: PageRequest, job: Job) -> list[IncidentView]:
    """The incidents of a job in the last 90 days, latest first."""
    from datetime import timedelta

    from db.error_db import queries
    from insights.jobs.incidents import by_job
    from shared.model import IncidentKind

    since = request.now - timedelta(days=MISSING_DAYS)
    conditions = queries.IncidentFilter(kind=IncidentKind.JOB_FAILURE, since=since)
    with request.error_db() as session:
        return by_job(queries.incidents(session, conditions, limit=MOST_INCIDENTS), [job]).get(job, [])[:10]


def _owners(request: PageRequest, jobs: list[Job]) -> dict[Job, str]:
    """The owner of each job that has one."""
    from handlers.owners.jobs import owner_of_job
    from handlers.owners.table import owners_of
    from handlers.versions.apply import defaults_of

    with request.error_db() as session:
        owners = owners_of(defaults_of(session))
    found = {job: owner_of_job(owners, *job) for job in jobs}
    return {job: owner.name for job, owner in found.items() if owner}
