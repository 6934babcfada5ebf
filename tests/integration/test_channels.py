"""The function as it runs on Google Cloud: each kind of message on its own path, from its own push account."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
from cloudevents.http import CloudEvent
from sqlalchemy import create_engine, text

import main
from shared.errors import InputError
from tests.support.function_process import push_body
from tests.support.tokens import bearer

HOME = "example-project.iam.gserviceaccount.com"
ACCOUNTS = {f"/{name}": f"hinomi-push-{name}@{HOME}" for name in ("evidence", "monitoring", "reports", "ticks")}
ENTRY = {"logName": "projects/p/logs/x", "resource": {"type": "global"}, "textPayload": "x"}
Call = Callable[..., tuple[str, int]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    monkeypatch.setattr(main, "_application", None)
    environment = {
        "K_SERVICE": "metrics-analysis",
        "HINOMI_ERROR_DB_URL": f"sqlite:///{tmp_path}/error.db",
        "HINOMI_PUSH_ACCOUNTS": ",".join(f"{path}={email}" for path, email in ACCOUNTS.items()),
        "HINOMI_SERVICE_ACCOUNTS": f"hinomi-metrics@{HOME}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = flask.Flask("test")

    def call(path: str, data: Any, email: str = "") -> tuple[str, int]:
        headers = {"Authorization": bearer(email)} if email else {}
        with app.test_request_context(path, method="POST", data=push_body(data), headers=headers):
            answer: Any = main.metrics_analysis(flask.request)
        return str(answer[0]), int(answer[1])

    return call


def reasons(folder: Path) -> list[str]:
    if not (folder / "error.db").exists():
        return []
    with create_engine(f"sqlite:///{folder}/error.db").connect() as connection:
        return [str(reason) for (reason,) in connection.execute(text("SELECT reason FROM rejected_messages"))]


def test_each_path_accepts_its_push_account(call: Call) -> None:
    assert call("/evidence", ENTRY, ACCOUNTS["/evidence"]) == ("ok", 200)


@pytest.mark.parametrize("path", ACCOUNTS)
def test_another_push_account_is_forbidden_and_nothing_is_kept(call: Call, tmp_path: Path, path: str) -> None:
    for other in [*(email for name, email in ACCOUNTS.items() if name != path), f"mallory@{HOME}", ""]:
        assert call(path, ENTRY, other) == ("forbidden", 403)
    assert reasons(tmp_path) == []


def test_the_open_path_is_unknown(call: Call, tmp_path: Path) -> None:
    for email in ACCOUNTS.values():
        assert call("/", ENTRY, email) == ("not found", 404)
    assert reasons(tmp_path) == []


def test_a_log_entry_among_the_reports_is_rejected_with_a_reason(call: Call, tmp_path: Path) -> None:
    assert call("/reports", ENTRY, ACCOUNTS["/reports"]) == ("ok", 200)
    assert reasons(tmp_path) == ["a log entry was sent to /reports, which takes only a report"]


def test_a_path_without_an_account_is_closed(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_PUSH_ACCOUNTS", f"/evidence={ACCOUNTS['/evidence']}")
    assert call("/reports", ENTRY, ACCOUNTS["/reports"]) == ("forbidden", 403)


def test_without_push_accounts_a_warning_says_so_at_the_start(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HINOMI_PUSH_ACCOUNTS")
    assert call("/evidence", ENTRY) == ("ok", 200)
    assert "HINOMI_PUSH_ACCOUNTS" in capsys.readouterr().out


def test_the_log_names_the_path_of_a_call_that_is_refused(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    call("/ticks", {"tick": "sweep"}, ACCOUNTS["/reports"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["path"] for line in lines if "call refused" in line["message"]] == ["/ticks"]


def test_a_function_with_a_topic_as_its_trigger_takes_one_kind(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call is not None
    monkeypatch.setenv("HINOMI_TRIGGER_ROUTE", "/evidence")
    data = json.loads(push_body({"tick": "sweep"}))
    event = CloudEvent({"type": "google.cloud.pubsub.topic.v1.messagePublished", "source": "//pubsub"}, data)
    main.metrics_analysis_event(event)
    assert reasons(tmp_path) == ["a tick was sent to /evidence, which takes only a log entry"]


@pytest.mark.parametrize(
    ("name", "value"), [("HINOMI_PUSH_ACCOUNTS", "/report=a@example.com"), ("HINOMI_TRIGGER_ROUTE", "/all")]
)
def test_a_wrong_setting_fails_at_the_start(call: Call, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert call is not None
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=name):
        main.application()
