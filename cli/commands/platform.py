"""`hinomi platform`: the platform map, with its layers and the intended access of personas."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.views import output
from shared import config
from shared.errors import HinomiError, InputError
from shared.texts.cli import platform as texts

app = command_group()


@app.command()
def init(
    *,
    file: Annotated[Path | None, typer.Option("--write")] = None,
) -> None:
    """Draft the map from the snapshots: layers guessed from names, and a persona for every group."""
    from cli.views.empty_history import policies_text
    from insights.access.drift.map_draft import draft

    settings = config.load()
    with database.schema_opened(settings) as store, store.reading() as session:
        if missing := policies_text(session, settings):
            raise HinomiError(missing)
        text = draft(session, datetime.now(UTC))
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(texts.CANNOT_BE_WRITTEN(file=str(file), error=error.strerror or "")) from error
    output.print_text(output.console(), texts.WRITTEN(file=str(file)))


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(show_default="HINOMI_PLATFORM_FILE")] = None,
) -> None:
    """Validate the map. All mistakes have their file and line."""
    from insights.access.platform_file import read

    settings = config.load()
    path = file or (Path(settings.platform_file) if settings.platform_file else None)
    if path is None:
        raise InputError(texts.NO_MAP)
    found = read(path)
    layers, personas = texts.LAYERS(count=len(found.layers)), texts.PERSONAS(count=len(found.personas))
    output.print_text(output.console(), texts.VALID(layers=layers, personas=personas))
