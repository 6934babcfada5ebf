"""A report as text for a terminal or a log, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from handlers.cards.escape import clean
from handlers.reports.document import ReportDocument
from handlers.reports.parts import ReportRow, ReportSection
from shared.texts import Text
from shared.texts.reports import labels, sentences
from shared.texts.wrap import width, wrapped

INDENT = "  "
_MARKUP = re.compile(r"([\\`*_\[\]|~])")


def as_text(document: ReportDocument, language: str, columns: int = 100) -> str:
    """The report in lines of at most `columns` columns, except for names and commands."""
    lines = [_head(document, language), "", *wrapped(_localized(document.headline, language), columns)]
    lines += _wrapped(document.subline, language, columns)
    if document.decisions:
        lines += ["", _localized(labels.DECIDE, language), *_decisions(document.decisions, language, columns)]
    for section in document.sections:
        lines += ["", *_section(section, language, columns)]
    lines.append("")
    for note in document.notes:
        lines += _wrapped(note, language, columns)
    return "\n".join(lines) + "\n"


def _head(document: ReportDocument, language: str) -> str:
    return " · ".join(filter(None, (_localized(document.head, language), clean(document.project))))


def _localized(text: Text, language: str) -> str:
    return clean(text.in_language(language))


def _wrapped(text: Text, language: str, columns: int) -> list[str]:
    return wrapped(_localized(text, language), columns) if text else []


def _decisions(rows: Sequence[ReportRow], language: str, columns: int) -> Iterator[str]:
    for place, each in enumerate(rows, 1):
        first, *rest = wrapped(_localized(each.cells[0], language), columns - 4)
        yield f"{place}.  {first}"
        yield from (f"    {line}" for line in rest)
        yield f"    {_localized(each.command, language)}"


def _section(section: ReportSection, language: str, columns: int) -> Iterator[str]:
    note = f" ({_localized(section.note, language)})" if section.note else ""
    yield f"{_localized(section.title, language)}{note}"
    if section.sentence:
        yield from (INDENT + line for line in wrapped(_localized(section.sentence, language), columns - 2))
    rows = [[_localized(cell, language) for cell in each.cells] for each in section.rows]
    names = [_localized(name, language) for name in section.columns]
    commands = [_localized(each.command, language) if section.has_commands else "" for each in section.rows]
    yield from _table(rows, names, section.numbers, columns, commands)
    if section.more > 0:
        yield INDENT + _localized(sentences.MORE(count=section.more), language)


def _table(
    rows: list[list[str]], names: list[str], numbers: Sequence[int], columns: int, commands: Sequence[str]
) -> Iterator[str]:
    """Aligned columns; where they are too wide, the first cell has a line and the others the next one.

    The command of a row, if it has one, is below it.
    """
    if not rows:
        return
    shown = [names, *rows] if any(names) else rows
    widths = [max(width(line[place]) for line in shown) for place in range(len(rows[0]))]
    if sum(widths) + 2 * len(widths) > columns:
        for cells, command in zip(rows, commands, strict=True):
            yield from (INDENT + line for line in wrapped(cells[0], columns - 2))
            yield from (INDENT * 2 + line for line in wrapped(" · ".join(filter(None, cells[1:])), columns - 4) if line)
            yield from _below(command)
        return
    for line, command in zip(shown, [""] * (len(shown) - len(rows)) + list(commands), strict=True):
        cells = [_padded(cell, widths[place], is_number=place in numbers) for place, cell in enumerate(line)]
        yield (INDENT + INDENT.join(cells)).rstrip()
        yield from _below(command)


def _below(command: str) -> Iterator[str]:
    if command:
        yield INDENT * 2 + command


def _padded(text: str, columns: int, *, is_number: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if is_number else text + space


def as_markdown(document: ReportDocument, language: str) -> str:
    """The report in Markdown, for example for a wiki or a ticket."""
    lines = [f"# {_markup(_head(document, language))}", "", f"**{_markup(_localized(document.headline, language))}**"]
    lines += ["", _markup(_localized(document.subline, language))] if document.subline else []
    if document.decisions:
        lines += ["", f"## {_localized(labels.DECIDE, language)}", ""]
        lines += [
            f"{place}. {_markup(_localized(each.cells[0], language))}  \n   {_code(_localized(each.command, language))}"
            for place, each in enumerate(document.decisions, 1)
        ]
    for section in document.sections:
        lines += ["", *_markdown_section(section, language)]
    lines.append("")
    lines += [f"- {_markup(_localized(note, language))}" for note in document.notes]
    return "\n".join(lines) + "\n"


def _markdown_section(section: ReportSection, language: str) -> Iterator[str]:
    note = f" ({_localized(section.note, language)})" if section.note else ""
    yield f"## {_localized(section.title, language)}{_markup(note)}"
    yield ""
    if section.sentence:
        yield _markup(_localized(section.sentence, language))
    if section.rows:
        names = section.columns or (Text.verbatim(""),) * len(section.rows[0].cells)
        yield _table_line([_markup(_localized(name, language)) for name in names])
        yield _table_line(["---:" if place in section.numbers else "---" for place in range(len(names))])
        for each in section.rows:
            first, *others = (_markup(_localized(cell, language)) for cell in each.cells)
            shown = (
                f"{first}<br>{_code(_localized(each.command, language))}"
                if section.has_commands and each.command
                else first
            )
            yield _table_line([shown, *others])
    if section.more > 0:
        yield from ("", _localized(sentences.MORE(count=section.more), language))


def _table_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markup(text: str) -> str:
    """The text with the special characters of Markdown and HTML escaped."""
    return _MARKUP.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _code(command: str) -> str:
    """The command as code. Bars are escaped everywhere, because a bar would end the cell of a table."""
    return f"`{clean(command).replace('`', chr(39)).replace('|', chr(92) + '|')}`"
