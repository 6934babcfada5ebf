"""Runs the real functions in separate processes, runs the commands that set them up, and stops them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

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


class FunctionHost:
    """The process that the functions are forked from (demo/function_host.py): it begins to import when it is created."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        with self._log(1).open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "demo.function_host"],
                env=environment({"PYTHONUNBUFFERED": "1"}),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches only the demo, which stops the others in order
            )

    def start(self, targets: Sequence[str], env: Mapping[str, str]) -> list[str]:
        """Starts an instance of each entry point and returns their URLs."""
        ports = [free_port() for _ in targets]
        order = {"env": dict(env), "functions": list(map(self._function, targets, ports, range(1, len(ports) + 1)))}
        with contextlib.suppress(BrokenPipeError):  # it has ended, which the wait reports
            self._input.write(json.dumps(order).encode() + b"\n")
            self._input.flush()
        for port in ports:
            self._wait(port)
        return [f"http://{HOST}:{port}" for port in ports]

    def stop(self) -> None:
        """Stops the functions."""
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # A session of its own, so that this reaches only the servers and their workers.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101
        return self._process.stdin

    def _log(self, number: int) -> Path:
        return self._logs / f"function-{number}.log"

    def _function(self, target: str, port: int, number: int) -> dict[str, Any]:
        arguments = ["--target", target, "--host", HOST, "--port", str(port)]
        return {"arguments": arguments, "log": str(self._log(number))}

    def _wait(self, port: int) -> None:
        """Waits until the port accepts connections."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as sock:
                if sock.connect_ex((HOST, port)) == 0:
                    return
            time.sleep(0.05)
        log = self._log(self._process.poll() or 1)  # the exit code is the number of the function
        raise FunctionStartError(f"the function did not start; its log is {short(log)}")


def free_port() -> int:
    """A free port of loopback: the framework's server does not report a port that it chose itself."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])
