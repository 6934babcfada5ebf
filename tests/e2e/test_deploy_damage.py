"""What people and accidents do to an installation: the doctor finds each, and its command or deploy.sh mends it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from deploy.doctor import Problem, examine
from tests.support.deployment import REGION, Deployment, Undisturbed, differing
from tests.support.gcloud_services import PROJECT

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
PLACE = f"{HOME}/locations/{REGION}"
FUNCTION = f"cloudfunctions/{PLACE}/functions/metrics-analysis"
INVOKERS = f"run/{PLACE}/services/metrics-analysis:policy"
SUBSCRIPTION = f"pubsub/{HOME}/subscriptions/hinomi-evidence"
INSTANCE = f"sql/{HOME}/instances/hinomi"
SINK = f"logging/{HOME}/sinks/hinomi-evidence-1"
POLICY = f"monitoring/{HOME}/alertPolicies/1001"
EDITOR = {"role": "roles/editor", "members": [f"serviceAccount:hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"]}
EVERYTHING = [{"name": "all", "filter": "severity>=DEFAULT"}]
EVERYBODY = {"role": "roles/run.invoker", "members": ["allUsers"]}
OPEN = {"authorizedNetworks": [{"value": "0.0.0.0/0"}], "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"}

Damage = Callable[[dict[str, Any]], object]
DAMAGES: dict[str, tuple[Damage, str]] = {
    "topic deleted": (lambda s: s[SUBSCRIPTION].update(topic="_deleted-topic_"), "its topic was deleted"),
    "detached": (lambda s: s[SUBSCRIPTION].update(state="RESOURCE_ERROR", detached=True), "is detached"),
    "sink leaves all out": (lambda s: s[SINK].update(exclusions=EVERYTHING), "exclusions say: all"),
    "everybody calls": (lambda s: s[INVOKERS]["bindings"].append(EVERYBODY), "everybody has it"),
    "an editor": (
        lambda s: s[f"cloudresourcemanager/{HOME}:policy"]["bindings"].append(EDITOR),
        "no account of Hinomi has a basic role",
    ),
    "variable edited": (
        lambda s: s[FUNCTION]["serviceConfig"]["environmentVariables"].update(HINOMI_ERROR_DB_URL="x"),
        "edited by hand: HINOMI_ERROR_DB_URL",
    ),
    "condition edited": (
        lambda s: s[POLICY]["conditions"][0]["conditionThreshold"].update(thresholdValue=1000),
        "is not as in the plan",
    ),
    "database open": (lambda s: s[INSTANCE]["settings"].update(ipConfiguration=OPEN), "is open to 0.0.0.0/0"),
    "no enforcement": (
        lambda s: s[INSTANCE]["settings"].update(connectorEnforcement="NOT_REQUIRED"),
        "answers to others than the connector",
    ),
    "deadline": (
        lambda s: s[f"cloudscheduler/{PLACE}/jobs/hinomi-history"].update(attemptDeadline="15s"),
        "deadline of a call is 15s",
    ),
}


def problems(made: Deployment) -> list[Problem]:
    found = [problem for _, some in examine(made.site()) for problem in some]
    return [problem for problem in found if "no Teams channel" not in problem.what]


def mend(installed: Deployment, found: list[Problem]) -> None:
    for problem in found:
        if problem.mend.startswith("gcloud "):
            installed.mend(problem.mend)
        else:
            assert shlex.split(problem.mend)[0] == "./deploy.sh"
            assert installed.run().returncode == 0


@pytest.mark.parametrize("name", DAMAGES)
def test_the_doctor_finds_the_damage_and_its_command_mends_it(
    name: str, installed: Deployment, undisturbed: Undisturbed
) -> None:
    damage, said = DAMAGES[name]
    damage(installed.server.services.state)
    found = problems(installed)
    assert [problem.what for problem in found if said in problem.what], found
    mend(installed, found)
    mend(installed, problems(installed))  # a subscription that is new needs its grant
    assert problems(installed) == []
    assert differing(installed.state, undisturbed.end) == {}


def test_a_subscription_in_trouble_is_named(installed: Deployment) -> None:
    installed.server.services.state[SUBSCRIPTION]["state"] = "RESOURCE_ERROR"
    assert [problem.what for problem in problems(installed)] == [
        "subscription hinomi-evidence: state is RESOURCE_ERROR instead of ACTIVE"
    ]


def test_deploy_mends_all_of_them_together(installed: Deployment) -> None:
    for damage, _said in DAMAGES.values():
        damage(installed.server.services.state)
    result = installed.run()
    assert result.returncode == 0, result.stdout[-1500:] + result.stderr
    assert problems(installed) == []
