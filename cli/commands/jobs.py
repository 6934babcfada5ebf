"""`hinomi jobs`: which jobs are slow, fail or cost most, and one job over time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.database import HistorySource
from cli.printable import clean
from cli.views import output
from cli.views.empty_history import EmptyAnswer, no_costs, no_runs_text
from shared import config
from shared.durations import format_duration
from shared.errors import HinomiError, InputError

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text
    from sqlalchemy.orm import Session

    from insights.cost.spending import CostLine, Prices
    from insights.jobs.trends import FailingJob, JobDay, JobRunView, SlowJob
    from shared.config import Settings

app = command_group()

Days = Annotated[int, typer.Option(min=1, max=3650)]
Service = Annotated[str, typer.Option()]
Limit = Annotated[int, typer.Option(min=1, max=10_000)]
From = Annotated[HistorySource, typer.Option("--from")]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command()
def slow(
    *,
    days: Days = 7,
    service: Service = "",
    limit: Limit = 20,
    source: From = HistorySource.SCHEMA_DB,
    as_json: AsJson = False,
) -> None:
    """Jobs that take longer than in the four times as long past before; durations of runs that succeeded."""
    from insights.jobs import trends

    settings, now = config.load(), datetime.now(UTC)
    with database.history(settings, source) as session:
        compared = trends.Comparison(days=days)
        found = trends.slow(session, compared, now=now, service=service, limit=limit)
        nothing = EmptyAnswer("No job is slower than before", days, now, service, compared.past * days)
        text = "" if found else nothing.text(session, settings, source)
    _print(found, _slow_table(found), text, as_json=as_json)


@app.command()
def failing(
    *,
    days: Days = 7,
    service: Service = "",
    limit: Limit = 20,
    source: From = HistorySource.SCHEMA_DB,
    as_json: AsJson = False,
) -> None:
    """Jobs with failures: those that fail now first, then by the part of their runs that failed."""
    from insights.jobs import trends

    settings, now = config.load(), datetime.now(UTC)
    with database.history(settings, source) as session:
        found = trends.failing(session, now=now, days=days, service=service, limit=limit)
        text = "" if found else EmptyAnswer("No job failed", days, now, service).text(session, settings, source)
    _print(found, _failing_table(found, now), text, as_json=as_json)


@app.command()
def costly(
    *, days: Days = 7, limit: Limit = 20, source: From = HistorySource.SCHEMA_DB, as_json: AsJson = False
) -> None:
    """BigQuery jobs by what they cost, against the period of the same length before."""
    from insights.cost.spending import By, cost

    settings, now = config.load(), datetime.now(UTC)
    with database.history(settings, source) as session:
        found = cost(session, By.JOB, now=now, days=days, prices=prices(settings))[:limit]
        text = "" if found else no_costs(days, now).text(session, settings, source)
    _print(found, cost_table(found, "job"), text, as_json=as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument()],
    *,
    days: Days = 30,
    limit: Limit = 20,
    source: From = HistorySource.SCHEMA_DB,
    as_json: AsJson = False,
) -> None:
    """One job over time: its days, and its latest runs."""
    from insights.jobs import trends

    settings, now = config.load(), datetime.now(UTC)
    with database.history(settings, source) as session:
        found = trends.history(session, name, now=now, days=days, limit=limit)
        if not found.runs:
            raise _unknown(session, settings, source, now, name)
    if as_json:
        output.emit_json(found)
        return
    console = output.console()
    console.print(output.styled(name, "bold"))
    console.print(_day_table(found.days))
    console.print(_run_table(found.runs, now))


def _unknown(session: Session, settings: Settings, source: HistorySource, now: datetime, name: str) -> HinomiError:
    from insights.jobs.coverage import coverage

    if coverage(session, now, now).first is None:
        return HinomiError(no_runs_text(session, settings, source))
    return InputError(f"no job is called '{clean(name)}': `hinomi jobs slow`, `failing` and `costly` list jobs")


def _print(found: list[Any], made: Table, nothing: str, *, as_json: bool) -> None:
    if as_json:
        output.emit_json(found)
    else:
        output.console().print(made if found else nothing)


def prices(settings: Settings) -> Prices:
    """Those of the settings."""
    from insights.cost.spending import Prices

    return Prices(settings.price_per_tib, settings.price_per_slot_hour)


def cost_table(lines: list[CostLine], what: str) -> Table:
    """Cost by `what`, with the period before; slots of reservations where there are any."""
    reserved = ["reserved"] if any(line.reserved_slot_hours for line in lines) else []
    right = ["price", "before", "share", "TiB billed", "slot-h", *reserved, "runs"]
    made = output.table([what, *right], right=right, ratios={what: 1})
    for line in lines:
        made.add_row(
            output.styled(line.key),
            f"{line.price:,.2f}",
            f"{line.previous_price:,.2f}",
            f"{line.share:.0%}",
            f"{line.bytes_billed / 1024**4:,.3f}",
            f"{line.slot_hours:,.1f}",
            *([f"{line.reserved_slot_hours:,.1f}"] if reserved else []),
            f"{line.runs:,}",
        )
    return made


def seconds(value: float | None) -> str:
    """A number of seconds in at most two units, such as `4.2 s` or `3 h 20 min`; a dash for none."""
    return "–" if value is None else format_duration(value)


def _slow_table(found: list[SlowJob]) -> Table:
    """A narrow terminal shows neither the service nor the 95th percentiles."""
    right = ["median", "used to be", "growth", "runs"]
    wide = output.console().width >= output.WIDE
    more = ["service", "p95", "was p95"] if wide else []
    made = output.table(["job", *right, *more], right=[*right, *more[1:]], ratios={"job": 1})
    for job in found:
        more = [clean(job.service), seconds(job.p95), seconds(job.past_p95)] if wide else []
        made.add_row(
            output.styled(job.job_name),
            seconds(job.median),
            seconds(job.past_median),
            f"x {job.growth:.1f}",
            f"{job.runs:,} / {job.past_runs:,}",
            *more,
        )
    return made


def _failing_table(found: list[FailingJob], now: datetime) -> Table:
    columns = ["job", "in a row", "failed", "last failure", "error"]
    made = output.table(columns, right=["in a row", "failed"], ratios={"job": 2, "error": 3})
    for job in found:
        made.add_row(
            output.styled(job.job_name),
            f"{job.streak:,}",
            f"{job.failed:,} of {job.runs:,}",
            output.ago(job.failed_at, now) if job.failed_at else "-",
            output.styled(job.error),
        )
    return made


def _day_table(days: list[JobDay]) -> Table:
    right = ["runs", "failed", "median", "p95", "waited", "slot-h", "GiB billed"]
    made = output.table(["day", *right], right=right)
    for day in days:
        made.add_row(
            str(day.day),
            f"{day.runs:,}",
            f"{day.failed:,}",
            seconds(day.median_seconds),
            seconds(day.p95_seconds),
            seconds(day.mean_queue_seconds),
            f"{day.slot_hours:,.1f}",
            f"{day.bytes_billed / 1024**3:,.1f}",
        )
    return made


def _run_table(runs: list[JobRunView], now: datetime) -> Table:
    """A narrow terminal shows neither who ran it nor how long it waited; what no run has, takes no room."""
    wide = output.console().width >= output.WIDE
    who, errors = wide and any(run.principal for run in runs), any(run.error for run in runs)
    columns = {"run": True, "started": True, "state": True, "took": True, "waited": wide, "who": who, "error": errors}
    shown = [name for name, is_shown in columns.items() if is_shown]
    ratios = {name: ratio for name, ratio in (("run", 2), ("who", 2), ("error", 3)) if name in shown}
    made = output.table(shown, right=["took", "waited"], ratios=ratios)
    for run in runs:
        cells: dict[str, str | Text] = {
            "run": output.styled(run.run_id.removeprefix(f"{run.job_name}/")),
            "started": output.ago(run.start_at, now) if run.start_at else "-",
            "state": output.styled(run.state),
            "took": seconds(run.run_seconds),
            "waited": seconds(run.queue_seconds),
            "who": output.styled(run.principal),
            "error": output.styled(run.error),
        }
        made.add_row(*(cells[name] for name in shown))
    return made
