"""Runs the real functions in separate processes, runs the commands that set them up, and stops them."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cli.app import INTERRUPTED, run

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
START_SECONDS = 300  # of a busy machine; a process that ends is reported at once
STOP_SECONDS = 10
KEPT = ("HINOMI_LANGUAGE", "HINOMI_TIMEZONE")
HOST = "127.0.0.1"


class FunctionStartError(Exception):
    """A process did not start; the message has its name and its log."""


def short(path: Path) -> str:
    """The path relative to the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process: the user's without their Hinomi settings, plus `own`; no proxy for loopback."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HINOMI_") or key in KEPT}
    return inherited | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"} | dict(own)


def command(arguments: Sequence[str], env: Mapping[str, str]) -> None:
    """Runs `hinomi …` to its end in this process, because a new process would need a second to import its modules.

    Raises FunctionStartError with its output.
    """
    output, mine = io.StringIO(), dict(os.environ)
    _replace_environment(env)
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = run(arguments)
    finally:
        _replace_environment(mine)
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    if status:
        raise FunctionStartError(f"hinomi {' '.join(arguments)} failed ({status}): {output.getvalue().strip()}")


def _replace_environment(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


@contextlib.contextmanager
def functions(targets: Sequence[str], env: Mapping[str, str], logs: Path) -> Iterator[list[str]]:
    """Runs an instance of each entry point and returns their URLs; always stops them at the end of the block."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        servers = [(free_port(), logs / f"function-{number}.log") for number in range(1, len(targets) + 1)]
        processes.extend(_start(target, env, port, log) for target, (port, log) in zip(targets, servers, strict=True))
        for process, (port, log) in zip(processes, servers, strict=True):
            _wait(process, port, log)
        yield [f"http://{HOST}:{port}" for port, _ in servers]
    finally:
        _stop(processes)


def free_port() -> int:
    """A free port of loopback: the framework's server does not report a port that it chose itself."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def _start(target: str, env: Mapping[str, str], port: int, log: Path) -> subprocess.Popen[bytes]:
    arguments = ["--target", target, "--host", HOST, "--port", str(port)]
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            [str(BIN / "functions-framework"), *arguments],
            env=dict(env) | {"PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only this process; the children are stopped in order
        )


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Waits until the port accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as sock:
            if sock.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise FunctionStartError(f"the function did not start; its log is {short(log)}")


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            # A session of its own, so that this reaches only the server and its workers.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
