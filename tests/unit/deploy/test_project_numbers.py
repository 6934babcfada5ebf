"""The functions receive the project numbers of the monitored projects."""

from __future__ import annotations

import pytest

from deploy.doctor import AGENTS, examine
from deploy.parts import functions, project_numbers
from tests.support.gcloud_services import NUMBER, PROJECT
from tests.support.planning import Ground, aim

pytestmark = pytest.mark.server

SETTING = project_numbers.SETTING


def other(ground: Ground, name: str, number: str) -> None:
    ground.state[f"cloudresourcemanager/projects/{name}"] = {"projectId": name, "projectNumber": number}


def set_numbers(ground: Ground, scope: str, **settings: str) -> str | None:
    site = ground.site(target=aim(scope, settings=settings))
    return functions.environment(site, site.functions[0]).get(SETTING)


def warned(ground: Ground, scope: str, **settings: str) -> list[str]:
    problems = dict(examine(ground.site(target=aim(scope, settings=settings))))[AGENTS]
    return [problem.what for problem in problems if problem.is_warning]


def test_the_numbers_of_all_named_projects_are_set(ground: Ground) -> None:
    other(ground, "sales-data", "8")
    assert set_numbers(ground, f"projects/{PROJECT},sales-data") == f"{NUMBER},8"
    assert set_numbers(ground, "projects/sales-data") == f"{NUMBER},8"


def test_those_of_the_settings_are_kept(ground: Ground) -> None:
    other(ground, "sales-data", "8")
    assert set_numbers(ground, f"projects/{PROJECT}", HINOMI_PROJECT_NUMBERS=f"9, {NUMBER}") == f"{NUMBER},9"
    assert set_numbers(ground, "organizations/1", HINOMI_PROJECTS="sales-data") == f"{NUMBER},8"


def test_a_number_that_cannot_be_read_leaves_all_unset_and_the_doctor_says_so(ground: Ground) -> None:
    scope = f"projects/{PROJECT},hidden-data"
    assert set_numbers(ground, scope) is None
    assert any("number of hidden-data cannot be read" in what for what in warned(ground, scope))
    assert warned(ground, f"projects/{PROJECT}") == []
    assert warned(ground, scope, HINOMI_PROJECT_NUMBERS="8") == []
