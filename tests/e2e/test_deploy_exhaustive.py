"""Tests that take minutes and run with EXHAUSTIVE=1: each call of deploy.sh, reads of gcloud, lost responses, and removal."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.deployment import (
    Deployment,
    Undisturbed,
    differing,
    planned,
    run_with_failures,
    without_chance,
)
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
    """Each command of a deployment runs once for each of its calls, including reads, with that call denied.

    The test above shows that deploy.sh completes the deployment from the state that a killed run leaves.
    """
    denied: set[tuple[str, str, str]] = set()
    states = undisturbed.after_commands
    allowed = [without_chance(state) for state in undisturbed.states]
    positions = [undisturbed.states.index(state) for state in states]
    for number, words in enumerate(undisturbed.commands):
        possible = allowed[positions[number] : positions[number + 1] + 1]
        for call, code in denials(empty, states[number], words):
            left = [at for at, state in enumerate(possible) if differing(empty.state, state) == {}]
            assert left, (words, call)
            assert code != 0 or left[-1] == len(possible) - 1, (words, call)
            denied.add(call.name)
    assert {call.name for call in undisturbed.calls if call.is_gcloud} <= denied


def denials(made: Deployment, state: dict[str, Any], words: list[str]) -> Iterator[tuple[Call, int]]:
    """Denies each call of a command in turn; yields the call and the exit code. The server then has the state that is left."""
    made.server.restore(state)
    command = planned(made, words)
    assert command is not None, words
    for after in itertools.count():
        made.server.restore(state)
        failure = InjectedFailure(FailureMode.ERROR, after, of_gcloud)
        code = made.run_command(command, failure)
        if failure.call is None:
            assert code == 0, words
            return
        yield failure.call, code


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
