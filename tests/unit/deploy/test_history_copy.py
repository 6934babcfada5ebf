"""--bigquery-history: its grants, and their removal when the option changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.commands.deploy import target_of
from deploy import removal
from deploy.parts import grants, roles
from deploy.target import DeployTarget
from shared.errors import InputError
from tests.support.planning import MARKED, Ground, aim, whats

pytestmark = pytest.mark.server

PROJECT = "projects/analytics-project"
ROLE = f"{PROJECT}/roles/hinomi_history_copy_example_project"
JOBS = f"{PROJECT}/roles/hinomi_history_copy_jobs_example_project"


def copying(dataset: str) -> DeployTarget:
    return aim(bigquery_history=f"analytics-project.{dataset}")


def only(dataset: str) -> str:
    name = f"{PROJECT}/datasets/{dataset}"
    return f'resource.name == "{name}" || resource.name.startsWith("{name}/")'


def granted(ground: Ground, dataset: str) -> None:
    """Adds the roles and grants of an earlier deployment."""
    for name in (ROLE, JOBS):
        ground.state[f"iam/{name}"] = {**MARKED, "name": name, "includedPermissions": ["x"]}
        ground.grant(PROJECT, name, "hinomi-history")
    bindings = ground.state[f"cloudresourcemanager/{PROJECT}:policy"]["bindings"]
    bindings[0]["condition"] = {"title": "Hinomi: this dataset only", "expression": only(dataset)}
    ground.deployed(copying(dataset), "history-analysis")


def test_without_the_option_there_is_no_role(ground: Ground) -> None:
    assert [role.name for role in roles.of(ground.site()) if "copy" in role.id] == []


def test_a_grant_for_another_dataset_does_not_count(ground: Ground) -> None:
    granted(ground, "old")
    found = [step for step in grants.steps(ground.site(copying("new"))) if "hinomi_history_copy" in step.what]
    assert len(found) == 1
    assert f"--condition=expression={only('new')},title=Hinomi: this dataset only" in found[0].argv


def test_a_grant_without_a_condition_does_not_count(ground: Ground) -> None:
    granted(ground, "history")
    del ground.state[f"cloudresourcemanager/{PROJECT}:policy"]["bindings"][0]["condition"]
    found = [step.what for step in grants.steps(ground.site(copying("history"))) if "history_copy" in step.what]
    assert len(found) == 1


def test_another_dataset_takes_the_grant_on_the_old_one_back(ground: Ground) -> None:
    granted(ground, "old")
    (step,) = removal.leftovers(ground.site(copying("new")))
    assert step.argv[:2] == ("projects", "remove-iam-policy-binding")
    assert f"--condition=expression={only('old')},title=Hinomi: this dataset only" in step.argv


def test_without_the_option_grants_and_roles_go(ground: Ground) -> None:
    granted(ground, "old")
    assert [what.partition(" ")[0] for what in whats(removal.leftovers(ground.site()))] == ["grant"] * 2 + ["role"] * 2


@pytest.mark.parametrize(
    "value", ["hinomi_history", "analytics-project.", "Analytics.history", "analytics-project.a-b"]
)
def test_an_invalid_dataset_is_rejected(value: str) -> None:
    with pytest.raises(InputError, match="--bigquery-history"):
        aim(bigquery_history=value)


def options(settings: Path, copy: str) -> DeployTarget:
    return target_of("example-project", "asia-northeast1", "", {}, "", "", settings, copy)


def test_the_setting_counts_as_the_option(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("HINOMI_BIGQUERY_HISTORY=analytics-project.history\n")
    assert options(file, "").bigquery_history == "analytics-project.history"


def test_a_setting_with_another_dataset_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("HINOMI_BIGQUERY_HISTORY=analytics-project.history\n")
    with pytest.raises(InputError, match="HINOMI_BIGQUERY_HISTORY"):
        options(file, "analytics-project.other")
