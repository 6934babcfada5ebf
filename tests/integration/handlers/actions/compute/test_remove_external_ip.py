"""The action remove_external_ip against a real HTTP server that speaks the Compute Engine API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.http import Reply
from handlers.actions.compute import remove_external_ip
from handlers.context import ActionResult
from handlers.remediations.model import Journal
from shared.config import Settings
from shared.errors import TargetRefusedError
from tests.support.fault_worlds.compute import INSTANCE, ComputeWorld
from tests.support.incidents import incident
from tests.support.remediating import calls_of, remediate


@pytest.fixture
def compute() -> Iterator[ComputeWorld]:
    with ComputeWorld() as server:
        yield server


def run(compute: ComputeWorld, **more: Any) -> ActionResult:
    view = incident(rule="compute/startup_script_changed", service="compute", resource=INSTANCE, labels={})
    return remediate(remove_external_ip, Settings(compute_endpoint=compute.url), view, **more)


def addresses(compute: ComputeWorld) -> list[str]:
    interfaces = compute.resources[INSTANCE]["networkInterfaces"]
    return [config["natIP"] for each in interfaces for config in each["accessConfigs"]]


@pytest.mark.permissions
def test_the_external_address_is_removed_and_undo_adds_another_one(compute: ComputeWorld) -> None:
    done = run(compute)
    assert (done.changed, done.recovered) == (True, False)
    assert done.text.en == "removed external address 203.0.113.7 of instance etl-worker-1"
    assert addresses(compute) == []
    undone = run(compute, undoes=done.undo)
    assert undone.text.en == "added an external address to nic0 of instance etl-worker-1"
    (config,) = compute.resources[INSTANCE]["networkInterfaces"][0]["accessConfigs"]
    assert config == {
        "name": "external-nat",
        "type": "ONE_TO_ONE_NAT",
        "networkTier": "PREMIUM",
        "natIP": "198.51.100.99",
    }
    assert not run(compute, undoes=done.undo).changed


def test_an_instance_without_an_external_address_is_left_alone(compute: ComputeWorld) -> None:
    compute.put(INSTANCE, networkInterfaces=[{"name": "nic0"}])
    assert (run(compute).text.en, compute.done) == ("nothing to do: instance etl-worker-1 has no external address", [])


def test_the_addresses_of_every_interface_are_removed(compute: ComputeWorld) -> None:
    interfaces = [{"name": f"nic{at}", "accessConfigs": [{"name": "x", "natIP": f"203.0.113.{at}"}]} for at in (0, 1)]
    compute.put(INSTANCE, networkInterfaces=interfaces)
    assert "203.0.113.0, 203.0.113.1" in run(compute).text.en
    assert addresses(compute) == []


def test_undo_of_a_run_that_failed_adds_only_the_addresses_that_it_removed(compute: ComputeWorld) -> None:
    """The other address was removed by hand in the meantime."""
    interfaces = [{"name": f"nic{at}", "accessConfigs": [{"name": "x", "natIP": f"203.0.113.{at}"}]} for at in (0, 1)]
    compute.put(INSTANCE, networkInterfaces=interfaces)
    journal, reply = Journal(), compute.reply
    compute.reply = lambda request: Reply(403) if request.query.get("networkInterface") == "nic1" else reply(request)  # type: ignore[method-assign]
    with pytest.raises(TargetRefusedError):
        run(compute, journal=journal)
    compute.reply = reply  # type: ignore[method-assign]
    compute.put(
        INSTANCE, networkInterfaces=[{"name": "nic0", "accessConfigs": []}, {"name": "nic1", "accessConfigs": []}]
    )
    undone = run(compute, undoes=journal.noted_undo, undone_calls=calls_of(journal))
    assert undone.text.en == "added an external address to nic0 of instance etl-worker-1"
