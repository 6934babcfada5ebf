"""Each changing call of deploy.sh is refused once; the script stops, and is run again."""

from __future__ import annotations

import os

import pytest

from tests.support.deployment import Deployment, Undisturbed, differing, disturbed, sampled
from tests.support.trouble import TroubleKind, changes

pytestmark = pytest.mark.slow

# A killed script is the harder test, and covers each call (test_deploy_killed.py).
COUNTED = changes if "EXHAUSTIVE" in os.environ else sampled


def test_refused_at_a_call_and_run_again_it_ends_as_undisturbed(empty: Deployment, undisturbed: Undisturbed) -> None:
    met = disturbed(empty, TroubleKind.REFUSED, counts=COUNTED)
    assert {call.name for call in undisturbed.changes if COUNTED(call)} <= {call.name for call in met}
    assert differing(empty.state, undisturbed.end) == {}
