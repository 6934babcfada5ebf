"""Unavailable resources, and resources that Hinomi did not create, are rejected before any change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy import bootstrap, doctor, option_checks, unmanaged
from deploy.parts import roles
from deploy.step import Step
from deploy.target import DeployTarget
from shared.errors import HinomiError, InputError
from tests.support.planning import HOME, LABELLED, MARKED, REGION, GivenState, Ground, aim, write_no_rules

pytestmark = pytest.mark.server

PLACE = f"{HOME}/locations/{REGION}"
SQL = f"sql/{HOME}/instances/hinomi"
FOREIGN: dict[str, tuple[str, dict[str, Any]]] = {
    "function metrics-analysis": (
        f"cloudfunctions/{PLACE}/functions/metrics-analysis",
        {"name": f"{PLACE}/functions/metrics-analysis", "labels": {"team": "shop"}},
    ),
    "Cloud SQL instance hinomi": (SQL, {"name": "hinomi", "settings": {"tier": "db-f1-micro"}}),
    "secret hinomi-release-password": (f"secretmanager/{HOME}/secrets/hinomi-release-password", {}),
    "topic hinomi-evidence": (f"pubsub/{HOME}/topics/hinomi-evidence", {}),
    "subscription hinomi-dead-letter": (f"pubsub/{HOME}/subscriptions/hinomi-dead-letter", {}),
    "service account hinomi-push": (
        f"iam/{HOME}/serviceAccounts/hinomi-push@example-project.iam.gserviceaccount.com",
        {"email": "hinomi-push@example-project.iam.gserviceaccount.com", "description": "ours, not yours"},
    ),
    f"role {HOME}/roles/hinomi_release": (f"iam/{HOME}/roles/hinomi_release", {"includedPermissions": []}),
    "schedule hinomi-sweep": (f"cloudscheduler/{PLACE}/jobs/hinomi-sweep", {"pubsubTarget": {}}),
    f"sink hinomi-evidence-1 in {HOME}": (
        f"logging/{HOME}/sinks/hinomi-evidence-1",
        {"name": "hinomi-evidence-1", "destination": "storage/b"},
    ),
    "image repository hinomi": (f"artifactregistry/{PLACE}/repositories/hinomi", {}),
    "job hinomi-release": (
        f"run/{PLACE}/jobs/hinomi-release",
        {"labels": {}, "spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
    ),
}
SINK = GivenState(filters={"hinomi-evidence-1": "x"})


def refused(ground: Ground, target: DeployTarget | None = None, **more: Any) -> str:
    with pytest.raises(InputError) as error:
        option_checks.check(ground.site(target, SINK, **more))
    return str(error.value)


def test_an_empty_project_is_welcome(ground: Ground) -> None:
    option_checks.check(ground.site())


@pytest.mark.parametrize("what", FOREIGN)
def test_resources_of_others_with_hinomis_names_are_rejected_by_name(ground: Ground, what: str) -> None:
    path, resource = FOREIGN[what]
    ground.state[path] = resource
    text = refused(ground)
    assert what in text
    assert "--adopt" in text


@pytest.mark.parametrize("what", FOREIGN)
def test_resources_with_hinomis_mark_are_accepted(ground: Ground, what: str) -> None:
    path, resource = FOREIGN[what]
    topic = f"pubsub.googleapis.com/{HOME}/topics/hinomi-evidence"
    ours = {**resource, **LABELLED, **MARKED, "destination": topic}
    ground.state[path] = {**ours, "settings": {"userLabels": LABELLED["labels"]}} if path == SQL else ours
    option_checks.check(ground.site(desired=SINK))


def test_somebodys_instance_that_is_asked_for_is_expected(ground: Ground) -> None:
    ground.state[f"sql/{HOME}/instances/theirs"] = {"name": "theirs", "settings": {}}
    option_checks.check(ground.site(aim(database_instance="theirs")))


THEIRS = f"sql/{HOME}/instances/theirs"


@pytest.fixture
def full(ground: Ground) -> Ground:
    """An existing instance that already has a database with Hinomi's name."""
    ground.state[THEIRS] = {"name": "theirs", "settings": {}}
    ground.state[f"{THEIRS}/databases/hinomi_error"] = {"name": "hinomi_error"}
    return ground


def test_an_existing_database_of_the_same_name_in_an_existing_instance_is_rejected(full: Ground) -> None:
    assert "database hinomi_error" in refused(full, aim(database_instance="theirs"))
    option_checks.check(full.site(aim(database_instance="theirs"), adopt=True))


def test_where_hinomi_was_before_the_databases_are_its_own(full: Ground) -> None:
    full.state[f"secretmanager/{HOME}/secrets/hinomi-release-password"] = {**LABELLED}
    option_checks.check(full.site(aim(database_instance="theirs")))


def test_a_sink_without_hinomis_mark_is_rejected_although_it_feeds_hinomis_topic(ground: Ground) -> None:
    sink = {"name": "hinomi-evidence-1", "destination": f"pubsub.googleapis.com/{HOME}/topics/hinomi-evidence"}
    ground.state[f"logging/{HOME}/sinks/hinomi-evidence-1"] = sink
    assert f"sink hinomi-evidence-1 in {HOME}" in refused(ground)


def test_adopted_resources_are_marked(ground: Ground) -> None:
    ground.state.update(dict(FOREIGN.values()))
    found = adopted(ground)
    unmarked = {"function metrics-analysis", "Cloud SQL instance hinomi", "job hinomi-release"}  # later steps mark them
    assert {step.what for step in found} == set(FOREIGN) - unmarked
    assert all("hinomi" in step.argv[-1] for step in found if "sink" not in step.what)


def test_nothing_is_marked_without_a_report(ground: Ground) -> None:
    ground.state.update(dict(FOREIGN.values()))
    assert list(unmanaged.steps(ground.site(desired=SINK))) == []


def test_an_unused_role_is_not_read(ground: Ground) -> None:
    unused = next(role for role in roles.of(ground.site()) if not role.permissions)
    ground.state[f"iam/{unused.name}"] = {"description": "theirs"}
    option_checks.check(ground.site())


def adopted(ground: Ground) -> list[Step]:
    site = ground.site(desired=SINK, adopt=True)
    option_checks.check(site)
    return list(unmanaged.steps(site))


def test_a_region_without_functions_is_named_with_those_that_have_them(ground: Ground) -> None:
    ground.state[f"cloudfunctions/{HOME}/locations/{REGION}"] = {"locationId": REGION}
    option_checks.check(ground.site())
    text = refused(ground, aim(region="asia-nowhere9"))
    assert text == f"--region is 'asia-nowhere9': functions are available in {REGION}"


@pytest.mark.parametrize("scope", ["projects/example-project,no-such-project", "folders/77"])
def test_a_scope_that_is_not_there_is_named(ground: Ground, scope: str) -> None:
    assert scope.rpartition(",")[2] in refused(ground, aim(scope))


def test_a_secret_that_is_not_there_comes_with_the_command_that_makes_it(ground: Ground) -> None:
    assert "gcloud secrets create teams --project=" in refused(
        ground, aim(secrets={"HINOMI_TEAMS_WEBHOOK_URL": "teams"})
    )
    ground.state[f"secretmanager/{HOME}/secrets/teams"] = {"name": "teams"}
    option_checks.check(ground.site(aim(secrets={"HINOMI_TEAMS_WEBHOOK_URL": "teams"})))


def test_every_secret_that_is_not_there_is_named_at_once(ground: Ground) -> None:
    rooms = {"HINOMI_TEAMS_WEBHOOK_URL": "teams", "HINOMI_TEAMS_WEBHOOK_URL_DATA": "data"}
    lines = refused(ground, aim(secrets=rooms)).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        f"no secret {name} for {room}" for room, name in rooms.items()
    ]


def test_the_secret_of_a_connection_without_a_url_is_rejected_and_the_doctor_names_the_setting(
    ground: Ground, tmp_path: Path
) -> None:
    """With such a connection the functions would not start."""
    write_no_rules(tmp_path)
    secret = {"HINOMI_AIRFLOW_ETL_PASSWORD": "etl"}
    ground.state[f"secretmanager/{HOME}/secrets/etl"] = {"name": "etl"}
    target = aim(secrets=secret)
    site = replace(ground.site(target), desired=bootstrap.RulesDesiredState(tmp_path, target))
    with pytest.raises(InputError, match="the Airflow connection 'etl' has no URL: set HINOMI_AIRFLOW_ETL_URL"):
        option_checks.check(site)
    (problem,) = [problem for problem in dict(doctor.examine(site))[doctor.SECRETS] if "URL" in problem.what]
    assert problem.fix.endswith(" --secret HINOMI_AIRFLOW_ETL_PASSWORD=etl --settings FILE")
    target = aim(secrets=secret, settings={"HINOMI_AIRFLOW_ETL_URL": "https://airflow.example.com"})
    option_checks.check(replace(site, target=target, desired=bootstrap.RulesDesiredState(tmp_path, target)))


def test_a_project_pending_deletion_is_rejected_with_the_command_that_restores_it(ground: Ground) -> None:
    bootstrap.refuse_missing_project(aim(), ground.site().cloud)
    ground.state[f"cloudresourcemanager/{HOME}"]["lifecycleState"] = "DELETE_REQUESTED"
    with pytest.raises(HinomiError, match="`gcloud projects undelete example-project`"):
        bootstrap.refuse_missing_project(aim(), ground.site().cloud)
