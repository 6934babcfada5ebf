"""The action restore_iam_member against real HTTP servers that speak IAM and the policy APIs of the services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from db.error_db.store import ErrorStore
from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.http import Reply
from demo.platform.iam_admin import IamAdminServer
from demo.platform.policies import PolicyServer
from demo.platform.resourcemanager import ResourceManagerServer
from demo.platform.storage import StorageServer
from handlers.actions.iam import restore_iam_member
from handlers.context import ActionResult
from handlers.plan import plan
from handlers.spec import HandlerSpec
from handlers.worker import ActionWorker
from insights.access.model import AccessGrant
from insights.causes.lookup import Causes
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind, Mode
from tests.support.findings import NOON, finding
from tests.support.handling import Desk
from tests.support.incidents import NOW, incident
from tests.support.policy_resources import RESOURCES
from tests.support.remediating import remediate

PROJECT, ROLE = "example-project", "roles/bigquery.dataViewer"
ETL = f"etl@{PROJECT}.iam.gserviceaccount.com"
MEMBER = f"serviceAccount:{ETL}"
CONDITION = {"expression": "request.time.getHours() < 18", "title": "office hours", "description": ""}
DATASET = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/mart"


class Platform:
    def __init__(self) -> None:
        self.iam, self.bigquery, self.storage = IamAdminServer(), BigQueryServer(), StorageServer()
        self.projects, self.others = ResourceManagerServer(), PolicyServer()
        self.servers = (self.iam, self.bigquery, self.storage, self.projects, self.others)

    def run(self, lost: list[AccessGrant] | None = None, **more: Any) -> ActionResult:
        settings = Settings(
            iam_endpoint=self.iam.url,
            bigquery_endpoint=self.bigquery.url,
            storage_endpoint=self.storage.url,
            resourcemanager_endpoint=self.projects.url,
            pubsub_endpoint=self.others.url,
        )
        context = {name: more.pop(name) for name in ("undoes", "noted_undo", "params") if name in more}
        view = incident(**{"project": PROJECT, "evidence": {}, "labels": {}, **more})
        return remediate(restore_iam_member, settings, view, removed_grants=lambda _days: lost or [], **context)


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    for server in made.servers:
        server.start()
    made.iam.add_account(PROJECT, ETL)
    yield made
    for server in made.servers:
        server.stop()


def removal(member: str = MEMBER, role: str = ROLE, **more: Any) -> dict[str, Any]:
    return {"elements": {"bindingDeltas": [{"action": "REMOVE", "role": role, "member": member, **more}]}}


def lost(resource: str = DATASET, member: str = MEMBER, role: str = ROLE, condition: Any = None) -> AccessGrant:
    return AccessGrant(
        resource, role, member, condition, NOW - timedelta(days=90), NOW, exact_from=True, exact_to=True,
        granted_by=None, revoked_by="alice@example.com",
    )  # fmt: skip


@pytest.mark.permissions
def test_the_role_that_a_job_lost_is_granted_again_and_undo_removes_it(platform: Platform) -> None:
    keep = {"role": "OWNER", "specialGroup": "projectOwners"}
    platform.bigquery.add_dataset(PROJECT, "mart", [keep])
    job: dict[str, Any] = {
        "kind": IncidentKind.JOB_FAILURE,
        "service": "bigquery",
        "resource": "load",
        "principal": ETL,
    }
    done = platform.run([lost(condition=CONDITION)], **job)
    assert done.text.en == f"granted {MEMBER} as {ROLE} with a condition on dataset {PROJECT}.mart again"
    assert (done.changed, done.recovered) == (True, False)
    access = {"role": ROLE, "userByEmail": ETL, "condition": CONDITION}
    assert platform.bigquery.access(PROJECT, "mart") in (
        [keep, access],
        [keep, {"role": ROLE, "iamMember": MEMBER, "condition": CONDITION}],
    )
    platform.run(undoes=done.undo, **job)
    assert platform.bigquery.access(PROJECT, "mart") == [keep]


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("service", "resource", "name"),
    [
        ("iam", f"projects/{PROJECT}", PROJECT),
        ("storage", "example-exports", "example-exports"),
        ("pubsub", f"//pubsub.googleapis.com/projects/{PROJECT}/topics/orders", f"projects/{PROJECT}/topics/orders"),
        ("bigquery", f"{PROJECT}.mart.daily", f"projects/{PROJECT}/datasets/mart/tables/daily"),
    ],
)
def test_exactly_the_removed_binding_of_the_evidence_is_granted_again(
    platform: Platform, service: str, resource: str, name: str
) -> None:
    keep = {"role": ROLE, "members": ["group:data@example.com"]}
    platform.projects.add_project(PROJECT, [keep])
    platform.storage.add_bucket("example-exports", [keep])
    platform.others.add(name, [keep])
    if service == "bigquery":
        platform.bigquery = platform.others  # type: ignore[assignment]
    view: dict[str, Any] = {"rule": "platform/lost_access", "service": service, "resource": resource}
    done = platform.run(evidence=removal(condition=CONDITION), **view)

    def read(asked: str) -> dict[str, Any]:
        if service == "iam":
            return platform.projects.policy(asked)
        found = platform.storage.policy(asked) if service == "storage" else {}
        return found or {"bindings": platform.others.bindings(asked)}

    restored = {"role": ROLE, "members": [MEMBER], "condition": CONDITION}
    assert read(name)["bindings"] == [keep, restored]
    again = platform.run(evidence=removal(condition=CONDITION), **view)
    assert (again.changed, again.recovered) == (False, False)
    platform.run(undoes=done.undo, **view)
    assert read(name)["bindings"] == [keep]


@pytest.mark.permissions
@pytest.mark.parametrize(("service", "resource", "labels", "name"), RESOURCES)
def test_a_role_is_restored_on_a_resource_of_any_kind(
    service: str, resource: str, labels: dict[str, str], name: str
) -> None:
    names = ("bigquery", "compute", "iam", "policy", "pubsub", "run", "storage")
    with PolicyServer() as server:
        server.add(name)
        endpoints: dict[str, Any] = {f"{each}_endpoint": server.url for each in names}
        changes = {"project": PROJECT, "service": service, "resource": resource, "labels": labels}
        view = incident(rule="user/rule", evidence=removal("group:etl@example.com"), **changes)
        done = remediate(restore_iam_member, Settings(**endpoints), view, removed_grants=lambda _days: [])
        assert done.changed
        assert server.bindings(name) == [{"role": ROLE, "members": ["group:etl@example.com"]}]


@pytest.mark.permissions
@pytest.mark.parametrize("name", ["folders/1", "organizations/2"])
def test_a_role_is_restored_on_a_folder_and_an_organization(platform: Platform, name: str) -> None:
    platform.projects.add_project(name)
    done = platform.run(rule="user/rule", service="iam", resource=name, evidence=removal())
    assert done.changed
    assert platform.projects.policy(name)["bindings"] == [{"role": ROLE, "members": [MEMBER]}]


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ({}, "neither the evidence nor the history"),
        ({"elements": {"d": [{"action": "ADD", "role": ROLE, "member": MEMBER}]}}, "neither the evidence nor"),
        (removal(condition="<redacted>"), "neither the evidence nor the history"),
        (removal("allUsers"), "allUsers is not restored"),
        (removal("<redacted>"), "<redacted> is not restored"),
        (removal(role="<redacted>"), "is not restored"),
        (removal(f"deleted:serviceAccount:{ETL}?uid=1"), "is not restored"),
        (removal(f"serviceAccount:gone@{PROJECT}.iam.gserviceaccount.com"), "no longer exists"),
    ],
)
def test_no_other_role_is_granted(platform: Platform, evidence: dict[str, Any], message: str) -> None:
    platform.storage.add_bucket("example-exports", [])
    with pytest.raises(TargetRefusedError, match=message):
        platform.run(evidence=evidence, service="storage", resource="example-exports")
    assert platform.storage.take_changes() == []


def test_an_account_that_may_not_be_read_is_left_to_iam(platform: Platform) -> None:
    platform.storage.add_bucket("example-exports", [])
    platform.iam.fail_next(Reply(403, {"error": {"message": "no"}}))
    assert platform.run(evidence=removal(), service="storage", resource="example-exports").changed


def test_roles_lost_on_several_resources_are_for_a_person(platform: Platform) -> None:
    several = [lost(), lost("//storage.googleapis.com/mart")]
    with pytest.raises(TargetRefusedError, match="lost roles on several resources") as caught:
        platform.run(several, kind=IncidentKind.JOB_FAILURE, service="bigquery")
    assert caught.value.reason is TargetRefusal.OTHER_TARGET


def test_an_interrupted_attempt_is_finished_although_the_history_no_longer_has_the_removal(platform: Platform) -> None:
    platform.storage.add_bucket("mart", [{"role": ROLE, "members": [MEMBER]}])
    grant = {"role": ROLE, "member": MEMBER}
    noted = {"resource": "//storage.googleapis.com/projects/_/buckets/mart", "remove": [grant]}
    done = platform.run([], kind=IncidentKind.JOB_FAILURE, service="bigquery", noted_undo=noted)
    assert done.text.en == "nothing to do: bucket mart has the grant again"


def test_days_are_limited() -> None:
    with pytest.raises(InputError, match="days: 31"):
        restore_iam_member.Params(days=31)


@pytest.mark.sqlite
def test_the_worker_finds_the_lost_role_of_a_failed_job_in_the_schema_db(
    platform: Platform, store: ErrorStore, sqlite_schema_store: SchemaStore
) -> None:
    platform.storage.add_bucket("example-landing", [])
    lost_at = {"valid_from": NOON - timedelta(days=9), "valid_to": NOON - timedelta(hours=1)}
    row = {"resource": "//storage.googleapis.com/example-landing", "role": ROLE, "member": MEMBER, **lost_at}
    with sqlite_schema_store.transaction() as session:
        session.add(Binding(exact_from=True, exact_to=True, seen_by=1, **row))
    desk = Desk(store, Settings(iam_endpoint=platform.iam.url, storage_endpoint=platform.storage.url))
    desk.apply(HandlerSpec("restore", "restore_iam_member", mode=Mode.AUTO))
    failed = finding(
        service="bigquery", principal=ETL, summary=f"Access Denied: {ETL} may not list gs://example-landing/orders"
    )
    with store.transaction(desk.now) as transaction:
        plan(transaction.record(failed, redact=()), transaction, desk.now)
    causes = Causes(sqlite_schema_store.engine.url.render_as_string(hide_password=False), print, redact=())
    ActionWorker(store, Clients(desk.settings), desk.settings, lambda: desk.now, causes).run_due(desk.now)
    causes.close()
    assert platform.storage.policy("example-landing")["bindings"] == [{"role": ROLE, "members": [MEMBER]}]
