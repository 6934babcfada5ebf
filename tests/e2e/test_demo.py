from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.config import ROOT

SECONDS = 90


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo", "--fast", "--folder", str(folder)],
        cwd=ROOT,
        env=os.environ | {"CI": "1", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as sock:
        return sock.connect_ex((host, int(port))) == 0


@pytest.mark.slow
def test_the_demo_breaks_is_repaired_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with start(tmp_path) as demo:
        output, _ = demo.communicate(timeout=SECONDS)

    assert demo.returncode == 0, output
    assert "rerun-airflow-task: cleared load_mart.merge_daily" in output
    assert "repaired by close-public-bucket" in output
    assert re.search(r"incidents, \d+ cards: nothing was added", output)
    assert not any(map(listens, re.findall(r"http://127\.0\.0\.1:\d+", output)))
    assert len(list((tmp_path / "cards").glob("*.html"))) > 10


@pytest.mark.slow
def test_a_demo_that_is_interrupted_ends_what_it_started(tmp_path: Path) -> None:
    with start(tmp_path) as demo:
        seen = until(demo, "listen on")
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=SECONDS)

    assert demo.returncode == 130, rest
    assert not any(map(listens, re.findall(r"http://127\.0\.0\.1:\d+", seen)))


def until(demo: subprocess.Popen[str], words: str) -> str:
    deadline = time.monotonic() + SECONDS
    assert demo.stdout is not None
    while time.monotonic() < deadline:
        line = demo.stdout.readline()
        if words in line or not line:
            return line
    pytest.fail(f"the demo never said '{words}'")
