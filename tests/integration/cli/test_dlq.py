"""`hinomi dlq` on the Error DB, on both databases, with the real command and the real pipeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cli.app import run
from db.error_db.models import Occurrence, RejectedMessage
from db.error_db.store import ErrorStore
from demo import entries
from tests.support import replay_process
from tests.support.function_process import push_body
from tests.support.reporters import rules_with

pytestmark = pytest.mark.sqlite

NOW = datetime.now(UTC)
REPORT = {"report": "airflow", "job": "nightly", "state": "failed"}
ATTRIBUTES: Mapping[str, str] = {"team": "data"}


@pytest.fixture(autouse=True)
def error_db(error_db_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HINOMI_RULES_DIR", str(rules_with(tmp_path, "airflow")))
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("COLUMNS", "120")


def reject(
    store: ErrorStore,
    body: bytes,
    message_id: str = "m-1",
    *,
    age: timedelta = timedelta(0),
    attributes: Mapping[str, str] = ATTRIBUTES,
) -> None:
    store.reject(message_id=message_id, body=body, reason="not understood", attributes=attributes, now=NOW - age)


def count(store: ErrorStore, table: type) -> int:
    with store.reading() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def test_without_messages_the_list_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dlq", "list"]) == 0
    assert capsys.readouterr().out == "No rejected or undelivered messages.\n"


def test_the_list_shows_how_many_messages_wait_and_since_when(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    reject(store, push_body(REPORT), age=timedelta(days=3))
    reject(store, b"nonsense", "")
    assert run(["dlq", "list"]) == 0
    out = capsys.readouterr().out
    assert "2 messages (2 rejected, 0 dead letters), the oldest 3 d ago" in out
    assert out.index("r1") < out.index("r2")


def test_the_list_is_json_for_a_program(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    reject(store, push_body(REPORT))
    run(["dlq", "list", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["source"], row["message_id"]) == ("r1", "rejected", "m-1")
    assert row["replayed_at"] is None


@pytest.mark.both_databases
def test_show_decodes_the_message(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    reject(store, push_body(REPORT))
    assert run(["dlq", "show", "r1"]) == 0
    out = capsys.readouterr().out
    assert '"job": "nightly"' in out
    assert "attribute team" in out


@pytest.mark.parametrize("body", [b"\x1b]0;evil\x07\x00", push_body(b"\x1b[31mred"), push_body({"a": "\x1b[31m"})])
def test_control_characters_of_a_message_do_not_reach_the_terminal(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    reject(store, body)
    assert run(["dlq", "show", "r1"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_local_processes_a_message_in_this_process(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    reject(store, push_body(REPORT))
    assert run(["dlq", "replay", "--all", "--local"]) == 0
    assert "r1 replayed" in capsys.readouterr().out
    assert count(store, Occurrence) == 1
    assert run(["dlq", "list"]) == 0
    assert "No rejected or undelivered messages." in capsys.readouterr().out


def test_a_message_of_an_untrusted_sender_is_replayed_by_its_id_only(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    reject(store, push_body(REPORT), attributes={"hinomi-untrusted": "true", "hinomi-route": "/reports"})
    assert run(["dlq", "replay", "--all", "--local"]) == 0
    assert "r1 is skipped, because its sender is not allowed to publish it (not understood)" in capsys.readouterr().out
    assert count(store, Occurrence) == 0
    assert run(["dlq", "replay", "r1", "--local"]) == 0
    assert count(store, Occurrence) == 1


@pytest.mark.parametrize("message", [REPORT, entries.airflow_task(NOW, "etl", "merge", "run-1", "FAILED", attempt=3)])
def test_a_second_replay_adds_nothing(store: ErrorStore, message: object) -> None:
    reject(store, push_body(message))
    run(["dlq", "replay", "r1", "--local"])
    before = count(store, Occurrence)
    assert run(["dlq", "replay", "r1", "--local", "--again"]) == 0
    assert (before, count(store, Occurrence)) == (1, 1)


def test_without_again_a_replayed_message_is_skipped(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    reject(store, push_body(REPORT))
    run(["dlq", "replay", "r1", "--local"])
    capsys.readouterr()
    assert run(["dlq", "replay", "r1", "--local"]) == 0
    assert capsys.readouterr().out == "r1 was already replayed: use --again to replay it once more\n"


@pytest.mark.both_databases
def test_a_message_that_fails_again_keeps_waiting(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    reject(store, b"nonsense")
    reject(store, push_body(REPORT), "m-2")
    assert run(["dlq", "replay", "--all", "--local"]) == 1
    captured = capsys.readouterr()
    assert "r1: still rejected" in captured.err
    assert "r2 replayed" in captured.out
    with store.reading() as session:
        waiting = session.scalars(select(RejectedMessage.id).where(RejectedMessage.replayed_at.is_(None))).all()
    assert 1 in waiting
    assert 2 not in waiting


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["replay"], "use message ids, or --all"),
        (["replay", "r1", "--all"], "use message ids, or --all"),
        (["replay", "r9"], "no message 'r9': `hinomi dlq list` shows all"),
        (["show", "r" + "1000" * 2000], "no message 'r1000"),
        (["show", "d1"], "no message 'd1': HINOMI_DEAD_LETTER_SUBSCRIPTION is not set"),
        (["list", "--from", "dead-letter"], "HINOMI_DEAD_LETTER_SUBSCRIPTION is not set"),
        (["list", "--since", "soon"], "invalid time 'soon' for --since: use a time"),
        (["replay", "r1", "--since", "1d"], "add --all"),
        (["replay", "--all"], "set HINOMI_EVIDENCE_TOPIC, or use --local"),
    ],
)
def test_invalid_input_is_reported_in_one_line(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    reject(store, push_body(REPORT))
    assert run(["dlq", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1


def ids(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    capsys.readouterr()
    assert run(["dlq", "list", "--json", *options]) == 0
    return [row["id"] for row in json.loads(capsys.readouterr().out)]


@pytest.mark.both_databases
def test_the_list_is_narrowed_by_time_and_reason(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    reject(store, push_body(REPORT), age=timedelta(days=3))
    reject(store, b"nonsense", "")
    assert ids(capsys, "--since", "1d") == ["r2"]
    assert ids(capsys, "--text", "Not Under") == ["r1", "r2"]
    assert ids(capsys, "--text", "attempts") == []
    assert ids(capsys, "--text", "%") == []
    assert ids(capsys, "--from", "rejected") == ["r1", "r2"]


def test_a_message_beyond_the_limit_is_found_by_its_id(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    reject(store, push_body(REPORT))
    reject(store, b"nonsense", "")
    assert run(["dlq", "list", "--limit", "1"]) == 0
    assert "may have more messages than the limit of 1" in capsys.readouterr().out
    assert run(["dlq", "show", "r2", "--limit", "1"]) == 0
    assert "nonsense" in capsys.readouterr().out


def test_only_messages_that_match_the_filters_are_replayed(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    reject(store, push_body(REPORT), age=timedelta(days=3))
    reject(store, push_body({**REPORT, "job": "hourly"}), "m-2")
    assert run(["dlq", "replay", "--all", "--local", "--since", "1d"]) == 0
    assert ids(capsys) == ["r1"]


def test_a_source_that_was_not_read_is_named(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    del store
    assert run(["dlq", "list"]) == 0
    assert capsys.readouterr().err == (
        "hinomi: HINOMI_DEAD_LETTER_SUBSCRIPTION is not set: only the Error DB was searched\n"
    )


def test_a_replay_killed_before_the_mark_is_run_again_and_adds_nothing(
    error_db_url: str, store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    reject(store, push_body(REPORT))
    words = ["dlq", "replay", "--all", "--local"]
    assert replay_process.killed_before_it_settles(words, {"HINOMI_ERROR_DB_URL": error_db_url})
    assert (count(store, Occurrence), ids(capsys)) == (1, ["r1"])
    assert run(["dlq", "replay", "--all", "--local"]) == 0
    assert (count(store, Occurrence), ids(capsys)) == (1, [])
