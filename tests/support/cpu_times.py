"""A pytest plugin that lists the CPU time of each test, on Linux: `pytest -p tests.support.cpu_times -p no:xdist tests`.

Elapsed time means little on a busy machine. The time of a test includes its fixtures and every process below this one:
those that have ended, and those that still run, such as the servers of the session.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
LISTED = 40

_by_test: dict[str, float] = {}
_by_file: dict[str, float] = {}


def used() -> float:
    """The CPU seconds that this process and its descendants have used."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            numbers = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        number = int(folder.name)
        children.setdefault(int(numbers[1]), []).append(number)
        ticks[number] = sum(map(int, numbers[11:15]))  # its own, and those of children that it waited for
    total, waiting = 0, [os.getpid()]
    while waiting:
        number = waiting.pop()
        total += ticks[number]
        waiting += children.get(number, [])
    return total / TICKS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measures the CPU time of a test and its fixtures."""
    before = used()
    result = yield
    seconds = used() - before
    for names, name in ((_by_test, item.nodeid), (_by_file, item.nodeid.partition("::")[0])):
        names[name] = names.get(name, 0) + seconds
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists the files and the tests that took the most CPU time."""
    for title, seconds in (("files", _by_file), ("tests", _by_test)):
        terminalreporter.section(f"{LISTED} {title} by seconds of processors; together {sum(seconds.values()):.0f}")
        for name, number in sorted(seconds.items(), key=lambda item: -item[1])[:LISTED]:
            terminalreporter.write_line(f"{number:7.2f} {name}")
