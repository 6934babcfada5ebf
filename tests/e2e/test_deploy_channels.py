"""deploy.sh upgrades an installation of an earlier version, in which all kinds of message shared a topic and a push account."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from deploy.doctor import examine
from deploy.phases import all_steps
from tests.support.deployment import REGION, Deployment, Undisturbed, differing, finish, without_chance
from tests.support.gcloud_services import NUMBER, PROJECT

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
PLACE = f"{HOME}/locations/{REGION}"
FUNCTION = f"cloudfunctions/{PLACE}/functions/metrics-analysis"
EVIDENCE = f"pubsub/{HOME}/subscriptions/hinomi-evidence"
TOPIC = f"pubsub/{HOME}/topics/hinomi-evidence"
NEW = ("monitoring", "reports-airflow", "ticks")
THEIRS = f"monitoring/{HOME}/notificationChannels/7"
PUSH = f"hinomi-push@{PROJECT}.iam.gserviceaccount.com"
REPORTER = f"serviceAccount:airflow@{PROJECT}.iam.gserviceaccount.com"


@pytest.fixture
def one_topic(installed: Deployment) -> Deployment:
    """The installation of an earlier version, with a reporter on the shared topic."""
    make_one_topic(installed.server.services.state)
    return installed


@pytest.fixture(scope="module")
def upgrade(undisturbed: Undisturbed) -> Undisturbed:
    """The run that upgrades this installation, without failures."""
    state = undisturbed.made.server.services.state = copy.deepcopy(undisturbed.raw_end)
    make_one_topic(state)
    return Undisturbed(undisturbed.made)


def make_one_topic(state: dict[str, Any]) -> None:
    """Turns the state of an installation into that of an earlier version."""
    accounts = [f"hinomi-push-{name}" for name in ("evidence", "monitoring", "reports", "ticks")]
    starts = [f"iam/{HOME}/serviceAccounts/{name}@" for name in accounts]
    starts += [f"pubsub/{HOME}/{kind}/hinomi-{name}" for kind in ("topics", "subscriptions") for name in NEW]
    for key in [key for key in state if key.startswith(tuple(starts))]:
        del state[key]
    for key in [key for key in state if "/notificationChannels/" in key and state[key]["type"] == "pubsub"]:
        del state[key]
    state[THEIRS] = their_channel("hinomi-evidence")
    function = state[FUNCTION]
    function["labels"]["hinomi-digest"] = "of an earlier version"
    function["serviceConfig"]["environmentVariables"].pop("HINOMI_PUSH_ACCOUNTS")
    state[EVIDENCE]["pushConfig"]["pushEndpoint"] = function["serviceConfig"]["uri"]
    state[EVIDENCE]["pushConfig"]["oidcToken"]["serviceAccountEmail"] = PUSH
    for name in ("hinomi-sweep", "hinomi-load-check"):
        state[f"cloudscheduler/{PLACE}/jobs/{name}"]["pubsubTarget"]["topicName"] = TOPIC.partition("/")[2]
    state[f"run/{PLACE}/services/metrics-analysis:policy"] = policy("roles/run.invoker", f"serviceAccount:{PUSH}")
    signer = f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
    state[f"iam/{HOME}/serviceAccounts/{PUSH}:policy"] = policy("roles/iam.serviceAccountTokenCreator", signer)
    state[f"{TOPIC}:policy"]["bindings"][0]["members"].append(REPORTER)


def their_channel(topic: str) -> dict[str, Any]:
    """A notification channel that someone created for their own alert policies."""
    labels = {"topic": f"{HOME}/topics/{topic}"}
    name = THEIRS.partition("/")[2]
    return {"name": name, "displayName": "theirs", "type": "pubsub", "labels": labels, "enabled": True}


def policy(role: str, member: str) -> dict[str, Any]:
    return {"bindings": [{"role": role, "members": [member]}], "version": 1}


def at(commands: list[list[str]], *words: str) -> list[int]:
    """The positions in the run of the commands with these words."""
    return [number for number, argv in enumerate(commands) if set(words) <= set(argv)]


def unheard(state: dict[str, Any]) -> set[str]:
    """The topics to which something publishes, without a subscription that may call the function."""
    sinks = {item["destination"].partition("/")[2] for key, item in state.items() if "/sinks/hinomi" in key}
    jobs = {item["pubsubTarget"]["topicName"] for item in state.values() if "pubsubTarget" in item}
    invokers = {
        member
        for binding in state[f"run/{PLACE}/services/metrics-analysis:policy"]["bindings"]
        if binding["role"] == "roles/run.invoker"
        for member in binding["members"]
    }
    heard = {
        item["topic"]
        for key, item in state.items()
        if "/subscriptions/hinomi-" in key and f"serviceAccount:{account_of(item)}" in invokers
    }
    return {*sinks, *jobs, state[THEIRS]["labels"]["topic"]} - heard


def account_of(subscription: dict[str, Any]) -> str:
    return str(subscription.get("pushConfig", {}).get("oidcToken", {}).get("serviceAccountEmail", ""))


def test_an_upgrade_loses_no_message_and_removes_the_old_subscriptions(
    upgrade: Undisturbed, undisturbed: Undisturbed
) -> None:
    commands = upgrade.commands
    (deployed,) = at(commands, "functions", "deploy", "metrics-analysis")
    moved = [number for name in NEW for number in at(commands, "subscriptions", "create", f"hinomi-{name}")]
    ticks = [number for name in ("hinomi-sweep", "hinomi-load-check") for number in at(commands, "scheduler", name)]
    (pushed,) = at(commands, "subscriptions", "update", "hinomi-evidence")
    (revoked,) = at(commands, "remove-iam-policy-binding", "metrics-analysis")
    assert len(moved) == 3
    assert max(*moved, *ticks) < deployed < pushed < revoked
    assert [unheard(state) for state in upgrade.states] == [set()] * len(upgrade.states)
    assert remaining(upgrade.raw_end, undisturbed) == {}
    upgrade.made.server.restore(upgrade.raw_end)
    assert all_steps(upgrade.made.site()) == []


def remaining(state: dict[str, Any], undisturbed: Undisturbed) -> dict[str, Any]:
    """The differences from a first run; the channel of others, and empty policies, do not count."""
    expected = {**undisturbed.raw_end, THEIRS: their_channel("hinomi-monitoring")}
    found = differing(without_chance(state), without_chance(expected))
    return {key: value for key, value in found.items() if not key.endswith(("policy version", "policy bindings"))}


def test_after_a_kill_between_two_commands_an_upgrade_continues(upgrade: Undisturbed) -> None:
    assert upgrade.repeated() == []


def test_after_a_failure_within_a_command_an_upgrade_completes_it(upgrade: Undisturbed) -> None:
    assert {half.words[0] for half in upgrade.half_done} >= {"functions"}
    for half in upgrade.half_done:
        finish(upgrade.made, half)


def test_a_reporter_that_may_publish_log_entries_is_reported_and_loses_the_role(one_topic: Deployment) -> None:
    problems = [problem for _, some in examine(one_topic.site()) for problem in some]
    wanted = f"grant of roles/pubsub.publisher on topic hinomi-evidence to {REPORTER}"
    (found,) = [one.what for one in problems if one.what.startswith(wanted)]
    assert found == f"{wanted}: not a publisher of this topic (log entries, from the log sinks only)"
