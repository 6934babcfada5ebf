"""`hinomi rules sink-filter`: the filters of the log sinks, and what they let through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.printable import clean
from shared.errors import InputError

if TYPE_CHECKING:
    from collectors.metrics_analysis.sinks.measure import Measured
    from collectors.metrics_analysis.sinks.pack import Sink


def run(sinks: list[Sink], files: list[str], out: Path | None, *, as_json: bool) -> None:
    """Writes the filters to `out` or prints them, or measures `files` with them. Exit 2 for what cannot be read."""
    from cli.views.output import emit_json

    if files:
        measured, failed = _measure(sinks, files)
        emit_json(_figures(measured)) if as_json else _tell(measured)
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
        raise InputError(f"cannot be written: {error.strerror}", file=out) from error
    for sink in sinks:
        typer.echo(f"{out / sink.name}.lql: {len(sink.rules)} rules, {len(sink.filter):,} characters", err=True)


def _measure(sinks: list[Sink], files: list[str]) -> tuple[Measured, bool]:
    from cli.entries.reader import EntryReader
    from collectors.metrics_analysis.sinks.measure import measure

    problems: list[InputError] = []

    def report(problem: InputError) -> None:
        problems.append(problem)
        typer.echo(clean(problem), err=True)

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


def _tell(measured: Measured) -> None:
    from cli.views.output import console, plural, styled, table

    typer.echo(
        f"{measured.passed:,} of {plural(measured.entries, 'entry')} "
        f"({_share(measured.passed, measured.entries)}) and {_size(measured.passed_bytes)} of {_size(measured.bytes)} "
        f"({_share(measured.passed_bytes, measured.bytes)}) would be exported, in {plural(measured.exports, 'message')}; "
        f"{measured.own:,} are Hinomi's own"
    )
    listing = table(["let through for", "entries", "of all", "bytes"], right=["entries", "of all", "bytes"])
    for name, count in measured.rules.most_common():
        share = _share(count, measured.entries)
        listing.add_row(styled(name), f"{count:,}", share, _size(measured.rule_bytes[name]))
    if measured.rules:
        console().print(listing)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0 %"


def _size(count: int) -> str:
    return next(
        (
            f"{count / size:,.1f} {unit}"
            for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))
            if count >= size
        ),
        f"{count} B",
    )
