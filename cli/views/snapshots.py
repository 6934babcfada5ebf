"""Collectors of history and their snapshots at the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from cli.language import listed, localize
from cli.views import output
from cli.views.rows import Footnotes, print_rows
from shared.durations import duration_text
from shared.texts import Text as Localized
from shared.texts.cli import snapshot as texts
from shared.texts.history import collectors
from shared.texts.history import errors as history_errors
from shared.texts.recognize import recognized

if TYPE_CHECKING:
    from rich.console import Console

    from collectors.history_analysis.collector import Collector
    from collectors.history_analysis.results import SnapshotResult
    from insights.collector_status import CollectorView

STYLES = {"done": "green", "failed": "bold red", "stopped": "yellow", "busy": "yellow", "current": "dim"}


def print_results(console: Console, results: Sequence[SnapshotResult]) -> None:
    """Prints the outcome of each collector and scope; errors are footnotes."""
    notes = Footnotes()
    rows = [
        [
            output.styled(item.collector),
            output.styled(item.scope),
            _state(item.outcome, notes.mark(_error(item.error))),
            Text(f"{item.rows:,}"),
            Text(f"{item.api_calls:,}"),
            Text(localize(duration_text(item.seconds))),
        ]
        for item in results
    ]
    columns = [texts.COLLECTOR, texts.SCOPE, texts.OUTCOME, texts.ROWS, texts.CALLS, texts.TOOK]
    numbers = [texts.ROWS, texts.CALLS, texts.TOOK]
    print_rows(console, columns, rows, right=numbers, heading=2)
    notes.print(console)


def print_overview(console: Console, views: Sequence[CollectorView], now: datetime) -> None:
    """Prints the latest snapshot of each collector; errors are footnotes."""
    notes = Footnotes()
    rows = [
        [
            output.styled(item.collector),
            output.styled(item.scope),
            Text(output.ago(item.last_success, now) if item.last_success else localize(texts.NEVER)),
            _state(item.state, notes.mark(_error(item.error))),
            Text(f"{item.rows:,}"),
            Text(f"{item.api_calls:,}"),
            Text(_megabytes(item.bytes_billed)),
            Text("" if item.seconds is None else localize(duration_text(item.seconds))),
        ]
        for item in views
    ]
    numbers = [texts.ROWS, texts.CALLS, texts.BILLED, texts.TOOK]
    columns = [texts.COLLECTOR, texts.SCOPE, texts.LAST_SUCCESS, texts.STATE, *numbers]
    print_rows(console, columns, rows, right=numbers, heading=2)
    notes.print(console)


def print_collectors(console: Console, found: Sequence[Collector]) -> None:
    """Prints the interval of each collector, its data, and its permissions."""
    rows = []
    for item in found:
        cells = (
            item.name,
            localize(duration_text(item.every, units=1)),
            localize(collectors.doc(item.name, item.doc)),
            listed(item.permissions),
        )
        rows.append([output.styled(cell) for cell in cells])
    columns = [texts.COLLECTOR, texts.EVERY, texts.KEEPS, texts.PERMISSIONS]
    print_rows(console, columns, rows, prose=[texts.KEEPS, texts.PERMISSIONS], right=[texts.EVERY])


def _error(english: str | None) -> str:
    """The error of a snapshot, which is stored in English."""
    return localize(recognized(english or "", history_errors))


def _state(name: str, mark: str) -> Text:
    word = localize(texts.STATES.get(name) or Localized.verbatim(name))
    return output.styled(word, STYLES.get(name, "")).append(mark)


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB" if count else ""
