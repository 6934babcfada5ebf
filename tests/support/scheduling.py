"""Distributes tests over the processes of pytest-xdist."""

from __future__ import annotations

import contextlib
import importlib
import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# Files that share one installation (the fixture `undisturbed`), which takes as long as twenty of their tests.
DEPLOYMENTS = ("tests/e2e/test_deploy.py", "tests/e2e/test_deploy_")
# Files that share a browser.
BROWSERS = ("tests/e2e/test_dashboard_browser.py", "tests/e2e/test_dashboard_controls.py")
# Files that fork processes from a server with all imports done, of which one is enough (tests/support/forkserver.py).
FORKING = (
    "tests/e2e/test_crash.py",
    "tests/integration/cli/test_analyze.py",
    "tests/integration/cli/test_dlq.py",
    "tests/integration/handlers/test_plan.py",
    *(
        f"tests/integration/db/test_{name}.py"
        for name in ("concurrent_instances", "crowded_server", "upgrades_at_once")
    ),
    *(f"tests/integration/history/test_{name}.py" for name in ("kill", "kill_access", "two_at_once")),
)
# Files that share an emulator of Pub/Sub, or an environment with only the deployed packages.
OUTSIDE = (
    "tests/e2e/test_deployed_source.py",
    "tests/e2e/test_deployed_source_pushed.py",
    "tests/e2e/test_pubsub_emulator.py",
    "tests/integration/cli/test_dlq_pubsub.py",
)
# Reads what other tests have stored (tests/support/kept_calls.py).
LAST = "tests/e2e/test_permissions.py"
# Options of pytest that leave out tests.
SELECTING = ("keyword", "markexpr", "deselect", "lf", "ignore", "ignore_glob")

TESTS = Path(__file__).resolve().parents[1]


class _ByFile(LoadFileScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if file in FORKING:
            return "forking"
        if file in OUTSIDE:
            return "outside"
        if file in BROWSERS:
            return "browsers"
        return "deployments" if file.startswith(DEPLOYMENTS) else file


def by_file(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Runs all tests of a file in one process, because fixtures of a module are expensive; starts files in order."""
    config.option.loadscopereorder = False
    return _ByFile(config, log)


def slow_first(items: list[pytest.Item]) -> None:
    """Sorts tests: files with slow tests first, then files with property tests, then short files.

    The last file of all reads what the others have stored.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    generating = {item.path for item in items if hasattr(getattr(item, "obj", None), "hypothesis")}
    last = TESTS.parent / LAST
    items.sort(key=lambda item: (item.path == last, item.path not in slow, item.path not in generating))


def is_whole(config: pytest.Config) -> bool:
    """Whether the whole suite runs: no path, expression or earlier result selects some tests."""
    selects = (getattr(config.option, name, None) for name in SELECTING)
    return not any(selects) and [Path(name).resolve() for name in config.args] == [TESTS]


def compile_in_two(config: pytest.Config) -> None:
    """Compiles new test files, such as those of a fresh clone, in another process, starting with the last file.

    This process compiles them from the first file on when it collects, until the two meet.
    """
    if not is_whole(config):
        return
    new = [path for path in sorted(TESTS.rglob("test_*.py")) if not _is_compiled(path)]
    if not new or os.fork():
        return
    for path in reversed(new):
        if _is_compiled(path):
            break
        with contextlib.suppress(Exception, pytest.skip.Exception):  # collection reports it
            importlib.import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))
    os._exit(0)


def _is_compiled(path: Path) -> bool:
    return any(path.parent.glob(f"__pycache__/{path.stem}.*-pytest-*.pyc"))
