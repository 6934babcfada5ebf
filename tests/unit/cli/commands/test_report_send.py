"""`hinomi report send`: the reports of a file reach the topics of their reporters, even if Pub/Sub was away."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.app import run
from demo.platform.messaging.pubsub import PubSubServer

pytestmark = pytest.mark.server
TOPIC = "projects/example-project/topics/hinomi-reports-checks"


@pytest.fixture
def pubsub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PubSubServer]:
    server = PubSubServer()
    server.start()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HINOMI_PROJECT", "example-project")
    monkeypatch.setenv("HINOMI_PUBSUB_ENDPOINT", server.url)
    yield server
    server.stop()


@pytest.fixture
def file(tmp_path: Path) -> str:
    lines = [
        {"report": "checks", "check": f"c{number}", "state": state} for number, state in enumerate(("ok", "failed"))
    ]
    made = tmp_path / "results.jsonl"
    made.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return str(made)


def published(pubsub: PubSubServer) -> list[dict[str, Any]]:
    return [json.loads(base64.b64decode(message["data"])) for message in pubsub.topics[TOPIC]]


def test_reports_wait_until_pubsub_takes_them(
    pubsub: PubSubServer, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", "send", file]) == 1
    assert "2 reports are kept in" in capsys.readouterr().err
    assert len(list((tmp_path / "hinomi" / "reports").iterdir())) == 2
    pubsub.add_topic(TOPIC)
    assert run(["report", "send", file]) == 0
    shown = capsys.readouterr()
    assert "Sent 2 reports that were waiting." in shown.err
    assert f"Sent 2 reports to {TOPIC} (1 ok, 1 failed)." in shown.out
    assert sorted(each["check"] for each in published(pubsub)) == ["c0", "c0", "c1", "c1"]
    assert list((tmp_path / "hinomi" / "reports").iterdir()) == []


def test_a_dry_run_prints_the_reports_and_sends_nothing(
    pubsub: PubSubServer, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pubsub.add_topic(TOPIC)
    assert run(["report", "send", file, "--dry-run"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["report"], each["check"], each["state"]) for each in printed] == [
        ("checks", "c0", "ok"),
        ("checks", "c1", "failed"),
    ]
    assert pubsub.topics[TOPIC] == []


def test_an_invalid_file_is_refused_before_anything_is_sent(
    pubsub: PubSubServer, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pubsub.add_topic(TOPIC)
    with Path(file).open("a", encoding="utf-8") as more:
        more.write('\n{"report": "checks", "check": "c2"}')
    assert run(["report", "send", file]) == 2
    assert f"{file}:3: the 'state' of a check" in capsys.readouterr().err
    assert pubsub.topics[TOPIC] == []
