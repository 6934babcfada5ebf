"""The real function in real processes: set-up commands, two instances, and their end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
START_SECONDS = 30
STOP_SECONDS = 10
KEPT = ("HINOMI_LANGUAGE", "HINOMI_TIMEZONE")
_LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")


class StartError(Exception):
    """A process did not come up; says which one and where its log is."""


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process: the user's without their Hinomi settings, plus `own`; no proxy for loopback."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HINOMI_") or key in KEPT}
    return inherited | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"} | dict(own)


def command(arguments: list[str], env: Mapping[str, str]) -> None:
    """Runs `hinomi …` to its end. Raises StartError with what it said."""
    done = subprocess.run(  # noqa: S603
        [str(BIN / "hinomi"), *arguments], env=dict(env), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StartError(
            f"hinomi {' '.join(arguments)} failed ({done.returncode}): {(done.stderr or done.stdout).strip()}"
        )


@contextlib.contextmanager
def functions(count: int, env: Mapping[str, str], logs: Path) -> Iterator[list[str]]:
    """Runs `count` instances of metrics_analysis and gives their URLs; ends them however the block ends."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        files = [logs / f"function-{number}.log" for number in range(1, count + 1)]
        processes.extend(_start(env, file) for file in files)
        yield [_url(process, file) for process, file in zip(processes, files, strict=True)]
    finally:
        _stop(processes)


def _start(env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    arguments = ["--target", "metrics_analysis", "--host", "127.0.0.1", "--port", "0"]
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            [str(BIN / "functions-framework"), *arguments],
            env=dict(env) | {"PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the children in order
        )


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the server chose (port 0), read from its log."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := _LISTENING.search(log.read_text(errors="replace")):
            return found.group(1)
        time.sleep(0.05)
    raise StartError(f"the function did not start; its log is {log}")


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            # Its own session, so this reaches the server and its workers and nobody else.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
