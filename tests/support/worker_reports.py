"""Makes the messages between the processes of pytest-xdist fewer and smaller: they cost a millisecond per test."""

from __future__ import annotations

import time
from typing import Any

import pytest
from xdist.workermanage import WorkerController

# Quick tests that end within this time share one message: they hardly ever end their process.
SECONDS = 0.1


def send_fewer(config: pytest.Config) -> None:
    """Lets a worker omit reports that the summary does not show: the start and end of each test, and fixtures that passed.

    A test that passed is reported by its name. With `-v`, `--durations`, `--junit-xml`, `-rP` or `-rA` everything is
    sent.
    """
    option = config.option
    shows_passed = not {"p", "P", "A"}.isdisjoint(option.reportchars)
    if option.verbose > 0 or option.durations is not None or option.xmlpath is not None or shows_passed:
        return
    setattr(WorkerController, "process_from_remote", _received)  # noqa: B010 - mypy allows no other function
    found = worker(config)
    if found is None:
        return
    config.pluginmanager.unregister(name="terminalreporter")  # it would format each report for nobody
    config.pluginmanager.unregister(found)
    found.__class__ = type("SendingFewer", (_Fewer, type(found)), {})
    found.ended, found.passed, found.sent_at = [], False, 0.0
    config.pluginmanager.register(found)  # again, so that pytest finds the methods below


def worker(config: pytest.Config) -> Any:
    """The plugin that makes this process a worker of pytest-xdist; None in others."""
    return next((each for each in config.pluginmanager.get_plugins() if _is_worker(each)), None)


def _is_worker(plugin: object) -> bool:
    return (
        type(plugin).__name__ == "WorkerInteractor"
    )  # of a module that pytest-xdist sends to the process: no import finds it


class _Fewer:
    """Filters the reports of a pytest-xdist worker: a mix-in before the worker's own class."""

    session: pytest.Session
    torun: Any
    nextitem_index: Any
    ended: list[tuple[str, bool, int, float]]  # name, whether it passed, number, seconds
    passed: bool  # the present test
    sent_at: float

    @property
    def _xdist(self) -> Any:
        return super()

    def pytest_runtest_logstart(self) -> None:
        """Sends nothing."""

    def pytest_runtest_logfinish(self) -> None:
        """Sends nothing."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.passed and type(report) is pytest.TestReport and not hasattr(report, "wasxfail"):
            self.passed |= report.when == "call"
        else:
            self._xdist.pytest_runtest_logreport(report)

    def run_one_test(self) -> None:
        with self.torun.lock() as waiting:
            is_last = not waiting  # the controller sends more when it knows of those that ended
        if is_last or not self.session.items[self.nextitem_index].get_closest_marker("quick"):
            self._send_ended()
        self.passed = False
        self._xdist.run_one_test()

    def sendevent(self, name: str, **values: Any) -> None:
        if name == "runtest_protocol_complete":
            number: int = values["item_index"]
            self.ended.append((self.session.items[number].nodeid, self.passed, number, values["duration"]))
            if time.monotonic() > self.sent_at + SECONDS:
                self._send_ended()
            return
        self._send_ended()
        self._xdist.sendevent(name, **values)

    def _send_ended(self) -> None:
        if self.ended:
            ended, self.ended = self.ended, []
            self._xdist.sendevent("ended", tests=ended)
            self.sent_at = time.monotonic()


_receive = WorkerController.process_from_remote


def _received(self: Any, event: Any) -> None:
    """Passes on the ended tests as pytest-xdist would, and leaves other messages to pytest-xdist."""
    if not isinstance(event, tuple) or event[0] != "ended":
        _receive(self, event)
        return
    for name, has_passed, number, seconds in event[1]["tests"]:
        if has_passed:
            report: Any = pytest.TestReport(name, (name.partition("::")[0], None, name), {}, "passed", None, "call")
            report.item_index = number
            self.notify_inproc("testreport", node=self, rep=report)
        self.notify_inproc("runtest_protocol_complete", node=self, item_index=number, duration=seconds)
