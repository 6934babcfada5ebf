"""The webhook's secret is deployed by the number of its version."""

from __future__ import annotations

import pytest

from deploy.parts import functions
from deploy.step import Step
from tests.support.planning import HOME, Ground, aim

SECRET = f"secretmanager/{HOME}/secrets/teams"


def add(ground: Ground, number: int, state: str = "ENABLED") -> None:
    ground.state[SECRET] = {"name": "teams"}
    ground.state[f"{SECRET}/versions/{number}"] = {"name": f"{HOME}/secrets/teams/versions/{number}", "state": state}


def deployment(ground: Ground, name: str = "teams") -> Step:
    steps = functions.steps(ground.site(aim(teams_secret=name)))
    return next(step for step in steps if step.what == "function metrics-analysis")


def mounted(step: Step) -> list[str]:
    return [word for word in step.argv if "secrets" in word]


def test_the_newest_version_is_mounted(ground: Ground) -> None:
    add(ground, 9)
    add(ground, 10)
    assert mounted(deployment(ground)) == ["--set-secrets=HINOMI_TEAMS_WEBHOOK_URL=teams:10"]


def test_a_new_version_is_a_change_to_deploy(ground: Ground) -> None:
    add(ground, 1)
    before = deployment(ground)
    add(ground, 2)
    assert deployment(ground).argv[-2] != before.argv[-2]  # the label with the digest


@pytest.mark.parametrize("state", ["DISABLED", "DESTROYED"])
def test_a_version_that_cannot_be_used_is_passed_over(ground: Ground, state: str) -> None:
    add(ground, 1)
    add(ground, 2, state)
    assert mounted(deployment(ground)) == ["--set-secrets=HINOMI_TEAMS_WEBHOOK_URL=teams:1"]


def test_a_secret_without_a_version_is_not_mounted(ground: Ground) -> None:
    ground.state[SECRET] = {"name": "teams"}
    assert mounted(deployment(ground)) == ["--clear-secrets"]


def test_a_secret_that_is_not_given_any_more_is_taken_out(ground: Ground) -> None:
    add(ground, 1)
    assert mounted(deployment(ground, name="")) == ["--clear-secrets"]
