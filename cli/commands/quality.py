"""`hinomi quality`: data quality checks and their results."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import single_command
from cli.language import echo, localize
from cli.views import output
from shared import config
from shared.quality.result import PROBLEMS
from shared.suggestions import question
from shared.texts import Text
from shared.texts.cli import quality as texts
from shared.texts.quality import STATES, allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights.quality.checks import CheckLine, CheckResult

app = single_command()

_MARKS = {"passed": "·", "warned": "!", "failed": "x", "error": "?", "skipped": "-"}


@app.command("quality")
def quality(
    name: Annotated[str, typer.Argument()] = "",
    *,
    failing: Annotated[bool, typer.Option("--failing")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The checks, those with a problem first; for a single check its results, latest first."""
    from insights.quality.checks import checks, named, results_of, similar_checks

    settings, now = config.load(), datetime.now(UTC)
    with database.schema_opened(settings) as store, store.reading() as session:
        found = named(session, name, now) if name else []
        if len(found) == 1 and not failing:
            _show(found[0], results_of(session, found[0].key, limit=limit), as_json=as_json)
            return
        listed = checks(session, now, text=name, states=PROBLEMS if failing else (), limit=limit)
        near = [] if listed.lines or not name else similar_checks(session, name, now)
    if as_json:
        output.emit_json([_facts(each) for each in listed.lines])
    elif not listed.lines:
        echo(_none(name, listed.total, failing=failing))
        if near:
            echo(question(near))
    else:
        _print(listed.lines, now)


def _none(name: str, total: int, *, failing: bool) -> Text:
    if not total:
        return texts.NONE_YET
    if failing:
        return texts.NO_FAILING_OF(name=name) if name else texts.NO_FAILING
    return texts.NO_MATCH(name=name)


def _facts(line: CheckLine) -> dict[str, Any]:
    return {
        "key": line.key,
        "check": line.name,
        "table": line.table,
        "column": line.column,
        "partition": line.partition,
        "dimension": line.dimension,
        "source": line.source,
        "origin": line.origin,
        "latest": _result(line.latest),
        "results": [_result(each) for each in line.results],
    }


def _result(result: CheckResult) -> dict[str, Any]:
    names = ("time", "state", "value", "expected", "message", "run", "url")
    return {name: getattr(result, name) for name in names}


def _print(lines: Sequence[CheckLine], now: datetime) -> None:
    from cli.views.rows import print_rows
    from shared.texts.locale import Locale

    settings = config.load()
    locale = Locale(settings.language, settings.timezone, now)
    columns = [texts.STATE, texts.CHECK, texts.SUBJECT, texts.VALUE, texts.EXPECTED, texts.CHECKED, texts.LATEST]
    rows = [
        [
            _state(each.latest.state),
            output.styled(each.name),
            output.styled(each.subject),
            output.styled(each.latest.value or "–"),
            output.styled(localize(allowed(each.latest.expected)) or "–"),
            output.styled(locale.minute(each.latest.time)),
            output.styled("".join(_MARKS[result.state] for result in each.results)),
        ]
        for each in lines
    ]
    print_rows(output.console(), columns, rows)


def _show(line: CheckLine, results: Sequence[CheckResult], *, as_json: bool) -> None:
    from cli.views.rows import print_rows
    from shared.texts.locale import Locale

    if as_json:
        output.emit_json({**_facts(line), "results": [_result(each) for each in results]})
        return
    settings = config.load()
    locale = Locale(settings.language, settings.timezone, datetime.now(UTC))
    echo(texts.HEAD(check=line.name, subject=line.subject, source=line.source, origin=line.origin))
    columns = [texts.CHECKED, texts.STATE, texts.VALUE, texts.EXPECTED, texts.RUN, texts.MESSAGE]
    rows = [
        [
            output.styled(locale.minute(each.time)),
            _state(each.state),
            output.styled(each.value or "–"),
            output.styled(localize(allowed(each.expected)) or "–"),
            output.styled(each.run or "–"),
            output.styled(each.message),
        ]
        for each in results
    ]
    print_rows(output.console(), columns, rows)


def _state(state: str) -> Any:
    return output.styled(localize(STATES[state]), "bold red" if state in PROBLEMS else "")
