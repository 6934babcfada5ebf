"""`hinomi snapshot`: collects history on request, and shows the state of the collectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.language import localize
from cli.point_in_time import moment
from cli.printable import clean
from cli.views import output
from shared import config
from shared.texts.cli import snapshot as texts

if TYPE_CHECKING:
    from collectors.history_analysis.collector import Collector
    from collectors.history_analysis.results import Progress
    from shared.config import Settings
    from shared.history import Row
from shared.model import ProbeReading

app = command_group()

AsJson = Annotated[bool, typer.Option("--json")]


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
    """Run the due collectors, or only the named ones; `bigquery` means all of bigquery. Exit code 1 if a collector fails.

    Without names, the maintenance of the tables runs too.
    """
    from cli.views.snapshots import print_results
    from collectors.history_analysis import snapshot
    from shared.clients import Clients

    settings = config.load()
    now = datetime.now(UTC)
    with database.schema_opened(settings) as store, _progress() as watch:
        outside = snapshot.HistoryDependencies(
            store,
            Clients(settings),
            settings,
            lambda: datetime.now(UTC),
            _collectors(settings),
            reported=partial(_reported, settings),
            readings=partial(_read, settings),
        )
        results = snapshot.run(outside, moment(at, now, "--at"), only=collectors or (), progress=watch)
    console = output.console()
    if results:
        print_results(console, results)
    if not (settings.projects or settings.scope):
        output.print_text(console, texts.NOTHING_COLLECTED)
    if any(result.error for result in results):
        raise typer.Exit(1)


def _reported(settings: Settings, since: datetime, until: datetime) -> Iterator[Row]:
    """The runs and check results that reporters sent in [since, until)."""
    from db.error_db.reporters.changed import changed

    with database.opened(settings) as errors:
        yield from changed(errors.reading, since, until)


def _read(settings: Settings, since: datetime, until: datetime) -> Iterator[ProbeReading]:
    """The readings of probes that were stored in [since, until)."""
    from db.error_db.reporters.readings import stored_readings

    with database.opened(settings) as errors:
        yield from stored_readings(errors.reading, since, until)


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
        from cli.views.snapshots import print_overview

        console = output.console()
        if found:
            print_overview(console, found, datetime.now(UTC))
        else:
            from insights.history_gap import first_steps

            output.print_text(console, first_steps(settings))


@app.command("collectors")
def list_collectors(*, as_json: AsJson = False) -> None:
    """Every collector: its interval, its data, and its permissions."""
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
    from cli.views.snapshots import print_collectors

    console = output.console()
    if found:
        print_collectors(console, found)
    else:
        output.print_text(console, texts.NO_COLLECTORS)


def _collectors(settings: config.Settings) -> Sequence[Collector]:
    """All collectors: those of the metrics in the compiled rules, and the others.

    Raises InputError for invalid rules.
    """
    from collectors.history_analysis import registry
    from collectors.metrics_analysis.sigma import artifact

    return registry.of_rules(artifact.load(settings.rules_dir))


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar for each collector and scope on standard error; nothing without a terminal."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn(f"{{task.fields[rows]:,}} {localize(texts.ROWS_READ)}"),
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
