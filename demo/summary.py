"""The end of the demo: what broke, what was done about it, and where to look next."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.functions import short
from demo.observer import Observer, Seen
from demo.screen import one_line
from demo.world import BUCKET
from handlers.registry import is_remediation
from shared.durations import format_duration
from shared.model import RunState, Severity, Status

MOST_CHARACTERS = 110
STYLES = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow"}


def show(console: Console, observer: Observer, folder: Path, cards: int) -> None:
    """Prints the table of incidents and what to try next."""
    console.print()
    console.print(incident_table(observer))
    console.print(_next_steps(folder, cards, _open_one(observer)))


def incident_table(observer: Observer) -> Table:
    """One row per incident."""
    table = Table(
        title="What happened", title_style="bold", title_justify="left", box=SIMPLE_HEAD, expand=True, leading=1
    )
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("What broke", ratio=11)
    table.add_column("Since", no_wrap=True)
    table.add_column("What was done, why it is over", ratio=10)
    table.add_column("Took", justify="right", no_wrap=True)
    for seen in observer.incidents.values():
        table.add_row(
            str(seen.id),
            Text(seen.severity, STYLES.get(seen.severity, "")),
            Text.assemble(shorten(seen.summary), "\n", (seen.rule, "dim")),
            f"{seen.opened_at:%H:%M:%S}",
            _ending(observer, seen),
            took(seen),
        )
    return table


def _ending(observer: Observer, seen: Seen) -> Text:
    if seen.status != Status.RESOLVED:
        return Text("● open: a person has to look at this", "yellow")
    over = Text(f"✔ {shorten(seen.resolution)}", "green")
    if seen.resolution.startswith("repaired by"):
        return over
    runs = observer.runs_of(seen.id)
    done = [run.text for run in runs if run.state == RunState.DONE and is_remediation(run.action)]
    return Text("\n").join([*(Text(f"⚒ {shorten(text)}", "cyan") for text in done), over])


def shorten(text: str) -> str:
    """One line of at most so many characters as a cell reads well with."""
    line = one_line(text)
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def took(seen: Seen) -> str:
    """How long it was open, in event time; a dash while it still is."""
    return "–" if seen.resolved_at is None else spoken(seen.resolved_at - seen.opened_at)


def spoken(time: timedelta) -> str:
    """A duration in one or two words."""
    seconds = max(0, round(time.total_seconds()))
    return format_duration(seconds, units=1) if seconds else "<1 s"


def _open_one(observer: Observer) -> int:
    """An incident that somebody can take: the first that is open, or the first."""
    return next((seen.id for seen in observer.incidents.values() if seen.status != Status.RESOLVED), 1)


def _next_steps(folder: Path, cards: int, incident: int) -> Text:
    home = short(folder.parent)
    errors, history = (f"HINOMI_{name.upper()}_DB_URL=sqlite:///{home}/{name}.db" for name in ("error", "schema"))
    hinomi = ".venv/bin/hinomi"
    lines = [
        ("Cards", f"{cards} in {home}/cards, to be looked at in a browser: {home}/cards/index.html"),
        ("Logs", f"{home}/function-1.log, {home}/function-2.log, {home}/function-3.log"),
        ("Try next", f"export {errors}"),
        ("", f"export {history}"),
        ("", f"{hinomi} incidents list"),
        ("", f"{hinomi} incidents show {incident}"),
        ("", f"{hinomi} incidents ack {incident}"),
        ("", f"{hinomi} access who gs://{BUCKET}"),
        ("", f"{hinomi} jobs slow --days 1"),
        ("", f"{hinomi} cost by user"),
        ("", f"gcloud logging read … --format=json | {hinomi} analyze -"),
    ]
    return Text("\n").join(Text.assemble((f"{name:<10}", "bold"), text) for name, text in lines)
