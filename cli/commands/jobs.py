"""`hinomi jobs`: slow, failing and expensive jobs, and the history of a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.database import HistorySource
from cli.length_options import DAYS
from cli.printable import clean
from cli.views import jobs as views
from cli.views import output
from cli.views.empty_history import EmptyAnswer, incidents_text, no_costs, no_runs_text
from shared import config
from shared.errors import HinomiError, InputError
from shared.model import JobHealth
from shared.suggestions import did_you_mean, nearest, question
from shared.texts import EMPTY, Text
from shared.texts.cli import history
from shared.texts.cli import jobs as texts
from shared.texts.cli.jobs import HEALTHS
from shared.texts.locale import Locale

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy.orm import Session

    from insights.cost.spending import Prices
    from insights.jobs.gaps import JobGap
    from insights.jobs.starts import Job
    from insights.jobs.trends import JobHistory
    from shared.config import Settings
    from shared.records import IncidentView

app = command_group()

Days = Annotated[int, typer.Option(min=1, max=3650, metavar=DAYS)]
Service = Annotated[str, typer.Option()]
Limit = Annotated[int, typer.Option(min=1, max=10_000)]
From = Annotated[HistorySource, typer.Option("--from")]
AsJson = Annotated[bool, typer.Option("--json")]
# The states as they are printed: the stable value of the API for a healthy job is `well`.
State = StrEnum("State", {each.name: HEALTHS[each.value].en for each in JobHealth})  # type: ignore[misc]


@app.command(name="list")
def list_jobs(
    text: Annotated[str, typer.Argument(show_default=False)] = "",
    *,
    states: Annotated[list[State] | None, typer.Option("--state", show_default=False)] = None,
    service: Service = "",
    ad_hoc: Annotated[bool, typer.Option("--ad-hoc")] = False,
    limit: Limit = 50,
    source: From = HistorySource.SCHEMA_DB,
    as_json: AsJson = False,
) -> None:
    """One line for each job of the last five weeks; jobs with problems come first."""
    from insights.jobs.figures import WINDOW
    from insights.jobs.overview import JobOverview

    settings, now = config.load(), datetime.now(UTC)
    zone = output.zone(settings.timezone)
    failures = _unresolved(settings)
    with database.history(settings, source) as session:
        overview = JobOverview(session, now, prices(settings), lambda time: time.astimezone(zone), unresolved=failures)
        lines = overview.lines(
            overview.matching(text, service, [JobHealth[each.name] for each in states or ()], ad_hoc=ad_hoc)[:limit]
        )
        nothing = EmptyAnswer(history.NO_SUCH_JOB, WINDOW.days, now, service)
        message = EMPTY if lines else nothing.text(session, settings, source)
        near = [] if lines or not text else nearest(text, (each.job[2] for each in overview.every))
    rows = [line.facts() for line in lines] if as_json else lines
    _print(rows, message, lambda console: views.print_list(console, lines, now, settings.currency), as_json=as_json)
    if near and not as_json:
        output.print_text(output.console(), question(near), "bold")


@app.command()
def slow(
    *,
    days: Days = 7,
    service: Service = "",
    limit: Limit = 20,
    source: From = HistorySource.SCHEMA_DB,
    as_json: AsJson = False,
) -> None:
    """Jobs whose successful runs take longer than in the reference period, which is four times as long."""
    from insights.jobs import trends

    settings, now = config.load(), datetime.now(UTC)
    with database.history(settings, source) as session:
        compared = trends.Comparison(days=days)
        slower = trends.slow(session, compared, now=now, service=service, limit=limit)
        nothing = EmptyAnswer(history.NOT_SLOWER, days, now, service, compared.past * days)
        text = EMPTY if slower else nothing.text(session, settings, source)
    _print(slower, text, lambda console: views.print_slow(console, slower), as_json=as_json)


@app.command()
def failing(
    *,
    days: Days = 7,
    service: Service = "",
    limit: Limit = 20,
    source: From = HistorySource.SCHEMA_DB,
    as_json: AsJson = False,
) -> None:
    """Jobs with failures: currently failing jobs first, then by failure rate."""
    from insights.jobs import trends

    settings, now = config.load(), datetime.now(UTC)
    with database.history(settings, source) as session:
        jobs = trends.failing(session, now=now, days=days, service=service, limit=limit)
        text = EMPTY if jobs else EmptyAnswer(history.NO_FAILURE, days, now, service).text(session, settings, source)
    _print(jobs, text, lambda console: views.print_failing(console, jobs, now), as_json=as_json)


@app.command()
def gaps(
    *,
    days: Days = 30,
    service: Service = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Runs that failed and were never repaired, and runs that were due and never started."""
    from db.error_db import queries
    from insights.jobs import gaps as jobs

    settings, now = config.load(), datetime.now(UTC)
    with database.opened(settings) as store, store.reading() as session:
        failed = jobs.unrepaired(queries.with_unrepaired_runs(session, now - timedelta(days=days)), service)
        no_incident = EMPTY if failed else incidents_text(session)
    zone = Locale(settings.language, settings.timezone, now).local
    never = _from_history(
        settings, lambda session: jobs.never_started(session, now, days=days, service=service, zone=zone), now
    )
    nothing = texts.NO_UNREPAIRED(count=days) if never is None else texts.NO_GAPS(count=days)
    found = [*failed, *(never or [])][:limit]
    rows = [asdict(gap) | {"advice": gap.advice.en} for gap in found]  # JSON has English texts
    if never is None and not as_json:
        output.print_text(output.console(), texts.GAPS_WITHOUT_HISTORY)
    _print(
        rows if as_json else found,
        no_incident if never is None and no_incident else nothing,
        lambda console: views.print_gaps(console, found, settings, now),
        as_json=as_json,
    )


@app.command()
def late(
    *,
    service: Service = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Jobs that are late or will be, with their expected end and what delays them."""
    from collectors.metrics_analysis.sigma import artifact
    from insights.jobs.expectations import declared_expectations
    from insights.jobs.figures import WINDOW
    from insights.jobs.lateness import JobCalendar, lateness

    settings, now = config.load(), datetime.now(UTC)
    locale = Locale(settings.language, settings.timezone, now)
    declared = declared_expectations(artifact.load(settings.rules_dir).get("expectations", {}))
    calendar = JobCalendar(locale.local, locale.local(now).tzinfo or UTC, *declared)
    with database.schema_opened(settings) as store, store.reading() as session:
        every = [each for each in lateness(session, now, calendar).late if service in ("", each.job[0])]
        nothing = EmptyAnswer(history.NONE_LATE, WINDOW.days, now, service)
        message = EMPTY if every else nothing.text(session, settings, HistorySource.SCHEMA_DB)
    shown = every[:limit]
    rows = [each.facts() for each in shown] if as_json else shown
    _print(rows, message, lambda console: views.print_late(console, shown, locale), as_json=as_json)


@app.command()
def deadlines(
    *,
    service: Service = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """The deadlines of the next runs of jobs, and whether the runs will meet them, as of the last history run."""
    from insights.jobs.deadlines.stored import next_deadlines
    from insights.jobs.figures import WINDOW

    settings, now = config.load(), datetime.now(UTC)
    locale = Locale(settings.language, settings.timezone, now)
    with database.schema_opened(settings) as store, store.reading() as session:
        found = next_deadlines(session, now, service=service, limit=limit)
        nothing = EmptyAnswer(history.NO_DEADLINES, WINDOW.days, now, service)
        message = EMPTY if found else nothing.text(session, settings, HistorySource.SCHEMA_DB)
    rows = [asdict(each) for each in found] if as_json else found
    _print(rows, message, lambda console: views.print_deadlines(console, found, locale), as_json=as_json)


@app.command()
def costly(
    *, days: Days = 7, limit: Limit = 20, source: From = HistorySource.SCHEMA_DB, as_json: AsJson = False
) -> None:
    """BigQuery jobs by cost, compared with the previous period of the same length."""
    from insights.cost.spending import By, cost

    settings, now = config.load(), datetime.now(UTC)
    with database.history(settings, source) as session:
        costs = cost(session, By.JOB, now=now, days=days, prices=prices(settings))[:limit]
        text = EMPTY if costs else no_costs(days, now).text(session, settings, source)
    _print(
        costs, text, lambda console: views.print_costs(console, costs, texts.JOB, settings.currency), as_json=as_json
    )


@app.command()
def show(
    name: Annotated[str, typer.Argument()],
    *,
    days: Days = 30,
    limit: Limit = 20,
    source: From = HistorySource.SCHEMA_DB,
    as_json: AsJson = False,
) -> None:
    """A job over time: its days, its latest runs, its tasks, and what is upstream and downstream."""
    from insights.jobs import trends
    from insights.jobs.chain.around import surroundings
    from insights.jobs.declared.schedules import compared_schedules
    from insights.jobs.one_job import moves_of
    from shared.identity.airflow_jobs import QUERIES_OF

    settings, now = config.load(), datetime.now(UTC)
    failures = _unresolved(settings) if source is HistorySource.SCHEMA_DB else []
    with database.history(settings, source) as session:
        found = trends.history(session, name, now=now, days=days, limit=limit)
        called = name if found.runs else name.removeprefix(QUERIES_OF)  # a task without queries has only its own name
        if called != name:
            found = trends.history(session, called, now=now, days=days, limit=limit)
        if not found.runs:
            raise _unknown(session, settings, source, now, name)
        locale = Locale(settings.language, settings.timezone, now)
        schedules, around, moves = [], None, []
        if source is HistorySource.SCHEMA_DB:
            schedules = compared_schedules(session, called, now)
            around = surroundings(session, _job(found), now, locale.local, failures)
            moves = moves_of(session, _job(found), now, locale.local)
    if as_json:
        moved = {"moved": [move.facts() for move in moves]}
        output.emit_json(asdict(found) | moved | (around.facts() if around else {}))
        return
    console = output.console()
    console.print(output.styled(called, "bold"))
    views.print_schedules(console, schedules)
    views.print_moves(console, moves)
    if expected := _expectation(settings, _job(found)):
        output.print_text(console, expected)
    views.print_days(console, found.days)
    views.print_runs(console, found.runs, now)
    if around:
        views.print_surroundings(console, around, locale)


def _unresolved(settings: Settings) -> list[IncidentView]:
    """The unresolved incidents of failed jobs."""
    from insights.jobs.incidents import unresolved

    with database.opened(settings) as store, store.reading() as session:
        return unresolved(session)


def _expectation(settings: Settings, job: Job) -> Text | None:
    """What rules/expectations.yaml expects of a job; None without an entry, or if the rules are invalid."""
    from collectors.metrics_analysis.sigma import artifact
    from insights.jobs.expectations import declared_expectations, expectation_text

    try:
        compiled = artifact.load(settings.rules_dir).get("expectations", {})
    except HinomiError:
        return None
    expected = declared_expectations(compiled)[0](job)
    return expectation_text(expected) if expected else None


def _job(found: JobHistory) -> Job:
    """The job of the latest run."""
    latest = found.runs[0]
    return latest.service, latest.project, latest.job_name


def _unknown(session: Session, settings: Settings, source: HistorySource, now: datetime, name: str) -> HinomiError:
    from insights.jobs.coverage import coverage
    from insights.jobs.day_sums import sums
    from insights.jobs.figures import WINDOW

    if coverage(session, now, now).first is None:
        return HinomiError(no_runs_text(session, settings, source))
    names = {job[2] for job in sums(session, {"": (now - WINDOW, now)})}
    return InputError(texts.NO_JOB(name=clean(name), suggestion=did_you_mean(name, names) or texts.LIST_JOBS))


def _print(found: list[Any], nothing: Text, show: Callable[[Console], None], *, as_json: bool) -> None:
    """Prints the rows as JSON or with `show`; without rows, the text `nothing`."""
    if as_json:
        output.emit_json(found)
        return
    console = output.console()
    if found:
        show(console)
    else:
        output.print_text(console, nothing)


def _from_history(
    settings: Settings, question: Callable[[Session], list[JobGap]], now: datetime
) -> list[JobGap] | None:
    """The answer of the Schema DB; None if it is unavailable or has no runs of jobs."""
    from insights.causes.lookup import Causes
    from insights.jobs.coverage import coverage

    def answer(session: Session) -> list[JobGap] | None:
        return None if coverage(session, now, now).first is None else question(session)

    schema_db = Causes(settings.schema_db_url, lambda _: None, redact=settings.redact)
    try:
        return schema_db.ask(answer, now)
    finally:
        schema_db.close()


def prices(settings: Settings) -> Prices:
    """The prices in the settings."""
    from insights.cost.spending import Prices

    return Prices(settings.price_per_tib, settings.price_per_slot_hour)
