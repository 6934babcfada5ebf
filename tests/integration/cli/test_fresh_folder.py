"""The first commands of a new user: databases are created on first use, and an empty history is not reported as healthy."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.app import run
from db.engine import make_engine
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from shared.config import ROOT
from tests.support.databases import PostgresServer
from tests.support.runs import NOW

# Whether a database opened first gets its tables by its migrations: tests/unit/db/test_first_use.py.
pytestmark = pytest.mark.usefixtures("copied_on_first_use")

NO_INCIDENT_YET = "No incident has been recorded yet: `hinomi doctor` shows whether log entries arrive.\n"
SET_PROJECTS = "No snapshots yet: set HINOMI_PROJECTS, then run `hinomi snapshot run`.\n"
RUN = "No snapshots yet: run `hinomi snapshot run`.\n"
HISTORY = [
    "access who gs://example-exports",
    "access of alice@example.com",
    "access diff 7d",
    "access unused",
    "jobs slow",
    "jobs failing",
    "jobs failing --service dataflow",
    "jobs costly",
    "cost by user",
    "cost by label --key team",
    "snapshot list",
    "backtest run.googleapis.com/* --above 1",
    "baselines staged",
]
NEEDS_HISTORY = ["jobs show load", "cost waiting job-1", "platform init", "access drift --map platform.yaml"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "platform.yaml").write_text("layers:\n  raw:\n    buckets: [raw]\npersonas: {}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("incidents list", f"No incidents match (status open, acknowledged).\n{NO_INCIDENT_YET}"),
        ("incidents list --all", f"No incidents.\n{NO_INCIDENT_YET}"),
        (
            "incidents list --service bigquery --severity high",
            "No incidents match (status open, acknowledged, service bigquery, severity high).\n" + NO_INCIDENT_YET,
        ),
        (
            "incidents list --service bigqery --project p",
            "No incidents match (status open, acknowledged, service bigqery, project p).\nDid you mean 'bigquery'?\n"
            + NO_INCIDENT_YET,
        ),
        ("incidents list --all --text 100%", f"No incidents match (text 100%).\n{NO_INCIDENT_YET}"),
        ("silences list", "No active silences.\n"),
        ("handlers list", "No handler rules are applied: run `hinomi handlers apply`.\n"),
        ("handlers runs", "No action has run.\n"),
        ("dlq list", "No rejected or undelivered messages.\n"),
        (
            "dlq list --since 7d --text x",
            "No rejected or undelivered messages match (since 7d, reason contains 'x').\n",
        ),
        ("dlq replay --all", "No rejected or undelivered messages.\n"),
    ],
)
def test_a_command_creates_the_error_db_and_names_what_is_empty(
    command: str, text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command.split()) == 0
    assert capsys.readouterr().out == text
    assert (folder / ".hinomi" / "error.db").exists()


@pytest.mark.usefixtures("folder")
def test_the_filters_of_an_empty_list_are_in_the_language_of_the_reader(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert run(["incidents", "list", "--severity", "high", "--service", "bigquery"]) == 0
    printed = "".join(capsys.readouterr().out.split())
    assert "(状態:未対応・対応中、サービス:bigquery、重大度:高)" in printed


@pytest.mark.usefixtures("folder")
def test_the_names_of_rules_are_not_cut_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["handlers", "apply", str(ROOT / "rules" / "handlers.yaml"), "--yes"]) == 0
    assert run(["handlers", "list"]) == 0
    printed = capsys.readouterr().out
    assert "iam/public_member_added" in printed
    assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize("command", ["incidents show 1", "incidents ack 1", "dlq show r1", "silences expire 1"])
def test_a_missing_object_is_invalid_input(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.split()) == 2
    assert "db upgrade" not in capsys.readouterr().err


@pytest.fixture
def not_migrated(postgres_server: PostgresServer) -> Iterator[str]:
    name = f"empty_{uuid.uuid4().hex}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    url = postgres_server.database(name)
    yield url
    postgres_server.drop(url)


@pytest.mark.postgresql
@pytest.mark.parametrize("command", ["incidents list", "handlers list", "dlq list", "jobs slow", "access who gs://a"])
def test_postgresql_is_never_migrated_by_a_command(
    command: str, not_migrated: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ERROR", "SCHEMA"):
        monkeypatch.setenv(f"HINOMI_{name}_DB_URL", not_migrated)
    assert run(command.split()) == 1
    assert "run `hinomi db upgrade`" in capsys.readouterr().err


@pytest.mark.parametrize("command", HISTORY)
def test_an_empty_history_says_which_command_fills_it(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command.split()) == 0
    assert capsys.readouterr().out == SET_PROJECTS
    monkeypatch.setenv("HINOMI_PROJECTS", "example-project")
    assert run(command.split()) == 0
    assert capsys.readouterr().out == RUN


@pytest.mark.parametrize("command", NEEDS_HISTORY)
def test_a_command_that_cannot_answer_without_history_fails(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.split()) == 1
    assert SET_PROJECTS in "".join(capsys.readouterr())


def test_the_failed_runs_of_an_empty_error_db_are_not_said_to_be_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jobs", "gaps"]) == 0
    out = capsys.readouterr().out
    assert "No history of jobs yet" in out
    assert out.endswith(NO_INCIDENT_YET)


def test_an_export_of_no_runs_is_empty_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["handlers", "audit", "--since", "1w"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "hinomi: no run matches: `hinomi handlers runs` lists the runs\n")


@pytest.mark.parametrize("command", ["access who gs://a --json", "access unused --format csv", "jobs slow --json"])
def test_json_is_printed_without_history_too(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.split()) == 0
    assert capsys.readouterr().out[:1] in "{[p"


def test_a_run_without_projects_says_that_nothing_was_collected(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "run"]) == 0
    assert "No history was collected: set HINOMI_PROJECTS" in capsys.readouterr().out
    assert run(["jobs", "failing"]) == 0
    assert capsys.readouterr().out == SET_PROJECTS


@pytest.mark.parametrize("command", ["jobs failing", "jobs failing --service bigquery", "cost by user"])
def test_snapshots_that_failed_are_named_with_their_error(
    command: str,
    schema_sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failed = {"slot": NOW, "started_at": NOW, "state": "failed", "error": "403 \x1b[1mdenied."}
    engine = make_engine(schema_sqlite_url)
    with SchemaStore(engine).transaction() as session:
        session.add(Snapshot(collector="bigquery.jobs", scope="p", **failed))
    engine.dispose()
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    monkeypatch.setenv("COLUMNS", "300")
    assert run(command.split()) == 0
    text = capsys.readouterr().out
    assert text.startswith("No snapshot of bigquery.jobs")
    assert "\x1b" not in text
    assert "denied): see `hinomi snapshot list`." in text
