"""The function as on Google Cloud: each kind of message has its own path and its own push account."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from cloudevents.http import CloudEvent
from sqlalchemy import create_engine, text

import main
from shared.errors import InputError
from tests.support.function_process import push_body
from tests.support.reporters import rules_with
from tests.support.tokens import bearer

pytestmark = pytest.mark.usefixtures("copied_on_first_use")

HOME = "example-project.iam.gserviceaccount.com"
ACCOUNTS = {f"/{name}": f"hinomi-push-{name}@{HOME}" for name in ("evidence", "monitoring", "ticks")}
REPORTERS = ("airflow", "dq")
ACCOUNTS |= {f"/reports/{name}": f"hinomi-push-reports@{HOME}" for name in REPORTERS}
SHARED = "/reports"
TOPIC = "projects/p/topics/t"
ENTRY = {"logName": "projects/p/logs/x", "resource": {"type": "global"}, "textPayload": "x"}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
Call = Callable[..., tuple[str, int]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    monkeypatch.setattr(main, "_application", None)
    monkeypatch.setattr(main, "_now", lambda: NOW)
    environment = {
        "K_SERVICE": "metrics-analysis",
        "HINOMI_ERROR_DB_URL": f"sqlite:///{tmp_path}/error.db",
        "HINOMI_RULES_DIR": str(rules_with(tmp_path, *REPORTERS)),
        "HINOMI_PUSH_ACCOUNTS": ",".join(f"{path}={email}" for path, email in ACCOUNTS.items()),
        "HINOMI_SERVICE_ACCOUNTS": f"hinomi-metrics@{HOME}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = flask.Flask("test")

    def call(path: str, data: Any, email: str = "", **message: Any) -> tuple[str, int]:
        headers = {"Authorization": bearer(email)} if email else {}
        with app.test_request_context(path, method="POST", data=push_body(data, **message), headers=headers):
            answer: Any = main.metrics_analysis(flask.request)
        return str(answer[0]), int(answer[1])

    return call


def reasons(folder: Path) -> list[str]:
    if not (folder / "error.db").exists():
        return []
    with create_engine(f"sqlite:///{folder}/error.db").connect() as connection:
        return [str(reason) for (reason,) in connection.execute(text("SELECT reason FROM rejected_messages"))]


def untrusted(folder: Path) -> list[str | None]:
    """For each rejected message, the mark that excludes it from a replay of all messages."""
    with create_engine(f"sqlite:///{folder}/error.db").connect() as connection:
        rows = connection.execute(text("SELECT attributes FROM rejected_messages"))
        return [json.loads(attributes).get("hinomi-untrusted") for (attributes,) in rows]


def test_a_sender_cannot_mark_its_message(call: Call, tmp_path: Path) -> None:
    call("/evidence", {}, ACCOUNTS["/evidence"], attributes={"hinomi-untrusted": "true"})
    assert untrusted(tmp_path) == [None]


def test_each_path_accepts_its_push_account(call: Call) -> None:
    assert call("/evidence", ENTRY, ACCOUNTS["/evidence"]) == ("ok", 200)


@pytest.mark.parametrize("path", ACCOUNTS)
def test_another_push_account_is_forbidden_and_nothing_is_stored(call: Call, tmp_path: Path, path: str) -> None:
    for other in [*(set(ACCOUNTS.values()) - {ACCOUNTS[path]}), f"mallory@{HOME}", ""]:
        assert call(path, ENTRY, other) == ("forbidden", 403)
    assert reasons(tmp_path) == []


def test_the_open_path_is_unknown(call: Call, tmp_path: Path) -> None:
    for email in ACCOUNTS.values():
        assert call("/", ENTRY, email) == ("not found", 404)
    assert reasons(tmp_path) == []


def test_a_log_entry_among_the_reports_is_rejected_with_a_reason(call: Call, tmp_path: Path) -> None:
    assert call("/reports/dq", ENTRY, ACCOUNTS["/reports/dq"]) == ("ok", 200)
    assert reasons(tmp_path) == [
        "from the reporter 'dq': a log entry was sent to /reports/dq, which takes only a report"
    ]


def test_a_sender_of_bad_messages_hides_no_rejection_on_the_path_of_another_sender(call: Call, tmp_path: Path) -> None:
    for path in ("/reports/dq", "/reports/airflow", "/evidence", "/evidence"):
        call(path, {}, ACCOUNTS[path])
    with create_engine(f"sqlite:///{tmp_path}/error.db").connect() as connection:
        found = connection.execute(text("SELECT resource FROM incidents ORDER BY id"))
        assert [str(resource) for (resource,) in found] == [
            f"rejected_messages{path}" for path in ("/reports/dq", "/reports/airflow", "/evidence")
        ]


def report(name: str) -> dict[str, str]:
    return {"report": name, "job": "nightly", "state": "failed"}


def rules(folder: Path) -> list[str]:
    with create_engine(f"sqlite:///{folder}/error.db").connect() as connection:
        return [str(rule) for (rule,) in connection.execute(text("SELECT rule FROM incidents ORDER BY rule"))]


def test_a_reporter_may_report_only_in_its_own_name_on_its_own_path(call: Call, tmp_path: Path) -> None:
    account = ACCOUNTS["/reports/dq"]
    assert call("/reports/dq", report("dq"), account) == ("ok", 200)
    assert call("/reports/dq", report("airflow"), account) == ("ok", 200)
    assert reasons(tmp_path) == [
        "from the reporter 'dq': the report names 'airflow', but a reporter publishes to its own topic only"
    ]
    assert rules(tmp_path) == ["hinomi/message_rejected", "report/dq"]


@pytest.mark.parametrize("path", [SHARED, "/reports/other", "/reports/", "/reports/airflow/"])
def test_a_path_without_a_declared_reporter_is_unknown(call: Call, tmp_path: Path, path: str) -> None:
    assert call(path, report("airflow"), ACCOUNTS["/reports/airflow"]) == ("not found", 404)
    assert reasons(tmp_path) == []


def shared(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Opens, until `day`, the path that all reporters shared in earlier versions."""
    monkeypatch.setenv("HINOMI_SHARED_REPORTS_UNTIL", day.isoformat())
    open_paths = {**ACCOUNTS, SHARED: ACCOUNTS["/reports/dq"]}
    monkeypatch.setenv("HINOMI_PUSH_ACCOUNTS", ",".join(f"{path}={email}" for path, email in open_paths.items()))


def test_the_shared_path_of_earlier_versions_works_until_its_last_day(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shared(monkeypatch, NOW.date())
    for name in (*REPORTERS, "other"):
        assert call(SHARED, report(name), ACCOUNTS["/reports/dq"]) == ("ok", 200)
    assert rules(tmp_path) == ["hinomi/message_rejected", "report/airflow", "report/dq"]
    assert "/reports accepts reports in the name of every declared reporter" in capsys.readouterr().out


def test_the_shared_path_rejects_the_name_of_a_reporter_once_its_own_topic_has_delivered(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = NOW.date() - timedelta(days=1)
    shared(monkeypatch, NOW.date())
    account = ACCOUNTS["/reports/dq"]
    early, moved, late = (f"{day}T00:00:0{second}Z" for second in (1, 2, 3))
    call("/reports/dq", report("dq"), account, message_id="1", publishTime=moved)
    call("/reports/dq", report("dq"), account, message_id="2", publishTime=late)  # the first one counts
    call(SHARED, report("airflow"), account, message_id="3", publishTime=late)
    call(SHARED, report("dq"), account, message_id="4", publishTime=early)  # sent before the reporter moved
    assert reasons(tmp_path) == []
    forged = {"hinomi-publish-time": early}
    call(SHARED, report("dq") | {"job": "forged"}, account, message_id="5", publishTime=late, attributes=forged)
    (reason,) = reasons(tmp_path)
    assert reason.startswith("the topic shared by all reporters no longer accepts the name 'dq'")
    assert reason.endswith(f"has a topic of its own in use since {day} 00:00 UTC")
    assert untrusted(tmp_path) == ["true"]
    assert rules(tmp_path) == ["hinomi/message_rejected", "report/airflow", "report/dq"]


def test_the_shared_path_rejects_reports_after_its_last_day(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared(monkeypatch, NOW.date() - timedelta(days=1))
    assert call(SHARED, report("dq"), ACCOUNTS["/reports/dq"]) == ("ok", 200)
    assert reasons(tmp_path) == [
        "the topic shared by all reporters has been closed since 2026-11-22: publish the reports of 'dq' to the topic of this reporter"
    ]
    assert rules(tmp_path) == ["hinomi/message_rejected"]


def test_a_path_without_an_account_is_closed(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_PUSH_ACCOUNTS", f"/evidence={ACCOUNTS['/evidence']}")
    assert call("/reports/dq", report("dq"), ACCOUNTS["/reports/dq"]) == ("forbidden", 403)


def test_without_push_accounts_a_warning_says_so_at_the_start(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HINOMI_PUSH_ACCOUNTS")
    assert call("/evidence", ENTRY) == ("ok", 200)
    assert "HINOMI_PUSH_ACCOUNTS" in capsys.readouterr().out


def test_the_log_names_the_path_of_a_rejected_call(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    call("/ticks", {"tick": "sweep"}, ACCOUNTS["/reports/dq"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["path"] for line in lines if "call refused" in line["message"]] == ["/ticks"]


def trigger(data: Any, source: str = f"//pubsub.googleapis.com/{TOPIC}") -> None:
    """Delivers an event to a function that has a topic as its trigger."""
    kind = "google.cloud.pubsub.topic.v1.messagePublished"
    main.metrics_analysis_event(CloudEvent({"type": kind, "source": source}, json.loads(push_body(data))))


@pytest.mark.usefixtures("call")
def test_a_function_triggered_by_a_topic_accepts_one_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_TRIGGER_TOPIC", TOPIC)
    trigger({"tick": "sweep"})
    assert reasons(tmp_path) == ["a tick was sent to /evidence, which takes only a log entry"]


@pytest.mark.usefixtures("call")
def test_a_function_triggered_by_the_topic_of_a_reporter_accepts_its_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_TRIGGER_ROUTE", "/reports/airflow")
    monkeypatch.setenv("HINOMI_TRIGGER_TOPIC", TOPIC)
    for name in REPORTERS:
        trigger(report(name))
    assert rules(tmp_path) == ["hinomi/message_rejected", "report/airflow"]


@pytest.mark.usefixtures("call")
def test_an_event_of_another_topic_than_that_of_the_trigger_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_TRIGGER_TOPIC", TOPIC)
    source = f"//pubsub.googleapis.com/{TOPIC}2"
    trigger(ENTRY, source)
    assert reasons(tmp_path) == [f"the event comes from {source}, but HINOMI_TRIGGER_TOPIC allows {TOPIC} only"]
    assert untrusted(tmp_path) == ["true"]
    assert rules(tmp_path) == ["hinomi/message_rejected"]


@pytest.mark.usefixtures("call")
def test_audit_log_events_of_eventarc_need_no_topic_and_are_log_entries_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "//cloudaudit.googleapis.com/projects/p/logs/activity"
    trigger(ENTRY, source)
    assert reasons(tmp_path) == []
    monkeypatch.setenv("HINOMI_TRIGGER_ROUTE", "/ticks")
    monkeypatch.setattr(main, "_application", None)
    trigger(ENTRY, source)
    assert reasons(tmp_path) == ["a log entry was sent to /ticks, which takes only a tick"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HINOMI_PUSH_ACCOUNTS", "/report=a@example.com"),
        ("HINOMI_TRIGGER_ROUTE", "/all"),
        ("HINOMI_TRIGGER_ROUTE", "/reports/other"),
        ("HINOMI_TRIGGER_ROUTE", SHARED),
        ("HINOMI_TRIGGER_TOPIC", "my-evidence"),
        ("HINOMI_SHARED_REPORTS_UNTIL", "next week"),
    ],
)
def test_an_invalid_setting_fails_at_the_start(
    call: Call, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert call is not None
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=name):
        main.application()
