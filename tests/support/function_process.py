"""Starts and stops a real functions-framework process.

It is the installed program. For a test that starts many, it is the program's code in a process that is forked from one
with all imports done (tests/support/forkserver.py).
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support import forkserver

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
ANSWER_SECONDS = 300.0  # far more than an answer needs, also while other processes take the machine


def free_port() -> int:
    """A free port on loopback."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def push_body(data: Any, message_id: str = "1", **extra: Any) -> bytes:
    """The body of a push. `data` is JSON unless it is bytes."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    message = {"data": base64.b64encode(raw).decode(), "messageId": message_id, **extra}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/hinomi"}).encode()


def _session(leader: int) -> Iterator[int]:
    """The ids of the processes in the session of this leader."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):  # it has ended
            if os.getsid(int(folder.name)) == leader:
                yield int(folder.name)


def _processor_seconds(process: int) -> float:
    """The CPU time of all threads of a process, through clock_getcpuclockid(3): /proc counts only hundredths of a second."""
    scheduled = 2
    return time.clock_gettime((~process << 3) | scheduled)


def _serve(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, log: Path | None, begun: Connection
) -> None:
    """Runs functions-framework in a process that was forked for it."""
    from functions_framework._cli import _cli

    os.setsid()
    begun.send(None)
    with (log or Path(os.devnull)).open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = list(command)
    _cli()


class FunctionProcess:
    """`functions-framework --target metrics_analysis` on a free port, with only the given HINOMI_ settings.

    Its output goes to the file `log`; without one, standard output is dropped.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        source: Path = ROOT / "main.py",
        target: str = "metrics_analysis",
        programs: Path = Path(sys.executable).parent,
        log: Path | None = None,
        forked: bool = False,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._command = [
            str(programs / "functions-framework"),
            *("--source", str(source), "--target", target, "--host", "127.0.0.1", "--port", str(self.port)),
        ]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("HINOMI_")}
        self._environ = {**clean, **settings}
        self._folder = source.parent
        self._log = log
        self._forked = forked
        self._process: subprocess.Popen[bytes] | ForkServerProcess | None = None

    def start(self, *, wait: bool = True) -> FunctionProcess:
        """Starts the server in a session of its own, so that a kill reaches its workers too."""
        self._process = self._fork() if self._forked else self._run()
        if wait:
            self.wait()
        return self

    def _run(self) -> subprocess.Popen[bytes]:
        with ExitStack() as stack:
            outputs: dict[str, Any] = {"stdout": subprocess.DEVNULL}
            if self._log:
                outputs = dict.fromkeys(("stdout", "stderr"), stack.enter_context(self._log.open("ab")))
            return subprocess.Popen(
                self._command, cwd=self._folder, env=self._environ, start_new_session=True, **outputs
            )

    def _fork(self) -> ForkServerProcess:
        receiver, sender = forkserver.context().Pipe(duplex=False)
        process = forkserver.context().Process(
            target=_serve, args=(self._command, self._environ, self._folder, self._log, sender)
        )
        process.start()
        receiver.recv()  # it has a session of its own, which a kill can reach
        return process

    def wait(self) -> None:
        """Waits until the port accepts connections."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise TimeoutError("the function did not start")

    def processor_seconds(self) -> float:
        """The CPU time that the server and its workers have used so far, on Linux."""
        if self._process is None:
            return 0.0
        return sum(_processor_seconds(each) for each in _session(self._process.pid or 0))

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Kills the server and its workers."""
        if self._process is not None:
            os.killpg(self._process.pid or 0, how)
            if isinstance(self._process, subprocess.Popen):
                self._process.wait()
            else:
                self._process.join()
            self._process = None

    def post(
        self, body: bytes, headers: Mapping[str, str] | None = None, timeout: float = ANSWER_SECONDS
    ) -> tuple[int, str]:
        """Posts a body; returns the status and the text of the answer."""
        merged = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url, data=body, headers=merged)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def push(self, data: Any, message_id: str = "1") -> int:
        """Pushes one message; returns the status of the answer."""
        return self.post(push_body(data, message_id))[0]

    def __enter__(self) -> Self:
        if self._process is None:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
