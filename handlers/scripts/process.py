"""Runs a program as a process of its own group: with a time limit, bounded output, and no process left behind.

Only the standard library is used: the same code runs in the container of a Cloud Run job.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from handlers.scripts.output import OutputBuffer
from shared.lazy.dataclass import dataclass

GRACE_SECONDS = 5.0  # between SIGTERM and SIGKILL
DRAIN_SECONDS = 1.0  # for output that is still in the pipe when the program has ended
POLL_SECONDS = 0.2
CHUNK = 65_536
MARK = "HINOMI_PROCESS"  # a variable that all processes of a run inherit


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """`code` is the exit code, negative for a signal. `timed_out`: it was killed at its time limit."""

    code: int
    output: OutputBuffer
    seconds: float
    timed_out: bool = False
    stopped: bool = False


def run(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    time_limit: float,
    is_stopping: Callable[[], bool] = lambda: False,
) -> ProcessResult:
    """Runs the program to its end, or kills it with all its children at the time limit, or when `is_stopping` is true.

    Its standard input is empty; output and errors are collected together. Raises OSError if it cannot be started.
    """
    mark = uuid.uuid4().hex
    begun = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - a list of arguments and no shell
        list(arguments),
        cwd=folder,
        env={**environment, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        close_fds=True,
    )
    output = OutputBuffer()
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        ended, stopped = _follow(process, process.stdout, output, begun + time_limit, is_stopping)
        if not ended:
            _terminate(process, process.stdout, output)
    finally:
        _kill_all(process, mark)
        process.wait()
        _drain(process.stdout, output)
        process.stdout.close()
    seconds = time.monotonic() - begun
    return ProcessResult(process.returncode, output, seconds, not ended and not stopped, stopped)


def _follow(
    process: subprocess.Popen[bytes],
    pipe: IO[bytes],
    output: OutputBuffer,
    deadline: float,
    is_stopping: Callable[[], bool],
) -> tuple[bool, bool]:
    """Collects output until the program or the time limit ends; returns whether it ended, and whether to stop it."""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while process.poll() is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return False, False
            if is_stopping():
                return False, True
            if selector.get_map() and selector.select(min(left, POLL_SECONDS)):
                chunk = os.read(pipe.fileno(), CHUNK)
                if chunk:
                    output.write(chunk)
                else:  # the program has closed its output and is still running
                    selector.unregister(pipe)
            elif not selector.get_map():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(min(left, POLL_SECONDS))
    return True, False


def _terminate(process: subprocess.Popen[bytes], pipe: IO[bytes], output: OutputBuffer) -> None:
    """Asks the process group to end, and collects its remaining output."""
    _signal_group(process.pid, signal.SIGTERM)
    _follow(process, pipe, output, time.monotonic() + GRACE_SECONDS, lambda: False)


def _kill_all(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kills the group, and processes that have left it: they inherit the mark."""
    _signal_group(process.pid, signal.SIGKILL)
    for _ in range(20):  # a process may fork while others are killed
        found = _marked(mark)
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _marked(mark: str) -> list[int]:
    """The processes with the mark in their environment, where the system shows it (Linux); zombies have none."""
    expected = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if expected in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return found


def _drain(pipe: IO[bytes], output: OutputBuffer) -> None:
    """Reads the remaining output; the pipe ends unless a process survived."""
    deadline = time.monotonic() + DRAIN_SECONDS
    os.set_blocking(pipe.fileno(), False)
    while time.monotonic() < deadline:
        try:
            chunk = os.read(pipe.fileno(), CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            return
        output.write(chunk)
