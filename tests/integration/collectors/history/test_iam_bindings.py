"""Policies through the real Cloud Asset Inventory client, from a local server into both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest
from google.cloud import asset_v1 as api
from sqlalchemy import select

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import Binding, Resource
from db.schema_db.store import SchemaStore
from demo.platform.asset import AssetServer
from insights.access import queries
from insights.access.model import AccessReport
from shared.config import Settings
from tests.support.collecting import CollectingSite
from tests.support.history import TEN

pytestmark = pytest.mark.sqlite

BUCKET = "//storage.googleapis.com/example-exports"
PROJECT = "//cloudresourcemanager.googleapis.com/projects/example-project"
VIEWER = "roles/storage.objectViewer"
BUCKET_TYPE = "storage.googleapis.com/Bucket"
UNTIL = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until 2027"}


@pytest.fixture
def asset() -> Iterator[AssetServer]:
    server = AssetServer(page_size=2)
    server.add_project("example-project", "123", folders=["7"], organization="1")
    server.add_project("other-project", "456", organization="1")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(schema_store: SchemaStore, asset: AssetServer) -> CollectingSite:
    projects = ("example-project", "other-project")
    return CollectingSite(
        schema_store, Settings(asset_endpoint=asset.endpoint, projects=projects, history_first_days=1)
    )


def run(site: CollectingSite, hours: int = 0) -> dict[str, SnapshotOutcome]:
    return {result.scope: result.outcome for result in site.run_all("iam.bindings", TEN + timedelta(hours=hours))}


def bindings(site: CollectingSite) -> list[Binding]:
    with site.store.reading() as session:
        return list(session.scalars(select(Binding).order_by(Binding.resource, Binding.role, Binding.member)))


def put(asset: AssetServer, *members: str, name: str = BUCKET, condition: dict[str, str] | None = None) -> None:
    bindings = [{"role": VIEWER, "members": members, "condition": condition}] if members else []
    asset.set_policy(name, BUCKET_TYPE, bindings, project="example-project")


@pytest.mark.both_databases
def test_every_page_is_read_with_conditions_and_ancestors(site: CollectingSite, asset: AssetServer) -> None:
    for number in range(5):
        put(asset, "user:Alice@example.com", name=f"{BUCKET}-{number}", condition=UNTIL)
    assert set(run(site).values()) == {SnapshotOutcome.DONE}
    found = bindings(site)
    assert [(row.resource, row.member, row.condition) for row in found] == [
        (f"{BUCKET}-{number}", "user:alice@example.com", {**UNTIL, "description": ""}) for number in range(5)
    ]
    with site.store.reading() as session:
        resource = session.scalars(select(Resource).where(Resource.name == f"{BUCKET}-0")).first()
    assert resource is not None
    assert (resource.project, resource.ancestors) == (
        "example-project",
        ["projects/example-project", "folders/7", "organizations/1"],
    )


def test_a_revoked_binding_ends_when_the_second_snapshot_misses_it(site: CollectingSite, asset: AssetServer) -> None:
    put(asset, "user:alice@example.com", "user:bob@example.com")
    run(site)
    put(asset, "user:alice@example.com")
    run(site, 1)
    assert [row.valid_to for row in bindings(site)] == [None, None]
    run(site, 2)
    assert [(row.member, row.valid_to is None) for row in bindings(site)] == [
        ("user:alice@example.com", True),
        ("user:bob@example.com", False),
    ]


def test_bindings_of_a_deleted_resource_end(site: CollectingSite, asset: AssetServer) -> None:
    put(asset, "user:alice@example.com")
    run(site)
    put(asset)
    run(site, 1)
    run(site, 2)
    assert all(row.valid_to for row in bindings(site))


def test_a_denied_project_does_not_affect_the_others(site: CollectingSite, asset: AssetServer) -> None:
    put(asset, "user:alice@example.com")
    asset.fail(grpc.StatusCode.PERMISSION_DENIED, scope="projects/other-project")
    assert run(site) == {
        "projects/example-project": SnapshotOutcome.DONE,
        "projects/other-project": SnapshotOutcome.FAILED,
    }
    assert len(bindings(site)) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_a_transient_error_is_retried(site: CollectingSite, asset: AssetServer, code: grpc.StatusCode) -> None:
    put(asset, "user:alice@example.com")
    asset.fail(code, times=2)
    assert set(run(site).values()) == {SnapshotOutcome.DONE}


def test_a_row_without_a_name_is_left_out(site: CollectingSite, asset: AssetServer) -> None:
    put(asset, "user:alice@example.com")
    asset.set_result("", api.IamPolicySearchResult(project="projects/123", policy={"bindings": [{"role": VIEWER}]}))
    assert set(run(site).values()) == {SnapshotOutcome.DONE}
    assert len(bindings(site)) == 1


def test_the_next_run_continues_at_the_page_that_failed(site: CollectingSite, asset: AssetServer) -> None:
    for number in range(6):
        put(asset, "user:alice@example.com", name=f"{BUCKET}-{number}")
    asset.fail(grpc.StatusCode.INTERNAL, scope="projects/example-project", page=2)
    assert run(site)["projects/example-project"] is SnapshotOutcome.FAILED
    assert len(bindings(site)) == 4
    asset.injected.clear()
    asset.requests.clear()
    run(site)
    assert len(bindings(site)) == 6
    tokens = [request.page_token for request in asset.requests if isinstance(request, api.SearchAllIamPoliciesRequest)]
    assert tokens == ["4"]


def grant_on_project(asset: AssetServer) -> None:
    bindings = [{"role": VIEWER, "members": ["user:alice@example.com"]}]
    asset.set_policy(PROJECT, "cloudresourcemanager.googleapis.com/Project", bindings, project="example-project")


def who(site: CollectingSite, resource: str = BUCKET, hours: int = 1) -> AccessReport:
    with site.store.reading() as session:
        return queries.who(session, resource, TEN + timedelta(hours=hours))


def test_a_bucket_without_a_policy_inherits_that_of_its_project(site: CollectingSite, asset: AssetServer) -> None:
    grant_on_project(asset)
    for number in range(5):
        asset.add_resource(f"{BUCKET}-{number}", BUCKET_TYPE, project="example-project")
    run(site)
    (row,) = who(site, f"{BUCKET}-3").rows
    assert (row.principal, row.grant.resource, row.inherited) == ("user:alice@example.com", PROJECT, True)


def test_without_permission_to_search_resources_the_hierarchy_is_unknown(
    site: CollectingSite, asset: AssetServer
) -> None:
    grant_on_project(asset)
    asset.add_resource(BUCKET, BUCKET_TYPE, project="example-project")
    asset.fail(grpc.StatusCode.PERMISSION_DENIED, method="SearchAllResources")
    assert set(run(site).values()) == {SnapshotOutcome.DONE}
    found = who(site)
    assert found.rows == []
    assert any("the project of gs://example-exports is unknown" in note for note in found.notes)


def test_the_bindings_of_a_policy_that_was_emptied_end_and_the_resource_stays(
    site: CollectingSite, asset: AssetServer
) -> None:
    grant_on_project(asset)
    asset.add_resource(BUCKET, BUCKET_TYPE, project="example-project")
    put(asset, "user:bob@example.com")
    run(site)
    put(asset)
    for hours in (1, 2):
        run(site, hours)
    assert [row.resource for row in bindings(site) if row.valid_to] == [BUCKET]
    found = who(site, hours=3)
    assert [row.principal for row in found.rows] == ["user:alice@example.com"]
    assert not any("not been seen" in note for note in found.notes)


def test_a_deleted_resource_is_missing(site: CollectingSite, asset: AssetServer) -> None:
    asset.add_resource(BUCKET, BUCKET_TYPE, project="example-project")
    run(site)
    asset.remove_resource(BUCKET)
    run(site, 1)
    assert any("has not been seen since" in note for note in who(site, hours=2).notes)


def test_unchanged_resources_write_nothing(site: CollectingSite, asset: AssetServer) -> None:
    asset.add_resource(BUCKET, BUCKET_TYPE, project="example-project")
    put(asset, "user:alice@example.com", name=f"{BUCKET}-2")
    run(site)
    again = site.run_all("iam.bindings", TEN + timedelta(hours=1))
    assert [result.rows for result in again] == [0, 0]
    with site.store.reading() as session:
        assert all(row.missing_since is None for row in session.scalars(select(Resource)))


def test_the_number_of_a_project_becomes_its_id(site: CollectingSite, asset: AssetServer) -> None:
    name = "//cloudresourcemanager.googleapis.com/projects/123"
    asset.set_policy(
        name, "x/Project", [{"role": "roles/owner", "members": ["user:a@example.com"]}], project="example-project"
    )
    run(site)
    assert [row.resource for row in bindings(site)] == [PROJECT]
