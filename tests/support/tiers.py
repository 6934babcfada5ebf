"""Marks quick tests, and checks that they start no process or server."""

from __future__ import annotations

import multiprocessing.process
import os
import socket
import subprocess
from collections.abc import Callable
from functools import wraps
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
    """Removes variants of tests that check nothing more, and returns them.

    These are variants whose two databases are of different kinds, and variants on PostgreSQL in a file marked `sqlite`,
    unless the test is marked `both_databases`.
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


class _Running:
    """Whether the test that this process runs is quick."""

    is_quick = False


def starts(item: pytest.Item) -> None:
    """Records that a test starts; a quick test fails if it starts a process or a server."""
    _Running.is_quick = item.get_closest_marker("quick") is not None


def ends() -> None:
    """Records that the test has ended."""
    _Running.is_quick = False


def guard() -> None:
    """Prevents quick tests from starting a process or server; called once, because a patch costs more than many tests."""
    for owner, name in STARTS:
        setattr(owner, name, _guarded(getattr(owner, name)))


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def guarded(*arguments: Any, **options: Any) -> Any:
        if _Running.is_quick:
            pytest.fail("a quick test starts no process and no server: mark it with pytest.mark.server")
        return function(*arguments, **options)

    return guarded
