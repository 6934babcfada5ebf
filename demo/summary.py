"""The end of a run: every incident with its actions and its resolution, and suggestions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.views.output import hanging
from demo.functions import short
from demo.observer import ObservedIncident, Observer
from demo.screen import one_line
from demo.situations import storm
from demo.world import BUCKET
from handlers.registry import is_remediation
from shared.durations import format_duration
from shared.model import RunState, Severity, Status

STYLES = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow"}
OTHER_COLUMNS = 44  # the columns for number, severity, times and borders of the table


def show(console: Console, observer: Observer, folder: Path, cards: int) -> None:
    """Prints the incidents, as a table if their names fit, and suggestions."""
    console.print("\n[bold]Incidents[/]")
    table = incident_table(observer)
    if fits(console, observer):
        console.print(table)
    else:
        console.print()
        for seen in storm.abridged(observer.incidents.values()):
            _print_block(console, observer, seen)
    if left := len(observer.incidents) - len(storm.abridged(observer.incidents.values())):
        console.print(f"… and {left} more tasks of the storm\n", style="dim")
    console.print(_next_steps(folder, cards, _open_one(observer)), soft_wrap=True)


def incident_table(observer: Observer) -> Table:
    """One row per incident."""
    table = Table(box=SIMPLE_HEAD, expand=True, leading=1, pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("What failed", ratio=11, overflow="fold")
    table.add_column("Since", no_wrap=True)
    table.add_column("Actions taken, reason of the resolution", ratio=10, overflow="fold")
    table.add_column("Open for", justify="right", no_wrap=True)
    for seen in storm.abridged(observer.incidents.values()):
        table.add_row(
            str(seen.id),
            Text(seen.severity, STYLES.get(seen.severity, "")),
            Text.assemble(one_line(seen.summary), "\n", (seen.rule, "dim")),
            f"{seen.opened_at:%H:%M:%S}",
            Text("\n").join(_outcome(observer, seen)),
            open_for(seen),
        )
    return table


def fits(console: Console, observer: Observer) -> bool:
    """Whether no word in the two text columns would be broken, so that names can be copied."""
    failed = [word for seen in observer.incidents.values() for word in (*seen.summary.split(), seen.rule)]
    done = [
        word for seen in observer.incidents.values() for text in _outcome(observer, seen) for word in text.plain.split()
    ]
    width = (console.width - OTHER_COLUMNS) / 21
    return max(map(len, failed), default=0) <= width * 11 and max(map(len, done), default=0) <= width * 10


def _print_block(console: Console, observer: Observer, seen: ObservedIncident) -> None:
    head = Text.assemble((f"#{seen.id} ", "bold"), (seen.severity, STYLES.get(seen.severity, "")), f"  {seen.rule}, ")
    over = "still open" if seen.resolved_at is None else f"open for {open_for(seen)}"
    console.print(head.append(f"since {seen.opened_at:%H:%M:%S}, {over}"), soft_wrap=True)
    for text in (Text(one_line(seen.summary), "bold"), *_outcome(observer, seen)):
        console.print(hanging(Text("   ").append_text(text), 3, console.width), soft_wrap=True)
    console.print()


def _outcome(observer: Observer, seen: ObservedIncident) -> list[Text]:
    """The repairs, then the resolution."""
    if seen.status != Status.RESOLVED:
        is_flapping = f"flapping: {seen.occurrences} failures, resolved after a stable hour"
        return [Text(f"● {is_flapping if seen.flapping else 'open: waits for a person'}", "yellow")]
    resolution = Text(f"✔ {one_line(seen.resolution)}", "green")
    runs = [run for run in observer.runs_of(seen.id) if run.state == RunState.DONE and is_remediation(run.action)]
    undone = [Text(f"☺ undone by {run.decided_by}: {one_line(run.text)}", "bold") for run in runs if run.undo_of]
    if seen.resolution.startswith("repaired by"):
        return [resolution, *undone]
    repairs = [Text(f"⚒ {one_line(run.text)}", "cyan") for run in runs if not run.undo_of]
    return [*repairs, resolution, *undone]


def open_for(seen: ObservedIncident) -> str:
    """The duration of the incident in event time; a dash while it is open."""
    return "–" if seen.resolved_at is None else in_words(seen.resolved_at - seen.opened_at)


def in_words(time: timedelta) -> str:
    """A duration in one unit, `<1 s` for less than a second."""
    seconds = max(0, round(time.total_seconds()))
    return format_duration(seconds, units=1) if seconds else "<1 s"


def _open_one(observer: Observer) -> int:
    """An incident to acknowledge: the first open one, otherwise the first."""
    return next((seen.id for seen in observer.incidents.values() if seen.status != Status.RESOLVED), 1)


def _next_steps(folder: Path, cards: int, incident: int) -> Text:
    home = short(folder.parent)
    errors, history = (f"HINOMI_{name.upper()}_DB_URL=sqlite:///{home}/{name}.db" for name in ("error", "schema"))
    hinomi = ".venv/bin/hinomi"
    lines = [
        ("Cards", f"{home}/cards/index.html shows the {cards} cards in a browser"),
        ("E-mails", f"{home}/mails, each as .eml and .html"),
        ("Logs", f"{home}/function-1.log, and -2, -3"),
        ("Try next", f"export {errors}"),
        ("", f"export {history}"),
        ("", f"{hinomi} dashboard"),
        ("", f"{hinomi} incidents list --all"),
        ("", f"{hinomi} incidents show {incident}"),
        ("", f"{hinomi} incidents ack {incident}"),
        ("", f"{hinomi} access who gs://{BUCKET}"),
        ("", f"{hinomi} jobs slow --days 1"),
        ("", f"{hinomi} cost by user"),
        ("", f"gcloud logging read … --format=json | {hinomi} analyze -"),
    ]
    return Text("\n").join(Text.assemble((f"{name:<10}", "bold"), text) for name, text in lines)
