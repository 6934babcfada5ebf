"""deploy.sh for an organization, with an existing instance and dataset, and for a folder: create, repeat, remove."""

from __future__ import annotations

import copy
import os
from typing import Any

import pytest

from tests.support.deployment import FOLDER, Deployment, Undisturbed, differing
from tests.support.gcloud_run import SQL
from tests.support.gcloud_services import PROJECT

pytestmark = pytest.mark.slow

COPY = ("--bigquery-history", "analytics-project.hinomi_history")
ORGANIZATION = ("--scope", "organizations/1", "--database-instance", "theirs", *COPY)
OWN_ROLE = f"iam/projects/{PROJECT}/roles/hinomi_metrics_analysis"
THEIRS = f"sql/projects/{PROJECT}/instances/theirs"
CONNECTION = f"{PROJECT}:europe-west1:theirs"
# Resources that are the same with every scope, instance and dataset.
EQUAL = ("artifactregistry/", "cloudscheduler/", "monitoring/", "pubsub/")
ACCOUNTS = (f"iam/projects/{PROJECT}/serviceAccounts/", "secretmanager/")
DATASET = "projects/analytics-project/datasets/hinomi_history"
ALICE = {"role": "roles/viewer", "members": ["user:alice@example.com"]}


def foreign() -> dict[str, Any]:
    """Resources that Hinomi did not create: an instance with a database and a user, a sink, a role, a grant."""
    flags = [{"name": "max_connections", "value": "200"}]
    return {
        THEIRS: {
            "kind": "sql#instance",
            "name": "theirs",
            "connectionName": CONNECTION,
            "region": "europe-west1",
            "project": PROJECT,
            "databaseVersion": "POSTGRES_16",
            "createTime": "2025-04-01T08:00:00Z",
            "state": "RUNNABLE",
            "settings": {
                "kind": "sql#settings",
                "tier": "db-custom-2-7680",
                "databaseFlags": flags,
                "userLabels": {"team": "shop"},
                "deletionProtectionEnabled": True,
            },
        },
        f"{THEIRS}/databases/shop": {"name": "shop"},
        f"{THEIRS}/users/shop": {"name": "shop"},
        "logging/organizations/1/sinks/archive": {"name": "archive", "destination": "storage.googleapis.com/archive"},
        "iam/organizations/1/roles/theirs": {"name": "organizations/1/roles/theirs", "title": "Theirs"},
        "cloudresourcemanager/organizations/1:policy": {"bindings": [ALICE], "version": 1},
        f"bigquery/{DATASET}": {"id": "analytics-project:hinomi_history", "location": "EU"},
        "cloudresourcemanager/projects/analytics-project:policy": {"bindings": [ALICE], "version": 1},
        "cloudresourcemanager/folders/2:policy": {"bindings": [ALICE], "version": 1},
    }


def beside_others(made: Deployment, state: dict[str, Any]) -> Deployment:
    """Restores this state, plus resources that Hinomi did not create."""
    made.server.restore({**state, **foreign()})
    return made


def begun(undisturbed: Undisturbed) -> dict[str, Any]:
    """The state after an interrupted deployment for the project.

    It has the resources that are the same for every scope, instance and dataset.
    """
    if "EXHAUSTIVE" in os.environ:
        return undisturbed.empty
    return undisturbed.empty | {
        key: value for key, value in undisturbed.raw_end.items() if key.startswith((*EQUAL, *ACCOUNTS))
    }


@pytest.fixture(scope="module")
def organization(undisturbed: Undisturbed) -> Undisturbed:
    """The first complete deployment with an organization as scope; with EXHAUSTIVE=1 from the empty project."""
    return Undisturbed(beside_others(undisturbed.made, begun(undisturbed)), *ORGANIZATION)


@pytest.fixture(scope="module")
def folder(undisturbed: Undisturbed, request: pytest.FixtureRequest) -> Undisturbed:
    """The installation with a folder as scope; with EXHAUSTIVE=1 its first deployment, otherwise a change of the scope."""
    if "EXHAUSTIVE" in os.environ:
        return Undisturbed(beside_others(undisturbed.made, undisturbed.empty), *FOLDER)
    changed: Undisturbed = request.getfixturevalue("of_folder")
    return changed


@pytest.fixture(params=["organization", "folder"])
def made(request: pytest.FixtureRequest) -> tuple[Undisturbed, tuple[str, ...]]:
    """A complete installation, and the options that it was deployed with."""
    run: Undisturbed = request.getfixturevalue(request.param)
    run.made.server.restore(run.raw_end)
    run.made.commands()
    return run, ORGANIZATION if request.param == "organization" else FOLDER


def test_a_second_run_changes_nothing(made: tuple[Undisturbed, tuple[str, ...]]) -> None:
    run, options = made
    before = len(run.made.server.changes())
    result = run.made.run(*options)
    assert (result.returncode, run.made.commands()) == (0, [])
    assert run.made.server.changes()[before:] == []


def test_the_doctor_uses_the_recorded_options(made: tuple[Undisturbed, tuple[str, ...]]) -> None:
    run, options = made
    found = run.made.doctor()
    assert found["scope"] == options[1]
    problems = [problem["what"] for area in found["areas"] for problem in area["problems"]]
    assert [problem.partition(",")[0] for problem in problems] == ["HINOMI_TEAMS_WEBHOOK_URL is not set"]


def test_destroy_keeps_resources_that_hinomi_did_not_create(organization: Undisturbed) -> None:
    """Continues an interrupted removal; test_deploy.py removes an installation with a folder as scope completely."""
    run = organization
    whole = "EXHAUSTIVE" in os.environ
    left_to_do = {key: value for key, value in run.raw_end.items() if whole or not key.startswith(EQUAL)}
    run.made.server.restore(left_to_do)
    assert run.made.run(*ORGANIZATION, "--destroy", "--delete-databases").returncode == 0
    left = run.made.server.state
    expected = foreign()
    expected[THEIRS] = _with_iam(expected[THEIRS])
    assert differing({key: left.get(key) for key in expected}, expected) == {}
    ours = [key for key, value in left.items() if "hinomi" in key and not (isinstance(value, dict) and _is_gone(value))]
    assert ours == [f"bigquery/{DATASET}"]
    assert "nothing to remove" in run.made.run("--destroy").stdout


def _with_iam(instance: dict[str, Any]) -> dict[str, Any]:
    """The instance with IAM authentication, which stays enabled, because others may use it by now."""
    made = copy.deepcopy(instance)
    made["settings"]["databaseFlags"].insert(0, {"name": "cloudsql.iam_authentication", "value": "on"})
    return made


def _is_gone(value: dict[str, Any]) -> bool:
    """Whether a role is deleted, although Google keeps it for a week."""
    return bool(value.get("deleted"))


def test_an_organization_has_its_own_sink_and_roles(organization: Undisturbed) -> None:
    end = organization.raw_end
    assert end["logging/organizations/1/sinks/hinomi-evidence-1"]["includeChildren"] is True
    bindings = end["cloudresourcemanager/organizations/1:policy"]["bindings"]
    assert {item["role"] for item in bindings} == {
        "roles/viewer",
        "organizations/1/roles/hinomi_metrics_analysis_example_project",
        "organizations/1/roles/hinomi_history_analysis_example_project",
    }


def test_an_existing_instance_gets_the_databases_and_no_instance_is_created(organization: Undisturbed) -> None:
    end = organization.raw_end
    instances = [key for key in end if key.startswith("sql/") and key.count("/") == THEIRS.count("/")]
    assert instances == [THEIRS]
    assert {f"{THEIRS}/databases/hinomi_error", f"{THEIRS}/databases/hinomi_schema"} <= set(end)
    assert end[THEIRS]["settings"]["userLabels"] == {"team": "shop"}


def test_the_functions_are_attached_to_the_existing_instance(organization: Undisturbed) -> None:
    there = organization.raw_end.items()
    services = [value for key, value in there if "/services/" in key and key.startswith("run/") and "name" in value]
    assert [service["annotations"][SQL] for service in services] == [CONNECTION, CONNECTION]


def test_the_functions_connect_to_an_existing_instance_in_another_project(organization: Undisturbed) -> None:
    end = organization.raw_end
    functions = [value for key, value in end.items() if key.startswith("cloudfunctions/")]
    assert len(functions) == 2
    for function in functions:
        assert f"/cloudsql/{CONNECTION}" in function["serviceConfig"]["environmentVariables"]["HINOMI_ERROR_DB_URL"]


def test_history_may_write_only_to_the_dataset_of_the_copy(organization: Undisturbed) -> None:
    end = organization.raw_end
    role = "projects/analytics-project/roles/hinomi_history_copy_example_project"
    jobs = role.replace("copy_", "copy_jobs_")
    bindings = {
        item["role"]: item for item in end["cloudresourcemanager/projects/analytics-project:policy"]["bindings"]
    }
    only = f'resource.name == "{DATASET}" || resource.name.startsWith("{DATASET}/")'
    assert bindings[role]["condition"]["expression"] == only
    assert bindings[role]["members"] == [f"serviceAccount:hinomi-history@{PROJECT}.iam.gserviceaccount.com"]
    assert {name.split(".")[1] for name in end[f"iam/{role}"]["includedPermissions"]} == {"tables"}
    assert "condition" not in bindings[jobs]
    assert end[f"iam/{jobs}"]["includedPermissions"] == ["bigquery.jobs.create"]


def test_both_functions_have_the_setting_of_the_dataset_of_the_copy(organization: Undisturbed) -> None:
    functions = {key: value for key, value in organization.raw_end.items() if key.startswith("cloudfunctions/")}
    said = {
        key.rpartition("/")[2]: value["serviceConfig"]["environmentVariables"].get("HINOMI_BIGQUERY_HISTORY")
        for key, value in functions.items()
    }
    assert said == dict.fromkeys(("history-analysis", "metrics-analysis"), COPY[1])  # the loop guard compares it


def test_a_missing_dataset_stops_the_deployment_before_its_first_change(empty: Deployment) -> None:
    before = len(empty.server.changes())
    result = empty.run("--bigquery-history", "analytics-project.nothing")
    assert result.returncode == 2
    assert "bq mk --location=EU analytics-project:nothing" in result.stderr
    assert empty.server.changes()[before:] == []


def test_the_doctor_reports_a_deleted_dataset(organization: Undisturbed) -> None:
    made = organization.made
    made.server.restore({key: value for key, value in organization.raw_end.items() if key != f"bigquery/{DATASET}"})
    problems = [problem for area in made.doctor()["areas"] for problem in area["problems"]]
    assert [problem["fix"] for problem in problems][-1] == "bq mk --location=EU analytics-project:hinomi_history"


def test_a_folder_is_monitored_with_roles_of_its_organization(folder: Undisturbed) -> None:
    end = folder.raw_end
    assert "iam/organizations/1/roles/hinomi_metrics_analysis_example_project" in end
    assert [key for key in end if "/sinks/hinomi" in key] == ["logging/folders/2/sinks/hinomi-evidence-1"]
    assert end["logging/folders/2/sinks/hinomi-evidence-1"]["includeChildren"] is True
    assert _is_gone(end.get(OWN_ROLE, {"deleted": True}))
    roles = [binding["role"] for binding in end["cloudresourcemanager/folders/2:policy"]["bindings"]]
    assert "organizations/1/roles/hinomi_metrics_analysis_example_project" in roles
