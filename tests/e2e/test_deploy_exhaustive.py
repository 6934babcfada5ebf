"""What takes minutes: EXHAUSTIVE=1 runs it. Reads of gcloud disturbed as well, answers that are lost, and removal."""

from __future__ import annotations

import os

import pytest

from tests.support.deployment import Deployment, Undisturbed, differing, disturbed
from tests.support.trouble import Kind, Trouble, of_gcloud

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("EXHAUSTIVE" not in os.environ, reason="takes ten minutes: set EXHAUSTIVE=1"),
]


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.KILLED])
def test_disturbed_at_each_call_of_gcloud_it_ends_as_undisturbed(
    empty: Deployment, undisturbed: Undisturbed, kind: Kind
) -> None:
    met = disturbed(empty, kind, counts=of_gcloud)
    assert {call.name for call in undisturbed.calls if call.is_gcloud} <= {call.name for call in met}
    assert differing(empty.state, undisturbed.end) == {}


def test_when_every_answer_is_lost_once_it_ends_as_undisturbed(empty: Deployment, undisturbed: Undisturbed) -> None:
    """gcloud itself tries again, so a thing may be made twice, or be there already."""
    known: set[str] = set()
    for _ in undisturbed.changes:
        if empty.run(trouble=Trouble(Kind.LOST, known=known)).returncode == 0:
            break
    assert empty.run().returncode == 0
    assert differing(empty.state, undisturbed.end) == {}
    assert len(known) >= len(undisturbed.changes)


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.KILLED])
def test_a_removal_that_is_disturbed_at_each_call_leaves_as_little(installed: Deployment, kind: Kind) -> None:
    start = installed.server.state
    assert installed.run("--destroy", "--delete-databases").returncode == 0
    left = installed.state
    installed.server.restore(start)
    disturbed(installed, kind, "--destroy", "--delete-databases")
    assert differing(installed.state, left) == {}
