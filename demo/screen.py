"""What the terminal shows while it happens: a timeline that scrolls, and below it the platform as it is now.

Every kind of line has its own mark and its own word, so that nothing is said by colour alone. Where there is no
terminal (a pipe, CI), only the timeline is printed.
"""

from __future__ import annotations

import os
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

WIDTH = 120


class Mark(Enum):
    """What sort of thing happened: its mark, its word and its style."""

    BREAKS = ("✗", "breaks", "bold red")
    INCIDENT = ("●", "incident", "bold yellow")
    REPAIR = ("⚒", "repair", "bold cyan")
    CARD = ("✉", "Teams card", "magenta")
    HEALS = ("↻", "heals", "blue")
    RESOLVED = ("✔", "resolved", "bold green")
    PROBLEM = ("!", "problem", "bold red")
    SETUP = ("·", "set-up", "dim")
    CHECK = ("≡", "check", "bold")


_UNEXPLAINED = (Mark.SETUP, Mark.CHECK, Mark.PROBLEM)


class Health(Enum):
    """How a part of the platform is."""

    WELL = ("✔", "well", "green")
    BROKEN = ("✗", "broken", "bold red")
    OPEN = ("●", "open", "yellow")


@dataclass
class Numbers:
    """The counters below the platform."""

    messages: int = 0
    again: int = 0
    incidents: int = 0
    resolved: int = 0
    cards: int = 0


@dataclass
class Screen:
    """One run's terminal. Use it as a context manager; `line` and `health` may be called at any time inside."""

    console: Console
    live: bool
    total: float
    parts: dict[str, tuple[Health, str]] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._live = Live(console=self.console, refresh_per_second=8, transient=True) if self.live else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    @property
    def elapsed(self) -> float:
        """Seconds since the screen was made."""
        return time.monotonic() - self._began

    def title(self, lines: list[str]) -> None:
        """The heading of the run: what will be seen, and what the marks mean."""
        legend = Text("   ").join(
            Text.assemble((f"{mark.value[0]} ", mark.value[2]), mark.value[1])
            for mark in Mark
            if mark not in _UNEXPLAINED
        )
        body = Text("\n").join([Text(line) for line in lines] + [Text(), legend])
        self.console.print(Panel(body, title="[bold]Hinomi[/]", border_style="red", padding=(0, 1)))

    def line(self, mark: Mark, subject: str, text: str) -> None:
        """One line of the timeline; `subject` is a part of the platform or an incident."""
        sign, word, style = mark.value
        row = Text(no_wrap=True, overflow="ellipsis", end="")
        row.append(f"{self.elapsed:5.1f} s  ", "dim")
        row.append(f"{sign} {word:<11}", style)
        row.append(f"{subject:<15} ", "bold" if mark is not Mark.CARD else "")
        row.append(one_line(text), "dim" if mark in (Mark.CARD, Mark.SETUP) else "")
        row.truncate(self.console.width, overflow="ellipsis")
        self.console.print(row, soft_wrap=True)

    def health(self, part: str, health: Health, text: str = "") -> None:
        """Says how a part of the platform is now."""
        self.parts[part] = (health, text)

    def refresh(self) -> None:
        """Draws what is below the timeline anew."""
        if self._live:
            self._live.update(self.state())

    def state(self) -> Panel:
        """The platform as it is now, with the progress of the run."""
        progress = Table.grid(expand=True)  # a bar alone does not end its line
        progress.add_row(ProgressBar(total=self.total, completed=min(self.elapsed, self.total), complete_style="red"))
        return Panel(
            Group(self._platform(), Text(), progress, self._counters()),
            title="[bold]example-project[/] now",
            border_style="dim",
            padding=(0, 1),
        )

    def _platform(self) -> Table:
        grid = Table.grid(padding=(0, 3), expand=True)
        columns = 2 if self.console.width >= 90 else 1
        for _ in range(columns):
            grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        cells = [_cell(part, *state) for part, state in self.parts.items()]
        for start in range(0, len(cells), columns):
            grid.add_row(*cells[start : start + columns])
        return grid

    def _counters(self) -> Text:
        numbers = self.numbers
        return Text(
            f"{numbers.messages} messages, {numbers.again} delivered twice or again   "
            f"{numbers.incidents} incidents, {numbers.resolved} resolved   {numbers.cards} cards",
            "dim",
            no_wrap=True,
            overflow="ellipsis",
        )


def _cell(part: str, health: Health, text: str) -> Text:
    sign, word, style = health.value
    return Text.assemble((f"{sign} ", style), (f"{part:<15}", "bold"), (f"{word:<7}", style), (one_line(text), "dim"))


def one_line(text: str) -> str:
    """Text with every run of white space as one space: a line of the timeline stays one line."""
    return " ".join(text.split())


def make_console(*, record: bool) -> Console:
    """The console of the run. Records for a picture at a fixed width, otherwise as the terminal is."""
    if record:
        return Console(record=True, width=WIDTH, force_terminal=False, highlight=False)
    return Console(highlight=False)


def is_live(console: Console) -> bool:
    """Whether a picture that changes can be shown."""
    return console.is_terminal and not console.is_dumb_terminal and not os.environ.get("CI")
