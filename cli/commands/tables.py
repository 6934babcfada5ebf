"""`hinomi tables`: tables that were not updated by their usual time, or that have an unusual volume."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import single_command
from cli.language import echo, localize
from cli.views import output
from shared import config
from shared.suggestions import nearest, question
from shared.texts import Text
from shared.texts.cli import tables as texts

if TYPE_CHECKING:
    from insights.tables.state import TableState

app = single_command()


@app.command("tables")
def tables(
    name: Annotated[str, typer.Argument()] = "",
    *,
    stale: Annotated[bool, typer.Option("--stale")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The tables that changed in the last five weeks, those with a problem first."""
    from insights.history_gap import gap_text, history_gap
    from insights.jobs.lateness import JobCalendar
    from insights.tables.state import COLLECTOR, table_states
    from shared.texts.locale import Locale

    settings, now = config.load(), datetime.now(UTC)
    locale = Locale(settings.language, settings.timezone, now)
    with database.schema_opened(settings) as store, store.reading() as session:
        gap = history_gap(session, [COLLECTOR])
        every = list(table_states(session, now, JobCalendar(locale.local, locale.local(now).tzinfo or UTC)))
    listed = [each for each in every if name.lower() in each.table.lower() and (not stale or _state(each) in _PROBLEMS)]
    listed.sort(key=lambda each: (not each.is_stale, not each.volume, each.table))
    if as_json:
        output.emit_json([{**_facts(each)} for each in listed[:limit]])
    elif gap:
        echo(gap_text(gap, settings))
    elif not listed:
        echo(texts.NONE_STALE if stale and not name else texts.NO_TABLES(name=name))
        if name and (near := nearest(name, (each.table for each in every))):
            echo(question(near))
    else:
        _print(listed[:limit], locale)


_PROBLEMS = (texts.STALE, texts.VOLUME)


def _state(table: TableState) -> Text:
    if table.is_stale:
        return texts.STALE
    if table.volume:
        return texts.VOLUME
    return texts.FRESH if table.usual else texts.LEARNING


def _facts(table: TableState) -> dict[str, Any]:
    volume = table.volume
    return {
        "table": table.table,
        "project": table.project,
        "dataset": table.dataset,
        "state": _state(table).en,
        "updated_at": table.changed_at,
        "due_at": table.due.due_at if table.due else None,
        "missed": table.missed,
        "usual_update_at": table.usual,
        "rows": table.rows,
        "bytes": table.bytes,
        "volume": volume
        and {"day": volume.day, "measure": volume.measure, "value": volume.value, "usual": volume.usual},
    }


def _print(listed: list[TableState], locale: Any) -> None:
    from cli.views.rows import print_rows
    from shared.units import human

    columns = [texts.TABLE, texts.STATE, texts.UPDATED, texts.NEXT, texts.ROWS, texts.SIZE]
    rows = [
        [
            output.styled(each.table),
            output.styled(localize(_state(each)), "bold red" if _state(each) in _PROBLEMS else ""),
            output.styled(locale.minute(each.changed_at)),
            output.styled(locale.minute(due) if (due := each.due.due_at if each.due else each.usual) else "–"),
            output.styled(f"{each.rows:,}" if each.rows is not None else "–"),
            output.styled(human(float(each.bytes), "By", locale.language) if each.bytes is not None else "–"),
        ]
        for each in listed
    ]
    print_rows(output.console(), columns, rows, right=columns[4:])
