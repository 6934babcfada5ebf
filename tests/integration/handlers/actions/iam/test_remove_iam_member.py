"""The action remove_iam_member against real HTTP servers with the policy APIs of several Google services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from demo.platform.bigquery.server import BigQueryServer
from demo.platform.http import Reply
from demo.platform.resourcemanager import ResourceManagerServer
from demo.platform.storage import StorageServer
from handlers.actions.iam import remove_iam_member
from handlers.actions.iam.remove_iam_member import Params
from handlers.context import ActionContext, ActionResult
from handlers.remediations import runner
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError, InputError
from shared.model import Mode, Trigger
from tests.support.incidents import NOW, incident

VIEWER = "roles/storage.objectViewer"
OFFICE_HOURS = {"expression": "request.time.getHours() < 18", "title": "office hours", "description": ""}
OWNER = {"role": "roles/owner", "members": ["user:alice@example.com"]}


@dataclass
class Platform:
    storage: StorageServer = field(default_factory=StorageServer)
    projects: ResourceManagerServer = field(default_factory=ResourceManagerServer)
    bigquery: BigQueryServer = field(default_factory=BigQueryServer)

    def run(
        self,
        service: str,
        resource: str,
        *added: dict[str, Any],
        mode: Mode = Mode.AUTO,
        domains: tuple[str, ...] = (),
        noted: dict[str, Any] | None = None,
        **changes: Any,
    ) -> ActionResult:
        settings = Settings(
            storage_endpoint=self.storage.url,
            resourcemanager_endpoint=self.projects.url,
            bigquery_endpoint=self.bigquery.url,
        )
        evidence = {"elements": {"protoPayload.serviceData.policyDelta.bindingDeltas": list(added)}}
        view = incident(service=service, resource=resource, evidence=evidence, **changes)
        context = ActionContext(view, Trigger.OPENED, mode, NOW, Clients(settings), settings, noted_undo=noted)
        return runner.run(remove_iam_member, context, Params(allowed_domains=domains))


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    with platform.storage, platform.projects, platform.bigquery:
        yield platform


def add(member: str, role: str = VIEWER, condition: dict[str, str] | None = None) -> dict[str, Any]:
    return {"action": "ADD", "role": role, "member": member, **({"condition": condition} if condition else {})}


def bindings(role: str, *members: str) -> dict[str, Any]:
    return {"role": role, "members": list(members)}


def test_a_public_bucket_is_closed_and_the_rest_of_its_policy_stays(platform: Platform) -> None:
    platform.storage.add_bucket("exports", [OWNER, bindings(VIEWER, "group:data@example.com", "allUsers")])
    outcome = platform.run("storage", "exports", add("allUsers"))
    assert (outcome.changed, outcome.recovered) == (True, True)
    assert outcome.text.en == f"removed allUsers as {VIEWER} from bucket exports"
    assert platform.storage.policy("exports")["bindings"] == [OWNER, bindings(VIEWER, "group:data@example.com")]


def test_the_command_that_undoes_the_change_is_recorded(platform: Platform) -> None:
    platform.storage.add_bucket("exports", [bindings(VIEWER, "allUsers")])
    undo = platform.run("storage", "exports", add("allUsers")).undo
    assert undo == {"resource": "bucket exports", "add": [{"role": VIEWER, "member": "allUsers"}]}


@pytest.mark.permissions
def test_the_undo_of_an_earlier_attempt_is_kept_beside_that_of_this_one(platform: Platform) -> None:
    platform.storage.add_bucket("exports", [bindings(VIEWER, "allUsers")])
    earlier = {"role": VIEWER, "member": "allAuthenticatedUsers"}
    noted = {"resource": "bucket exports", "add": [earlier]}
    outcome = platform.run("storage", "exports", add("allUsers"), add("allAuthenticatedUsers"), noted=noted)
    assert outcome.undo == {"resource": "bucket exports", "add": [earlier, {"role": VIEWER, "member": "allUsers"}]}


def test_only_the_role_that_the_event_added_is_revoked(platform: Platform) -> None:
    reader = bindings("roles/storage.legacyBucketReader", "allUsers")
    platform.storage.add_bucket("site", [reader, bindings(VIEWER, "allUsers")])
    outcome = platform.run("storage", "site", add("allUsers"))
    assert platform.storage.policy("site")["bindings"] == [reader]
    assert "kept, because another event granted it: allUsers as roles/storage.legacyBucketReader" in outcome.text.en


def test_an_incident_with_another_public_grant_does_not_resolve(platform: Platform) -> None:
    platform.storage.add_bucket("site", [bindings("roles/storage.admin", "allUsers"), bindings(VIEWER, "allUsers")])
    assert not platform.run("storage", "site", add("allUsers"), occurrence_count=2).recovered


def test_the_same_role_under_another_condition_stays(platform: Platform) -> None:
    conditional = {**bindings(VIEWER, "allUsers"), "condition": OFFICE_HOURS}
    platform.storage.add_bucket("exports", [conditional, bindings(VIEWER, "allUsers")])
    platform.run("storage", "exports", add("allUsers"))
    assert platform.storage.policy("exports")["bindings"] == [conditional]


def test_a_conditional_grant_is_revoked_with_its_condition(platform: Platform) -> None:
    conditional = {**bindings(VIEWER, "allUsers"), "condition": OFFICE_HOURS}
    platform.storage.add_bucket("exports", [conditional, bindings(VIEWER, "allAuthenticatedUsers")])
    outcome = platform.run("storage", "exports", add("allUsers", condition=OFFICE_HOURS))
    assert platform.storage.policy("exports")["bindings"] == [bindings(VIEWER, "allAuthenticatedUsers")]
    assert outcome.undo is not None
    assert outcome.undo["add"][0]["condition"] == OFFICE_HOURS


def test_a_grant_that_was_already_revoked_resolves_the_incident_without_a_change(platform: Platform) -> None:
    platform.storage.add_bucket("exports", [OWNER])
    outcome = platform.run("storage", "exports", add("allUsers"))
    assert (outcome.changed, outcome.recovered, outcome.undo) == (False, True, None)
    assert platform.storage.take_changes() == []


def test_a_dry_run_changes_nothing_and_resolves_nothing(platform: Platform) -> None:
    platform.storage.add_bucket("exports", [bindings(VIEWER, "allUsers")])
    outcome = platform.run("storage", "exports", add("allUsers"), mode=Mode.DRY_RUN)
    assert (outcome.changed, outcome.recovered) == (False, False)
    assert outcome.text.en == f"would remove allUsers as {VIEWER} from bucket exports"
    assert platform.storage.take_changes() == []


class ChangedUnderUs(StorageServer):
    """A storage server on which somebody else changes the policy after each of the first reads."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def answer(self, request: Any) -> Reply:
        reply = super().answer(request)
        if request.method == "GET" and self.times:
            self.times -= 1
            self.grant("exports", "roles/viewer", f"user:{self.times}@example.com")
        return reply


@pytest.mark.parametrize("times", [1, 3])
def test_a_concurrent_change_by_somebody_else_is_kept(times: int) -> None:
    platform = Platform(storage=ChangedUnderUs(times))
    with platform.storage, platform.projects, platform.bigquery:
        platform.storage.add_bucket("exports", [bindings(VIEWER, "allUsers")])
        assert platform.run("storage", "exports", add("allUsers")).recovered
        assert [each["role"] for each in platform.storage.policy("exports")["bindings"]] == ["roles/viewer"] * times


def test_a_policy_that_changes_all_the_time_is_retried_later() -> None:
    platform = Platform(storage=ChangedUnderUs(99))
    with platform.storage, platform.projects, platform.bigquery:
        platform.storage.add_bucket("exports", [bindings(VIEWER, "allUsers")])
        with pytest.raises(ActionError, match="changed by someone else 4 times") as caught:
            platform.run("storage", "exports", add("allUsers"))
    assert not caught.value.permanent


@pytest.mark.parametrize(("status", "permanent"), [(403, True), (404, True), (429, False), (500, False), (503, False)])
def test_only_transient_errors_are_retried(platform: Platform, status: int, *, permanent: bool) -> None:
    platform.storage.add_bucket("exports")
    platform.storage.fail_next(Reply(status, {"error": {"message": "no"}}))
    with pytest.raises(ActionError, match=f"HTTP {status} no") as caught:
        platform.run("storage", "exports", add("allUsers"))
    assert caught.value.permanent is permanent


def test_a_member_of_an_allowed_domain_is_never_removed(platform: Platform) -> None:
    platform.storage.add_bucket("exports", [bindings(VIEWER, "user:bob@example.com")])
    with pytest.raises(ActionError, match="does not contain a public or external member"):
        platform.run("storage", "exports", add("user:bob@example.com"), domains=("example.com",))


def test_without_allowed_domains_nobody_is_external(platform: Platform) -> None:
    with pytest.raises(ActionError, match="does not contain a public or external member"):
        platform.run("storage", "exports", add("user:mallory@example.org"))


def test_a_member_that_the_event_removed_is_not_removed_again(platform: Platform) -> None:
    platform.storage.add_bucket("exports", [bindings(VIEWER, "allUsers")])
    with pytest.raises(ActionError, match="does not contain a public or external member"):
        platform.run("storage", "exports", {**add("allUsers"), "action": "REMOVE"})


@pytest.mark.permissions
def test_an_external_member_loses_the_role_in_a_project(platform: Platform) -> None:
    editor = "roles/editor"
    platform.projects.add_project(
        "example-project", [OWNER, bindings(editor, "user:Mallory@example.org", "user:bob@example.com")]
    )
    outcome = platform.run(
        "iam", "projects/example-project", add("user:mallory@example.org", editor), domains=("example.com",)
    )
    assert outcome.recovered
    assert platform.projects.policy("example-project")["bindings"] == [OWNER, bindings(editor, "user:bob@example.com")]


def test_a_project_policy_keeps_its_conditions(platform: Platform) -> None:
    conditional = {**bindings("roles/viewer", "user:bob@example.com"), "condition": OFFICE_HOURS}
    platform.projects.add_project("example-project", [conditional, bindings("roles/viewer", "user:eve@example.org")])
    platform.run("iam", "example-project", add("user:eve@example.org", "roles/viewer"), domains=("example.com",))
    assert platform.projects.policy("example-project")["bindings"] == [conditional]


def test_a_concurrent_change_of_a_project_is_answered_with_409_and_read_again(platform: Platform) -> None:
    platform.projects.add_project("example-project", [bindings("roles/viewer", "user:eve@example.org")])
    read = Reply(200, platform.projects.policy("example-project"))
    platform.projects.fail_next(read, Reply(409, {"error": {"status": "ABORTED"}}))
    outcome = platform.run(
        "iam", "example-project", add("user:eve@example.org", "roles/viewer"), domains=("example.com",)
    )
    assert outcome.changed


AUTHORIZED_VIEW = {"view": {"projectId": "example-project", "datasetId": "mart", "tableId": "v"}}
DATA_VIEWER = "roles/bigquery.dataViewer"


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("entry", "member"),
    [
        ({"role": "READER", "iamMember": "allUsers"}, "allUsers"),
        ({"role": "READER", "specialGroup": "allAuthenticatedUsers"}, "allAuthenticatedUsers"),
        ({"role": DATA_VIEWER, "userByEmail": "mallory@example.org"}, "user:mallory@example.org"),
        ({"role": "READER", "groupByEmail": "all@example.org"}, "group:all@example.org"),
        ({"role": "READER", "domain": "example.org"}, "domain:example.org"),
    ],
)
def test_an_access_entry_of_a_dataset_is_removed(platform: Platform, entry: dict[str, Any], member: str) -> None:
    keep: list[dict[str, Any]] = [
        {"role": "OWNER", "specialGroup": "projectOwners"},
        AUTHORIZED_VIEW,
        {"role": "WRITER", **{key: value for key, value in entry.items() if key != "role"}},
        {"role": "READER", "userByEmail": "etl@example-project.iam.gserviceaccount.com"},
    ]
    platform.bigquery.add_dataset("example-project", "sales", [entry, *keep])
    outcome = platform.run(
        "bigquery", "projects/example-project/datasets/sales", add(member, DATA_VIEWER), domains=("example.com",)
    )
    assert (outcome.changed, outcome.recovered) == (True, True)
    assert platform.bigquery.access("example-project", "sales") == keep


def test_a_conditional_access_entry_is_kept(platform: Platform) -> None:
    conditional = {"role": DATA_VIEWER, "userByEmail": "bob@example.com", "condition": OFFICE_HOURS}
    platform.bigquery.add_dataset("p", "sales", [conditional, {"role": "READER", "iamMember": "allUsers"}])
    platform.run("bigquery", "p.sales", add("allUsers", DATA_VIEWER))
    assert platform.bigquery.access("p", "sales") == [conditional]


def test_a_dataset_that_changed_since_it_was_read_is_read_again(platform: Platform) -> None:
    platform.bigquery.add_dataset("p", "sales", [{"role": "READER", "iamMember": "allUsers"}])
    platform.bigquery.fail_next(Reply(200, {"access": [{"role": "READER", "iamMember": "allUsers"}], "etag": "old"}))
    assert platform.run("bigquery", "p.sales", add("allUsers", DATA_VIEWER)).recovered


def test_the_real_client_library_understands_the_simulated_datasets(platform: Platform) -> None:
    platform.bigquery.add_dataset("p", "sales", [{"role": "READER", "iamMember": "allUsers"}])
    client = Clients(Settings(bigquery_endpoint=platform.bigquery.url)).bigquery("p")
    dataset = client.get_dataset("p.sales")
    dataset.access_entries = []
    client.update_dataset(dataset, ["access_entries"])
    assert platform.bigquery.access("p", "sales") == []


@pytest.mark.parametrize(
    ("service", "resource"),
    [
        ("storage", "../../admin"),
        ("storage", "evil.example/x"),
        ("storage", "bucket?x=1"),
        ("bigquery", "sales"),
        ("iam", "billingAccounts/1"),
        ("compute", "example-bucket"),
    ],
)
def test_an_impossible_resource_name_is_rejected(platform: Platform, service: str, resource: str) -> None:
    with pytest.raises(ActionError, match="has no policy that Hinomi can change"):
        platform.run(service, resource, add("allUsers"))


@pytest.mark.parametrize("domain", ["user@example.com", "com"])
def test_allowed_domains_are_validated(domain: str) -> None:
    with pytest.raises(InputError, match="allowed_domains"):
        Params(allowed_domains=(domain,))


def test_service_accounts_are_never_external(platform: Platform) -> None:
    member = "serviceAccount:x@other.iam.gserviceaccount.com"
    with pytest.raises(ActionError, match="does not contain a public or external member"):
        platform.run("storage", "exports", add(member), domains=("example.com",))
