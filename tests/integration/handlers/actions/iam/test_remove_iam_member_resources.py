"""Grants on resources of every kind, against a real HTTP server that speaks their policy APIs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.policies import PolicyServer
from demo.platform.resourcemanager import ResourceManagerServer
from handlers.actions.iam import remove_iam_member
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import TargetRefusedError
from tests.support.incidents import incident
from tests.support.policy_resources import ETL, PLACE, PROJECT, RESOURCES
from tests.support.remediating import remediate

ROLE = "roles/viewer"
KEEP = {"role": ROLE, "members": ["group:data@example.com"]}
CONDITION = {"expression": "request.time.getHours() < 18", "title": "office hours", "description": ""}


@pytest.fixture(scope="module")
def server() -> Iterator[PolicyServer]:
    with PolicyServer() as started:
        yield started


POOL = (
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.repo/Example/Repo"
)


def run(url: str, service: str, resource: str, labels: dict[str, str], *members: str, **more: Any) -> ActionResult:
    names = ("bigquery", "compute", "iam", "policy", "pubsub", "run", "resourcemanager", "storage")
    endpoints: dict[str, Any] = {f"{name}_endpoint": url for name in names}
    settings = Settings(**endpoints, **more.pop("settings", {}))
    deltas = [{"action": "ADD", "role": ROLE, "member": each, "condition": CONDITION} for each in members]
    changes = {"service": service, "resource": resource, "labels": labels, "project": PROJECT}
    view = incident(rule="user/rule", evidence={"elements": {"deltas": deltas}}, **changes)
    return remediate(remove_iam_member, settings, view, **more)


@pytest.mark.permissions
@pytest.mark.parametrize(("service", "resource", "labels", "name"), RESOURCES)
def test_a_grant_is_removed_and_undone_on_a_resource_of_any_kind(
    server: PolicyServer, service: str, resource: str, labels: dict[str, str], name: str
) -> None:
    added = {"role": ROLE, "members": ["allUsers"], "condition": CONDITION}
    server.add(name, [KEEP, added])
    done = run(server.url, service, resource, labels, "allUsers")
    assert done.recovered
    assert server.bindings(name) == [KEEP]
    run(server.url, service, resource, labels, "allUsers", undoes=done.undo)
    assert server.bindings(name) == [KEEP, added]


def test_a_member_that_differs_in_case_only_is_another_one_in_a_workload_pool(server: PolicyServer) -> None:
    name = f"projects/{PROJECT}/topics/orders"
    other = {"role": ROLE, "members": [POOL.lower()], "condition": CONDITION}
    server.add(name, [other, {"role": ROLE, "members": [POOL], "condition": CONDITION}])
    run(server.url, "pubsub", name, {}, POOL, params={"any_member": True})
    assert server.bindings(name) == [other]


@pytest.mark.permissions
@pytest.mark.parametrize("name", ["folders/1", "organizations/2"])
def test_a_grant_is_removed_from_a_folder_and_an_organization(name: str) -> None:
    with ResourceManagerServer() as manager:
        manager.add_project(name, [KEEP, {"role": ROLE, "members": ["allUsers"], "condition": CONDITION}])
        assert run(manager.url, "iam", name, {}, "allUsers").text.en.endswith(f"from {name.replace('s/', ' ')}")
        assert manager.policy(name)["bindings"] == [KEEP]


@pytest.mark.parametrize(
    ("service", "resource", "labels"),
    [
        ("pubsub", f"projects/{PROJECT}/topics/../x", {}),
        ("pubsub", f"projects/{PROJECT}/topics/..", {}),
        ("pubsub", f"projects/{PROJECT}/topics/a:setIamPolicy", {}),
        ("pubsub", f"//storage.googleapis.com/projects/{PROJECT}/topics/a", {}),
        ("pubsub", f"projects/{PROJECT}/secrets/a", {}),
        ("functions", f"namespaces/{PROJECT}/services/hook", {}),
        ("iam", f"{PLACE}/clusters/a", {"service": "dataproc.googleapis.com"}),
        ("iam", "alice@example.com", {}),
    ],
)
def test_a_resource_of_another_form_is_refused(
    server: PolicyServer, service: str, resource: str, labels: dict[str, str]
) -> None:
    with pytest.raises(TargetRefusedError, match="has no policy that Hinomi can change"):
        run(server.url, service, resource, labels, "allUsers")


def test_every_member_loses_the_role_where_the_rule_says_so_except_accounts_of_hinomi(server: PolicyServer) -> None:
    name, own = f"projects/{PROJECT}/topics/orders", f"hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"
    members = [f"serviceAccount:{ETL}", "user:alice@example.com", f"serviceAccount:{own}"]
    server.add(name, [{"role": ROLE, "members": members, "condition": CONDITION}])
    everyone = {"any_member": True}
    run(server.url, "pubsub", name, {}, *members, params=everyone, settings={"service_accounts": (own,)})
    assert server.bindings(name) == [{"role": ROLE, "members": members[2:], "condition": CONDITION}]
    with pytest.raises(TargetRefusedError, match="does not contain a role that the event added"):
        run(server.url, "pubsub", name, {}, params=everyone)
