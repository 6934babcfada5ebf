"""The alert policies of the plan."""

from __future__ import annotations

import json

import pytest

from deploy.parts import alerts
from deploy.site import read_plan
from tests.support.planning import Ground

pytestmark = pytest.mark.server


def test_every_policy_of_the_plan_is_planned_with_its_condition(ground: Ground) -> None:
    made = [json.loads(step.argv[-1].removeprefix("--policy=")) for step in alerts.steps(ground.site())]
    wanted = {spec["name"]: alerts.condition(spec) for spec in read_plan()["alerts"]["policies"]}
    assert {one["displayName"]: one["conditions"] for one in made} == {
        name: [{"displayName": name, **condition}] for name, condition in wanted.items()
    }


def test_a_condition_on_log_lines_has_the_limit_that_it_requires(ground: Ground) -> None:
    made = [json.loads(step.argv[-1].removeprefix("--policy=")) for step in alerts.steps(ground.site())]
    on_lines = [one for one in made if "conditionMatchedLog" in one["conditions"][0]]
    assert len(on_lines) == 2
    assert all(one["alertStrategy"]["notificationRateLimit"] == {"period": "3600s"} for one in on_lines)
    assert all("alertStrategy" not in one for one in made if one not in on_lines)
