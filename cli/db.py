"""`hinomi db`: the tables of the Error DB."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from shared import config

app = typer.Typer(no_args_is_help=True, help="The databases: upgrade, check.")

UrlOption = Annotated[
    str, typer.Option("--url", help="SQLAlchemy URL instead of HINOMI_ERROR_DB_URL.", show_default=False)
]


@app.command()
def upgrade(*, url: UrlOption = "") -> None:
    """Bring the Error DB to the newest tables. Safe to call again, and from several places at once."""
    from db import migrate

    url = url or config.load().error_db_url
    pending = migrate.pending(url)
    migrate.upgrade(url)
    typer.echo(f"upgraded: {', '.join(pending)}" if pending else f"already at {migrate.revisions()[-1]}")


@app.command()
def check(
    *,
    url: UrlOption = "",
    models: Annotated[
        bool, typer.Option("--models", help="Compare the migrations with the models instead, on a database of its own.")
    ] = False,
) -> None:
    """Is the Error DB at the newest tables? Exit 1 when it is not."""
    problems = _check_models() if models else _check_database(url or config.load().error_db_url)
    for problem in problems:
        typer.echo(f"hinomi: {problem}", err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo("migrations and models agree" if models else "up to date")


def _check_database(url: str) -> list[str]:
    from db import migrate

    pending = migrate.pending(url)
    if pending:
        return [f"pending: {', '.join(pending)}; run `hinomi db upgrade`"]
    return migrate.current_differs(url)


def _check_models() -> list[str]:
    from db import migrate

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'check.db'}"
        migrate.upgrade(url)
        return migrate.current_differs(url)
