"""`hinomi rules sink-filter`: the filters of the log sinks, and the entries that pass them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.language import localize
from cli.printable import clean
from shared.errors import InputError
from shared.texts.cli import rules as texts

if TYPE_CHECKING:
    from collectors.metrics_analysis.sinks.measure import Measured
    from collectors.metrics_analysis.sinks.pack import Sink


def run(sinks: list[Sink], files: list[str], out: Path | None, *, as_json: bool) -> None:
    """Writes the filters to `out` or prints them, or measures `files` with them. Exit code 2 for unreadable parts."""
    from cli.views.output import emit_json

    if files:
        measured, failed = _measure(sinks, files)
        emit_json(_figures(measured)) if as_json else _print_measured(measured)
        if failed:
            raise typer.Exit(2)
    elif as_json:
        emit_json([_sink(sink) for sink in sinks])
    elif out is None:
        typer.echo("\n".join(sink.filter for sink in sinks), nl=False)
    if out is not None:
        _write(sinks, out)


def _sink(sink: Sink) -> dict[str, Any]:
    names = [rule.name for rule in sink.rules]
    return {"name": sink.name, "characters": len(sink.filter), "rules": names, "filter": sink.filter}


def _write(sinks: list[Sink], out: Path) -> None:
    """One file for each sink; a file of an earlier run that no sink has now is deleted."""
    from collectors.metrics_analysis.sinks.pack import NAME

    try:
        out.mkdir(parents=True, exist_ok=True)
        for sink in sinks:
            (out / f"{sink.name}.lql").write_text(sink.filter, encoding="utf-8")
        for old in set(out.glob(NAME.format("*") + ".lql")) - {out / f"{sink.name}.lql" for sink in sinks}:
            old.unlink()
    except OSError as error:
        raise InputError(texts.CANNOT_BE_WRITTEN(error=error.strerror or ""), file=out) from error
    for sink in sinks:
        file = str(out / f"{sink.name}.lql")
        text = texts.WRITTEN(count=len(sink.rules), file=file, characters=f"{len(sink.filter):,}")
        typer.echo(localize(text), err=True)


def _measure(sinks: list[Sink], files: list[str]) -> tuple[Measured, bool]:
    from cli.entries.reader import EntryReader
    from collectors.metrics_analysis.sinks.measure import measure

    problems: list[InputError] = []

    def report(problem: InputError) -> None:
        problems.append(problem)
        typer.echo(clean(localize(problem.full_text)), err=True)

    return measure((entry for _, entry in EntryReader(files, report)), sinks), bool(problems)


def _figures(measured: Measured) -> dict[str, Any]:
    return {
        "entries": measured.entries,
        "bytes": measured.bytes,
        "let_through": measured.passed,
        "let_through_bytes": measured.passed_bytes,
        "exports": measured.exports,
        "own": measured.own,
        "rules": dict(measured.rules.most_common()),
    }


def _print_measured(measured: Measured) -> None:
    from rich.text import Text

    from cli.views.output import console, print_text, styled
    from cli.views.rows import print_rows

    text = texts.MEASURED(
        count=measured.entries,
        passed=f"{measured.passed:,}",
        share=_share(measured.passed, measured.entries),
        passed_bytes=_size(measured.passed_bytes),
        bytes=_size(measured.bytes),
        share_of_bytes=_share(measured.passed_bytes, measured.bytes),
        messages=texts.MESSAGES(count=measured.exports),
        own=f"{measured.own:,}",
    )
    print_text(console(), text)
    numbers = [texts.ENTRIES, texts.OF_ALL, texts.BYTES]
    rows = [
        [
            styled(name),
            Text(f"{count:,}"),
            Text(_share(count, measured.entries)),
            Text(_size(measured.rule_bytes[name])),
        ]
        for name, count in measured.rules.most_common()
    ]
    if rows:
        print_rows(console(), [texts.EXPORTED_FOR, *numbers], rows, right=numbers)


def _share(part: int, total: int) -> str:
    return f"{100 * part / total:.1f} %" if total else "0 %"


def _size(count: int) -> str:
    return next(
        (
            f"{count / size:,.1f} {unit}"
            for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))
            if count >= size
        ),
        f"{count} B",
    )
