"""`hinomi db`."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from cli.app import run
from db.migrate import ERROR_DB, SCHEMA_DB, Database, _config, revisions, upgrade

pytestmark = pytest.mark.slow


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'error.db'}"


def all_of(database: Database) -> str:
    return ", ".join(revisions(database))


def set_revision(url: str, revision: str) -> None:
    upgrade(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": revision})
    engine.dispose()


def test_upgrade_reports_its_migrations(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "upgrade", "--url", url]) == 0
    assert run(["db", "upgrade", "--url", url]) == 0
    assert capsys.readouterr().out == (
        f"Error DB upgraded: {all_of(ERROR_DB)}\nError DB already at {revisions()[-1]}\n"
    )


def test_check_fails_before_an_upgrade(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "check", "--url", url]) == 1
    assert (
        capsys.readouterr().err
        == f"hinomi: Error DB: no tables, pending: {all_of(ERROR_DB)}; run `hinomi db upgrade`\n"
    )


def test_check_is_content_after_an_upgrade(url: str) -> None:
    run(["db", "upgrade", "--url", url])
    assert run(["db", "check", "--url", url]) == 0


def test_check_says_where_an_old_database_is(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    command.upgrade(_config(url, ERROR_DB), "0001")
    assert run(["db", "check", "--url", url]) == 1
    assert "Error DB: at 0001, pending: 0002" in capsys.readouterr().err


def test_a_downgrade_is_rejected_with_the_alternative(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "downgrade"]) == 2
    assert "older code runs on newer tables" in capsys.readouterr().err


def test_check_takes_the_database_of_the_settings(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", url)
    assert run(["db", "check", "error_db"]) == 1
    assert run(["db", "upgrade", "error_db"]) == 0
    assert run(["db", "check", "error_db"]) == 0


def test_both_databases_are_upgraded_into_one_file(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", url)
    assert run(["db", "upgrade"]) == 0
    assert run(["db", "check"]) == 0
    assert capsys.readouterr().out == (
        f"Error DB upgraded: {all_of(ERROR_DB)}\nSchema DB upgraded: {all_of(SCHEMA_DB)}\n"
        f"Error DB up to date at {revisions()[-1]}\nSchema DB up to date at {revisions(SCHEMA_DB)[-1]}\n"
    )


@pytest.fixture
def newer_url(url: str) -> str:
    """A database that a newer Hinomi has migrated."""
    set_revision(url, "9999")
    return url


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_tables_of_a_newer_version_are_unchanged(
    command: str, newer_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", command, "--url", newer_url]) == 0
    assert capsys.readouterr().out == (
        f"Error DB already newer than this code: at 9999, this code ends at {revisions()[-1]}\n"
    )


def test_an_unknown_revision_is_invalid_input(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_revision(url, "0000")
    assert run(["db", "upgrade", "--url", url]) == 2
    assert "the Error DB cannot be upgraded" in capsys.readouterr().err


def test_models_and_migrations_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "check", "--models"]) == 0
    assert capsys.readouterr().out == "migrations and models agree\n"


def test_an_invalid_url_is_invalid_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "upgrade", "--url", "mysql://a/b"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_unavailable_database_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "upgrade", "--url", "postgresql+psycopg://u@127.0.0.1:1/x"]) == 1
    assert "Connection refused" in capsys.readouterr().err
