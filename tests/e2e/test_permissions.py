"""Compares the generated roles with the calls of the code, as the servers on loopback recorded them.

Each test of a flow checks that every call is known, and that its part declares the permissions of the call
(tests/integration/conftest.py). This file checks that every declared permission is needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import declared_permissions, kept_calls
from tests.support.call_permissions import TABLE
from tests.support.declared_permissions import FLOWS, UNSEEN, idle, undeclared, unknown
from tests.support.deployment import ROOT

MARK = "pytest.mark.permissions"  # collecting the files without it takes longer than the tests


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    return declared_permissions.declared(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(scope="module")
def calls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, session_folder: Path) -> list[str]:
    """The calls of the tests marked `permissions`; runs these tests now if only a part of the suite runs."""
    found = kept_calls.gathered(request.session, session_folder)
    return run_now(tmp_path_factory) if found is None else found


def run_now(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Runs the marked tests in a separate process with the recorder; returns their calls."""
    file = tmp_path_factory.mktemp("calls") / "calls"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.call_recorder"]
    files = [path for folder in FLOWS for path in sorted(folder.rglob("test_*.py")) if MARK in path.read_text("utf-8")]
    command += ["-m", "permissions and not postgresql", *map(str, files)]
    environ = {**os.environ, "HINOMI_CALLS": str(file)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    return sorted(set(file.read_text(encoding="utf-8").splitlines()))


@pytest.mark.slow
def test_every_declared_permission_is_needed_by_a_call(calls: list[str], declared: dict[str, set[str]]) -> None:
    assert unknown(calls) == []
    assert idle(calls, declared) == set(), "mark the test that makes the call with pytest.mark.permissions"


@pytest.mark.slow
def test_a_missing_permission_is_detected(calls: list[str], declared: dict[str, set[str]]) -> None:
    """Removes each declared permission from each part in turn, even if another part declares it too."""
    assert undeclared(calls, declared) == set()
    for part, permissions in declared.items():
        for permission in permissions - set(UNSEEN):
            assert (part, permission) in undeclared(calls, {**declared, part: permissions - {permission}})


def test_every_line_of_the_table_has_a_source() -> None:
    assert [line.call for line in TABLE if not line.source] == []
