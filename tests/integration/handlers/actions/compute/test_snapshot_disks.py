"""The action snapshot_disks against a real HTTP server that speaks the Compute Engine API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.compute import BASE
from handlers.actions.compute import snapshot_disks
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import TargetRefusedError
from tests.support.fault_worlds.compute import DISK, INSTANCE, ComputeWorld
from tests.support.incidents import incident
from tests.support.remediating import remediate


@pytest.fixture
def compute() -> Iterator[ComputeWorld]:
    with ComputeWorld() as server:
        yield server


def run(compute: ComputeWorld, **more: Any) -> ActionResult:
    view = incident(rule="compute/startup_script_changed", service="compute", resource=INSTANCE, labels={})
    return remediate(snapshot_disks, Settings(compute_endpoint=compute.url), view, **more)


def snapshots(compute: ComputeWorld) -> list[dict[str, Any]]:
    return [each for path, each in compute.resources.items() if "/snapshots/" in path]


@pytest.mark.permissions
def test_each_persistent_disk_gets_one_snapshot_for_an_incident(compute: ComputeWorld) -> None:
    other = f"{DISK}-data"
    compute.put(other)
    compute.put(
        INSTANCE,
        disks=[{"type": "PERSISTENT", "source": f"{BASE}/{disk}"} for disk in (DISK, other)] + [{"type": "SCRATCH"}],
    )
    done = run(compute)
    assert (done.changed, done.recovered, done.undo) == (True, False, None)
    assert [each["labels"] for each in snapshots(compute)] == [{"hinomi-incident": "42"}] * 2
    assert all(each["name"].startswith("hinomi-42-") and each["name"] in done.text.en for each in snapshots(compute))
    assert (run(compute).changed, len(snapshots(compute))) == (False, 2)


def test_an_instance_without_a_persistent_disk_is_refused(compute: ComputeWorld) -> None:
    compute.put(INSTANCE, disks=[{"type": "SCRATCH"}, {"type": "PERSISTENT", "source": "https://evil.example/x"}])
    with pytest.raises(TargetRefusedError, match="has no persistent disk"):
        run(compute)


def test_a_snapshot_that_failed_is_no_success(compute: ComputeWorld) -> None:
    run(compute)
    for each in snapshots(compute):
        each["status"] = "FAILED"
    done = run(compute)
    assert done.verdict is not None
    assert done.verdict.outcome == "not_fixed"
