from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from cli.app import run
from shared.config import ROOT

GIVE_UP_SECONDS = 600
ACCESS = ("access", "who", "gs://example-exports", "--json")


@contextmanager
def start(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "demo", "--fast", "--folder", str(folder), *options],
        cwd=ROOT,
        env=os.environ | {"CI": "1", "COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            yield demo
        finally:
            demo.kill()  # one that has not ended, after a failure: the test would wait for it


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as sock:
        return sock.connect_ex((host, int(port))) == 0


@pytest.mark.slow
def test_the_demo_breaks_is_repaired_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with start(tmp_path, "--keep", "--port", "0") as demo:
        output = until(demo, "Dashboard: ")
        address = output.rpartition("Dashboard: ")[2].split()[0]
        page = requests.get(f"{address}incidents", timeout=GIVE_UP_SECONDS).text
        output += until(demo, "Break something: ")
        output += break_machine(demo, address)
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=GIVE_UP_SECONDS)

    assert demo.returncode == 0, output
    assert "Task pull of DAG sync_crm failed" in page
    assert [line for line in output.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []
    text = " ".join(output.split())
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("error", "schema"):
        monkeypatch.setenv(f"HINOMI_{name.upper()}_DB_URL", f"sqlite:///{tmp_path / name}.db")
    assert "rerun-airflow-task: cleared load_mart.merge_daily" in text
    assert "repaired by close-public-bucket" in text
    assert "repaired by close-public-dataset" in text
    assert "restarted task 0 of connector orders-cdc" in text
    assert "undone by alice@example.com: granted allAuthenticatedUsers" in text
    script = re.search(r"#(\d+): load-late-table: load_table succeeded", text)
    assert script
    assert "48,211 rows loaded" in hinomi(capsys, "incidents", "show", script[1])
    assert re.search(r"incidents, \d+ messages: redelivery added nothing", text)
    assert "e-mail sent to email:default: 1 recipient" in text
    assert "message sent to apprise:default: JSON" in text
    assert "merge_daily" in (tmp_path / "mails" / "01.html").read_text(encoding="utf-8")
    assert not any(map(listens, re.findall(r"http://127\.0\.0\.1:\d+", text)))
    assert len(list((tmp_path / "cards").glob("*.html"))) > 6
    assert list((tmp_path / "cards").glob("*digest*.html"))
    assert "teams:security accepts notifications again" in text
    assert re.search(r"History: [23]\d collectors: 2\d\d job runs", text)
    assert "Check row_count_orders of example-project.staging.orders passed" in text
    (check,) = json.loads(hinomi(capsys, "quality", "row_count", "--json"))["results"][:1]
    assert (check["state"], check["value"]) == ("passed", "9412")
    assert "nightly-backup has not started" in text
    assert "partner-export will probably end at" in text
    assert "finance.exchange_rates was last updated at" in text
    assert "topic/send_request_count of orders-events has been only 24/s" in text
    assert re.search(r"8 days of history: \d,\d{3} job runs, \d+ incidents", text)
    assert "airflow:build_orders_daily.merge" in hinomi(capsys, "jobs", "slow", "--days", "1")
    assert "bob@example.com" in hinomi(capsys, "cost", "by", "user")
    granted = {row["principal"]: row["granted_by"] for row in json.loads(hinomi(capsys, *ACCESS))["access"]}
    assert granted["user:dave@example.com"] == "carol@example.com"


def break_machine(demo: subprocess.Popen[str], address: str) -> str:
    """Chooses a fault on the panel; returns the output until the platform has recovered."""
    with requests.Session() as visitor:
        panel = visitor.get(f"{address}demo", timeout=GIVE_UP_SECONDS).text
        name, token = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', panel)[0]
        broken = visitor.post(f"{address}demo/machine", data={name: token}, timeout=GIVE_UP_SECONDS)
    assert "Broken: The VM etl-worker-1 loses its host" in broken.text
    return until(demo, "VM etl-worker-1 restarted")


def hinomi(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Runs a command on the databases of the demo, as its last lines suggest; returns the output."""
    capsys.readouterr()
    assert run(arguments) == 0
    return capsys.readouterr().out


@pytest.mark.slow
def test_a_demo_that_is_interrupted_ends_what_it_started(tmp_path: Path) -> None:
    with start(tmp_path) as demo:
        seen = until(demo, "listen on")
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=GIVE_UP_SECONDS)

    assert demo.returncode == 130, rest
    assert not any(map(listens, re.findall(r"http://127\.0\.0\.1:\d+", seen)))


def until(demo: subprocess.Popen[str], words: str) -> str:
    """Reads the output until a line that contains the words, or to its end."""
    seen: list[str] = []
    deadline = time.monotonic() + GIVE_UP_SECONDS
    assert demo.stdout is not None
    while time.monotonic() < deadline:
        seen.append(demo.stdout.readline())
        if words in seen[-1] or not seen[-1]:
            return "".join(seen)
    pytest.fail(f"the demo never said '{words}': {''.join(seen[-40:])}")
