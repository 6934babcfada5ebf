"""The module that Airflow imports: reports of callbacks, and reports stored until Pub/Sub is available."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import airflow_module
from tests.support.pubsub_publisher import PublisherServer

module = airflow_module.load()
NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
TOPIC = "projects/p/topics/hinomi-reports-airflow"
RUN = "scheduled__2026-11-22T03:00:00+00:00"


@dataclass
class TaskInstance:
    """The attributes of a task instance that Airflow 2 and 3 share."""

    dag_id: str = "load_mart"
    task_id: str = "merge"
    run_id: str = RUN
    map_index: int = -1
    try_number: int = 1
    max_tries: int = 2
    state: str | None = "failed"
    end_date: datetime | None = NOW
    log_url: str = "https://airflow.example.com/dags/load_mart"
    task: Any = field(default_factory=lambda: SimpleNamespace(owner="data-team"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of stored reports; nothing sends them."""
    for name in ("GCP_PROJECT", "COMPOSER_LOCATION", "COMPOSER_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HINOMI_REPORTS_TOPIC", TOPIC)
    monkeypatch.setenv("HINOMI_AIRFLOW_ENVIRONMENT", "onprem")
    monkeypatch.setenv("HINOMI_REPORTS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HINOMI_REPORTS_WAIT", "0")
    monkeypatch.setattr(module, "_start_sender", lambda: None)
    return tmp_path


def kept(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text())["report"] for file in sorted(folder.glob("*.json"))]


def test_a_failed_task_is_named_like_the_incidents_of_the_logs(folder: Path) -> None:
    module.task_failed(
        {"ti": TaskInstance(map_index=2, try_number=3), "exception": ValueError("no rows"), "logical_date": NOW}
    )
    assert kept(folder) == [
        {
            "report": "airflow",
            "job": "onprem/load_mart/merge",
            "id": RUN,
            "service": "composer",
            "state": "failed",
            "severity": "high",
            "time": NOW.isoformat(),
            "url": "https://airflow.example.com/dags/load_mart",
            "summary": "ValueError: no rows",
            "labels": {
                "environment": "onprem",
                "dag_id": "load_mart",
                "task_id": "merge",
                "run_id": RUN,
                "map_index": "2",
                "try_number": "3",
                "logical_date": NOW.isoformat(),
                "owner": "data-team",
            },
        }
    ]


def test_composer_says_where_it_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HINOMI_AIRFLOW_ENVIRONMENT")
    for name, value in (("GCP_PROJECT", "p"), ("COMPOSER_LOCATION", "eu"), ("COMPOSER_ENVIRONMENT", "prod")):
        monkeypatch.setenv(name, value)
    module.task_failed({"ti": TaskInstance()})
    (report,) = kept(folder)
    assert (report["project"], report["job"]) == ("p", "prod/load_mart/merge")
    assert (report["labels"]["location"], report["labels"]["environment"]) == ("eu", "prod")


def test_a_first_success_is_no_news_and_one_after_another_attempt_is(folder: Path) -> None:
    module.task_succeeded({"ti": TaskInstance()})
    module.task_succeeded({"ti": TaskInstance(try_number=2)})
    assert [each["state"] for each in kept(folder)] == ["ok"]


@pytest.mark.parametrize(
    ("ti", "error", "state"),
    [
        (TaskInstance(state="up_for_retry"), None, "retrying"),
        (TaskInstance(state="failed"), None, "failed"),
        (TaskInstance(state=None, try_number=2, max_tries=2), ValueError("x"), "retrying"),
        (TaskInstance(state=None, try_number=3, max_tries=2), ValueError("x"), "failed"),
        (TaskInstance(state=None), type("AirflowFailException", (Exception,), {})("x"), "failed"),
    ],
)
def test_a_listener_tells_a_retry_from_a_failure(folder: Path, ti: TaskInstance, error: Any, state: str) -> None:
    module._on_task_failed(ti, error)  # noqa: SLF001 - what Airflow calls
    assert [each["state"] for each in kept(folder)] == [state]


def test_the_callbacks_of_a_dag_report_its_run(folder: Path) -> None:
    run = SimpleNamespace(dag_id="load_mart", run_id=RUN, execution_date=NOW - timedelta(days=1), end_date=NOW)
    module.dag_failed({"dag_run": run, "reason": "task_failure", "dag": SimpleNamespace(owner="data-team")})
    module.dag_succeeded({"dag_run": run})
    failed, good = kept(folder)
    assert (failed["job"], failed["state"], failed["summary"]) == ("onprem/load_mart", "failed", "task_failure")
    assert (good["state"], good["time"], good["labels"]["logical_date"]) == (
        "ok",
        NOW.isoformat(),
        "2026-11-22T03:04:05+00:00",
    )


def test_a_missed_sla_and_a_missed_deadline_are_reported(folder: Path) -> None:
    sla = SimpleNamespace(task_id="merge", execution_date=NOW, timestamp=NOW)
    blocking = SimpleNamespace(task_id="other", execution_date=NOW, run_id=RUN)
    module.sla_missed(SimpleNamespace(dag_id="load_mart", owner="a"), "", "", [sla], [blocking])
    run = {"dag_id": "load_mart", "dag_run_id": RUN, "logical_date": NOW.isoformat()}
    asyncio.run(module.deadline_missed(context={"dag_run": run, "deadline": {"deadline_time": NOW}}, text="late"))
    of_task, of_run = kept(folder)
    assert (of_task["state"], of_task["job"], of_task["id"]) == ("late", "onprem/load_mart/merge", RUN)
    assert (of_run["job"], of_run["summary"]) == ("onprem/load_mart", f"the deadline was {NOW.isoformat()}")


def test_nothing_that_goes_wrong_reaches_the_task(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        module.task_failed({})
        module.sla_missed(None, "", "", [SimpleNamespace()], [])
        module._on_dag_run("failed", object(), "")  # noqa: SLF001 - what Airflow calls
        os.environ["HINOMI_REPORTS_FOLDER"] = "/dev/null/no-folder"
        module.task_failed({"ti": TaskInstance()})
    assert [record.message for record in caplog.records] == ["hinomi_airflow: the report was not made"] * 4
    assert kept(folder) == []


def test_without_a_topic_nothing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HINOMI_REPORTS_TOPIC")
    module.task_failed({"ti": TaskInstance()})
    assert list(folder.iterdir()) == []


def test_a_task_does_not_wait_while_pubsub_is_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_REPORTS_WAIT", "60")
    (folder / module.FAILING).touch()
    start = time.monotonic()
    module.task_failed({"ti": TaskInstance()})
    assert time.monotonic() - start < 30
    assert len(kept(folder)) == 1


def test_reports_are_sent_in_order_once_after_pubsub_was_away(folder: Path) -> None:
    for number in range(5):
        module.keep({"report": "airflow", "number": number})
    sent: list[int] = []
    away = [True]

    def publish(topic: str, data: bytes) -> None:
        if away[0] and len(sent) == 2:
            raise ConnectionError("away")
        assert topic == TOPIC
        sent.append(json.loads(data)["number"])

    assert module.send(folder, publish, tries_for=0) == 2
    assert (sent, (folder / module.FAILING).exists(), len(kept(folder))) == ([0, 1], True, 3)
    module.keep({"report": "airflow", "number": 5})
    away[0] = False
    assert module.send(folder, publish) == 4
    assert (sent, (folder / module.FAILING).exists(), kept(folder)) == ([0, 1, 2, 3, 4, 5], False, [])


def test_a_report_that_arrives_while_another_sender_works_is_sent_by_that_one(folder: Path) -> None:
    module.keep({"report": "airflow", "number": 0})
    sent: list[int] = []

    def publish(_topic: str, data: bytes) -> None:
        number = json.loads(data)["number"]
        sent.append(number)
        if number == 0:
            module.keep({"report": "airflow", "number": 1})
            assert module.send(folder, publish) == 0  # it finds the first one at work

    assert module.send(folder, publish) == 2
    assert sent == [0, 1]


def test_an_unreadable_file_holds_up_no_other_and_the_oldest_of_too_many_are_dropped(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    for number in range(4):
        module.keep({"report": "airflow", "number": number})
    sorted(folder.glob("*.json"))[1].write_text("{")
    sent: list[int] = []
    module.send(folder, lambda _, data: sent.append(json.loads(data)["number"]))
    assert sent == [2, 3]
    (aside,) = folder.glob("*.unreadable")
    assert f"set aside {aside.stem}.json, which cannot be read: json.decoder.JSONDecodeError" in capsys.readouterr().err


@pytest.mark.server
def test_the_process_that_sends_goes_on_until_pubsub_accepts_the_reports(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    server = PublisherServer()
    server.start()
    server.denied = 1
    for name, value in (
        ("HINOMI_REPORTS_TOPIC", TOPIC),
        ("HINOMI_REPORTS_FOLDER", str(folder)),
        ("PUBSUB_EMULATOR_HOST", server.endpoint),
        ("HINOMI_REPORTS_WAIT", "0"),
    ):
        monkeypatch.setenv(name, value)
    module.task_retried({"ti": TaskInstance(), "exception": ValueError("first")})
    module.task_failed({"ti": TaskInstance(try_number=3), "exception": ValueError("last")})
    end = time.monotonic() + 120
    while kept(folder) and time.monotonic() < end:
        time.sleep(0.05)
    server.stop()
    assert [(each.topic, each.data["summary"]) for each in server.messages] == [
        (TOPIC, "ValueError: first"),
        (TOPIC, "ValueError: last"),
    ]
    assert server.messages[0].attributes["reporter"] == "airflow"
    assert "no permission to publish yet" in (folder / module.SENDER_LOG).read_text()
