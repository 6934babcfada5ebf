"""Each kind of message has its own topic, push account, path and publishers."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis import routes
from deploy.parts import alerts, functions, grants, pubsub, schedules, unexpected_grants
from deploy.phases import steps
from deploy.site import Site, read_plan
from tests.support.gcloud_services import NUMBER, PROJECT
from tests.support.planning import HOME, LABELLED, REGION, GivenState, Ground, aim, whats

PLAN = read_plan()
PUSHED = {name: spec for name, spec in PLAN["subscriptions"].items() if "function" in spec}
CHANNELS = f"monitoring/{HOME}/notificationChannels"
URL = "https://metrics-analysis.run.app"
OTHERS = [name for name in PUSHED if name != "hinomi-evidence"]


def account(name: str) -> str:
    return f"serviceAccount:{name}@{PROJECT}.iam.gserviceaccount.com"


def agent(service: str, number: str = NUMBER) -> str:
    return f"serviceAccount:service-{number}@gcp-sa-{service}.iam.gserviceaccount.com"


def topic(ground: Ground, name: str, *members: str, role: str = "roles/pubsub.publisher") -> None:
    path = f"pubsub/{HOME}/topics/{name}"
    ground.state[path] = {"name": f"{HOME}/topics/{name}", **LABELLED}
    ground.state[f"{path}:policy"] = {"bindings": [{"role": role, "members": list(members)}], "version": 1}


@pytest.mark.parametrize("key", ["topic", "account", "path"])
def test_no_two_kinds_share(key: str) -> None:
    values = [spec[key] for spec in PUSHED.values()]
    reports = PLAN["reports"]["subscription"] | {"topic": PLAN["reports"]["topic"]}
    assert len({*values, reports[key]}) == len(values) + 1 == len(routes.ROUTES)


def test_every_path_of_the_function_has_a_subscription() -> None:
    assert {spec["path"] for spec in PUSHED.values()} | {routes.REPORTS} == set(routes.ROUTES)


@pytest.mark.server
def test_the_function_has_the_push_account_of_each_path(ground: Ground) -> None:
    site = ground.site()
    function = site.function("metrics_analysis")
    assert function is not None
    text = functions.environment(site, function)["HINOMI_PUSH_ACCOUNTS"]
    assert routes.callers(text.split(",")) == {spec["path"]: site.email(spec["account"]) for spec in PUSHED.values()}


@pytest.mark.server
def test_the_other_function_has_no_push_accounts(ground: Ground) -> None:
    site = ground.site()
    function = site.function("history_analysis")
    assert function is not None
    assert "HINOMI_PUSH_ACCOUNTS" not in functions.environment(site, function)


def test_each_account_calls_one_function() -> None:
    found = grants.invokers(PLAN)
    assert len({name for _, name in found}) == len(found)
    assert [target for target, name in found if name == "hinomi-push"] == ["history_analysis"]


@pytest.mark.server
def test_ticks_are_published_to_their_own_topic(ground: Ground) -> None:
    made = [step.argv for step in schedules.steps(ground.site()) if "pubsub" in step.argv]
    assert [word for argv in made for word in argv if word.startswith("--topic=")] == [
        f"--topic={HOME}/topics/hinomi-ticks"
    ] * 2


WORKFORCE = "principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/alice@example.com"


@pytest.mark.server
@pytest.mark.parametrize("name", PLAN["topics"])
@pytest.mark.parametrize("role", ["roles/pubsub.publisher", "roles/pubsub.editor", "roles/pubsub.admin"])
def test_an_account_that_is_not_planned_may_not_publish(ground: Ground, name: str, role: str) -> None:
    topic(ground, name, account("reporter"), "user:alice@example.com", WORKFORCE, role=role)
    (step,) = unexpected_grants.publishing(ground.site())
    assert step.argv[:4] == ("pubsub", "topics", "remove-iam-policy-binding", name)
    assert f"--member={account('reporter')}" in step.argv
    assert step.problem == f"not a publisher of this topic ({PLAN['topics'][name]})"


WRITER = agent("logging")
CI = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*"
IMITATED = agent("monitoring-notification", "7") + ".example.com"
PUBLISHERS = {
    "hinomi-evidence": {WRITER},
    "hinomi-monitoring": {agent("monitoring-notification")},
    "hinomi-ticks": {agent("cloudscheduler")},
    "hinomi-dead-letter": {agent("pubsub")},
    "hinomi-reports-airflow": {account("airflow")},
    "hinomi-reports-dq": {account("dq"), CI},
    "hinomi-reports": {account("airflow"), account("dq"), CI},  # shared by all reporters in earlier versions
}


@pytest.fixture
def reported(ground: Ground) -> Site:
    """An installation with a sink and two reporters; every account may publish to every topic."""
    sink = {
        "name": "hinomi-evidence-1",
        "destination": f"pubsub.googleapis.com/{HOME}/topics/hinomi-evidence",
        "description": "managed-by=hinomi",
        "writerIdentity": WRITER,
    }
    ground.state[f"logging/{HOME}/sinks/hinomi-evidence-1"] = sink
    everybody = {*set().union(*PUBLISHERS.values()), IMITATED, "domain:example.com", account("reporter")}
    for name in PUBLISHERS:
        topic(ground, name, *everybody)
    reporters = {"airflow": [account("airflow")], "dq": [account("dq"), CI]}
    return ground.site(desired=GivenState(filters={"hinomi-evidence-1": "x"}, reporters=reporters))


@pytest.mark.server
def test_each_publisher_is_planned_on_its_own_topic_alone(reported: Site) -> None:
    planned = {name: {(one.role, one.member) for one in grants.publishers(reported, name)} for name in reported.topics}
    assert planned == {
        name: {("roles/pubsub.publisher", member) for member in members} for name, members in PUBLISHERS.items()
    }


@pytest.mark.server
def test_each_publisher_loses_its_role_on_every_other_topic(reported: Site) -> None:
    found = list(unexpected_grants.publishing(reported))
    revoked = {(step.argv[3], next(word for word in step.argv if word.startswith("--member="))[9:]) for step in found}
    everybody = {*set().union(*PUBLISHERS.values()), IMITATED, "domain:example.com", account("reporter")}
    assert revoked == {(name, member) for name, own in PUBLISHERS.items() for member in everybody - own}


@pytest.mark.server
def test_alert_policies_of_other_projects_may_notify(ground: Ground) -> None:
    topic(ground, "hinomi-monitoring", agent("monitoring-notification", "7"))
    topic(ground, "hinomi-evidence", agent("monitoring-notification", "7"))
    assert [step.argv[3] for step in unexpected_grants.publishing(ground.site())] == ["hinomi-evidence"]


@pytest.mark.server
def test_while_the_writer_of_a_sink_is_unknown_no_member_loses_the_evidence_topic(ground: Ground) -> None:
    topic(ground, "hinomi-evidence", agent("logging"))
    site = ground.site(desired=GivenState(filters={"hinomi-evidence-1": "x"}))
    assert list(unexpected_grants.publishing(site)) == []


@pytest.mark.server
def test_a_channel_for_alert_policies_is_created_once(ground: Ground) -> None:
    (step,) = alerts.notifications(ground.site())
    assert f"--channel-labels=topic={HOME}/topics/hinomi-monitoring" in step.argv
    channel(ground, "1", "hinomi-monitoring", userLabels={"managed-by": "hinomi"})
    assert list(alerts.notifications(ground.site())) == []


@pytest.mark.server
def test_a_channel_that_publishes_to_another_topic_is_corrected(ground: Ground) -> None:
    channel(ground, "1", "hinomi-monitoring", userLabels={"managed-by": "hinomi"})
    channel(ground, "2", "hinomi-evidence")
    channel(ground, "3", "pager-of-the-shop")
    (step,) = alerts.redirections(ground.site())
    assert step.problem == "publishes to hinomi-evidence, which does not accept notifications"
    assert step.argv[4:] == (
        f"{HOME}/notificationChannels/2",
        f"--update-channel-labels=topic={HOME}/topics/hinomi-monitoring",
    )


def channel(ground: Ground, number: str, name: str, **more: Any) -> None:
    path = f"{CHANNELS}/{number}"
    labels = {"topic": f"{HOME}/topics/{name}"}
    made = {"name": path.partition("/")[2], "type": "pubsub", "displayName": "x", "labels": labels, **more}
    ground.state[path] = made


def one_topic(ground: Ground, endpoint: str = URL) -> None:
    """Adds the push subscription of an installed version."""
    ground.deployed(aim())
    path = f"pubsub/{HOME}/subscriptions/hinomi-evidence"
    ground.state[path] = {
        **LABELLED,
        "name": f"{HOME}/subscriptions/hinomi-evidence",
        "topic": f"{HOME}/topics/hinomi-evidence",
        "pushConfig": {"pushEndpoint": endpoint},
    }


@pytest.mark.server
def test_an_upgrade_moves_each_kind_before_the_function_is_deployed(ground: Ground) -> None:
    one_topic(ground)
    place = f"run/{HOME}/locations/{REGION}/services/metrics-analysis"
    ground.state[place] = {"name": place.partition("/")[2]}
    found = steps(ground.site(), "channels")
    kinds = [what.partition(" ")[0] for what in whats(found)]
    assert kinds == ["grant"] * 6 + ["subscription"] * 2 + ["schedule"] * 3
    made = [step.argv[3] for step in found if step.what.startswith("subscription")]
    assert made == OTHERS


@pytest.mark.server
def test_nothing_is_moved_in_a_first_installation_and_after_an_upgrade(ground: Ground) -> None:
    assert steps(ground.site(), "channels") == []
    one_topic(ground, f"{URL}/evidence")
    assert steps(ground.site(), "channels") == []
    assert pubsub.is_before_channels(ground.site()) is False
