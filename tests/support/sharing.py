"""Resources shared by all processes of one test session: the first process that requests one creates it."""

from __future__ import annotations

import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300.0
POLL_SECONDS = 0.02


class StartError(Exception):
    """A shared server did not start; the message is the last line of its standard error."""


def session_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder of this session, the same in every process of pytest-xdist; pytest removes it like any `tmp_path`."""
    base = factory.getbasetemp()
    return base.parent if base.name.startswith("popen-gw") else base


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lets one process at a time into the block. If the process is killed, its lock is released."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def created_once(path: Path, create: Callable[[Path], object]) -> Path:
    """Creates `path` once while other processes wait. A failed attempt leaves nothing behind."""
    done = path.with_name(f"{path.name}.done")
    with locked(path.with_name(f"{path.name}.lock")):
        if not done.exists():
            create(path)
            done.touch()
    return path


@contextmanager
def shared_server(folder: Path, command: Sequence[str]) -> Iterator[str]:
    """Yields the address of a server that runs until the last process has left the block, even if processes are killed.

    `command` gets `folder` as its last argument and calls `serve` with the address. Raises StartError when no server
    starts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    started: subprocess.Popen[bytes] | None = None
    try:
        with (folder / "users").open("w") as users:
            with locked(folder / "start.lock"):
                _join(users.fileno())
                address = folder / "address"
                if not address.exists():
                    started = _start(folder, command)
                found = address.read_text(encoding="utf-8")
            yield found
    finally:
        if started is not None:
            started.wait()


def serve(folder: Path, address: str) -> None:
    """Called by the server's process: announces the address, and returns when no process uses the server."""
    with (folder / "users").open("w") as users:
        early = folder / "address.early"
        early.write_text(address, encoding="utf-8")
        early.rename(folder / "address")
        fcntl.flock(users, fcntl.LOCK_EX)
        (folder / "address").unlink()


def _join(users: int) -> None:
    """Registers this process as a user of the server; waits while a server without users stops."""
    while True:
        try:
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_SECONDS)
        else:
            return


def _start(folder: Path, command: Sequence[str]) -> subprocess.Popen[bytes]:
    with (folder / "errors").open("w") as errors:
        streams: Any = {"stdin": subprocess.DEVNULL, "stdout": errors, "stderr": errors}
        process = subprocess.Popen([*command, str(folder)], cwd=ROOT, start_new_session=True, **streams)
    deadline = time.monotonic() + START_SECONDS
    while not (folder / "address").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            lines = (folder / "errors").read_text(encoding="utf-8").strip().splitlines()
            raise StartError(lines[-1] if lines else f"exit status {process.returncode}")
        time.sleep(POLL_SECONDS)
    return process
