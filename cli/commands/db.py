"""`hinomi db`: the tables of the Error DB and the Schema DB."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command_group import command_group
from db.access_level import AccessLevel
from shared import config
from shared.errors import InputError

if TYPE_CHECKING:
    from db.migrate import Database

app = command_group()


class Which(StrEnum):
    """Which of the two databases."""

    ERROR_DB = "error_db"
    SCHEMA_DB = "schema_db"


WhichArgument = Annotated[Which | None, typer.Argument(show_default=False)]
UrlOption = Annotated[
    str,
    typer.Option("--url", show_default=False),
]


@app.command()
def upgrade(which: WhichArgument = None, *, url: UrlOption = "") -> None:
    """Bring the databases to the newest tables. Safe to call again, and from several places at once."""
    from db import migrate

    for database, place in _chosen(which, url):
        progress = migrate.UpgradeProgress(partial(_say_that_it_waits, database))
        newer = migrate.upgrade(place, database, progress)
        applied = ", ".join(progress.applied)
        done = f"upgraded: {applied}" if applied else f"already at {migrate.revisions(database)[-1]}"
        typer.echo(f"{database.name} {_ahead(newer, database) if newer else done}")


def _say_that_it_waits(database: Database) -> None:
    typer.echo(f"hinomi: the {database.name} is locked, by another upgrade perhaps: waiting", err=True)


@app.command(hidden=True)
def downgrade() -> None:
    """Always refused."""
    raise InputError(
        "tables are not taken back: older code runs on newer tables, so go back with the code alone, "
        "and to the data of another day with a backup (docs/deploying.md)"
    )


@app.command()
def check(
    which: WhichArgument = None,
    *,
    url: UrlOption = "",
    models: Annotated[bool, typer.Option("--models")] = False,
) -> None:
    """Are the databases at the newest tables? Exit 1 when one is not."""
    from db import migrate

    problems: list[str] = []
    fine: list[str] = []
    for database, place in _chosen(which, url):
        has = None if models else migrate.ahead(place, database)
        if has:
            fine.append(f"{database.name} {_ahead(has, database)}")
            continue
        found = _check_models(database) if models else _check_database(place, database)
        problems += [f"{database.name}: {problem}" for problem in found]
        fine += [] if found or models else [f"{database.name} up to date at {migrate.revisions(database)[-1]}"]
    for problem in problems:
        typer.echo(f"hinomi: {problem}", err=True)
    if problems:
        raise typer.Exit(1)
    for line in fine or ["migrations and models agree"]:
        typer.echo(line)


UserArgument = Annotated[str, typer.Argument(metavar="USER")]


@app.command()
def grant(
    user: UserArgument,
    which: WhichArgument = None,
    *,
    may: Annotated[AccessLevel, typer.Option()] = AccessLevel.READ,
    url: UrlOption = "",
) -> None:
    """Let a person or a program read the databases, or maintain them; nobody may change tables so.

    Run it as the user that owns the tables. It is exactly this afterwards, whatever was granted before. Where both
    share one database of the server, rights to one are rights to the other.
    """
    from db import database_users

    # The Error DB last: where both are one, the larger right is the one that stays.
    for database, place in reversed(list(_chosen(which, url))):
        database_users.grant(place, database, user, may)
        typer.echo(f"{database.name}: {user} may {may}")


@app.command()
def revoke(user: UserArgument, which: WhichArgument = None, *, url: UrlOption = "") -> None:
    """Take away what grant gave. Do it before the user is deleted."""
    from db import database_users

    for database, place in _chosen(which, url):
        database_users.revoke(place, database, user)
        typer.echo(f"{database.name}: {user} may nothing")


def _ahead(newer: str, database: Database) -> str:
    from db import migrate

    return f"already newer than this code: at {newer}, this code ends at {migrate.revisions(database)[-1]}"


def _chosen(which: Which | None, url: str) -> Iterator[tuple[Database, str]]:
    """The databases with their URLs. An URL without a name is that of the Error DB."""
    from db.migrate import DATABASES

    if url and which is None:
        which = Which.ERROR_DB
    settings = config.load()
    for database in DATABASES:
        if which in (None, database.key):
            yield database, url or getattr(settings, f"{database.key}_url")


def _check_database(url: str, database: Database) -> list[str]:
    from db import migrate

    has = migrate.revision(url, database)
    pending = migrate.pending(url, database)
    if pending:
        where = f"at {has}" if has else "no tables"
        return [f"{where}, pending: {', '.join(pending)}; run `hinomi db upgrade`"]
    return migrate.current_differs(url, database)


def _check_models(database: Database) -> list[str]:
    from db import migrate

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'check.db'}"
        migrate.upgrade(url, database)
        return migrate.current_differs(url, database)
