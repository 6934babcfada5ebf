"""Marks quick tests, and checks that they start no process or server."""

from __future__ import annotations

import multiprocessing.process
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

UNIT = Path(__file__).resolve().parents[1] / "unit"
# A test with one of these marks is not quick.
MARKS = frozenset({"slow", "server", "postgresql", "emulator", "airflow"})
# Functions that start a process, or a server within this one.
STARTS = (
    (subprocess.Popen, "__init__"),
    (multiprocessing.process.BaseProcess, "start"),
    (os, "fork"),
    (socket.socket, "listen"),
)


def mark_quick(items: list[pytest.Item]) -> None:
    """Marks unit tests without another mark: `make quick` runs these."""
    for item in items:
        if UNIT in item.path.parents and MARKS.isdisjoint(mark.name for mark in item.iter_markers()):
            item.add_marker("quick")


def only_needed_databases(items: list[pytest.Item]) -> list[pytest.Item]:
    """Removes the variants of tests that show nothing more, and returns them.

    These are the variants whose two databases are of different kinds, and those on PostgreSQL in a file marked `sqlite`,
    but for tests marked `both_databases`.
    """
    needless = {item: len(_kinds(item)) > 1 or _is_needless(item) for item in items}
    items[:] = [item for item in items if not needless[item]]
    return [item for item, is_needless in needless.items() if is_needless]


def _is_needless(item: pytest.Item) -> bool:
    if "postgresql" not in _kinds(item):
        return False
    marks = {mark.name for mark in item.iter_markers()}
    return "sqlite" in marks and "both_databases" not in marks


def _kinds(item: pytest.Item) -> set[Any]:
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return {kind for name, kind in parameters.items() if name.endswith("_db_url")}


def start_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the test fail when it starts a process or a server."""

    def refused(*_: Any, **__: Any) -> None:
        pytest.fail("a quick test starts no process and no server: mark it with pytest.mark.server")

    for owner, name in STARTS:
        monkeypatch.setattr(owner, name, refused)
