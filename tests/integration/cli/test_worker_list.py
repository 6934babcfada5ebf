"""`hinomi worker list`: which workers are alive, since when and where, and which never sent a heartbeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.app import run
from cli.commands.scripts.worker_states import states
from db.error_db.runs import worker_answers
from db.error_db.store import ErrorStore
from shared.records import WORKER_SILENT_AFTER

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SILENT = WORKER_SILENT_AFTER + timedelta(minutes=1)


def heard(store: ErrorStore, machine: str, *minutes: float, worker: str = "onprem") -> None:
    for minute in minutes:
        now = NOW + timedelta(minutes=minute)
        with store.transaction(now) as transaction:
            session = transaction.session
            worker_answers.note_alive(session, worker, ("clear",), is_subscribed=False, now=now, machine=machine)


@pytest.mark.both_databases
def test_a_machine_is_alive_since_its_last_gap(store: ErrorStore) -> None:
    heard(store, "a", 0, 5, 10, 60, 65)
    heard(store, "b", 0, 5)
    heard(store, "", 64, worker="older")
    now = NOW + timedelta(minutes=66)
    with store.reading() as session:
        found = states(
            worker_answers.machines(session), worker_answers.workers(session), {"new": True, "onprem": False}, now
        )
        assert not worker_answers.shares_orders(session, "onprem", now)
    assert [(each.worker, each.machine, each.is_alive, each.alive_since, each.is_subscribed) for each in found] == [
        ("new", "", False, None, True),
        ("older", "", True, None, False),
        ("onprem", "a", True, NOW + timedelta(minutes=60), False),
        ("onprem", "b", False, NOW, False),
    ]


def test_two_machines_that_are_alive_share_orders(store: ErrorStore) -> None:
    heard(store, "a", 0)
    heard(store, "b", 5)
    with store.reading() as session:
        assert worker_answers.shares_orders(session, "onprem", NOW + timedelta(minutes=6))
        assert not worker_answers.shares_orders(session, "onprem", NOW + SILENT)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("No workers: none has sent a heartbeat", "silent, last heartbeat")),
        ("ja", ("ワーカーはありません", "応答なし")),
    ],
)
def test_the_list_says_which_worker_is_silent(
    store: ErrorStore,
    error_db_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    texts: tuple[str, str],
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("HINOMI_ACTIONS_DIR", str(tmp_path))
    monkeypatch.setenv("HINOMI_LANGUAGE", language)
    monkeypatch.setenv("COLUMNS", "120")
    assert run(["worker", "list"]) == 0
    assert texts[0] in capsys.readouterr().out
    heard(store, "a", 0)
    assert run(["worker", "list"]) == 0
    assert texts[1] in capsys.readouterr().out
