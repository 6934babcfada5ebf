"""Databases that do not exist yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from db.engine import make_engine
from db.first_use import open_error_store, open_schema_store
from db.migrate import SCHEMA_DB, current_differs
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from shared.errors import InputError, TransientError
from tests.support.databases import PostgresServer
from tests.support.findings import NOON, finding


def test_a_sqlite_file_is_made_on_first_use(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'error.db'}"
    store = open_error_store(url)
    with store.transaction(NOON) as transaction:
        assert transaction.record(finding(), redact=()) != []
    store.engine.dispose()
    assert current_differs(url) == []


def test_both_databases_can_be_one_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hinomi.db'}"
    open_error_store(url).engine.dispose()
    open_schema_store(url).engine.dispose()
    assert current_differs(url) == current_differs(url, SCHEMA_DB) == []


def test_an_error_names_its_database(tmp_path: Path) -> None:
    store = SchemaStore(make_engine(f"sqlite:///{tmp_path / 'empty.db'}"))
    with pytest.raises(TransientError, match="the Schema DB lacks tables"), store.reading() as session:
        session.scalars(select(Snapshot)).all()
    store.engine.dispose()


@pytest.mark.server
def test_opening_a_sqlite_file_that_has_its_tables_imports_neither_alembic_nor_the_postgresql_dialect(
    sqlite_url: str, schema_sqlite_url: str
) -> None:
    code = (
        "import sys; from db.first_use import open_error_store, open_schema_store;"
        f" open_error_store({sqlite_url!r}); open_schema_store({schema_sqlite_url!r});"
        " import db.error_db.queries, insights.history_gap;"
        " print([name for name in ('alembic', 'sqlalchemy.dialects.postgresql') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout == "[]\n"


@pytest.mark.postgresql
def test_postgresql_is_never_migrated_on_first_use(postgres_server: PostgresServer) -> None:
    store = open_error_store(postgres_server.url)
    with pytest.raises(TransientError, match="hinomi db upgrade"), store.transaction(NOON) as transaction:
        transaction.record(finding(), redact=())
    store.engine.dispose()


def test_a_file_that_is_not_a_database_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "error.db"
    path.write_text("this is a letter, not a database, and it is longer than a header\n" * 20)
    with pytest.raises(InputError, match="not a SQLite database"):
        open_error_store(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://a/b", "sqlite://", "sqlite:///:memory:", "sqlite:////proc/none/x.db"]
)
def test_a_url_that_cannot_be_used_is_an_input_error(url: str) -> None:
    with pytest.raises(InputError):
        open_error_store(url)


def test_an_error_does_not_repeat_the_password() -> None:
    with pytest.raises(InputError) as raised:
        make_engine("postgresql+nonsense://hinomi:hunter22@db/hinomi")
    assert "hunter22" not in str(raised.value)
