"""Prints rows of names and texts: a table if the names fit into the terminal, otherwise one block for each row.

Names are never broken, so that they can be read and copied. Long texts that repeat, such as reasons for unknown use,
become numbered notes below the rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cli.language import localize
from cli.views import output
from shared.texts import COMMA
from shared.texts import Text as Localized

LEAST_PROSE = 32  # minimum columns for a text beside the names
BORDERS = 3  # columns between two columns
_BETWEEN_WORDS = re.compile(r" (?![^(]*\))")  # a space, but not inside brackets


class Footnotes:
    """Texts by number; the same text has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, text: str) -> str:
        """` [1]`, to append to the explained text; empty for an empty text."""
        return f" [{self._numbers.setdefault(text, len(self._numbers) + 1)}]" if text else ""

    def print(self, console: Console) -> None:
        """Prints the texts in the order of their numbers."""
        for text, number in self._numbers.items():
            mark = f"[{number}] "
            note = Text.assemble((mark, "bold"), output.styled(text, "dim"))
            console.print(output.hanging(note, len(mark), console.width), soft_wrap=True)


def print_rows(
    console: Console,
    columns: Sequence[Localized],
    rows: Sequence[Sequence[Text]],
    *,
    prose: Collection[Localized] = (),
    right: Collection[Localized] = (),
    heading: int = 1,
) -> None:
    """Prints rows of cells, which may have several lines; the columns in `prose` are wrapped.

    No column is left out. If a table is too wide, the names of its columns are wrapped; if it is still too wide, each
    row becomes a block of all its cells, with the first `heading` cells in the first line.
    """
    names = [localize(name) for name in columns]
    wrapped = [localize(name) for name in prose]
    for heads in (names, _narrow(names, rows, wrapped)):
        if needed_width(heads, rows, wrapped) <= console.width:
            _print_table(console, columns, heads, rows, prose, right)
            return
    for row in rows:
        _print_block(console, names, row, heading)


def _print_table(
    console: Console,
    columns: Sequence[Localized],
    heads: Sequence[str],
    rows: Sequence[Sequence[Text]],
    prose: Collection[Localized],
    right: Collection[Localized],
) -> None:
    table = output.table(columns, right=right, ratios={name: 1 for name in prose if name in columns})
    for column, name, head in zip(table.columns, columns, heads, strict=True):
        column.header = head
        column.no_wrap = name not in prose
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _narrow(names: Sequence[str], rows: Sequence[Sequence[Text]], prose: Collection[str]) -> list[str]:
    """The names of columns, each wrapped to the width of the longest cell below it; no name needs a third line for that."""
    narrow = []
    for at, name in enumerate(names):
        words = _BETWEEN_WORDS.split(name)
        cells = [line for row in rows for line in row[at].plain.split("\n")]
        room = max(map(cell_len, [*words, *cells, _half(words)]))
        lines = [words[0]]
        for word in words[1:]:
            joined = f"{lines[-1]} {word}"
            lines[-1:] = [joined] if cell_len(joined) <= room else [lines[-1], word]
        narrow.append(name if name in prose else "\n".join(lines))
    return narrow


def _half(words: Sequence[str]) -> str:
    """The longer of the two lines on which a name of these words takes the fewest columns."""
    lines = ([" ".join(words[:at]), " ".join(words[at:])] for at in range(1, len(words)))
    return min((max(pair, key=cell_len) for pair in lines), key=cell_len, default="")


def needed_width(columns: Sequence[str], rows: Sequence[Sequence[Text]], prose: Collection[str]) -> int:
    """The terminal width needed for a table of these rows without broken names."""
    total = BORDERS * len(columns)
    for at, name in enumerate(columns):
        cells = [line for row in rows for line in row[at].plain.split("\n")]
        words = [word for cell in cells for word in output.words_of(cell)] if name in prose else cells
        longest = max(map(cell_len, [*words, *name.split("\n")]))
        total += max(longest, LEAST_PROSE) if name in prose else longest
    return total


def _print_block(console: Console, columns: Sequence[str], row: Sequence[Text], heading: int) -> None:
    first = Text(" ").join(_one_line(cell) for cell in row[:heading] if cell)
    first.stylize("bold")
    console.print(output.hanging(first, 2, console.width), soft_wrap=True)
    output.print_facts(console, {name: _one_line(cell) for name, cell in zip(columns, row, strict=True)}, skip=heading)
    console.print()


def _one_line(cell: Text) -> Text:
    """The lines of a cell joined to one: indented lines continue the previous one, others follow a comma."""
    first, *others = cell.split("\n")
    made = first.copy()
    for line in others:
        start = len(line.plain) - len(line.plain.lstrip())
        goes_on = start or made.plain.endswith((".", "。"))
        made.append(" " if goes_on else localize(COMMA)).append_text(line[start:])
    return made
