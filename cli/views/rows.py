"""Rows of names and texts: a table where the names fit into the terminal, otherwise one block of lines for each row.

A name is never broken, so that it can be read and copied whole. Long texts that repeat, such as why something is not
known, become numbered notes below the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cli.views import output

LEAST_PROSE = 32  # columns that a text needs beside the names
BORDERS = 3  # columns between two columns


class Footnotes:
    """Texts by number; the same text has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, text: str) -> str:
        """` [1]`, to go behind what the text explains; empty for an empty text."""
        return f" [{self._numbers.setdefault(text, len(self._numbers) + 1)}]" if text else ""

    def print(self, console: Console) -> None:
        """Prints the texts in the order of their numbers."""
        for text, number in self._numbers.items():
            mark = f"[{number}] "
            note = Text.assemble((mark, "bold"), output.styled(text, "dim"))
            console.print(output.hanging(note, len(mark), console), soft_wrap=True)


def print_rows(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[Text]],
    *,
    prose: Collection[str] = (),
    right: Collection[str] = (),
    heading: int = 1,
) -> None:
    """Prints rows of cells, which may have several lines; the columns of `prose` are wrapped.

    Where it needs blocks, the first `heading` cells of a row are the first line of its block.
    """
    if needed_width(columns, rows, prose) > console.width:
        for row in rows:
            _print_block(console, columns, row, heading)
        return
    table = output.table(columns, right=right, ratios=dict.fromkeys(prose, 1))
    for column in table.columns:
        column.no_wrap = column.header not in prose
    for row in rows:
        table.add_row(*row)
    console.print(table)


def needed_width(columns: Sequence[str], rows: Sequence[Sequence[Text]], prose: Collection[str]) -> int:
    """How wide a terminal must be for a table of these rows whose names are whole."""
    total = BORDERS * len(columns)
    for at, name in enumerate(columns):
        cells = [line for row in rows for line in row[at].plain.split("\n")]
        words = [word for cell in cells for word in cell.split()] if name in prose else cells
        longest = max(map(cell_len, [*words, name]))
        total += max(longest, LEAST_PROSE) if name in prose else longest
    return total


def _print_block(console: Console, columns: Sequence[str], row: Sequence[Text], heading: int) -> None:
    first = Text(" ").join(_one_line(cell) for cell in row[:heading] if cell)
    first.stylize("bold")
    console.print(output.hanging(first, 2, console), soft_wrap=True)
    output.print_facts(console, {name: _one_line(cell) for name, cell in zip(columns, row, strict=True)}, skip=heading)
    console.print()


def _one_line(cell: Text) -> Text:
    """The lines of a cell as one: an indented line goes on from the one above, another one is set off by a comma."""
    first, *others = cell.split("\n")
    made = first.copy()
    for line in others:
        start = len(line.plain) - len(line.plain.lstrip())
        made.append(" " if start else ", ").append_text(line[start:])
    return made
