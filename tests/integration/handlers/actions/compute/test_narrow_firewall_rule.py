"""The action narrow_firewall_rule against a real HTTP server that speaks the Compute Engine API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from handlers.actions.compute import narrow_firewall_rule
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from tests.support.fault_worlds.compute import FIREWALL, ComputeWorld
from tests.support.incidents import incident
from tests.support.remediating import remediate


@pytest.fixture
def compute() -> Iterator[ComputeWorld]:
    with ComputeWorld() as server:
        yield server


def run(compute: ComputeWorld, **more: Any) -> ActionResult:
    view = incident(
        rule="compute/firewall_opened", service="compute", resource=more.pop("resource", FIREWALL), labels={}
    )
    return remediate(narrow_firewall_rule, Settings(compute_endpoint=compute.url), view, **more)


def rule(compute: ComputeWorld) -> tuple[list[str], bool]:
    found = compute.resources[FIREWALL]
    return found["sourceRanges"], found.get("disabled", False)


OPEN = ["0.0.0.0/0", "10.0.0.0/8"]
PROXY = {"source_ranges": ("35.235.240.0/20", "2001:db8::/32")}


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("ranges", "params", "after"),
    [
        (OPEN, PROXY, (["10.0.0.0/8", "35.235.240.0/20"], False)),
        (OPEN, {}, (["10.0.0.0/8"], False)),
        (["0.0.0.0/1", "128.0.0.0/1"], {}, (["0.0.0.0/1", "128.0.0.0/1"], True)),
        (["::/0"], PROXY, (["2001:db8::/32"], False)),
        (["::/0"], {"source_ranges": ("10.0.0.0/8",)}, (["::/0"], True)),
    ],
)
def test_the_open_ranges_are_replaced_and_undo_restores_them(
    compute: ComputeWorld, ranges: list[str], params: dict[str, Any], after: tuple[list[str], bool]
) -> None:
    compute.put(FIREWALL, sourceRanges=ranges)
    done = run(compute, params=params)
    assert (done.changed, done.recovered, rule(compute)) == (True, True, after)
    assert run(compute, params=params).changed is False
    run(compute, params=params, undoes=done.undo)
    assert rule(compute) == (ranges, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"sourceRanges": ["10.0.0.0/8", "203.0.113.7"]},
        {"disabled": True},
        {"direction": "EGRESS"},
        {"allowed": [], "denied": [{"IPProtocol": "all"}]},
    ],
)
def test_a_rule_that_is_not_open_is_left_alone(compute: ComputeWorld, changes: dict[str, Any]) -> None:
    compute.put(FIREWALL, **changes)
    done = run(compute)
    assert (done.changed, done.recovered, compute.done) == (False, True, [])


def test_an_undo_keeps_a_later_change(compute: ComputeWorld) -> None:
    done = run(compute)
    compute.put(FIREWALL, sourceRanges=["192.0.2.0/24"])
    with pytest.raises(TargetRefusedError, match="was changed after the run") as caught:
        run(compute, undoes=done.undo)
    assert caught.value.reason is TargetRefusal.TARGET_CHANGED


@pytest.mark.parametrize("resource", ["allow-admin", f"{FIREWALL}/x", FIREWALL.replace("global", "regions/x")])
def test_another_resource_is_refused(compute: ComputeWorld, resource: str) -> None:
    with pytest.raises(TargetRefusedError, match="does not name a firewall rule"):
        run(compute, resource=resource)


@pytest.mark.parametrize("value", ["0.0.0.0/0", "128.0.0.0/1", "::/3", "10.0.0.1/8", "office"])
def test_declared_ranges_are_ranges_and_not_open(value: str) -> None:
    with pytest.raises(InputError, match="source_ranges"):
        narrow_firewall_rule.Params(source_ranges=(value,))
