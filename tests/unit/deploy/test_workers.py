"""Each worker in the settings has its own topics and subscriptions, and rights only on these."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.metrics_analysis import routes
from deploy.parts import channel_topics, functions, grants, pubsub, unexpected_grants
from deploy.phases import all_steps
from deploy.site import Site, read_plan
from deploy.step import Step
from shared.connections.worker import ORDERS, RESULTS
from shared.errors import InputError
from tests.support.gcloud_services import PROJECT
from tests.support.planning import HOME, LABELLED, Ground, aim

pytestmark = pytest.mark.server

ONPREM = f"serviceAccount:onprem@{PROJECT}.iam.gserviceaccount.com"
DC = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/dc/subject/worker"
SETTINGS = {"HINOMI_WORKER_ONPREM_MEMBER": ONPREM, "HINOMI_WORKER_DC_2_MEMBER": DC}
METRICS = f"serviceAccount:hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"


def site(ground: Ground, **settings: str) -> Site:
    return ground.site(replace(aim(), settings=settings or SETTINGS))


def exists(ground: Ground, kind: str, name: str, bindings: dict[str, list[str]], **more: Any) -> None:
    path = f"pubsub/{HOME}/{kind}/{name}"
    ground.state[path] = {"name": f"{HOME}/{kind}/{name}", "topic": f"{HOME}/topics/{name}", **LABELLED, **more}
    policy = [{"role": role, "members": members} for role, members in bindings.items()]
    ground.state[f"{path}:policy"] = {"bindings": policy, "version": 1}


def option(step: Step, name: str) -> str:
    return next((word.partition("=")[2] for word in step.argv if word.startswith(f"--{name}=")), "")


def test_the_names_of_the_plan_are_those_that_function_and_worker_use() -> None:
    plan = read_plan()["workers"]
    assert (plan["orders"]["topic"], plan["results"]["topic"]) == (ORDERS, RESULTS)


def test_each_worker_gets_orders_to_pull_exactly_once_and_a_path_for_its_results(ground: Ground) -> None:
    view = site(ground)
    made = [step.argv[3] for step in pubsub.topics(view)]
    names = ["hinomi-orders-dc-2", "hinomi-results-dc-2", "hinomi-orders-onprem", "hinomi-results-onprem"]
    assert [name for name in made if name in names] == names
    pulled = {step.argv[3]: step for step in pubsub.pull(view) if "orders" in step.argv[3]}
    assert set(pulled) == {"hinomi-orders-dc-2", "hinomi-orders-onprem"}
    assert all("--enable-exactly-once-delivery" in step.argv for step in pulled.values())
    pushed = {step.argv[3]: step for step in pubsub.push(view) if "results" in step.argv[3]}
    assert option(pushed["hinomi-results-dc-2"], "push-endpoint").endswith("/results/dc-2")
    account = option(pushed["hinomi-results-onprem"], "push-auth-service-account")
    assert account == f"hinomi-push-results@{PROJECT}.iam.gserviceaccount.com"
    function = view.function("metrics_analysis")
    assert function is not None
    callers = routes.callers(functions.environment(view, function)["HINOMI_PUSH_ACCOUNTS"].split(","))
    assert {"/results/dc-2", "/results/onprem"} < set(callers or ())


def test_each_publisher_and_reader_is_granted_on_its_own_alone(ground: Ground) -> None:
    planned = {
        (grant.on, grant.name, grant.role.rpartition(".")[2], grant.member) for grant in grants.of_workers(site(ground))
    }
    assert planned == {
        ("topic", "hinomi-orders-onprem", "publisher", METRICS),
        ("topic", "hinomi-orders-dc-2", "publisher", METRICS),
        ("topic", "hinomi-results-onprem", "publisher", ONPREM),
        ("topic", "hinomi-results-dc-2", "publisher", DC),
        ("subscription", "hinomi-orders-onprem", "subscriber", ONPREM),
        ("subscription", "hinomi-orders-dc-2", "subscriber", DC),
    }


def test_a_worker_that_publishes_or_reads_elsewhere_loses_the_role(ground: Ground) -> None:
    for name, member in (("onprem", ONPREM), ("dc-2", DC)):
        exists(ground, "topics", f"hinomi-orders-{name}", {"roles/pubsub.publisher": [METRICS, ONPREM]})
        exists(ground, "topics", f"hinomi-results-{name}", {"roles/pubsub.publisher": [member, ONPREM, METRICS]})
        exists(
            ground,
            "subscriptions",
            f"hinomi-orders-{name}",
            {"roles/pubsub.subscriber": [member, ONPREM, "user:a@example.com"]},
        )
    view = site(ground)
    found = [*unexpected_grants.publishing(view), *unexpected_grants.reading_orders(view)]
    assert sorted((step.argv[1], step.argv[3], option(step, "member")) for step in found) == [
        ("subscriptions", "hinomi-orders-dc-2", ONPREM),
        ("topics", "hinomi-orders-dc-2", ONPREM),
        ("topics", "hinomi-orders-onprem", ONPREM),
        ("topics", "hinomi-results-dc-2", METRICS),
        ("topics", "hinomi-results-dc-2", ONPREM),
        ("topics", "hinomi-results-onprem", METRICS),
    ]


def test_a_worker_that_left_the_settings_loses_its_topics(ground: Ground) -> None:
    for kind in ("topics", "subscriptions"):
        for name in ("hinomi-orders-old", "hinomi-results-old", "hinomi-orders-onprem"):
            exists(ground, kind, name, {})
    deleted = [step.argv[3] for step in all_steps(site(ground)) if step.argv[2:3] == ("delete",)]
    assert sorted(deleted) == ["hinomi-orders-old"] * 2 + ["hinomi-results-old"] * 2


def test_a_subscription_without_exactly_once_delivery_is_corrected(ground: Ground) -> None:
    exists(
        ground,
        "subscriptions",
        "hinomi-orders-onprem",
        {},
        ackDeadlineSeconds=60,
        messageRetentionDuration="86400s",
        expirationPolicy={},
    )
    step = next(step for step in pubsub.pull(site(ground)) if step.argv[3] == "hinomi-orders-onprem")
    assert step.argv[2] == "update"
    assert step.problem == "exactly-once delivery is False instead of True"


def test_a_channel_cannot_publish_orders_or_results(ground: Ground) -> None:
    topics = [f"{HOME}/topics/hinomi-{kind}-onprem" for kind in ("orders", "results")]
    view = site(ground, **SETTINGS, HINOMI_PUBSUB_TOPIC=topics[0], HINOMI_PUBLISH_TOPIC_X=topics[1])
    assert sorted(channel_topics.own(view)) == topics


def test_an_invalid_member_is_refused(ground: Ground) -> None:
    with pytest.raises(InputError, match="the member '<secret>' of a worker is invalid"):
        _ = site(ground, HINOMI_WORKER_ONPREM_MEMBER="allUsers").workers
