"""Tests that take minutes, with EXHAUSTIVE=1: each call of deploy.sh, reads of gcloud, lost answers, and removal."""

from __future__ import annotations

import os

import pytest

from tests.support.deployment import Deployment, Undisturbed, differing, run_with_failures, without_chance
from tests.support.gcloud_server import Call
from tests.support.injected_failures import FailureMode, InjectedFailure, of_gcloud

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("EXHAUSTIVE" not in os.environ, reason="takes ten minutes: set EXHAUSTIVE=1"),
]


@pytest.mark.parametrize("mode", [FailureMode.ERROR, FailureMode.KILL])
def test_after_a_failure_at_any_call_the_next_run_completes_the_deployment(
    empty: Deployment, undisturbed: Undisturbed, mode: FailureMode
) -> None:
    met = run_with_failures(empty, mode)
    assert {call.name for call in undisturbed.changes} <= {call.name for call in met}
    assert differing(empty.state, undisturbed.end) == {}


def test_a_denied_gcloud_call_leaves_the_same_state_as_a_kill(empty: Deployment, undisturbed: Undisturbed) -> None:
    """Includes reads. From the state that a killed run leaves, deploy.sh completes the deployment: the test above."""
    states = [without_chance(state) for state in undisturbed.states]
    start, after = empty.server.state, 0
    met: list[Call] = []
    while True:
        empty.server.restore(start)
        calls = len(empty.server.calls)
        failure = InjectedFailure(FailureMode.ERROR, after, of_gcloud)
        result = empty.run(failure=failure)
        if failure.call is None:
            break
        assert any(differing(empty.state, state) == {} for state in states), failure.call
        met.append(failure.call)
        first = next(call for call in [*empty.server.calls[calls:], failure.call] if call.is_gcloud)
        after += 1
        if first.invocation != failure.call.invocation:  # every call of this command was denied once
            start, after = empty.server.state, 1
    assert result.returncode == 0
    assert {call.name for call in undisturbed.calls if call.is_gcloud} <= {call.name for call in met}


def test_a_deployment_completes_although_every_response_is_lost_once(
    empty: Deployment, undisturbed: Undisturbed
) -> None:
    """gcloud itself retries, so a resource may be created twice, or exist already."""
    seen: set[str] = set()
    for _ in undisturbed.changes:
        if empty.run(failure=InjectedFailure(FailureMode.LOST_RESPONSE, seen=seen)).returncode == 0:
            break
    assert empty.run().returncode == 0
    assert differing(empty.state, undisturbed.end) == {}
    assert len(seen) >= len(undisturbed.changes)


@pytest.mark.parametrize("mode", [FailureMode.ERROR, FailureMode.KILL])
def test_after_a_failure_at_any_call_the_next_removal_is_complete(installed: Deployment, mode: FailureMode) -> None:
    start = installed.server.state
    assert installed.run("--destroy", "--delete-databases").returncode == 0
    left = installed.state
    installed.server.restore(start)
    run_with_failures(installed, mode, "--destroy", "--delete-databases")
    assert differing(installed.state, left) == {}
