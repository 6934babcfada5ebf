"""The release job on a real PostgreSQL: tables, rights and handler rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from db import migrate
from deploy.job import release
from shared.config import Settings
from tests.conftest import PostgresServer

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 11, 23, tzinfo=UTC)
METRICS, HISTORY, BOARD = "hinomi-metrics@p.iam", "hinomi-history@p.iam", "hinomi-dashboard@p.iam"
OWNER = "hinomi_schema_owner"
RIGHTS = {
    "error": {METRICS: "write", HISTORY: "write", BOARD: "write"},
    "schema": {HISTORY: "own", BOARD: "read"},
}


@dataclass(frozen=True)
class Installed:
    error_url: str
    schema_url: str

    def run(self) -> None:
        settings = Settings(error_db_url=self.error_url, schema_db_url=self.schema_url)
        release(settings, {"RIGHTS": json.dumps(RIGHTS), "SCHEMA_OWNER": OWNER}, NOW)

    def as_user(self, url: str, user: str, *statements: str, role: str = "") -> None:
        options = {"options": f"-c role={role}"} if role else {}
        mine = make_url(url).set(username=user, password="made-up").update_query_dict(options)
        engine = create_engine(mine)
        try:
            with engine.begin() as connection:
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def installed(postgres_server: PostgresServer) -> Iterator[Installed]:
    for user in (METRICS, HISTORY, BOARD):
        postgres_server.execute(f"CREATE ROLE \"{user}\" LOGIN PASSWORD 'made-up'")
    for name in ("release_error", "release_schema"):
        postgres_server.execute(f"CREATE DATABASE {name}")
    made = Installed(postgres_server.database("release_error"), postgres_server.database("release_schema"))
    made.run()
    yield made
    postgres_server.drop(made.error_url)
    postgres_server.drop(made.schema_url)
    for role in (METRICS, HISTORY, BOARD, OWNER):
        postgres_server.execute(f'DROP ROLE "{role}"')


def test_both_databases_are_at_the_newest_tables(installed: Installed) -> None:
    assert migrate.pending(installed.error_url, migrate.ERROR_DB) == []
    assert migrate.pending(installed.schema_url, migrate.SCHEMA_DB) == []


def test_running_it_again_changes_nothing(installed: Installed) -> None:
    installed.run()
    assert migrate.pending(installed.error_url, migrate.ERROR_DB) == []


def test_a_function_writes_rows_and_cannot_change_tables(installed: Installed) -> None:
    installed.as_user(
        installed.error_url,
        METRICS,
        "INSERT INTO channels VALUES ('teams:default', now(), now())",
        "DELETE FROM channels",
    )
    with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
        installed.as_user(installed.error_url, METRICS, "ALTER TABLE channels ADD COLUMN more int")
    with pytest.raises(ProgrammingError, match="permission denied"):
        installed.as_user(installed.error_url, METRICS, "CREATE TABLE mine (id int)")


def test_history_makes_partitions_that_the_next_release_may_change(installed: Installed) -> None:
    installed.as_user(
        installed.schema_url,
        HISTORY,
        "CREATE TABLE points_fine_2031_01 (LIKE points_fine INCLUDING DEFAULTS)",
        "ALTER TABLE points_fine ATTACH PARTITION points_fine_2031_01 FOR VALUES FROM ('2031-01-01') TO ('2031-02-01')",
        role=OWNER,
    )
    installed.run()


def test_the_dashboard_reads_history_and_writes_none(installed: Installed) -> None:
    installed.as_user(installed.schema_url, BOARD, "SELECT count(*) FROM points_fine")
    with pytest.raises(ProgrammingError, match="permission denied"):
        installed.as_user(installed.schema_url, BOARD, "DELETE FROM points_fine")


def test_the_handler_rules_are_applied(installed: Installed) -> None:
    engine = create_engine(installed.error_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handler_rules")) > 0
    engine.dispose()
