"""Custom roles follow the enabled parts, also when none is enabled."""

from __future__ import annotations

import pytest

from deploy.parts import grants, roles
from deploy.phases import PHASES
from tests.support.planning import HOME, MARKED, GivenState, Ground, aim, whats

pytestmark = pytest.mark.server

ROLE = f"{HOME}/roles/hinomi_metrics_analysis"
NEEDS = GivenState({"metrics_analysis": {"monitoring.timeSeries.list": ["detector load"]}})


@pytest.fixture
def used(ground: Ground) -> Ground:
    """An installation with the role and the grant of a part that is no longer enabled."""
    ground.state[f"iam/{ROLE}"] = {**MARKED, "name": ROLE, "includedPermissions": ["monitoring.timeSeries.list"]}
    ground.grant(HOME, ROLE, "hinomi-metrics")
    return ground


def of_role(found: list[str]) -> list[str]:
    return [what.split(" to ")[0] for what in found if ROLE in what and "_home" not in what]


def test_needed_rights_are_kept(used: Ground) -> None:
    site = used.site(desired=NEEDS)
    assert of_role(whats([*roles.steps(site), *grants.steps(site), *roles.unneeded(site)])) == []


def test_a_role_that_nothing_needs_loses_its_grant_and_is_deleted(used: Ground) -> None:
    site = used.site()
    found = of_role(whats([*roles.steps(site), *grants.steps(site), *roles.unneeded(site)]))
    assert found == [f"grant of {ROLE} on project example-project", f"role {ROLE}"]


def test_it_is_removed_with_the_rest(used: Ground) -> None:
    site = used.site()
    found = of_role(whats([*grants.removal(site), *roles.removal(site)]))
    assert found == [f"grant of {ROLE} on project example-project", f"role {ROLE}"]


def test_a_deleted_role_is_not_deleted_again(used: Ground) -> None:
    used.state[f"iam/{ROLE}"]["deleted"] = True
    assert of_role(whats(roles.unneeded(used.site()))) == []


def test_somebody_elses_role_is_not_deleted(used: Ground) -> None:
    used.state[f"iam/{ROLE}"]["description"] = "of the shop"
    assert of_role(whats(roles.unneeded(used.site()))) == []


def test_the_grant_goes_before_the_role() -> None:
    parts = PHASES["inside"]
    assert parts.index(grants.steps) < parts.index(roles.unneeded)


@pytest.mark.parametrize(("scope", "holder"), [("", HOME), ("folders/2", "organizations/1"), ("organizations/1",) * 2])
def test_the_role_of_a_project_has_no_permissions_of_the_organization(ground: Ground, scope: str, holder: str) -> None:
    read = {f"resourcemanager.{kind}.getIamPolicy": ["audit"] for kind in ("projects", "folders", "organizations")}
    site = ground.site(aim(scope), GivenState({"history_analysis": read}))
    (found,) = [role for role in roles.of(site) if role.account == "hinomi-history" and "_home" not in role.id]
    assert found.parent == holder
    assert found.id == "hinomi_history_analysis" + ("" if holder == HOME else "_example_project")
    assert found.permissions == (("resourcemanager.projects.getIamPolicy",) if holder == HOME else tuple(sorted(read)))


def test_a_second_hinomi_in_the_organization_keeps_its_roles(ground: Ground) -> None:
    other = "organizations/1/roles/hinomi_metrics_analysis_shop_prod"
    ground.state[f"iam/{other}"] = {**MARKED, "name": other, "includedPermissions": ["a.b.get"]}
    site = ground.site(aim("organizations/1"), NEEDS)
    assert [step for step in [*roles.steps(site), *roles.removal(site)] if other.endswith(step.argv[3])] == []
