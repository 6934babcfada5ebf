"""The right to read tables of quality queries: granted only on these tables, and revoked when the query is removed."""

from __future__ import annotations

import pytest

from deploy.parts import quality_grants
from deploy.step import Step
from tests.support.planning import GivenState, Ground

pytestmark = pytest.mark.server

MART = "projects/shop-project/datasets/mart"
ROLE = "roles/bigquery.dataViewer"


def planned(ground: Ground, *tables: str) -> list[Step]:
    return list(quality_grants.steps(ground.site(desired=GivenState(quality_tables=tables))))


def condition(step: Step) -> str:
    (found,) = [word for word in step.argv if word.startswith("--condition=")]
    return found.removeprefix("--condition=expression=").removesuffix(",title=Hinomi: this dataset only")


def test_without_queries_nothing_is_granted(ground: Ground) -> None:
    assert planned(ground) == []


def test_the_role_is_granted_on_the_declared_tables_only(ground: Ground) -> None:
    (step,) = planned(ground, f"{MART}/tables/orders", f"{MART}/tables/events_*")
    assert step.argv[:3] == ("projects", "add-iam-policy-binding", "shop-project")
    assert f"--role={ROLE}" in step.argv
    assert condition(step) == (
        f'resource.name.startsWith("{MART}/tables/events_") || resource.name == "{MART}/tables/orders"'
    )


def test_each_dataset_has_a_grant_and_one_with_many_tables_or_metadata_is_granted_whole(ground: Ground) -> None:
    many = [f"{MART}/tables/t{number}" for number in range(11)]
    raw = "projects/shop-project/datasets/raw"
    whole = {f'resource.name == "{each}" || resource.name.startsWith("{each}/")' for each in (MART, raw)}
    assert {condition(step) for step in planned(ground, *many, raw, f"{raw}/tables/users")} == whole


def test_a_grant_that_is_there_is_kept_and_one_that_no_query_needs_is_revoked(ground: Ground) -> None:
    site = ground.site(desired=GivenState(quality_tables=[f"{MART}/tables/orders"]))
    (grant,) = quality_grants.planned(site)
    for name in ("orders", "former"):
        ground.grant("projects/shop-project", ROLE, "hinomi-history")
        expression = grant.condition.replace("orders", name)
        binding = ground.state["cloudresourcemanager/projects/shop-project:policy"]["bindings"][-1]
        binding["condition"] = {"title": "Hinomi: this dataset only", "expression": expression}
    (step,) = planned(ground, f"{MART}/tables/orders")
    assert step.argv[:2] == ("projects", "remove-iam-policy-binding")
    assert condition(step) == 'resource.name == "projects/shop-project/datasets/mart/tables/former"'
