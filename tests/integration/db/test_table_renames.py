"""Renamed tables keep their rows, and older code still finds them under the old name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select, text

from db.engine import make_engine
from db.error_db.models import FingerprintState
from db.error_db.store import ErrorStore
from db.migrate import ERROR_DB, SCHEMA_DB, _config
from db.schema_db.models import FormerAncestors, MapExpectation
from db.schema_db.store import SchemaStore
from tests.support.findings import finding, recovery

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROW = "INSERT INTO faults (fingerprint, rule, touched_at) VALUES (:fingerprint, 'r', :now)"
# The statement by which the code before the rename locks the row of a fingerprint.
OLD_LOCK = f"""{ROW} ON CONFLICT (fingerprint) DO UPDATE SET touched_at = excluded.touched_at
RETURNING fingerprint, rule, recovered_at, recovery, touched_at"""


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def test_rows_survive_the_rename(bare_url: str) -> None:
    config = _config(bare_url, ERROR_DB)
    command.upgrade(config, "0003")
    with opened(bare_url) as engine:
        _check_rename(engine, config)


def _check_rename(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        connection.execute(text(ROW), {"fingerprint": "before", "now": NOW})
    command.upgrade(config, "0004")
    columns = FingerprintState.rule, FingerprintState.touched_at, FingerprintState.recovered_at
    with ErrorStore(engine).reading() as session:
        assert session.execute(select(*columns)).one() == ("r", NOW, None)
    command.downgrade(config, "0003")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT fingerprint FROM faults")) == "before"


@pytest.mark.postgresql
def test_old_code_reads_and_writes_the_rows_of_new_code(own_postgres_url: str) -> None:
    name = finding().fingerprint
    with opened(own_postgres_url) as engine:
        store = ErrorStore(engine)
        with store.transaction(NOW) as transaction:
            transaction.record(finding(), redact=())
            transaction.recover(recovery(1))
        with engine.begin() as connection:
            (row,) = connection.execute(text(OLD_LOCK), {"fingerprint": name, "now": NOW})
            assert row.recovered_at == recovery(1).time
            changed = text("UPDATE faults SET recovered_at = :time WHERE fingerprint = :name")
            connection.execute(changed, {"time": recovery(30).time, "name": name})
        with store.reading() as session:
            assert session.get_one(FingerprintState, name).recovered_at == recovery(30).time


@pytest.mark.postgresql
def test_old_and_new_code_use_the_same_lock(own_postgres_url: str) -> None:
    recorded = threading.Event()

    def record(engine: Engine) -> None:
        with ErrorStore(engine).transaction(NOW) as transaction:
            transaction.record(finding(), redact=())
        recorded.set()

    with opened(own_postgres_url) as engine:
        new = threading.Thread(target=record, args=(engine,))
        with engine.connect() as connection, connection.begin():
            connection.execute(text(OLD_LOCK), {"fingerprint": finding().fingerprint, "now": NOW})
            new.start()
            waited = not recorded.wait(0.5)
        new.join(300)
    assert waited
    assert recorded.is_set()


@pytest.mark.parametrize("old_code", [False, True], ids=["before the upgrade", "by old code after it"])
def test_old_rows_of_the_schema_db_have_the_new_names(bare_url: str, *, old_code: bool) -> None:
    config = _config(bare_url, SCHEMA_DB)
    command.upgrade(config, "0008" if old_code else "0007")
    with opened(bare_url) as engine:
        with engine.begin() as connection:
            row = {"now": NOW, "ancestors": '["folders/1"]'}
            connection.execute(text("INSERT INTO former_places VALUES ('//r', :now, :ancestors)"), row)
            connection.execute(text("INSERT INTO intentions VALUES ('k', 'p', 'm', 'l', 'read', :now)"), row)
        command.upgrade(config, "head")
        with SchemaStore(engine).reading() as session:
            moved = session.scalars(select(FormerAncestors)).one()
            assert (moved.resource, moved.until, moved.ancestors) == ("//r", NOW, ["folders/1"])
            assert session.get_one(MapExpectation, "k").since == NOW
        command.downgrade(config, "0007")
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT layer FROM intentions")) == "l"
            assert connection.scalar(text("SELECT resource FROM former_places")) == "//r"
