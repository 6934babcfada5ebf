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
from cli.language import echo, listed
from db.access_level import AccessLevel
from shared import config
from shared.errors import InputError
from shared.texts import Text, as_text
from shared.texts.cli import db as texts

if TYPE_CHECKING:
    from db.migrate import Database

app = command_group()


class Which(StrEnum):
    """The database that a command applies to; both by default."""

    ERROR_DB = "error_db"
    SCHEMA_DB = "schema_db"


WhichArgument = Annotated[Which | None, typer.Argument(show_default=False)]
UrlOption = Annotated[
    str,
    typer.Option("--url", show_default=False),
]


@app.command()
def upgrade(which: WhichArgument = None, *, url: UrlOption = "") -> None:
    """Upgrade the databases to the latest tables. Safe to run repeatedly and concurrently."""
    from db import migrate

    for database, location in _chosen(which, url):
        progress = migrate.UpgradeProgress(partial(_print_that_it_waits, database))
        newer = migrate.upgrade(location, database, progress)
        applied = listed(progress.applied)
        last = migrate.revisions(database)[-1]
        done = texts.UPGRADED(revisions=applied) if applied else texts.ALREADY(revision=last)
        echo(texts.STATE(database=database.name, state=_ahead(newer, database) if newer else done))


def _print_that_it_waits(database: Database) -> None:
    echo(texts.LOCKED(database=database.name), error=True)


@app.command(hidden=True)
def downgrade() -> None:
    """Not supported: raises InputError with the way back to an earlier version."""
    raise InputError(texts.NO_DOWNGRADE)


@app.command()
def check(
    which: WhichArgument = None,
    *,
    url: UrlOption = "",
    models: Annotated[bool, typer.Option("--models")] = False,
) -> None:
    """Check whether the databases have the latest tables; exit code 1 if they do not."""
    from db import migrate

    problems: list[Text] = []
    fine: list[Text] = []
    for database, location in _chosen(which, url):
        latest = migrate.revisions(database)[-1]
        has = latest if models else migrate.revision(location, database)
        if has is not None and has > latest:
            fine.append(texts.STATE(database=database.name, state=_ahead(has, database)))
            continue
        found = _check_models(database) if models else _check_database(location, database, has)
        problems += [texts.PROBLEM(database=database.name, problem=problem) for problem in found]
        if not found and not models:
            fine.append(texts.UP_TO_DATE(database=database.name, revision=latest))
    for problem in problems:
        echo(problem, error=True)
    if problems:
        raise typer.Exit(1)
    for line in fine or [texts.MODELS_AGREE]:
        echo(line)


UserArgument = Annotated[str, typer.Argument(metavar="USER")]


@app.command()
def grant(
    user: UserArgument,
    which: WhichArgument = None,
    *,
    may: Annotated[AccessLevel, typer.Option()] = AccessLevel.READ,
    url: UrlOption = "",
) -> None:
    """Grant a person or a program the right to read or maintain the databases; no right allows changing the tables.

    Run it as the user that owns the tables. The user then has exactly these rights, whatever was granted before. If
    both databases share one database on the server, rights to one are rights to the other.
    """
    from db import database_users

    # The Error DB last: if both are one database, the larger right remains.
    for database, location in reversed(list(_chosen(which, url))):
        database_users.grant(location, database, user, may)
        echo(texts.MAY(database=database.name, user=user, level=texts.LEVELS[may]))


@app.command()
def revoke(user: UserArgument, which: WhichArgument = None, *, url: UrlOption = "") -> None:
    """Revoke the rights granted by `grant`. Run it before deleting the user."""
    from db import database_users

    for database, location in _chosen(which, url):
        database_users.revoke(location, database, user)
        echo(texts.MAY_NOTHING(database=database.name, user=user))


def _ahead(newer: str, database: Database) -> Text:
    from db import migrate

    return texts.NEWER(newer=newer, revision=migrate.revisions(database)[-1])


def _chosen(which: Which | None, url: str) -> Iterator[tuple[Database, str]]:
    """The databases with their URLs. A URL without a name is that of the Error DB."""
    from db.migrate import DATABASES

    if url and which is None:
        which = Which.ERROR_DB
    settings = config.load()
    for database in DATABASES:
        if which in (None, database.key):
            yield database, url or getattr(settings, f"{database.key}_url")


def _check_database(url: str, database: Database, has: str | None) -> list[Text]:
    from db import migrate

    if pending := migrate.later(has, database):
        where = texts.AT(revision=has) if has else texts.NO_TABLES
        return [texts.PENDING(where=where, revisions=listed(pending))]
    return list(map(as_text, migrate.current_differs(url, database)))


def _check_models(database: Database) -> list[Text]:
    from db import migrate

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'check.db'}"
        migrate.upgrade(url, database)
        return list(map(as_text, migrate.current_differs(url, database)))
