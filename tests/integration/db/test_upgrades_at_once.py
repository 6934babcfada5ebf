"""`hinomi db upgrade` in several processes at the same time, and killed halfway, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from cli.app import run
from db.engine import make_engine
from db.migrate import DATABASES, ERROR_DB, Database, current_differs, revision, revisions
from tests.support import upgrade_process
from tests.support.databases import PostgresServer

pytestmark = pytest.mark.slow

LOCKS = {"error_db": 0x48494E4F4D49, "schema_db": 0x48494E4F4D4A}


@contextmanager
def locked(url: str, database: Database) -> Iterator[None]:
    """Holds the lock as a running upgrade does."""
    engine = make_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCKS[database.key]})"))
        yield
    engine.dispose()


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.key)
def test_concurrent_upgrades_run_one_after_the_other(bare_url: str, database: Database) -> None:
    with locked(bare_url, database):
        commands = [upgrade_process.started(bare_url, database) for _ in range(2)]
        warned = [command.stderr.readline() for command in commands]
    ended = sorted(command.wait() for command in commands)
    assert warned == [f"hinomi: the {database.name} is locked, probably by another upgrade: waiting\n"] * 2
    assert ended == [
        (0, f"{database.name} already at {revisions(database)[-1]}\n"),
        (0, f"{database.name} upgraded: {', '.join(revisions(database))}\n"),
    ]
    assert current_differs(bare_url, database) == []


def killable() -> list[Any]:
    each = [
        pytest.param(database, revisions(database)[at], id=f"{database.key}-{name}")
        for at, name in ((0, "first"), (-1, "last"))
        for database in DATABASES
    ]
    # The same function upgrades both databases.
    return each if "EXHAUSTIVE" in os.environ else [each[0], each[-1]]


@pytest.mark.parametrize(("database", "last"), killable())
def test_an_upgrade_killed_in_the_middle_is_run_again(bare_url: str, database: Database, last: str) -> None:
    assert upgrade_process.killed_after(bare_url, database, last)
    assert revision(bare_url, database) is None
    assert run(["db", "upgrade", database.key, "--url", bare_url]) == 0
    assert run(["db", "check", database.key, "--url", bare_url]) == 0


@pytest.mark.postgresql
def test_a_table_in_use_stops_the_upgrade_and_nothing_is_changed(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    postgres_server.execute("CREATE DATABASE busy")
    busy = make_url(postgres_server.database("busy")).update_query_dict({"options": "-c lock_timeout=600s"})
    url = busy.render_as_string(hide_password=False)
    from alembic import command

    from db.migrate import _config

    command.upgrade(_config(url, ERROR_DB), "0001")
    monkeypatch.setattr("db.migrations.environment.WAIT_FOR_TABLE_SECONDS", 1)
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SELECT * FROM rejected_messages"))
        began = time.monotonic()
        assert run(["db", "upgrade", "--url", url]) == 1
        assert time.monotonic() - began < 300  # not the ten minutes of the connection
    engine.dispose()
    assert "nothing was changed, run it again" in capsys.readouterr().err
    assert revision(url) == "0001"
    assert run(["db", "upgrade", "--url", url]) == 0
    postgres_server.drop(url)
