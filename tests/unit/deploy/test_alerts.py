"""The alert policies that the planner wants."""

from __future__ import annotations

import json

import pytest

from deploy.parts import alerts
from deploy.site import read_plan
from tests.support.planning import Ground

pytestmark = pytest.mark.server


def test_every_policy_of_the_plan_is_wanted_with_its_condition(ground: Ground) -> None:
    made = [json.loads(step.argv[-1].removeprefix("--policy=")) for step in alerts.steps(ground.site())]
    wanted = {spec["name"]: alerts.condition(spec) for spec in read_plan()["alerts"]["policies"]}
    assert {one["displayName"]: one["conditions"] for one in made} == {
        name: [{"displayName": name, **condition}] for name, condition in wanted.items()
    }
