"""`hinomi db grant` on a real PostgreSQL, run by the release job's user, who is not a superuser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from cli.app import run
from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.migrate import ERROR_DB, SCHEMA_DB, Database
from deploy.release_job import release
from shared.config import Settings
from tests.support.databases import PostgresServer
from tests.support.function_process import push_body
from tests.support.release import release_rules
from tests.support.reporters import rules_with

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RELEASE, OWNER, ALICE = "people-release", "people_owner", "alice.100%@example.com"


@dataclass(frozen=True)
class Installed:
    urls: dict[Database, str]

    def as_user(self, database: Database, user: str, statement: str, role: str = "") -> None:
        """Runs one statement and commits."""
        url = make_url(self.urls[database]).set(username=user)
        if role:
            url = url.update_query_dict({"options": f"-c role={role}"})
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def may(self, database: Database, statement: str) -> bool:
        """Whether Alice may run a statement."""
        try:
            self.as_user(database, ALICE, statement)
        except ProgrammingError as error:
            assert "permission denied" in str(error) or "must be owner" in str(error)  # noqa: PT017 - others go on
            return False
        return True


@pytest.fixture(scope="module")
def databases(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    postgres_server.execute(f'CREATE ROLE "{RELEASE}" LOGIN CREATEROLE')
    urls = {}
    for database in (ERROR_DB, SCHEMA_DB):
        name = f"people_{database.key}"
        postgres_server.execute(f'CREATE DATABASE {name} OWNER "{RELEASE}"')
        own = make_url(postgres_server.database(name)).set(username=RELEASE)
        urls[database] = own.render_as_string(hide_password=False)
    rules_dir = release_rules(tmp_path_factory.mktemp("rules"))
    settings = Settings(error_db_url=urls[ERROR_DB], schema_db_url=urls[SCHEMA_DB], rules_dir=rules_dir)
    release(settings, {"SCHEMA_OWNER": OWNER}, NOW)
    yield Installed(urls)
    for url in urls.values():
        postgres_server.drop(make_url(url).set(username=make_url(postgres_server.url).username).render_as_string())
    postgres_server.execute(f'DROP ROLE "{OWNER}"')
    postgres_server.execute(f'DROP ROLE "{RELEASE}"')


@pytest.fixture
def installed(
    databases: Installed, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installed]:
    """Databases and a user without rights; the rights that the test grants are revoked before the user is dropped."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", databases.urls[ERROR_DB])
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", databases.urls[SCHEMA_DB])
    postgres_server.execute(f'CREATE ROLE "{ALICE}" LOGIN')
    yield databases
    assert run(["db", "revoke", ALICE]) == 0
    postgres_server.execute(f'DROP ROLE "{ALICE}"')


READS = {ERROR_DB: "SELECT count(*) FROM v_incidents", SCHEMA_DB: "SELECT count(*) FROM v_job_runs"}
WRITES = {ERROR_DB: "DELETE FROM incidents", SCHEMA_DB: "DELETE FROM points_fine"}
TABLES = (ERROR_DB, SCHEMA_DB)


def rights(installed: Installed) -> list[tuple[bool, bool]]:
    """Whether Alice can read and write: in the Error DB, then in the Schema DB."""
    return [(installed.may(name, READS[name]), installed.may(name, WRITES[name])) for name in TABLES]


def test_without_a_grant_a_user_reads_nothing(installed: Installed) -> None:
    assert rights(installed) == [(False, False), (False, False)]


def test_a_reader_may_read_both_databases_and_write_neither(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", "grant", ALICE]) == 0
    assert (
        capsys.readouterr().out
        == f"Schema DB: granted read access to {ALICE}\nError DB: granted read access to {ALICE}\n"
    )
    assert rights(installed) == [(True, False), (True, False)]


def test_a_dashboard_may_be_granted_the_schema_db_only(installed: Installed) -> None:
    assert run(["db", "grant", ALICE, "schema_db"]) == 0
    assert rights(installed) == [(False, False), (True, False)]


def test_a_maintainer_changes_rows_of_the_error_db_and_no_table(installed: Installed) -> None:
    assert run(["db", "grant", ALICE, "--may", "maintain"]) == 0
    assert rights(installed) == [(True, True), (True, False)]
    assert installed.may(ERROR_DB, "SELECT nextval('rejected_messages_id_seq')")
    assert not installed.may(ERROR_DB, "UPDATE alembic_version SET version_num = '0'")
    assert not installed.may(ERROR_DB, "ALTER TABLE incidents ADD COLUMN more int")
    assert not installed.may(ERROR_DB, "CREATE TABLE mine (id int)")


def test_in_one_shared_database_a_maintainer_keeps_the_role(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("HINOMI_SCHEMA_DB_URL", installed.urls[ERROR_DB])
        assert run(["db", "grant", ALICE, "--may", "maintain"]) == 0
    assert installed.may(ERROR_DB, WRITES[ERROR_DB])


def test_the_last_grant_applies(installed: Installed) -> None:
    assert run(["db", "grant", ALICE, "--may", "maintain"]) == 0
    assert run(["db", "grant", ALICE, "--may", "read"]) == 0
    assert rights(installed) == [(True, False), (True, False)]


def test_future_tables_and_partitions_are_readable(installed: Installed) -> None:
    assert run(["db", "grant", ALICE, "--may", "maintain"]) == 0
    installed.as_user(ERROR_DB, RELEASE, "CREATE TABLE future (id serial)")
    installed.as_user(SCHEMA_DB, RELEASE, "CREATE TABLE future (id serial)", role=OWNER)
    try:
        assert installed.may(ERROR_DB, "INSERT INTO future DEFAULT VALUES")
        assert installed.may(SCHEMA_DB, "SELECT * FROM future")
        assert not installed.may(SCHEMA_DB, "DELETE FROM future")
    finally:
        installed.as_user(ERROR_DB, RELEASE, "DROP TABLE future")
        installed.as_user(SCHEMA_DB, RELEASE, "DROP TABLE future", role=OWNER)


def test_only_the_owner_of_the_tables_can_grant_rights(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    alice = make_url(installed.urls[ERROR_DB]).set(username=ALICE).render_as_string()
    assert run(["db", "grant", ALICE, "error_db", "--url", alice]) == 2
    assert "use the user that owns the tables (hinomi-release)" in capsys.readouterr().err


def test_an_unknown_user_is_named(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    del installed
    assert run(["db", "grant", "bob@example.com"]) == 2
    assert "the server has no user bob@example.com" in capsys.readouterr().err


def test_sqlite_has_no_users(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "grant", ALICE, "--url", sqlite_url]) == 2
    assert "which has no users" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["dlq", "list"], ["incidents", "list"], ["access", "who", "example-bucket"], ["db", "check"]]
)
def test_commands_that_only_read_need_only_read_rights(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    assert run(["db", "grant", ALICE]) == 0
    with monkeypatch.context() as patch:
        for database in TABLES:
            own = make_url(installed.urls[database]).set(username=ALICE).render_as_string()
            patch.setenv(f"HINOMI_{database.key.upper()}_URL", own)
        assert run(words) == 0


def test_a_maintainer_can_replay_rejected_messages_locally(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HINOMI_RULES_DIR", str(rules_with(tmp_path, "airflow")))
    assert run(["db", "grant", ALICE, "--may", "maintain"]) == 0
    own = make_url(installed.urls[ERROR_DB]).set(username=ALICE).render_as_string()
    engine = make_engine(own)
    body = push_body({"report": "airflow", "job": "nightly", "state": "failed"})
    ErrorStore(engine).reject(message_id="m-1", body=body, reason="odd", attributes={}, now=NOW)
    engine.dispose()
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", own)
    try:
        assert run(["dlq", "replay", "--all", "--local"]) == 0
        assert run(["incidents", "ack", "1"]) == 0
    finally:
        monkeypatch.setenv("HINOMI_ERROR_DB_URL", installed.urls[ERROR_DB])
