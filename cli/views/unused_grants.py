"""Prints the report on unused grants: for a terminal, a program, a spreadsheet, and a security review."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from cli.language import localize
from cli.printable import clean
from cli.views import output
from cli.views.access import print_access, print_coverage
from insights.access.answers.records import COLUMNS, record, spreadsheet_row
from insights.access.model import Access, Use
from insights.access.usage import LIMITS, UsageSummary
from shared import local_time
from shared.identity.iam_names import short_name
from shared.texts import Text, joined
from shared.texts.access.usage import USE
from shared.texts.cli import access as texts

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

MAX_SHOWN = 200
STATES = (Use.USED, Use.UNUSED, Use.UNKNOWN)
MARKDOWN_COLUMNS = (
    texts.PRINCIPAL, texts.ROLE, texts.ON, texts.SINCE_COLUMN, texts.CONDITION, texts.USE, texts.WHY
)  # fmt: skip


def print_table(rows: Iterator[Access], report: UsageSummary, tz: ZoneInfo) -> None:
    """Prints the first grants, and counts the rest."""
    console = output.console()
    shown = list(islice(rows, MAX_SHOWN))
    more = sum(1 for _ in rows)
    if shown:
        print_access(console, shown, tz)
    else:
        output.print_text(console, _none(report))
    if more:
        output.print_text(console, texts.MORE_GRANTS(count=f"{more:,}"))
    _summary(console, report)
    print_coverage(console, report.observations, report.limits, tz)


def write_csv(rows: Iterator[Access], report: UsageSummary) -> None:
    """Writes rows for a spreadsheet to standard output, and the summary to standard error."""
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    writer.writerows(spreadsheet_row(row) for row in rows)
    _summary(output.error_console(), report)


def write_json(rows: Iterator[Access], report: UsageSummary) -> None:
    """Writes an object with the grants, followed by the summary; grants are written while they are read."""
    sys.stdout.write('{\n"grants": [')
    for number, row in enumerate(rows):
        sys.stdout.write((",\n" if number else "\n") + output.json_text(record(row)))
    sys.stdout.write(f'\n],\n"report": {output.json_text(summary(report), indent=2)}\n}}\n')


def write_markdown(rows: Iterator[Access], report: UsageSummary) -> None:
    """Writes a complete document for the records: counts, reasons for unknown use, the grants, and the limits."""
    grants = [_markdown_row(row) for row in rows]
    sections = [
        f"# {localize(texts.REPORT_TITLE)}",
        localize(texts.AS_OF(at=_time(report.at), since=_time(report.since), until=_time(report.until))),
        _markdown_table(
            (texts.USE, texts.GRANTS), [(localize(USE[state]), f"{report.counts[state]:,}") for state in STATES]
        ),
    ]
    if report.reasons:
        reasons = [(localize(reason), f"{count:,}") for reason, count in report.why_unknown()]
        table = _markdown_table((texts.FIRST_REASON, texts.GRANTS), reasons)
        sections += [f"## {localize(texts.UNKNOWN_AND_WHY)}", table]
    found = _markdown_table(MARKDOWN_COLUMNS, grants) if grants else localize(_none(report))
    sections += [f"## {localize(texts.GRANTS_TITLE)}", found]
    limits = "\n".join(f"- {_cell(localize(line))}" for line in (*report.limits, *LIMITS))
    sections += [f"## {localize(texts.LIMITS_TITLE)}", limits]
    sys.stdout.write("\n\n".join(sections) + "\n")


def summary(report: UsageSummary) -> dict[str, Any]:
    """The summary as plain values."""
    return {
        "at": report.at,
        "evidence_since": report.since,
        "evidence_until": report.until,
        "grants": report.total,
        "counts": {str(state): report.counts[state] for state in STATES},
        "unknown": [{"reason": reason.en, "grants": count} for reason, count in report.why_unknown()],
        "notes": report.notes,
        "observations": report.observations,
        "limits": [limit.en for limit in LIMITS],
    }


def _summary(console: Console, report: UsageSummary) -> None:
    counts = joined(texts.COUNT_OF_USE(count=f"{report.counts[state]:,}", use=USE[state]) for state in STATES)
    output.print_text(console, texts.OF_GRANTS(count=report.total, counts=counts))
    output.print_text(console, texts.EVIDENCE(since=_time(report.since), until=_time(report.until)))
    for reason, count in report.why_unknown():
        line = localize(texts.UNKNOWN_BECAUSE(count=f"{count:,}", reason=reason))
        console.print(output.folded(line, console.width, first="  ", rest="    "), soft_wrap=True)
    for limit in LIMITS:
        output.print_text(console, texts.LIMIT(limit=limit), "dim")


def _none(report: UsageSummary) -> Text:
    days = (report.at - report.since).days if report.at and report.since else 0
    return texts.NONE_UNUSED(count=days)


def _markdown_row(row: Access) -> Sequence[object]:
    use = localize(USE[row.usage.state])
    if row.usage.last_used:
        use += f" {local_time.day(row.usage.last_used)}"
    return (
        row.principal, row.grant.role, short_name(row.grant.resource), local_time.day(row.grant.valid_from),
        record(row)["condition"], use, localize(row.usage.text),
    )  # fmt: skip


def _markdown_table(columns: Sequence[Text], rows: Sequence[Sequence[object]]) -> str:
    lines = [[localize(column) for column in columns], ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    """Text from a policy or a log in a table cell: it ends neither the cell nor the line, and contains no markup."""
    text = clean(value)
    return "".join(f"\\{char}" if char in "\\|`*_[]<>#" else char for char in text)


def _time(time: datetime | None) -> str:
    return local_time.minute(time) if time else "?"
