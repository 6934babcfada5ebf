"""Runs a command like a shell, and keeps the end of its standard error."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

KEPT_BYTES = 4_000
NOT_FOUND, NOT_EXECUTABLE, SIGNALLED = 127, 126, 128
FORWARDED = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command: its exit code as reported by a shell, and the last line of standard error."""

    code: int
    last_line: str = ""


def run(command: Sequence[str]) -> CommandResult:
    """Runs the command with the standard input and output of this process, and passes SIGTERM and SIGHUP on to it."""
    try:
        started = subprocess.Popen(command, stderr=subprocess.PIPE)  # noqa: S603 - the person's own command
    except FileNotFoundError as error:
        return CommandResult(NOT_FOUND, str(error))
    except OSError as error:
        return CommandResult(NOT_EXECUTABLE, str(error))
    with started as process, _passing_signals(process):
        assert process.stderr is not None  # noqa: S101 - a pipe, see above
        kept = bytearray()
        reader = threading.Thread(target=_copy, args=(process.stderr, kept))
        reader.start()
        code = _wait(process)
        reader.join()
    lines = bytes(kept).decode(errors="replace").strip().splitlines()
    return CommandResult(code if code >= 0 else SIGNALLED - code, lines[-1] if lines else "")


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Waits for the command and returns its exit code. On Ctrl-C the command gets time to end by itself."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _copy(source: IO[bytes], kept: bytearray) -> None:
    """Copies the command's standard error to that of this process, and keeps its end."""
    out = sys.stderr.buffer
    while data := source.read1(65_536):  # type: ignore[attr-defined]
        out.write(data)
        out.flush()
        kept += data
        del kept[:-KEPT_BYTES]


@contextmanager
def _passing_signals(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(number: int, _frame: Any) -> None:
        process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
