"""A report in words, from which every form is drawn: text, Markdown, card, e-mail and page."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from handlers.reports import sections
from handlers.reports.decisions import decisions
from handlers.reports.parts import ReportRow, ReportSection
from insights.reports.model import Day, PeriodReport
from insights.reports.period import Frequency, ReportPeriod
from shared.lazy.dataclass import dataclass
from shared.texts import EMPTY, SPACE, Text, joined
from shared.texts.locale import Locale
from shared.texts.reports import labels, sentences


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """The words of a report. `command` prints it again; `is_calm`: no decision is needed and nothing is open.

    `notes` are sentences at the end, `days` the bars of a chart.
    """

    project: str
    head: Text
    headline: Text
    subline: Text
    decisions: tuple[ReportRow, ...]
    sections: tuple[ReportSection, ...]
    notes: tuple[Text, ...]
    days: tuple[Day, ...]
    command: str
    is_calm: bool


def document(report: PeriodReport) -> ReportDocument:
    """The document of a report. An empty period has one sentence instead of empty tables."""
    listed = tuple(decisions(report)) if report.known_since else ()
    return ReportDocument(
        project=report.project,
        head=head(report.period),
        headline=_headline(report),
        subline=_subline(report, len(listed)),
        decisions=listed,
        sections=tuple(sections.sections(report)),
        notes=tuple(_notes(report)),
        days=report.days if len(report.days) > 1 and report.figures.opened else (),
        command=command(report),
        is_calm=bool(report.known_since) and not listed and not report.open_count,
    )


def head(period: ReportPeriod) -> Text:
    """The heading of a report, such as `Weekly report, 16 to 22 Nov 2026`."""
    days = labels.days_text(period.first, period.last)
    return labels.HEAD(kind=labels.KINDS[period.frequency], period=days)


def command(report: PeriodReport) -> str:
    """The command that prints the report."""
    period = report.period
    words = ["hinomi", "report"]
    if period.frequency is Frequency.RANGE:
        words += ["--from", period.first.isoformat(), "--to", period.last.isoformat()]
    else:
        words += [f"--{period.frequency}", "--from", period.first.isoformat()]
    return shlex.join(words)


def _is_unknown(report: PeriodReport) -> bool:
    return report.known_since is None or report.period.end <= report.known_since


def _headline(report: PeriodReport) -> Text:
    figures = report.figures
    if _is_unknown(report):
        return sentences.NOT_KNOWN
    if report.is_empty:
        return sentences.NO_INCIDENTS
    opened = sentences.OPENED(count=figures.opened) if figures.opened else sentences.NONE_OPENED
    left = sentences.LEFT_OPEN(count=report.open_count) if report.open_count else sentences.NONE_OPEN
    return _spaced(opened, left)


def _subline(report: PeriodReport, decided: int) -> Text:
    parts = [] if _is_unknown(report) else [_ended(report)]
    if not _is_unknown(report) and not report.is_empty:
        parts.append(sentences.TO_DECIDE(count=decided) if decided else sentences.NOTHING_TO_DECIDE)
    return _spaced(*parts, report.incomplete)


def _ended(report: PeriodReport) -> Text:
    figures = report.figures
    if not figures.ended:
        return EMPTY
    return sentences.ENDED_ALONE(count=f"{figures.without_person:,}", total=f"{figures.ended:,}")


def _spaced(*parts: Text) -> Text:
    return joined([part for part in parts if part], SPACE)


def _notes(report: PeriodReport) -> Iterator[Text]:
    period = report.period
    locale = Locale("en", period.zone, report.now)
    if not _is_unknown(report) and not report.is_empty:
        if report.figures_before is None and report.known_since is not None:
            yield sentences.NO_COMPARISON(day=labels.day_text(period.day_of(report.known_since)))
        yield sentences.MEDIANS
        yield sentences.HOURS(count=report.figures.remediated, minutes=report.minutes_per_remediation)
    made = locale.local(report.now)
    yield sentences.MADE(zone=locale.zone(report.now), day=labels.day_text(made), time=f"{made:%H:%M}")
