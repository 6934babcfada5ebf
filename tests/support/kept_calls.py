"""Collects the calls of the tests marked `permissions` for tests/e2e/test_permissions.py.

That file starts last (tests/support/scheduling.py): in a run of the whole suite, the marked tests have then run, or are
running in another process.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.support import scheduling

MOST_SECONDS = 120.0  # for the tests that still run in other processes
POLL_SECONDS = 0.1


def is_wanted(item: pytest.Item) -> bool:
    """Whether the calls of this test count: it is marked, and it runs on SQLite only."""
    marks = {mark.name for mark in item.iter_markers()}
    return "permissions" in marks and "postgresql" not in marks


def keep(folder: Path, test: str, calls: Collection[str]) -> None:
    """Stores the calls of a test in the folder of the session, for its other processes."""
    kept = _folder(folder)
    kept.mkdir(exist_ok=True)
    with (kept / str(os.getpid())).open("a", encoding="utf-8") as file:
        file.write(json.dumps([test, sorted(calls)]) + "\n")


def gathered(session: pytest.Session, folder: Path) -> list[str] | None:
    """The calls of all marked tests, in a run of the whole suite.

    None if only a part of the suite runs, or if a marked test stored no calls within a time limit: it failed.
    """
    if not scheduling.is_whole(session.config):
        return None
    wanted = {item.nodeid for item in session.items if is_wanted(item)}
    deadline = time.monotonic() + MOST_SECONDS
    while True:
        kept = _read(folder)
        if wanted <= set(kept):
            return sorted({call for test in wanted for call in kept[test]})
        if time.monotonic() > deadline:
            return None
        time.sleep(POLL_SECONDS)


def _folder(folder: Path) -> Path:
    return folder / "kept-calls"


def _read(folder: Path) -> dict[str, list[str]]:
    lines = [line for file in _folder(folder).glob("*") for line in file.read_text("utf-8").splitlines(keepends=True)]
    return dict(json.loads(line) for line in lines if line.endswith("\n"))  # the last one may be half written
