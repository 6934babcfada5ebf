"""Forks the workers of pytest-xdist from one process, which has imported and collected all tests.

Without it each worker imports and collects them, which takes a fiftieth of the time of the whole suite. If collection
ends with an error, no worker can be forked, and pytest-xdist starts the workers itself.
"""

from __future__ import annotations

import array
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import _pytest.config
import pytest
import xdist.remote
from _pytest.tmpdir import TempPathFactory

from tests.support import scheduling, worker_reports

# Stands in for python: hands its streams to the server, and ends with the worker. It imports only built-in modules.
CLIENT = """
import posix, sys, _signal, _socket
link = _socket.socket(_socket.AF_UNIX)
try:
    link.connect({path!r})
    link.sendmsg([b"1"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, bytes({streams!r}))])
    forked = link.recv(1)
except OSError:
    forked = b""
if not forked:
    posix.execv(sys.executable, [sys.executable, *sys.argv[1:]])
_signal.signal(_signal.SIGINT, _signal.SIG_IGN)
link.recv(1)
"""
STREAMS = array.array("i", (0, 1, 2))
# pytest rewrites the assertions of its plugins, so that it is the first to import them.
CODE = """
import sys
sys.path[:] = {path!r}
from _pytest.config import _prepareconfig
config = _prepareconfig({arguments!r})
from tests.support import prepared_workers
prepared_workers.serve(config, {listener})
"""


class Server:
    """The collecting process, as the process sees it that distributes the tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hinomi-workers-")
        path = Path(self._folder.name) / "socket"
        client = path.with_name("client.py")
        client.write_text(CLIENT.format(path=str(path), streams=list(STREAMS.tobytes())), encoding="utf-8")
        self.python = f"{sys.executable} -ISE {client}"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            arguments = [str(each) for each in config.invocation_params.args]
            code = CODE.format(path=sys.path, arguments=arguments, listener=listener.fileno())
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
            )

    def stop(self) -> None:
        """Waits until the workers have ended."""
        self._process.communicate()
        self._folder.cleanup()


def use(config: pytest.Config, specs: list[Any]) -> None:
    """Lets the workers be forked, if there are several on this machine."""
    if len(specs) > 1 and all(spec.popen and not spec.python for spec in specs) and hasattr(os, "fork"):
        server = Server(config)
        config.add_cleanup(server.stop)
        for spec in specs:
            spec.python = server.python


def serve(config: pytest.Config, listener: int) -> NoReturn:
    """Collects the tests and forks a worker for each client, until standard input ends."""
    xdist.remote.setup_config(config, None)
    config.pluginmanager.register(_Forking(config, socket.socket(fileno=listener)), "forking")
    with contextlib.suppress(pytest.UsageError):  # the workers, which then start without this process, name it
        config.hook.pytest_cmdline_main(config=config)
    sys.exit()


class _Forking:
    """A plugin of the collecting process that forks instead of running tests."""

    def __init__(self, config: pytest.Config, listener: socket.socket) -> None:
        self._config = config
        self._listener = listener
        self._reports: list[pytest.CollectReport] = []
        self._warnings: list[dict[str, Any]] = []

    def pytest_collection(self) -> None:
        """Compiles test files that are new, as in a fresh clone."""
        scheduling.compile_in_two(self._config)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keeps what each worker must report of the collection."""
        if not report.passed:
            self._reports.append(report)

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str, location: Any) -> None:
        """Keeps what each worker must report of the collection."""
        values = {"warning_message": warning_message, "when": when, "nodeid": nodeid, "location": location}
        self._warnings.append(values)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> NoReturn:
        """Forks the workers."""
        capture = self._config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()
        while True:
            ready, _, _ = select.select([self._listener, sys.stdin], [], [])
            if self._listener not in ready:
                break
            link, _ = self._listener.accept()
            with link:
                streams = _received(link)
                if os.fork() == 0:
                    self._listener.close()
                    self._work(session, link, streams)
            for stream in streams:
                os.close(stream)
        with contextlib.suppress(ChildProcessError):  # when each has ended
            while True:
                os.wait()
        os._exit(0)

    def _work(self, session: pytest.Session, link: socket.socket, streams: list[int]) -> NoReturn:
        """Runs a worker of pytest-xdist in this process, with the collected tests."""
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", 1, closefd=False)
        sys.stderr = os.fdopen(2, "w", 1, closefd=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._config.pluginmanager.unregister(self)
        self._config.pluginmanager.register(_Collected(session, self._reports, self._warnings))
        setattr(_pytest.config, "_prepareconfig", lambda *_: self._config)  # noqa: B010
        link.sendall(b"1")
        try:
            exec(eval(sys.stdin.readline()), vars(sys.modules["__main__"]))  # noqa: S102, S307 - as execnet starts python
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)


class _Collected:
    """A plugin of a forked worker that continues after the collection."""

    def __init__(
        self, session: pytest.Session, reports: list[pytest.CollectReport], warnings: list[dict[str, Any]]
    ) -> None:
        self._session = session
        self._reports = reports
        self._warnings = warnings

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int:
        """Repeats the steps of pytest and pytest-xdist that precede the tests in each worker, then runs the tests."""
        config.pluginmanager.getplugin("capturemanager").start_global_capturing()
        vars(config)["_tmp_path_factory"] = TempPathFactory.from_config(config, _ispytest=True)
        worker = worker_reports.worker(config)
        worker_reports.send_fewer(config)
        session = self._session
        worker.pytest_sessionstart(session)
        worker.pytest_collection()
        for report in self._reports:
            worker.pytest_collectreport(report)
        for values in self._warnings:
            worker.pytest_warning_recorded(**values)
        worker.pytest_collection_finish(session)
        try:
            config.hook.pytest_runtestloop(session=session)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if session.testsfailed else pytest.ExitCode.OK
        except session.Failed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        except (KeyboardInterrupt, pytest.exit.Exception):
            session.exitstatus = pytest.ExitCode.INTERRUPTED
        except BaseException:  # noqa: BLE001 - as pytest does
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
            config.notify_exception(pytest.ExceptionInfo.from_current(), config.option)
        config.hook.pytest_sessionfinish(session=session, exitstatus=session.exitstatus)
        config._ensure_unconfigure()  # noqa: SLF001
        return int(session.exitstatus)


def _received(link: socket.socket) -> list[int]:
    _, passed, _, _ = link.recvmsg(1, socket.CMSG_LEN(len(STREAMS) * STREAMS.itemsize))
    streams = array.array("i")
    for _, _, data in passed:
        streams.frombytes(data)
    return list(streams)
