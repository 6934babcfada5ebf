"""The action restart_instance against a real HTTP server that speaks the Compute Engine API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from handlers.actions.compute import restart_instance
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import TargetRefusal, TargetRefusedError
from shared.model import Mode
from tests.support.fault_worlds.compute import INSTANCE, ComputeWorld
from tests.support.incidents import NOW, incident
from tests.support.remediating import remediate

LABELS = {"instance": "etl-worker-1", "zone": "europe-west1-b"}


@pytest.fixture
def compute() -> Iterator[ComputeWorld]:
    with ComputeWorld() as server:
        yield server


def run(compute: ComputeWorld, mode: Mode = Mode.AUTO, **changes: Any) -> ActionResult:
    base = {"rule": "compute/kernel_panic", "service": "compute", "resource": INSTANCE, "labels": {}}
    view = incident(**{**base, **changes})
    return remediate(restart_instance, Settings(compute_endpoint=compute.url), view, mode=mode)


def verbs(compute: ComputeWorld) -> list[str]:
    return [each["operationType"] for _, each in compute.done]


@pytest.mark.permissions
@pytest.mark.parametrize(("state", "verb"), [("RUNNING", "reset"), ("TERMINATED", "start")])
@pytest.mark.parametrize("changes", [{}, {"resource": "etl-worker-1", "labels": LABELS}])
def test_an_instance_is_reset_or_started_once(
    compute: ComputeWorld, state: str, verb: str, changes: dict[str, Any]
) -> None:
    compute.put(INSTANCE, status=state)
    done = run(compute, **changes)
    assert (done.changed, done.recovered, done.undo, verbs(compute)) == (True, False, None, [verb])
    assert done.text.en.endswith("instance etl-worker-1 is RUNNING")
    assert run(compute, **changes).changed is False
    assert verbs(compute) == [verb]


def test_a_dry_run_and_an_instance_that_was_started_since_the_fault_change_nothing(compute: ComputeWorld) -> None:
    assert run(compute, Mode.DRY_RUN).text.en.startswith("would reset instance etl-worker-1")
    compute.put(INSTANCE, lastStartTimestamp=(NOW - timedelta(days=1)).isoformat())
    assert run(compute, Mode.DRY_RUN).text.en.startswith("would reset")
    compute.put(INSTANCE, lastStartTimestamp=(NOW + timedelta(minutes=1)).isoformat())
    assert run(compute).text.en.startswith("nothing to do: instance etl-worker-1 was started at")
    assert verbs(compute) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": "etl-worker-1"},
        {"resource": f"{INSTANCE}/../x"},
        {"resource": "projects/p?x=1/zones/z/instances/i"},
        {"service": "gke"},
        {"rule": "report/etl", "resource": "load", "labels": LABELS},
        {"resource": "x", "labels": {"instance": "a/b", "zone": "z"}},
    ],
)
def test_an_incident_without_an_instance_is_refused(compute: ComputeWorld, changes: dict[str, Any]) -> None:
    with pytest.raises(TargetRefusedError, match="does not name an instance"):
        run(compute, **changes)


def test_an_instance_that_is_shutting_down_is_left_alone(compute: ComputeWorld) -> None:
    compute.put(INSTANCE, status="STOPPING")
    with pytest.raises(TargetRefusedError, match="is STOPPING: nothing was requested") as caught:
        run(compute)
    assert caught.value.reason is TargetRefusal.OTHER_TARGET
