"""The report on unused grants: for a person at a terminal, a program, a spreadsheet, and a security review."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from cli.printable import clean
from cli.views import output
from cli.views.access import COLUMNS, print_access, print_coverage, record, spreadsheet_row
from insights.access.model import Access, Use
from insights.access.usage import LIMITS, UsageSummary
from shared.iam_names import short_name

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

MAX_SHOWN = 200
STATES = (Use.USED, Use.UNUSED, Use.UNKNOWN)
MARKDOWN_COLUMNS = ("principal", "role", "on", "since", "condition", "use", "why")


def print_table(rows: Iterator[Access], report: UsageSummary, tz: ZoneInfo) -> None:
    """Prints the first grants, and counts the rest."""
    console = output.console()
    shown = list(islice(rows, MAX_SHOWN))
    more = sum(1 for _ in rows)
    if shown:
        print_access(console, shown, tz)
    else:
        console.print(_none(report))
    if more:
        console.print(f"and {more:,} more: --format csv has all")
    _summary(console, report)
    print_coverage(console, report.observations, report.notes, tz)


def write_csv(rows: Iterator[Access], report: UsageSummary) -> None:
    """Rows for a spreadsheet to standard output, the summary to standard error."""
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    writer.writerows(spreadsheet_row(row) for row in rows)
    _summary(output.error_console(), report)


def write_json(rows: Iterator[Access], report: UsageSummary) -> None:
    """One object with the grants and, below them, the report on all; grants are written as they come."""
    sys.stdout.write('{\n"grants": [')
    for number, row in enumerate(rows):
        sys.stdout.write((",\n" if number else "\n") + output.json_text(record(row)))
    sys.stdout.write(f'\n],\n"report": {output.json_text(summary(report), indent=2)}\n}}\n')


def write_markdown(rows: Iterator[Access], report: UsageSummary) -> None:
    """A document to file as it is: counts, what is unknown and why, the grants, and the limits of all that."""
    grants = [_markdown_row(row) for row in rows]
    sections = [
        "# Unused grants",
        f"As of {_time(report.at)}. Evidence was wanted from {_time(report.since)} to {_time(report.until)}.",
        _markdown_table(("use", "grants"), [(state, f"{report.counts[state]:,}") for state in STATES]),
    ]
    if report.reasons:
        reasons = [(reason, f"{count:,}") for reason, count in report.why_unknown()]
        sections += ["## Unknown, and why", _markdown_table(("the first reason", "grants"), reasons)]
    sections += ["## Grants", _markdown_table(MARKDOWN_COLUMNS, grants) if grants else _none(report)]
    sections += ["## Limits", "\n".join(f"- {_cell(line)}" for line in (*report.notes, *LIMITS))]
    sys.stdout.write("\n\n".join(sections) + "\n")


def summary(report: UsageSummary) -> dict[str, Any]:
    """The report on all grants as plain values."""
    return {
        "at": report.at,
        "evidence_since": report.since,
        "evidence_until": report.until,
        "grants": report.total,
        "counts": {str(state): report.counts[state] for state in STATES},
        "unknown": [{"reason": reason, "grants": count} for reason, count in report.why_unknown()],
        "notes": report.notes,
        "observations": report.observations,
        "limits": list(LIMITS),
    }


def _summary(console: Console, report: UsageSummary) -> None:
    counts = ", ".join(f"{report.counts[state]:,} {state}" for state in STATES)
    console.print(f"Of {output.plural(report.total, 'grant')}: {counts}.")
    console.print(f"Evidence was wanted from {_time(report.since)} to {_time(report.until)}.")
    for reason, count in report.why_unknown():
        console.print(output.styled(f"  {count:,} unknown: {reason}"))
    for line in LIMITS:
        console.print(output.styled(f"Limit: {line}.", "dim"))


def _none(report: UsageSummary) -> str:
    days = (report.at - report.since).days if report.at and report.since else 0
    return f"No grant is known to be unused for {output.plural(days, 'day')}."


def _markdown_row(row: Access) -> Sequence[object]:
    told = record(row)
    use = f"{row.usage.state} {told['last_used'][:10]}".strip()
    return (
        row.principal, row.grant.role, short_name(row.grant.resource), told["since"][:10], told["condition"], use,
        row.usage.reason,
    )  # fmt: skip


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    """Text from a policy or a log in a cell: it ends neither the cell nor the line, and is no markup."""
    text = clean(value)
    return "".join(f"\\{char}" if char in "\\|`*_[]<>#" else char for char in text)


def _time(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if time else "?"
