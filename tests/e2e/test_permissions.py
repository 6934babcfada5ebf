"""The generated roles against the calls that the code makes: the records of the servers on loopback say which."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.history_analysis.registry import discover as collectors
from collectors.metrics_analysis.detectors import discover as detectors
from handlers import registry
from tests.support.call_permissions import TABLE, needed
from tests.support.deployment import ROOT

FLOWS = ("tests/integration/handlers/actions", "tests/integration/collectors")

# What no single request on loopback shows, with the reason.
UNSEEN = {
    "composer.dags.get": "Airflow's own API decides by it which DAGs a caller sees",
}


def declared() -> set[str]:
    """Everything that any part of this code base declares."""
    actions = {permission for name in registry.names() for permission in registry.find(name).PERMISSIONS}
    detecting = {permission for item in detectors() for permission in getattr(item, "PERMISSIONS", ())}
    return actions | detecting | {permission for item in collectors() for permission in item.permissions}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every kind of call of the integration flows, which run once more with a recorder."""
    file = tmp_path_factory.mktemp("calls") / "calls"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.support.call_recorder",
        "-m",
        "not slow and not postgresql",
    ]
    environ = {**os.environ, "HINOMI_CALLS": str(file)}
    done = subprocess.run([*command, *FLOWS], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    return Path(file).read_text(encoding="utf-8").splitlines()


@pytest.mark.slow
def test_every_call_is_known_and_what_it_needs_is_declared(calls: list[str]) -> None:
    unknown = sorted(call for call in calls if needed(call) is None)
    assert unknown == []
    missing = {(call, permission) for call in calls for permission in _of(call) if permission not in declared()}
    assert missing == set()


@pytest.mark.slow
def test_every_declared_permission_serves_a_call_that_was_made(calls: list[str]) -> None:
    used = {permission for call in calls for permission in _of(call)}
    assert sorted(declared() - used - set(UNSEEN)) == []


def _of(call: str) -> tuple[str, ...]:
    line = needed(call)
    return line.permissions if line else ()


def test_every_line_of_the_table_has_a_source() -> None:
    assert [line.call for line in TABLE if not line.source] == []
