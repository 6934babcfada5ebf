"""Each declared reporter has its own topic, subscription and path; the shared topic of earlier versions is removed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from collectors.metrics_analysis import routes
from deploy import unmanaged
from deploy.parts import functions, grants, pubsub, unexpected_grants
from deploy.phases import all_steps, steps
from deploy.removal import removal
from deploy.site import Site
from deploy.step import Step
from tests.support.gcloud_services import PROJECT
from tests.support.planning import HOME, LABELLED, GivenState, Ground, whats

AIRFLOW = f"serviceAccount:airflow@{PROJECT}.iam.gserviceaccount.com"
CI = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*"
DECLARED = GivenState(reporters={"airflow": [AIRFLOW], "dq": [CI, "user:dq@example.com"], "manual": []})
TODAY = date(2026, 11, 23)
SHARED = "hinomi-reports"

pytestmark = pytest.mark.server


def topic(ground: Ground, name: str, *members: str, **labels: str) -> None:
    path = f"pubsub/{HOME}/topics/{name}"
    ground.state[path] = {"name": f"{HOME}/topics/{name}", "labels": {**LABELLED["labels"], **labels}}
    bindings = [{"role": "roles/pubsub.publisher", "members": list(members)}]
    ground.state[f"{path}:policy"] = {"bindings": bindings, "version": 1}


def subscription(ground: Ground, name: str, **more: Any) -> None:
    path = f"{HOME}/subscriptions/{name}"
    ground.state[f"pubsub/{path}"] = {"name": path, "topic": f"{HOME}/topics/{name}", **LABELLED, **more}


def shared(ground: Ground, *members: str, **labels: str) -> None:
    """The topic of an earlier version, with its subscription."""
    topic(ground, SHARED, *members, **labels)
    subscription(ground, SHARED)


def site(ground: Ground, desired: GivenState = DECLARED, today: date = TODAY) -> Site:
    return ground.site(desired=desired, today=today)


def option(step: Step, name: str) -> str:
    (found,) = [word for word in step.argv if word.startswith(f"--{name}=")]
    return found.partition("=")[2]


def revoked(found: list[Step]) -> list[tuple[str, str]]:
    return sorted((step.argv[3], option(step, "member")) for step in found)


def test_each_declared_reporter_gets_a_topic_and_a_push_subscription_with_dead_letters(ground: Ground) -> None:
    view = site(ground)
    names = [f"hinomi-reports-{name}" for name in DECLARED.reporters]
    made = [step.argv[3] for step in pubsub.topics(view)]
    assert [name for name in made if "report" in name] == names
    pushed = [step for step in pubsub.push(view) if "reports" in step.argv[3]]
    assert [step.argv[3] for step in pushed] == names
    for step, name in zip(pushed, DECLARED.reporters, strict=True):
        assert option(step, "topic") == f"hinomi-reports-{name}"
        assert option(step, "push-endpoint").endswith(f"/reports/{name}")
        assert option(step, "push-auth-service-account") == f"hinomi-push-reports@{PROJECT}.iam.gserviceaccount.com"
        assert option(step, "dead-letter-topic") == "hinomi-dead-letter"
    acknowledged = [step.argv[3] for step in grants.subscribers(view)]
    assert set(names) <= set(acknowledged)


def test_each_publisher_is_granted_on_its_own_topic_alone(ground: Ground) -> None:
    view = site(ground)
    for name in view.topics:
        topic(ground, name)
    granted = {
        (step.argv[3], option(step, "member")) for step in grants.steps(site(ground)) if step.argv[0] == "pubsub"
    }
    wanted = {
        ("hinomi-reports-airflow", AIRFLOW),
        ("hinomi-reports-dq", CI),
        ("hinomi-reports-dq", "user:dq@example.com"),
    }
    assert {(name, member) for name, member in granted if "reports" in name} == wanted
    assert {name for name, member in granted if member in (AIRFLOW, CI)} == {
        "hinomi-reports-airflow",
        "hinomi-reports-dq",
    }


def test_a_publisher_on_the_topic_of_another_reporter_loses_its_role(ground: Ground) -> None:
    topic(ground, "hinomi-reports-airflow", AIRFLOW)
    topic(ground, "hinomi-reports-dq", AIRFLOW, CI)
    assert revoked(list(unexpected_grants.publishing(site(ground)))) == [("hinomi-reports-dq", AIRFLOW)]


def test_the_function_has_a_path_for_each_reporter(ground: Ground) -> None:
    view = site(ground)
    function = view.function("metrics_analysis")
    assert function is not None
    made = functions.environment(view, function)
    callers = routes.callers(made["HINOMI_PUSH_ACCOUNTS"].split(","))
    assert callers is not None
    assert set(callers) == routes.paths(DECLARED.reporters, on_google_cloud=True)
    assert "HINOMI_SHARED_REPORTS_UNTIL" not in made


def test_a_reporter_that_is_no_longer_declared_loses_its_subscription_and_its_topic(ground: Ground) -> None:
    for name in ("airflow", "old"):
        topic(ground, f"hinomi-reports-{name}", AIRFLOW)
        subscription(ground, f"hinomi-reports-{name}")
    found = [step for step in all_steps(site(ground)) if step.argv[2:3] == ("delete",)]
    assert [(step.what, step.problem) for step in found] == [
        ("subscription hinomi-reports-old", "its reporter is not declared"),
        ("topic hinomi-reports-old", "its reporter is not declared"),
    ]
    assert [step.argv for step in steps(site(ground), "last") if "delete" in step.argv] == [step.argv for step in found]


def test_topics_without_the_label_of_hinomi_are_unchanged(ground: Ground) -> None:
    for name in ("hinomi-reports-of-finance", SHARED):
        path = f"{HOME}/topics/{name}"
        ground.state[f"pubsub/{path}"] = {"name": path}
    assert list(pubsub.undeclared(site(ground))) == []
    assert site(ground).shared_reports_until is None


def test_a_topic_of_somebody_else_with_the_name_of_a_reporter_stops_the_deployment(ground: Ground) -> None:
    path = f"{HOME}/topics/hinomi-reports-airflow"
    ground.state[f"pubsub/{path}"] = {"name": path}
    assert [item.what.en for item in unmanaged.find(site(ground))] == ["topic hinomi-reports-airflow"]


def test_the_removal_of_the_installation_deletes_the_topics_of_all_reporters(ground: Ground) -> None:
    shared(ground)
    for name in ("airflow", "old"):
        topic(ground, f"hinomi-reports-{name}")
        subscription(ground, f"hinomi-reports-{name}")
    names = [SHARED, "hinomi-reports-airflow", "hinomi-reports-old"]
    found = whats(removal(site(ground, GivenState()), databases=False))
    assert found == [f"{kind} {name}" for kind in ("subscription", "topic") for name in names]


# The shared topic of earlier versions.


def test_an_upgrade_keeps_the_shared_topic_for_thirty_days_and_writes_the_day_into_its_label(ground: Ground) -> None:
    shared(ground, AIRFLOW)
    view = site(ground)
    (step,) = [step for step in pubsub.topics(view) if step.argv[3] == SHARED]
    assert step.problem == "shared by all reporters; kept until 2026-12-23, while they move to their own topics"
    assert option(step, "update-labels") == "hinomi-until=2026-12-23"
    assert list(pubsub.undeclared(view)) == []
    function = view.function("metrics_analysis")
    assert function is not None
    made = functions.environment(view, function)
    assert made["HINOMI_SHARED_REPORTS_UNTIL"] == "2026-12-23"
    assert f"/reports={view.email('hinomi-push-reports')}" in made["HINOMI_PUSH_ACCOUNTS"].split(",")


@pytest.mark.parametrize("today", [date(2026, 12, 1), date(2026, 12, 23)])
def test_a_later_deployment_does_not_prolong_it(ground: Ground, today: date) -> None:
    shared(ground, AIRFLOW, **{"hinomi-until": "2026-12-23"})
    view = site(ground, today=today)
    assert [step.argv[3] for step in pubsub.topics(view) if step.argv[3] == SHARED] == []
    assert view.shared_reports_until == date(2026, 12, 23)


@pytest.mark.parametrize(
    ("desired", "today"), [(DECLARED, date(2026, 12, 24)), (GivenState(), TODAY)], ids=["over", "nobody declared"]
)
def test_after_its_last_day_or_without_reporters_it_is_deleted(
    ground: Ground, desired: GivenState, today: date
) -> None:
    shared(ground, AIRFLOW, **{"hinomi-until": "2026-12-23"})
    view = site(ground, desired, today)
    found = list(pubsub.undeclared(view))
    assert [step.what for step in found] == [f"subscription {SHARED}", f"topic {SHARED}"]
    assert {step.problem for step in found} == {"each reporter has a topic of its own"}
    assert SHARED not in {*view.topics, *view.subscriptions}


def test_declared_publishers_keep_the_shared_topic_and_nobody_is_added_to_it(ground: Ground) -> None:
    other = f"serviceAccount:other@{PROJECT}.iam.gserviceaccount.com"
    shared(ground, AIRFLOW, other)
    view = site(ground)
    assert revoked(list(unexpected_grants.publishing(view))) == [(SHARED, other)]
    assert [step.argv for step in grants.steps(view) if step.argv[3] == SHARED] == []


def test_a_label_that_is_not_a_date_is_written_again(ground: Ground) -> None:
    shared(ground, **{"hinomi-until": "soon"})
    assert site(ground).shared_reports_until == date(2026, 12, 23)
