"""`hinomi analyze`: runs the rules on exported entries."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import single_command
from cli.language import echo, localize
from shared.errors import InputError
from shared.model import Finding, Severity
from shared.texts import Text
from shared.texts.cli import analyze as texts
from shared.texts.cli.entries import NO_LOG_ENTRY
from shared.texts.evidence import UNKNOWN
from shared.texts.locale import in_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from cli.entries.analysis import Analysis, AnalyzedEffect
    from cli.entries.finding_groups import FindingGroups
    from cli.entries.reader import EntryReader
    from shared.config import Settings

app = single_command()

SHOWN_PROBLEMS, SHOWN_ALIKE = 20, 3  # parts that cannot be read, and those of them with the same reason
ENTRIES_PER_STEP = 2000
LONG_BYTES = 5_000_000


@app.command()
def analyze(
    files: Annotated[list[str], typer.Argument()],
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    severity: Annotated[Severity, typer.Option()] = Severity.INFORMATIONAL,
    rules: Annotated[Path | None, typer.Option("--rules", "--rules-dir")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
) -> None:
    """Run the rules on exported log entries, without a database and without actions; no data leaves this machine.

    FILES contain the output of `gcloud logging read` (--format=json is fastest, YAML is read too), JSON lines of a log
    sink, rows of a BigQuery log table as JSON, responses of entries.list, or gzip of any of these. The exit code is 0
    whether or not anything is found, and 2 if a part could not be read.
    """
    from cli.entries.analysis import Analysis
    from cli.entries.bigquery_rows import logged_names
    from cli.entries.reader import EntryReader
    from collectors.metrics_analysis.sigma import artifact
    from shared import config

    settings = config.load()
    unread = UnreadParts()
    compiled = artifact.load(rules or settings.rules_dir)
    reader = EntryReader(files, unread.add, logged_names(compiled))
    analysis = Analysis(compiled, settings, datetime.now(UTC))
    effects = (one for one in _run(reader, analysis, unread, as_json=as_json) if _counts(one, severity))
    if as_json:
        for one in effects:
            if isinstance(one.effect, Finding):
                sys.stdout.write(_line(one.line, one.effect))
    else:
        _report(effects, analysis, settings, limit, is_partial=lambda: unread.count > 0)
    unread.finish()


class UnreadParts:
    """Parts that could not be read. The first parts are printed at once, later ones only counted."""

    def __init__(self) -> None:
        self.count, self._printed = 0, 0
        self._texts: Counter[str] = Counter()

    def add(self, error: InputError) -> None:
        """Prints one line to standard error."""
        self.count += 1
        text = localize(error.text)
        self._texts[text] += 1
        if self._texts[text] <= SHOWN_ALIKE and self._printed < SHOWN_PROBLEMS:
            self._printed += 1
            echo(error.full_text, error=True)

    def finish(self) -> None:
        """Exits with 2 if a part could not be read."""
        if self.count > self._printed:
            echo(texts.MORE_UNREAD(count=self.count - self._printed), error=True)
        if self.count:
            raise typer.Exit(2)


def _run(reader: EntryReader, analysis: Analysis, unread: UnreadParts, *, as_json: bool) -> Iterator[AnalyzedEffect]:
    """All findings and recoveries, in the order of reading."""
    from collectors.metrics_analysis.evidence import NotUnderstoodError

    with _progress(reader, as_json=as_json) as step:
        for line, entry in reader:
            if line % ENTRIES_PER_STEP == 0:
                step(line)
            try:
                yield from analysis.take(line, entry)
            except NotUnderstoodError as error:
                file, at = reader.position
                text = NO_LOG_ENTRY if error.text == UNKNOWN else error.text
                unread.add(InputError(text, file=file, line=at))
        yield from analysis.finish()


@contextmanager
def _progress(reader: EntryReader, *, as_json: bool) -> Iterator[Any]:
    """A function that takes the number of entries read so far and moves a progress bar, on a terminal."""
    short = reader.total_bytes is not None and reader.total_bytes < LONG_BYTES
    # A bar would break JSON lines on the same terminal.
    if short or not sys.stderr.isatty() or (as_json and sys.stdout.isatty()):
        yield lambda _entries: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    from cli.views.output import error_console

    columns = (
        SpinnerColumn(),
        TextColumn(f"{{task.fields[entries]:,}} {localize(texts.ENTRIES)}"),
        BarColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=error_console(), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        task = bar.add_task("", total=reader.total_bytes, entries=0)
        yield lambda entries: bar.update(task, completed=reader.bytes_read, entries=entries)


def _counts(effect: AnalyzedEffect, least: Severity) -> bool:
    return not isinstance(effect.effect, Finding) or effect.effect.severity.rank >= least.rank


def _line(line: int, finding: Finding) -> str:
    from cli.views.output import json_text

    return (
        json_text(
            {
                "line": line,
                "insert_id": finding.insert_id,
                "rule": finding.rule,
                "kind": finding.kind,
                "severity": finding.severity,
                "service": finding.service,
                "resource": finding.resource,
                "principal": finding.principal,
                "summary": finding.summary,
                "fingerprint": finding.fingerprint,
                "time": finding.time,
            }
        )
        + "\n"
    )


def _report(
    effects: Iterator[AnalyzedEffect],
    analysis: Analysis,
    settings: Settings,
    limit: int,
    *,
    is_partial: Callable[[], bool],
) -> None:
    """Prints the findings; without an entry, what is wrong with the export, unless that was printed (`is_partial`)."""
    from cli.entries.finding_groups import FindingGroups
    from cli.views import output
    from cli.views.findings import overview, show

    tz = output.zone(settings.timezone)
    groups = FindingGroups()
    for one in effects:
        groups.add(one.effect)
    console = output.console()
    if not analysis.entries:
        if not is_partial():
            output.print_text(console, texts.EMPTY_EXPORT)
        return
    for text in _counted(analysis, groups, tz):
        output.print_text(console, text)
    urgent = groups.by_urgency()
    console.print(overview(urgent) if urgent else "")
    show(console, urgent[:limit], tz, settings.language)
    if hidden := max(0, len(urgent) - limit) + groups.not_kept:
        output.print_text(console, texts.HIDDEN(count=f"{hidden:,}"))
        console.print()
    output.print_text(console, texts.NEXT if groups.findings else texts.NEXT_WITHOUT_FINDINGS, "dim")


def _counted(analysis: Analysis, groups: FindingGroups, tz: ZoneInfo) -> tuple[Text, Text]:
    """The number of entries, their time span in the zone of the report, and the number of findings."""
    if analysis.first:
        first, last = (_local(time, tz) for time in (analysis.first, analysis.last))
        between = texts.READ_AT if first == last else texts.READ_BETWEEN
        read = between(count=analysis.entries, first=first, last=last, zone=tz.key)
    else:
        read = texts.READ(count=analysis.entries)
    findings, rules = texts.FINDINGS(count=groups.findings), texts.RULES(count=len(groups.rules))
    summary = texts.FOUND(findings=findings, rules=rules) if groups.findings else texts.NOTHING_FOUND
    return read, summary


def _local(second: str, tz: ZoneInfo) -> str:
    """An event time of the analysis (UTC, to the second) in the zone."""
    return f"{in_zone(datetime.fromisoformat(second).replace(tzinfo=UTC), tz):%Y-%m-%d %H:%M:%S}"
