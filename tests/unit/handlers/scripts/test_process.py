"""A process has a time limit and bounded output, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from handlers.scripts import process
from handlers.scripts.process import ProcessResult

pytestmark = pytest.mark.server

PATH = {"PATH": "/usr/bin:/bin"}


def run(code: str, folder: Path, *, limit: float = 20, **more: Any) -> ProcessResult:
    return process.run(["/bin/sh", "-c", code], folder=folder, environment=PATH, time_limit=limit, **more)


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that has ended and was not waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def test_output_errors_and_exit_code_are_collected(tmp_path: Path) -> None:
    result = run("echo out; echo err >&2; exit 3", tmp_path)
    assert (result.code, result.timed_out, result.output.text(())) == (3, False, "out\nerr")


def test_standard_input_is_empty_and_the_environment_is_small(tmp_path: Path) -> None:
    result = run("cat; env | grep -v -e PWD -e SHLVL -e '^_=' | cut -d= -f1 | sort", tmp_path)
    assert result.output.text(()).split() == ["HINOMI_PROCESS", "PATH"]


@pytest.mark.parametrize(
    "code",
    [
        "sleep 60",
        "trap '' TERM; echo ignores; sleep 60; sleep 60",
        "exec >/dev/null 2>&1; sleep 60",
        "yes",
        "sh -c 'sleep 60 & wait' & wait",
    ],
    ids=["sleeps", "ignores SIGTERM", "closes its output", "floods", "forks"],
)
def test_a_process_is_killed_at_its_time_limit(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.05)
    result = run(f"echo $$ > pid; {code}", tmp_path, limit=0.1)
    assert result.timed_out
    assert result.code in (-signal.SIGTERM, -signal.SIGKILL)
    assert not is_alive(int((tmp_path / "pid").read_text(encoding="utf-8")))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes that leave the group are found by /proc")
@pytest.mark.parametrize("how", ["", "setsid "])
def test_a_process_that_was_left_behind_is_killed_and_does_not_hold_the_output(how: str, tmp_path: Path) -> None:
    result = run(f"{how}sh -c 'echo $$ > child; sleep 60' & while [ ! -s child ]; do :; done; echo done", tmp_path)
    assert (result.code, result.timed_out, result.output.text(())) == (0, False, "done")
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    deadline = time.monotonic() + 120  # of a busy machine
    while is_alive(child) and time.monotonic() < deadline:
        os.sched_yield()
    assert not is_alive(child)


def test_a_process_stops_when_it_has_to(tmp_path: Path) -> None:
    result = run("sleep 60", tmp_path, is_stopping=lambda: True)
    assert (result.stopped, result.timed_out) == (True, False)


@pytest.mark.parametrize(
    ("mode", "content", "error"),
    [(0o644, "#!/bin/sh\n", PermissionError), (0o755, "no format", OSError), (None, "", FileNotFoundError)],
)
def test_a_program_that_cannot_start_is_an_error(
    mode: int | None, content: str, error: type[OSError], tmp_path: Path
) -> None:
    path = tmp_path / "run"
    if mode is not None:
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)
    with pytest.raises(error):
        process.run([str(path)], folder=tmp_path, environment=PATH, time_limit=5)
