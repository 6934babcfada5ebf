"""The action stop_instance against a real HTTP server that speaks the Compute Engine API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from handlers.actions.compute import stop_instance
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import TargetRefusal, TargetRefusedError
from tests.support.fault_worlds.compute import INSTANCE, ComputeWorld
from tests.support.incidents import incident
from tests.support.remediating import remediate


@pytest.fixture
def compute() -> Iterator[ComputeWorld]:
    with ComputeWorld() as server:
        yield server


def run(compute: ComputeWorld, **more: Any) -> ActionResult:
    view = incident(rule="compute/startup_script_changed", service="compute", resource=INSTANCE, labels={})
    return remediate(stop_instance, Settings(compute_endpoint=compute.url), view, **more)


def verbs(compute: ComputeWorld) -> list[str]:
    return [each["operationType"] for _, each in compute.done]


@pytest.mark.permissions
def test_the_instance_is_stopped_and_undo_starts_it(compute: ComputeWorld) -> None:
    done = run(compute)
    assert (done.changed, done.recovered) == (True, False)
    assert done.text.en == "stopped instance etl-worker-1; instance etl-worker-1 is TERMINATED"
    undone = run(compute, undoes=done.undo)
    assert undone.text.en == "started instance etl-worker-1"
    assert verbs(compute) == ["stop", "start"]
    assert not run(compute, undoes=done.undo).changed


def test_an_instance_that_does_not_run_is_left_alone(compute: ComputeWorld) -> None:
    compute.put(INSTANCE, status="SUSPENDED")
    done = run(compute)
    assert (done.text.en.partition(";")[0], verbs(compute)) == ("nothing to do: instance etl-worker-1 is SUSPENDED", [])


def test_an_instance_that_somebody_suspended_is_not_started_by_the_undo(compute: ComputeWorld) -> None:
    compute.put(INSTANCE, status="SUSPENDED")
    with pytest.raises(TargetRefusedError) as caught:
        run(compute, undoes={"start": INSTANCE})
    assert caught.value.reason is TargetRefusal.TARGET_CHANGED
