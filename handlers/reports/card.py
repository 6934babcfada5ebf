"""A report as an Adaptive Card, within the size limit of Teams, and as the larger card that an e-mail is drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from handlers.cards.elements import (
    BUDGET,
    WIDE,
    Element,
    Style,
    card,
    container,
    facts,
    line,
    message,
    open_url,
    run,
    size,
    text_block,
)
from handlers.cards.escape import markdown, plain, url
from handlers.cards.header import ENDED, header
from handlers.cards.incident import reference
from handlers.messages.mail_html import LARGEST_PAGE, as_html
from handlers.reports.document import ReportDocument
from handlers.reports.parts import ReportRow, ReportSection
from shared.texts import cards
from shared.texts.locale import Locale
from shared.texts.reports import labels, sentences


@dataclass(frozen=True, slots=True)
class ReportLimits:
    """The maximum number of rows of a section, characters of a row and sections of a card."""

    rows: int
    row: int
    sections: int = 20


# The last limits fit any text: a character takes at most 12 bytes.
CARD_LEVELS = (
    ReportLimits(5, 300),
    ReportLimits(3, 200),
    ReportLimits(3, 100),
    ReportLimits(2, 60, 6),
    ReportLimits(1, 40, 1),
)
MAIL_LEVELS = (ReportLimits(10, 400), ReportLimits(10, 200), *CARD_LEVELS)


def card_message(document: ReportDocument, locale: Locale, dashboard_url: str) -> Element:
    """The most detailed message for Teams that is within the size limit."""
    for limits in CARD_LEVELS:
        made = message(_card(document, locale, dashboard_url, limits))
        if size(made) <= BUDGET:
            break
    return made


def mail_card(document: ReportDocument, locale: Locale, dashboard_url: str) -> Element:
    """The message for an e-mail: longer, but short enough that clients do not cut it off."""
    for limits in MAIL_LEVELS:
        made = message(_card(document, locale, dashboard_url, limits))
        if len(as_html(made).encode()) <= LARGEST_PAGE:
            break
    return made


def _card(document: ReportDocument, locale: Locale, dashboard_url: str, limits: ReportLimits) -> Element:
    headline = locale.text(document.headline)
    body = [
        header(
            _style(document), "📊", [locale.text(document.head), plain(document.project, 100)], headline, limits.row
        ),
        *_paragraphs([locale.text(document.subline)], limits, spacing="Medium"),
        *_decisions(document, locale, limits),
    ]
    for section in document.sections[: limits.sections]:
        body += _section(section, locale, limits)
    body += _paragraphs([locale.text(note) for note in document.notes], limits, isSubtle=True, size="Small")
    body.append(reference(locale.text(document.head), document.command))
    dashboard = url(dashboard_url, loopback=True)
    buttons = [open_url(locale.text(cards.OPEN_DASHBOARD), dashboard)] if dashboard else []
    fallback = plain(f"{locale.text(document.head)}: {headline}", limits.row)
    return card(body, buttons, fallback=fallback, language=locale.language)


def _style(document: ReportDocument) -> Style:
    if document.is_calm:
        return "good"
    return "warning" if any(each.is_urgent for each in document.decisions) else ENDED


def _paragraphs(texts: list[str], limits: ReportLimits, **properties: str | bool) -> list[Element]:
    return [text_block(markdown(text, max(limits.row, 60)), **properties) for text in texts if text]


def _decisions(document: ReportDocument, locale: Locale, limits: ReportLimits) -> Iterator[Element]:
    if not document.decisions:
        return
    yield _heading(locale.text(labels.DECIDE))
    rows = [_with_command(each, locale, limits) for each in document.decisions[: limits.rows]]
    yield container(rows, spacing="Small")
    yield from _more(len(document.decisions) - len(rows), locale)


def _with_command(each: ReportRow, locale: Locale, limits: ReportLimits) -> Element:
    return _commanded(line(run(plain(locale.text(each.cells[0]), limits.row))), locale.text(each.command), limits)


def _commanded(text: Element, command: str, limits: ReportLimits) -> Element:
    """A line of text, with its command below."""
    if not command:
        return text
    shown = line(run(plain(command, limits.row), fontType="Monospace", size="Small", isSubtle=True), spacing="None")
    return container([text, shown], spacing="Small")


def _section(section: ReportSection, locale: Locale, limits: ReportLimits) -> Iterator[Element]:
    if section.name == "figures":
        yield _heading(locale.text(section.title))
        yield facts([_fact(each, locale, section, limits) for each in section.rows])
        return
    note = f" · {plain(locale.text(section.note), 100)}" if section.note else ""
    yield _heading(f"{locale.text(section.title)}{note}")
    yield from _paragraphs([locale.text(section.sentence)], limits, spacing="Small")
    rows = [
        _commanded(
            _row(each, section, locale, limits), locale.text(each.command) if section.has_commands else "", limits
        )
        for each in section.rows[: limits.rows]
    ]
    if rows:
        yield container(rows, spacing="Small")
    yield from _more(len(section.rows) - len(rows) + section.more, locale)


def _heading(text: str) -> Element:
    return line(run(text, weight="Bolder"), spacing="Large")


def _fact(each: ReportRow, locale: Locale, section: ReportSection, limits: ReportLimits) -> tuple[str, str]:
    """A value such as `12`, with that of the previous period in brackets."""
    name, this, before = (locale.text(cell) for cell in each.cells)
    compared = f"{this} ({locale.text(section.columns[2])}: {before})" if before != labels.NONE.en else this
    return name, markdown(compared, limits.row)


def _row(each: ReportRow, section: ReportSection, locale: Locale, limits: ReportLimits) -> Element:
    """The name of a row, and its other cells behind it; numbers with the name of their column."""
    name = locale.text(each.cells[0])
    others = [
        f"{locale.text(section.columns[place])}: {locale.text(cell)}" if place in section.numbers else locale.text(cell)
        for place, cell in enumerate(each.cells)
        if place
    ]
    rest = " · ".join(filter(None, others))
    runs = [run(plain(name, limits.row), weight="Bolder")]
    if rest:
        runs.append(run(f"{WIDE}{plain(rest, limits.row)}", isSubtle=True))
    return line(*runs, spacing="Small")


def _more(count: int, locale: Locale) -> Iterator[Element]:
    if count > 0:
        text = locale.text(sentences.MORE(count=count))
        yield text_block(text, isSubtle=True, size="Small", spacing="Small")
