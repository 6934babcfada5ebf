"""The terminal during the run: a scrolling timeline, and below it the current state of the platform.

Every kind of event has its own symbol and its own word, so that nothing depends on colour. Without a terminal (a pipe,
CI) only the timeline is printed.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.views.output import hanging

PICTURE_WIDTH = 120
TWO_COLUMNS = 130  # columns from which the state of the platform is shown in two columns
ALIGNED = 100  # columns from which the timeline shows subjects in a column of their own


class Mark(Enum):
    """The kind of an event: its symbol, its word and its style."""

    FAILS = ("✗", "fails", "bold red")
    INCIDENT = ("●", "incident", "bold yellow")
    REPAIR = ("⚒", "repair", "bold cyan")
    PERSON = ("☺", "person", "bold")
    CARD = ("✉", "card", "magenta")
    RECOVERS = ("↻", "recovers", "blue")
    RESOLVED = ("✔", "resolved", "bold green")
    PROBLEM = ("!", "problem", "bold red")
    SETUP = ("·", "setup", "dim")
    CHECK = ("≡", "check", "bold")


_UNEXPLAINED = (Mark.SETUP, Mark.CHECK, Mark.PROBLEM)


class Health(Enum):
    """The state of a part of the platform."""

    HEALTHY = ("✔", "healthy", "green")
    FAILING = ("✗", "failing", "bold red")
    OPEN = ("●", "open", "yellow")


@dataclass
class Numbers:
    """The counters below the state of the platform."""

    messages: int = 0
    redelivered: int = 0
    incidents: int = 0
    resolved: int = 0
    cards: int = 0


@dataclass
class Screen:
    """The terminal of one run, which is planned to take `total` seconds.

    A context manager: `line` and `health` may be called at any time inside, and the run is over at its end.
    """

    console: Console
    live: bool
    total: float
    parts: dict[str, tuple[Health, str]] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._is_over = False
        self._live = Live(console=self.console, refresh_per_second=8, transient=True) if self.live else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        if self._live:
            self._live.stop()

    @property
    def elapsed(self) -> float:
        """Seconds since the screen was created."""
        return time.monotonic() - self._began

    def title(self, text: str) -> None:
        """Prints the heading of the run, with the meaning of the symbols."""
        legend = Text("  ").join(
            Text.assemble((f"{mark.value[0]} ", mark.value[2]), mark.value[1])
            for mark in Mark
            if mark not in _UNEXPLAINED
        )
        body = Text("\n\n").join([Text(text), legend])
        self.console.print(Panel(body, title="[bold]Hinomi[/]", border_style="red", padding=(0, 1)))

    def line(self, mark: Mark, subject: str, text: str) -> None:
        """Prints one event of the timeline; `subject` is a part of the platform or an incident.

        A text that is too long for the line continues below its beginning.
        """
        sign, word, style = mark.value
        start = Text.assemble((f"{self.elapsed:5.1f} s  ", "dim"), (f"{sign} {word:<9}", style))
        shown = f"{subject:<15} " if self.console.width >= ALIGNED else f"{subject}: "
        event = Text.assemble((shown, "bold" if mark is not Mark.CARD else ""))
        indent = start.cell_len + (event.cell_len if self.console.width >= ALIGNED else 0)
        event.append(one_line(text), "dim" if mark in (Mark.CARD, Mark.SETUP) else "")
        self.console.print(hanging(start.append_text(event), indent, self.console.width), soft_wrap=True)

    def health(self, part: str, health: Health, text: str = "") -> None:
        """Sets the state of a part of the platform."""
        self.parts[part] = (health, text)

    def refresh(self) -> None:
        """Redraws the part below the timeline."""
        if self._live:
            self._live.update(self.state())

    def state(self) -> Panel:
        """The current state of the platform, and the progress of the run."""
        progress = Table.grid(expand=True)  # a bar alone does not end its line
        done = self.total if self._is_over else min(self.elapsed, self.total)
        progress.add_row(ProgressBar(total=self.total, completed=done, complete_style="cyan", finished_style="green"))
        return Panel(
            Group(self._platform(), Text(), progress, self._counters()),
            title="[bold]example-project[/] now",
            border_style="dim",
            padding=(0, 1),
        )

    def _platform(self) -> Table:
        grid = Table.grid(padding=(0, 3), expand=True)
        columns = 2 if self.console.width >= TWO_COLUMNS else 1
        for _ in range(columns):
            grid.add_column(ratio=1)
        cells = [_cell(part, *state) for part, state in self.parts.items()]
        for start in range(0, len(cells), columns):
            grid.add_row(*cells[start : start + columns])
        return grid

    def _counters(self) -> Text:
        numbers = self.numbers
        return Text(
            f"{numbers.messages} messages, {numbers.redelivered} redelivered   "
            f"{numbers.incidents} incidents, {numbers.resolved} resolved   {numbers.cards} cards",
            "dim",
        )


def _cell(part: str, health: Health, text: str) -> Text:
    sign, word, style = health.value
    return Text.assemble((f"{sign} ", style), (f"{part:<12}", "bold"), (f"{word:<8}", style), (one_line(text), "dim"))


def one_line(text: str) -> str:
    """Text with every run of white space as one space."""
    return " ".join(text.split())


def make_console(*, record: bool) -> Console:
    """The console of the run: as wide as the terminal, or of a fixed width to record a picture.

    It stays on today's standard output, which `hinomi` commands of the run do not have.
    """
    if record:
        return Console(file=sys.stdout, record=True, width=PICTURE_WIDTH, force_terminal=False, highlight=False)
    return Console(file=sys.stdout, highlight=False)


def is_live(console: Console) -> bool:
    """Whether the console can redraw what it shows."""
    return console.is_terminal and not console.is_dumb_terminal and not os.environ.get("CI")
