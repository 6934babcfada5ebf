"""The doctor where something cannot be looked at."""

from __future__ import annotations

import pytest

from deploy.doctor import AREAS, examine, summary
from tests.support.gcloud_server import Call
from tests.support.planning import Ground
from tests.support.trouble import Kind, Trouble

DENIED = (403, {"error": {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}})


class Always(Trouble):
    """Meets every call that counts."""

    def meets(self, call: Call) -> bool:
        return self.counts(call)


@pytest.fixture
def guarded(ground: Ground) -> Ground:
    """Topics and subscriptions, and jobs, are nobody's business."""
    hidden = ("pubsub", "run")
    ground.server.trouble = Always(Kind.REFUSED, counts=lambda call: call.api in hidden, refusal=DENIED)
    return ground


def test_what_is_not_known_is_said_to_be_unknown(guarded: Ground) -> None:
    said = summary(guarded.site())
    assert (said["endpoint"], said["released"]) == ("unknown", "unknown")


def test_every_area_is_looked_at_and_says_each_refusal_once(guarded: Ground) -> None:
    found = dict(examine(guarded.site()))
    assert set(AREAS.values()) <= set(found)
    base = [problem.what for problem in found[AREAS["base"]]]
    assert len([what for what in base if "pubsub refuses" in what]) == 2  # topics, and subscriptions
    assert any(what.startswith("Cloud SQL instance hinomi: missing") for what in base)
    assert all("roles/viewer" in problem.fix for problem in found[AREAS["base"]] if "refuses" in problem.what)
