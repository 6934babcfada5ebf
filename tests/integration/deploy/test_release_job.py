"""The release job on a real PostgreSQL: tables, rights and handler rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from db import migrate
from deploy.release_job import LOCK, release
from shared.config import Settings
from tests.support.databases import PostgresServer
from tests.support.release import release_rules

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 11, 23, tzinfo=UTC)
METRICS, HISTORY, BOARD = "hinomi-metrics@p.iam", "hinomi-history@p.iam", "hinomi-dashboard@p.iam"
OWNER = "hinomi_schema_owner"
RACERS, RACED_OWNER = ("first@p.iam", "second@p.iam"), "raced_owner"
RIGHTS = {
    "error": {METRICS: "write", HISTORY: "write", BOARD: "write"},
    "schema": {HISTORY: "own", BOARD: "read"},
}


@dataclass(frozen=True)
class Installed:
    error_url: str
    schema_url: str
    rules_dir: Path

    def run(self) -> None:
        settings = Settings(error_db_url=self.error_url, schema_db_url=self.schema_url, rules_dir=self.rules_dir)
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
def rules_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_rules(tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def installed(postgres_server: PostgresServer, rules_dir: Path) -> Iterator[Installed]:
    for user in (METRICS, HISTORY, BOARD):
        postgres_server.execute(f"CREATE ROLE \"{user}\" LOGIN PASSWORD 'made-up'")
    for name in ("release_error", "release_schema"):
        postgres_server.execute(f"CREATE DATABASE {name}")
    made = Installed(postgres_server.database("release_error"), postgres_server.database("release_schema"), rules_dir)
    made.run()
    yield made
    postgres_server.drop(made.error_url)
    postgres_server.drop(made.schema_url)
    for role in (METRICS, HISTORY, BOARD, OWNER):
        postgres_server.execute(f'DROP ROLE "{role}"')


@pytest.fixture
def bare(postgres_server: PostgresServer, rules_dir: Path) -> Iterator[Installed]:
    """Two empty databases, with the users that Cloud SQL creates."""
    for name in ("bare_error", "bare_schema"):
        postgres_server.execute(f"CREATE DATABASE {name}")
    for user in RACERS:
        postgres_server.execute(f'CREATE ROLE "{user}" LOGIN')
    made = Installed(postgres_server.database("bare_error"), postgres_server.database("bare_schema"), rules_dir)
    yield made
    postgres_server.drop(made.error_url)
    postgres_server.drop(made.schema_url)
    for role in (*RACERS, RACED_OWNER):
        postgres_server.execute(f'DROP ROLE "{role}"')


def started(made: Installed) -> subprocess.Popen[str]:
    """Starts the job as Cloud Run does."""
    rights = {"error": dict.fromkeys(RACERS, "write"), "schema": dict.fromkeys(RACERS, "own")}
    environ = {
        **os.environ,
        "HINOMI_ERROR_DB_URL": made.error_url,
        "HINOMI_SCHEMA_DB_URL": made.schema_url,
        "HINOMI_RULES_DIR": str(made.rules_dir),
        "HINOMI_RELEASE_RIGHTS": json.dumps(rights),
        "HINOMI_RELEASE_SCHEMA_OWNER": RACED_OWNER,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.release_job"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def waiting(connection: Connection) -> int:
    """The number of sessions that wait for an advisory lock of this database."""
    return int(
        connection.scalar(
            text(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
        or 0
    )


@pytest.mark.slow
def test_concurrent_releases_run_one_after_the_other(bare: Installed) -> None:
    engine = create_engine(bare.error_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as third:
        third.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        jobs = [started(bare) for _ in range(2)]
        deadline = time.monotonic() + 120
        while waiting(third) < len(jobs) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert waiting(third) == len(jobs)
        assert migrate.revision(bare.error_url) is None
        third.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
    sentence = [job.communicate()[0] for job in jobs]
    engine.dispose()
    assert [job.returncode for job in jobs] == [0, 0], sentence
    assert sorted('"changes": {}' in output for output in sentence) == [False, True], sentence
    assert migrate.pending(bare.error_url, migrate.ERROR_DB) == []
    assert migrate.pending(bare.schema_url, migrate.SCHEMA_DB) == []


def test_both_databases_have_the_newest_tables(installed: Installed) -> None:
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


def test_a_function_cannot_change_the_version_of_the_tables(installed: Installed) -> None:
    installed.as_user(installed.error_url, METRICS, "SELECT * FROM alembic_version")
    with pytest.raises(ProgrammingError, match="permission denied"):
        installed.as_user(installed.error_url, METRICS, "UPDATE alembic_version SET version_num = '9999'")


def test_rights_granted_by_an_earlier_release_are_revoked(installed: Installed) -> None:
    engine = create_engine(installed.schema_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'GRANT DELETE ON points_fine TO "{BOARD}"'))
        connection.execute(text(f'GRANT TRUNCATE ON map_expectations TO "{BOARD}"'))
    engine.dispose()
    installed.run()
    with pytest.raises(ProgrammingError, match="permission denied"):
        installed.as_user(installed.schema_url, BOARD, "DELETE FROM points_fine")
    with pytest.raises(ProgrammingError, match="permission denied"):
        installed.as_user(installed.schema_url, BOARD, "TRUNCATE map_expectations")
    installed.as_user(installed.schema_url, BOARD, "SELECT count(*) FROM points_fine")


def test_a_failed_release_is_reported_in_one_line(installed: Installed) -> None:
    """The release grants rights to users that do not exist on this server."""
    mine = make_url(installed.error_url).set(password="made-up").render_as_string(hide_password=False)
    job = started(Installed(mine, installed.schema_url, installed.rules_dir))
    (line,) = [json.loads(line) for line in job.communicate()[0].splitlines()]
    assert job.returncode == 1
    assert line["message"].startswith("release failed: sqlalchemy.exc.ProgrammingError: ")
    assert 'role "first@p.iam" does not exist' in line["stack_trace"]
    assert "made-up" not in json.dumps(line)


def test_the_next_release_may_change_partitions_that_history_created(installed: Installed) -> None:
    installed.as_user(
        installed.schema_url,
        HISTORY,
        "CREATE TABLE points_fine_2031_01 (LIKE points_fine INCLUDING DEFAULTS)",
        "ALTER TABLE points_fine ATTACH PARTITION points_fine_2031_01 FOR VALUES FROM ('2031-01-01') TO ('2031-02-01')",
        role=OWNER,
    )
    installed.run()


def test_the_dashboard_may_read_history_and_not_write_it(installed: Installed) -> None:
    installed.as_user(installed.schema_url, BOARD, "SELECT count(*) FROM points_fine")
    with pytest.raises(ProgrammingError, match="permission denied"):
        installed.as_user(installed.schema_url, BOARD, "DELETE FROM points_fine")


def test_the_handler_rules_are_applied(installed: Installed) -> None:
    engine = create_engine(installed.error_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handler_rules")) > 0
        assert connection.scalar(text("SELECT changed_by FROM handler_rule_versions")) == "deploy.sh"
    engine.dispose()
