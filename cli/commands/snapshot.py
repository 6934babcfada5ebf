"""`hinomi snapshot`: collects history by hand, and says how the collectors are doing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.point_in_time import moment
from cli.printable import clean
from cli.views import output
from cli.views.empty_history import first_steps
from shared import config
from shared.durations import format_duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from collectors.history_analysis.collector import Collector
    from collectors.history_analysis.results import Progress, SnapshotResult
    from insights.collector_status import CollectorView

app = command_group()

AsJson = Annotated[bool, typer.Option("--json")]
OUTCOME_STYLES = {"done": "green", "failed": "bold red", "stopped": "yellow", "busy": "yellow", "current": "dim"}


@app.command()
def run(
    collectors: Annotated[list[str] | None, typer.Argument(metavar="[COLLECTOR]...", show_default=False)] = None,
    *,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Collect what is due, or of it these collectors; `bigquery` means all of bigquery. Exit 1 when one failed.

    Without names the hours and days are computed too, and what is too old is forgotten.
    """
    from collectors.history_analysis import snapshot
    from shared.clients import Clients

    settings = config.load()
    now = datetime.now(UTC)
    with database.schema_opened(settings) as store, _progress() as watch:
        outside = snapshot.HistoryDependencies(
            store, Clients(settings), settings, lambda: datetime.now(UTC), _collectors(settings)
        )
        results = snapshot.run(outside, moment(at, now, "--at"), only=collectors or (), progress=watch)
    console = output.console()
    if results:
        console.print(_results(results))
    if not (settings.projects or settings.scope):
        console.print("No history was collected: set HINOMI_PROJECTS to the projects to read.")
    _tell_errors(console, results)
    if any(result.error for result in results):
        raise typer.Exit(1)


@app.command("list")
def list_snapshots(*, as_json: AsJson = False) -> None:
    """The latest run of each collector: last success, rows, calls, cost, error."""
    from insights import collector_status

    settings = config.load()
    with database.schema_opened(settings) as store, store.reading() as session:
        found = collector_status.collectors(session)
    if as_json:
        output.emit_json(found)
    else:
        console = output.console()
        console.print(_overview(found, datetime.now(UTC)) if found else first_steps(settings))
        _tell_errors(console, found)


@app.command("collectors")
def list_collectors(*, as_json: AsJson = False) -> None:
    """Every collector: how often it runs, what it keeps, and the permissions that it needs."""
    found = _collectors(config.load())
    if as_json:
        output.emit_json(
            [
                {
                    "name": item.name,
                    "every_seconds": int(item.every.total_seconds()),
                    "permissions": item.permissions,
                    "doc": item.doc,
                }
                for item in found
            ]
        )
        return
    table = output.table(["collector", "every", "what it keeps, and the permissions that it needs"], right=("every",))
    for item in found:
        needs = output.styled(", ".join(item.permissions), "dim")
        text = output.styled(item.doc).append("\n").append_text(needs)
        table.add_row(output.styled(item.name), format_duration(item.every, units=1), text)
    output.console().print(table if found else "No collector is installed.")


def _collectors(settings: config.Settings) -> Sequence[Collector]:
    """Every collector: those of the metrics in the compiled rules, and the others. Raises InputError."""
    from collectors.history_analysis import registry
    from collectors.metrics_analysis.sigma import artifact

    return registry.discover(artifact.load(settings.rules_dir)["history"])


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar for each collector and scope on standard error; nothing where nobody watches."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    console = output.error_console()
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[tuple[str, str], Any] = {}

        def watch(progress: Progress) -> None:
            key = (progress.collector, progress.scope)
            if key not in tasks:
                tasks[key] = bars.add_task(clean(" ".join(key)), total=None, rows=0)
            total = None if progress.done is None else 1.0
            bars.update(tasks[key], total=total, completed=progress.done or 0.0, rows=progress.rows)

        yield watch


def _tell_errors(console: Console, found: Sequence[SnapshotResult | CollectorView]) -> None:
    for item in found:
        if item.error:
            console.print(output.styled(f"{item.collector} {item.scope}: {item.error}", "red"))


def _results(results: Sequence[SnapshotResult]) -> Table:
    table = output.table(["collector", "scope", "outcome", "rows", "calls", "took"], right=("rows", "calls", "took"))
    for item in results:
        table.add_row(
            output.styled(item.collector),
            output.styled(item.scope),
            output.styled(item.outcome, OUTCOME_STYLES[item.outcome]),
            f"{item.rows:,}",
            f"{item.api_calls:,}",
            f"{item.seconds:.1f} s",
        )
    return table


def _overview(found: Sequence[CollectorView], now: datetime) -> Table:
    table = output.table(
        ["collector", "scope", "last success", "state", "rows", "calls", "billed", "took"],
        right=("rows", "calls", "billed", "took"),
    )
    for item in found:
        table.add_row(
            output.styled(item.collector),
            output.styled(item.scope),
            output.ago(item.last_success, now) if item.last_success else "never",
            output.styled(item.state, OUTCOME_STYLES.get(item.state, "")),
            f"{item.rows:,}",
            f"{item.api_calls:,}",
            _megabytes(item.bytes_billed),
            "" if item.seconds is None else format_duration(item.seconds),
        )
    return table


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB" if count else ""
