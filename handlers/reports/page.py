"""A report as an HTML page to read, print or attach, without scripts and requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from handlers.cards.escape import clean
from handlers.reports.document import ReportDocument
from handlers.reports.page_style import STYLE
from handlers.reports.parts import ReportRow, ReportSection
from insights.reports.model import Day
from shared.texts import Text
from shared.texts.reports import labels, sentences

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
WIDTH, HEIGHT, TOP, BASE = 290, 96, 14, 74
MOST_LABELS = 7


def as_page(document: ReportDocument, language: str) -> str:
    """The page in a language. It follows the reader's light or dark mode, and prints on about two sheets of A4."""
    head, project = _localized(document.head, language), escape(clean(document.project))
    body = [
        f'<div class="over"><span>{head}</span><span>{project}</span></div>',
        f"<h1>{_sentences(document.headline, language)}</h1>",
        f'<p class="sub">{_localized(document.subline, language)}</p>' if document.subline else "",
        *_decisions(document.decisions, language),
        *_sections(document, language),
        "<footer>",
        *(f'<p class="faint">{_localized(note, language)}</p>' for note in document.notes),
        f"<code>{escape(clean(document.command))}</code></footer>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{head} · Hinomi</title><style>{STYLE}</style></head>\n"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _localized(text: Text, language: str) -> str:
    return escape(clean(text.in_language(language)))


def _sentences(text: Text, language: str) -> str:
    """The sentences as HTML, each on one line where possible."""
    sentence = _localized(text, language)
    space = "" if language == "ja" else " "
    return space.join(f"<span>{each}</span>" for each in re.split(r"(?<=[.。])\s*", sentence) if each)


def _decisions(rows: Sequence[ReportRow], language: str) -> Iterator[str]:
    if not rows:
        return
    items = "".join(
        f'<li{_urgent(each)}><span class="n">{place}</span>'
        f"<span>{_localized(each.cells[0], language)}{_command(each, language)}</span></li>"
        for place, each in enumerate(rows, 1)
    )
    yield f'<section>{_heading(labels.DECIDE, str(len(rows)), language)}<ol class="todo">{items}</ol></section>'


def _urgent(each: ReportRow) -> str:
    return ' class="urgent"' if each.is_urgent else ""


def _command(each: ReportRow, language: str) -> str:
    return f"<code>{_localized(each.command, language)}</code>" if each.command else ""


def _heading(title: Text, note: str, language: str) -> str:
    shown = f'<span class="n">{note}</span>' if note else ""
    return f"<h2>{_localized(title, language)}{shown}</h2>"


def _sections(document: ReportDocument, language: str) -> Iterator[str]:
    """The sections, with the chart of the days beside the figures."""
    for section in document.sections:
        drawn = _section(section, language)
        if section.name == "figures" and document.days:
            drawn = f'<div class="cols">{drawn}{_chart(document.days, language)}</div>'
        yield drawn


def _section(section: ReportSection, language: str) -> str:
    sentence = f'<p class="sentence">{_localized(section.sentence, language)}</p>' if section.sentence else ""
    more = (
        f'<p class="faint">{_localized(sentences.MORE(count=section.more), language)}</p>' if section.more > 0 else ""
    )
    heading = _heading(section.title, _localized(section.note, language), language)
    return f"<section>{heading}{sentence}{_table(section, language)}{more}</section>"


def _table(section: ReportSection, language: str) -> str:
    if not section.rows:
        return ""
    head = ""
    if section.columns:
        cells = (_cell("th", name, place, section, language) for place, name in enumerate(section.columns))
        head = f"<thead><tr>{''.join(cells)}</tr></thead>"
    rows = "".join(_row(each, section, language) for each in section.rows)
    kind = "figures" if section.name == "figures" else "rows"
    return f'<table class="{kind}">{head}<tbody>{rows}</tbody></table>'


def _row(each: ReportRow, section: ReportSection, language: str) -> str:
    is_total = each.cells[0] == labels.TOTAL
    kind = ' class="total"' if is_total else _urgent(each)
    cells = [_cell("td", cell, place, section, language) for place, cell in enumerate(each.cells)]
    if section.has_commands and each.command:
        cells[0] = cells[0].replace("</td>", f"{_command(each, language)}</td>")
    return f"<tr{kind}>{''.join(cells)}</tr>"


def _cell(tag: str, cell: Text, place: int, section: ReportSection, language: str) -> str:
    kind = ' class="r"' if place in section.numbers else ""
    if kind and tag == "td" and section.name != "figures":  # on a phone there is no heading above a number
        kind += f' data-label="{_localized(section.columns[place], language)}"'
    return f"<{tag}{kind}>{_localized(cell, language)}</{tag}>"


def _chart(days: Sequence[Day], language: str) -> str:
    """New incidents by day as bars, the part that needed a person in ink."""
    total = sum(day.opened for day in days)
    most, step = max(day.opened for day in days), WIDTH / len(days)
    every = -(-len(days) // MOST_LABELS)
    bars = "".join(
        _bar(day, place * step, step * 0.55, most, language, is_labelled=place % every == 0)
        for place, day in enumerate(days)
    )
    label = f"{_localized(labels.DAYS, language)}: {total:,}"
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{bars}'
    svg += f'<path class="base" d="M0 {BASE}.5H{WIDTH}"/></svg>'
    heading = _heading(labels.DAYS, f"{total:,}", language)
    return f'<section>{heading}<figure>{svg}<p class="faint">{_localized(labels.DAYS_NOTE, language)}</p></figure></section>'


def _bar(day: Day, left: float, width: float, most: int, language: str, *, is_labelled: bool) -> str:
    scale = (BASE - TOP) / most
    height, person = day.opened * scale, day.needed_person * scale
    drawn = f'<rect class="all" x="{left:.1f}" y="{BASE - height:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
    drawn += f'<rect class="person" x="{left:.1f}" y="{BASE - person:.1f}" width="{width:.1f}" height="{person:.1f}"/>'
    if is_labelled:
        drawn += f'<text x="{left:.1f}" y="90">{_localized(labels.short_day(day.day), language)}</text>'
        drawn += f'<text class="count" x="{left:.1f}" y="{BASE - height - 4:.1f}">{day.opened:,}</text>'
    return drawn
