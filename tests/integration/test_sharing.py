"""A server shared by processes that end in any way."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import sharing
from tests.support.sharing import ROOT, StartError

USER = """
import pathlib, sys
from tests.support import sharing
with sharing.shared_server(pathlib.Path(sys.argv[1]), [sys.executable, "-c", sys.argv[2]]) as address:
    print(address, flush=True)
    sys.stdin.read()
"""
SERVER = "import os, pathlib, sys; from tests.support import sharing; sharing.serve(pathlib.Path(sys.argv[1]), str(os.getpid()))"


def user(folder: Path, server: str = SERVER) -> subprocess.Popen[str]:
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", USER, str(folder), server], cwd=ROOT, text=True, **pipes)


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def wait_for_end(folder: Path) -> None:
    """Waits until no process uses the server and the server has withdrawn its address."""
    deadline = time.monotonic() + sharing.START_SECONDS
    while (folder / "address").exists():
        assert time.monotonic() < deadline, "the server goes on without users"
        with (folder / "users").open("w") as users:  # the server waits for the same lock, and may get it later
            fcntl.flock(users, fcntl.LOCK_EX)
        time.sleep(sharing.POLL_SECONDS)


def test_a_server_runs_until_its_last_user_is_killed(tmp_path: Path) -> None:
    users = [user(tmp_path) for _ in range(3)]
    (first,) = {address(process) for process in users}
    for process in users[:2]:  # one of them may be the process that started the server
        process.kill()
        process.communicate()
    with sharing.shared_server(tmp_path, [sys.executable, "-c", SERVER]) as same:
        assert same == first
    users[2].kill()
    users[2].communicate()
    wait_for_end(tmp_path)


def test_after_the_end_of_a_server_another_is_started(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER]
    with sharing.shared_server(tmp_path, command) as first:
        assert first
    with sharing.shared_server(tmp_path, command) as second:
        assert second != first


def test_a_failed_server_reports_its_reason(tmp_path: Path) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('no PostgreSQL here')"]
    with pytest.raises(StartError, match="no PostgreSQL here"), sharing.shared_server(tmp_path, failing):
        pass


def test_an_object_whose_creation_failed_is_created_by_the_next_process(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.touch()
        raise OSError("disk full")

    path = tmp_path / "template"
    with pytest.raises(OSError, match="disk full"):
        sharing.created_once(path, fail)
    assert sharing.created_once(path, lambda path: path.write_text("made")).read_text() == "made"
    assert sharing.created_once(path, fail).read_text() == "made"
