"""Fewer messages between the processes of pytest-xdist: together they cost a millisecond of each test."""

from __future__ import annotations

from typing import Any

import pytest


def send_fewer(config: pytest.Config) -> None:
    """Lets a worker omit what the summary does not show: the start of each test, and fixtures that passed.

    With `-v`, `--durations` or `--junit-xml` everything is sent.
    """
    option = config.option
    shows_more = option.verbose > 0 or option.durations is not None or option.xmlpath is not None
    worker = next((each for each in config.pluginmanager.get_plugins() if _is_worker(each)), None)
    if worker is None or shows_more:
        return
    config.pluginmanager.unregister(worker)
    worker.__class__ = _sending_fewer(type(worker))
    config.pluginmanager.register(worker)  # again, so that pytest finds the methods below


def _is_worker(plugin: object) -> bool:
    return (
        type(plugin).__name__ == "WorkerInteractor"
    )  # of a module that pytest-xdist sends to the process: no import finds it


def _sending_fewer(kind: Any) -> Any:
    class SendingFewer(kind):  # type: ignore[misc]
        def pytest_runtest_logstart(self) -> None:
            """Sends nothing."""

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.when == "call" or not report.passed:
                super().pytest_runtest_logreport(report)

    return SendingFewer
