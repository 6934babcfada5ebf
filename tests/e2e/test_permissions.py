"""Compares the generated roles with the calls of the code, as the servers on loopback recorded them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from collectors.history_analysis.bigquery import copy
from collectors.history_analysis.registry import discover as collectors
from collectors.metrics_analysis.detectors import discover as detectors
from handlers import registry
from tests.support.call_permissions import TABLE, needed
from tests.support.deployment import ROOT
from tests.support.metrics import example_metrics, kept_metrics

FLOWS = ("tests/integration/handlers/actions", "tests/integration/collectors", "tests/integration/history")
# Tests of questions to the history: they call no server.
WITHOUT_CALLS = ("test_lost_access.py", "test_intended_access.py")

# Permissions that no single request on loopback shows, with the reason.
UNSEEN = {
    "composer.dags.get": "Airflow's own API decides by it which DAGs a caller sees",
}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The declared permissions of each part, by the recorder's name of it."""
    metrics = [*kept_metrics(), *example_metrics(tmp_path_factory.mktemp("catalogue"))]
    with_copy = (*collectors(metrics), copy.step(None))  # type: ignore[arg-type]
    found = {f"collector {item.name}": set(item.permissions) for item in with_copy}
    found |= {f"action {name}": set(registry.find(name).PERMISSIONS) for name in registry.names()}
    for item in detectors():
        found[f"detector {item.__name__.rpartition('.')[2]}"] = set(getattr(item, "PERMISSIONS", ()))
    return found


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[frozenset[str], str]]:
    """All kinds of calls of the integration tests with the parts at work; those tests run once more with a recorder."""
    file = tmp_path_factory.mktemp("calls") / "calls"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.call_recorder"]
    command += [f"--ignore=tests/integration/collectors/history/{name}" for name in WITHOUT_CALLS]
    command += ["-m", "not slow and not postgresql", *FLOWS]
    environ = {**os.environ, "HINOMI_CALLS": str(file)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    return [(frozenset(parts.split("|")) - {""}, call) for parts, call in lines]


@pytest.mark.slow
def test_every_call_is_known_and_its_part_declares_what_it_needs(
    calls: list[tuple[frozenset[str], str]], declared: dict[str, set[str]]
) -> None:
    assert sorted(call for _, call in calls if needed(call) is None) == []
    assert undeclared(calls, declared) == set()


@pytest.mark.slow
def test_every_declared_permission_serves_a_call_of_its_part(
    calls: list[tuple[frozenset[str], str]], declared: dict[str, set[str]]
) -> None:
    assert idle(calls, declared) == set()


@pytest.mark.slow
def test_a_part_that_loses_a_permission_is_noticed(
    calls: list[tuple[frozenset[str], str]], declared: dict[str, set[str]]
) -> None:
    """Removes each declared permission from each part in turn, although other parts declare it too."""
    for part, permissions in declared.items():
        for permission in permissions - set(UNSEEN):
            assert (part, permission) in undeclared(calls, {**declared, part: permissions - {permission}})


def undeclared(calls: list[tuple[frozenset[str], str]], known: dict[str, set[str]]) -> set[tuple[str, str]]:
    """The part, or the call without a part, and the needed permissions that no part at work declares."""
    missing = set()
    for parts, call in calls:
        at_work = parts or set(known)
        having = {permission for part in at_work for permission in known.get(part, ())}
        missing |= {(part, permission) for permission in _of(call) - having for part in parts or {call}}
    return missing


def idle(calls: list[tuple[frozenset[str], str]], known: dict[str, set[str]]) -> set[tuple[str, str]]:
    """The part and its declared permissions that none of its calls needs."""
    return {
        (part, permission)
        for part, permissions in known.items()
        for permission in permissions - set(UNSEEN)
        if not any(part in parts and permission in _of(call) for parts, call in calls)
    }


def _of(call: str) -> set[str]:
    line = needed(call)
    return set(line.permissions) if line else set()


def test_every_line_of_the_table_has_a_source() -> None:
    assert [line.call for line in TABLE if not line.source] == []
