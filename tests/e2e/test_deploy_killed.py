"""Each changing call of deploy.sh takes effect, then the script is killed before the answer, and run again."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment, Undisturbed, differing, disturbed
from tests.support.trouble import TroubleKind

pytestmark = pytest.mark.slow


def test_killed_at_each_call_and_run_again_it_ends_as_undisturbed(empty: Deployment, undisturbed: Undisturbed) -> None:
    met = disturbed(empty, TroubleKind.KILLED)
    assert {call.name for call in undisturbed.changes} <= {call.name for call in met}
    assert differing(empty.state, undisturbed.end) == {}
