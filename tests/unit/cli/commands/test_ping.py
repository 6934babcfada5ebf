"""`hinomi ping`: the command runs as it would without it, and its result is reported once, even if Pub/Sub was away."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.app import run
from collectors.metrics_analysis.detectors import DetectorContext, report
from collectors.metrics_analysis.evidence import Report, understand
from collectors.metrics_analysis.reported_runs import run_of
from demo.platform.messaging.pubsub import PubSubServer
from shared.clients import Clients
from shared.config import Settings
from shared.model import Finding, Recovery, Severity
from tests.support.findings import NOON

pytestmark = pytest.mark.server

TOPIC = "projects/example-project/topics/hinomi-reports-cron"
PING = ("ping", "backup", "--reporter", "cron")


@pytest.fixture
def pubsub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PubSubServer]:
    """Pub/Sub with the topic of the reporter; unsent reports are stored in a folder of the test."""
    server = PubSubServer()
    server.add_topic(TOPIC)
    server.start()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HINOMI_PROJECT", "example-project")
    monkeypatch.setenv("HINOMI_PUBSUB_ENDPOINT", server.url)
    yield server
    server.stop()


def published(pubsub: PubSubServer) -> list[dict[str, Any]]:
    return [json.loads(base64.b64decode(message["data"])) for message in pubsub.topics[TOPIC]]


def test_a_command_keeps_its_output_and_its_exit_code_and_its_failure_is_reported(
    pubsub: PubSubServer, capfd: pytest.CaptureFixture[str]
) -> None:
    script = (
        "import sys; print('out'); print('connecting', file=sys.stderr); sys.exit('no route; password=hunter2secret')"
    )
    assert run([*PING, "--severity", "high", "--", sys.executable, "-c", script]) == 1
    shown = capfd.readouterr()
    assert shown.out == "out\n"
    assert "connecting\n" in shown.err
    started, sent = published(pubsub)
    assert (started["state"], started["id"]) == ("started", sent["id"])
    assert (sent["report"], sent["job"], sent["state"], sent["severity"]) == ("cron", "backup", "failed", "high")
    assert sent["summary"].startswith("exit code 1: no route")
    assert "hunter2secret" not in sent["summary"]


@pytest.mark.parametrize(
    ("options", "settings", "reason"),
    [
        ((), {}, "--reporter NAME"),
        (("--reporter", "cron", "--every", "soon"), {}, "soon"),
        (("--reporter", "cron"), {"HINOMI_PROJECT": ""}, "HINOMI_PROJECT"),
        (("--reporter", "cron"), {"HINOMI_LANGUAGE": "xx"}, "HINOMI_LANGUAGE"),
    ],
)
def test_a_command_runs_although_its_report_is_set_up_wrongly(
    options: tuple[str, ...],
    settings: dict[str, str],
    reason: str,
    pubsub: PubSubServer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert run(["ping", "backup", *options, "--", "sh", "-c", "echo saved; exit 3"]) == 3
    shown = capfd.readouterr()
    assert shown.out == "saved\n"
    assert "not reported" in shown.err
    assert reason in shown.err
    assert not published(pubsub)


def test_the_report_opens_an_incident_and_the_next_success_resolves_it(pubsub: PubSubServer) -> None:
    run([*PING, "--state", "failed", "--summary", "no file by 06:00"])
    run([*PING, "--every", "1d", "--", "true"])
    declared = {"name": "cron", "kind": ["job_failure"], "service": ["cron"], "resource": ["*"], "max_severity": "high"}
    context = DetectorContext(NOON, Settings(), Clients(Settings()), [], [declared])
    effects, runs = [], []
    for data in published(pubsub):
        read = understand(data, received=NOON, message_id="1")
        assert isinstance(read, Report)
        effects += list(report.detect(read, context))
        runs.append(run_of(read, [declared]))
    failed, succeeded = effects
    assert isinstance(failed, Finding)
    assert isinstance(succeeded, Recovery)
    assert (failed.severity, failed.summary) == (Severity.MEDIUM, "no file by 06:00")
    assert failed.fingerprint == succeeded.fingerprint
    assert [each and (each.state, each.every) for each in runs] == [
        ("failed", None), ("running", 86_400), ("succeeded", 86_400),
    ]  # fmt: skip


def test_reports_wait_while_pubsub_is_away_and_arrive_in_order_with_their_own_times(
    pubsub: PubSubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_PUBSUB_ENDPOINT", "http://127.0.0.1:9")
    assert run([*PING, "--", "false"]) == 1
    assert run([*PING, "--", "true"]) == 0
    assert run(PING) == 1
    assert "is kept in" in capsys.readouterr().err
    monkeypatch.setenv("HINOMI_PUBSUB_ENDPOINT", pubsub.url)
    for _ in range(3):  # no such topic: they wait and block nobody
        assert run([*PING, "--topic", TOPIC.replace("cron", "other")]) == 1
    before = len(pubsub.requests)
    assert run(PING) == 0
    assert len(pubsub.requests) - before == 2  # one attempt for each topic
    sent = published(pubsub)
    assert [each["state"] for each in sent] == ["started", "failed", "started", "ok", "ok", "ok"]
    assert [each["time"] for each in sent] == sorted({each["time"] for each in sent})
    assert len(list(tmp_path.rglob("*.json"))) == 3


def test_a_job_without_a_name_is_refused(pubsub: PubSubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ping", " ", "--reporter", "cron"]) == 2
    assert "'job'" in capsys.readouterr().err
    assert published(pubsub) == []


@pytest.mark.parametrize(("command", "code"), [("./no-such-command", 127), ("/", 126)])
def test_a_command_that_cannot_start_is_a_failure(pubsub: PubSubServer, command: str, code: int) -> None:
    assert run([*PING, "--", command]) == code
    assert published(pubsub)[1]["summary"].startswith(f"exit code {code}: ")


def test_a_command_that_is_terminated_ends_and_is_reported(pubsub: PubSubServer) -> None:
    script = "import signal, sys; signal.signal(15, lambda *_: sys.exit('stopped')); print('ready', flush=True); signal.pause()"
    arguments = [*PING, "--", sys.executable, "-c", script]
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; from cli.app import run; sys.exit(run({arguments!r}))"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 1
    assert published(pubsub)[1]["summary"] == "exit code 1: stopped"


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--state", "ok", "--", "true"), "the command's exit code says how it ended"),
        (("--topic", "cron"), "is not the name of a topic"),
        (("--every", "soon"), "invalid duration 'soon'"),
        (("--reporter", "two words"), "short name of letters"),
        (("--finish-by", "25:00"), "invalid time '25:00'"),
        (("--finish-by", "06:00 Asia/Osaka"), "unknown time zone 'Asia/Osaka'"),
    ],
)
def test_a_mistake_says_what_to_do_and_runs_nothing(
    pubsub: PubSubServer, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], advice: str
) -> None:
    assert run([*PING, *arguments]) == 2
    assert advice in capsys.readouterr().err
    assert published(pubsub) == []
