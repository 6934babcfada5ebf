"""Every changing call of deploy.sh is refused once; each time the script stops, and is run again."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment, Undisturbed, differing, disturbed
from tests.support.trouble import Kind

pytestmark = pytest.mark.slow


def test_refused_at_each_call_and_run_again_it_ends_as_undisturbed(empty: Deployment, undisturbed: Undisturbed) -> None:
    met = disturbed(empty, Kind.REFUSED)
    assert {call.name for call in undisturbed.changes} <= {call.name for call in met}
    assert differing(empty.state, undisturbed.end) == {}
