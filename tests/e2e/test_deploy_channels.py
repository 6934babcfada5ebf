"""deploy.sh upgrades an installation in which one topic and one push account served every kind of message."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.deployment import REGION, Deployment, Undisturbed, differing
from tests.support.gcloud_services import NUMBER, PROJECT

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
PLACE = f"{HOME}/locations/{REGION}"
FUNCTION = f"cloudfunctions/{PLACE}/functions/metrics-analysis"
EVIDENCE = f"pubsub/{HOME}/subscriptions/hinomi-evidence"
TOPIC = f"pubsub/{HOME}/topics/hinomi-evidence"
NEW = ("monitoring", "reports-airflow", "ticks")
PUSH = f"hinomi-push@{PROJECT}.iam.gserviceaccount.com"
REPORTER = f"serviceAccount:airflow@{PROJECT}.iam.gserviceaccount.com"


@pytest.fixture
def one_topic(installed: Deployment) -> Deployment:
    """The installation of an earlier version, with a reporter on the one topic."""
    state = installed.server.services.state
    accounts = [f"hinomi-push-{name}" for name in ("evidence", "monitoring", "reports", "ticks")]
    starts = [f"iam/{HOME}/serviceAccounts/{name}@" for name in accounts]
    starts += [f"pubsub/{HOME}/{kind}/hinomi-{name}" for kind in ("topics", "subscriptions") for name in NEW]
    for key in [key for key in state if key.startswith(tuple(starts))]:
        del state[key]
    for key in [key for key in state if "/notificationChannels/" in key and state[key]["type"] == "pubsub"]:
        del state[key]
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
    return installed


def policy(role: str, member: str) -> dict[str, Any]:
    return {"bindings": [{"role": role, "members": [member]}], "version": 1}


def at(commands: list[list[str]], *words: str) -> list[int]:
    """Where in the run the commands with these words are."""
    return [number for number, argv in enumerate(commands) if set(words) <= set(argv)]


def test_an_upgrade_loses_no_message_and_leaves_nothing_of_the_old_way(
    one_topic: Deployment, undisturbed: Undisturbed
) -> None:
    done = one_topic.run()
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    commands = one_topic.commands()
    (deployed,) = at(commands, "functions", "deploy", "metrics-analysis")
    moved = [number for name in NEW for number in at(commands, "subscriptions", "create", f"hinomi-{name}")]
    ticks = [number for name in ("hinomi-sweep", "hinomi-load-check") for number in at(commands, "scheduler", name)]
    (pushed,) = at(commands, "subscriptions", "update", "hinomi-evidence")
    (revoked,) = at(commands, "remove-iam-policy-binding", "metrics-analysis")
    assert len(moved) == 3
    assert max(*moved, *ticks) < deployed < pushed < revoked
    left = differing(one_topic.state, undisturbed.end)
    assert {key: value for key, value in left.items() if not key.endswith(("policy version", "policy bindings"))} == {}
    one_topic.commands()
    assert one_topic.run().returncode == 0
    assert one_topic.commands() == []


def test_a_reporter_on_the_topic_of_log_entries_is_named_and_loses_its_role(one_topic: Deployment) -> None:
    problems = [problem for area in one_topic.doctor()["areas"] for problem in area["problems"]]
    wanted = f"grant of roles/pubsub.publisher on topic hinomi-evidence to {REPORTER}"
    (found,) = [one["what"] for one in problems if one["what"].startswith(wanted)]
    assert found == f"{wanted}: not a publisher of this topic (log entries, from the log sinks only)"
