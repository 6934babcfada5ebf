"""Roles granted above the topics apply to each topic, and people keep roles: doctor and plan name who has one."""

from __future__ import annotations

import shlex
from datetime import date
from typing import Any

import pytest

from cli.views.doctor_report import print_report, print_warnings
from deploy.doctor import PUBLISHERS, examine, publisher_warnings
from deploy.parts import grants
from deploy.parts.unexpected_grants import publishing
from deploy.site import Site
from tests.support.gcloud_server import Call
from tests.support.gcloud_services import PROJECT
from tests.support.injected_failures import FailureMode, InjectedFailure
from tests.support.planning import HOME, LABELLED, GivenState, Ground

pytestmark = pytest.mark.server

ALICE, MAKER = "user:alice@example.com", f"serviceAccount:maker@{PROJECT}.iam.gserviceaccount.com"
WORKFORCE = "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/platform"
CUSTOM, HARMLESS = f"{HOME}/roles/relay", f"{HOME}/roles/reader"
WHEN = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until then"}


def bind(ground: Ground, place: str, role: str, *members: str, **more: Any) -> None:
    policy = ground.state.setdefault(f"cloudresourcemanager/{place}:policy", {"bindings": [], "version": 3})
    policy["bindings"].append({"role": role, "members": list(members), **more})


def role(ground: Ground, name: str, *permissions: str, **more: Any) -> None:
    ground.state[f"iam/{name}"] = {"name": name, "includedPermissions": list(permissions), **more}


def in_folders(ground: Ground) -> None:
    """Puts the project below folders/2, folders/3 and organizations/1."""
    ground.state[f"cloudresourcemanager/{HOME}"]["parent"] = {"type": "folder", "id": "2"}


def warnings(site: Site) -> list[tuple[str, str]]:
    found = list(publisher_warnings(site))
    assert all(problem.is_warning for problem in found)
    return [(problem.what, problem.fix) for problem in found]


@pytest.mark.parametrize(
    "name", ["roles/owner", "roles/editor", "roles/pubsub.publisher", "roles/pubsub.editor", "roles/pubsub.admin"]
)
def test_each_member_of_a_role_on_the_project_is_named_with_the_command_that_revokes_it(
    ground: Ground, name: str
) -> None:
    bind(ground, HOME, name, ALICE, MAKER)
    text = (
        f"may publish to every topic of Hinomi by {name} on {HOME}: its messages count as evidence, reports and ticks"
    )
    assert warnings(ground.site()) == [
        (
            f"{member} {text}" + "; an owner can also change the topics" * (name == "roles/owner"),
            f"gcloud projects remove-iam-policy-binding {PROJECT} --member={member} --role={name} --condition=None --quiet",
        )
        for member in (ALICE, MAKER)
    ]


def test_custom_and_other_predefined_roles_count_by_their_permissions(ground: Ground) -> None:
    role(ground, CUSTOM, "pubsub.topics.get", "pubsub.topics.publish")
    role(ground, HARMLESS, "pubsub.topics.get")
    role(ground, "roles/composer.worker", "pubsub.topics.publish")
    role(ground, f"{HOME}/roles/gone", "pubsub.topics.publish", deleted=True)
    for name in (CUSTOM, HARMLESS, "roles/composer.worker", f"{HOME}/roles/gone", "roles/unknown"):
        bind(ground, HOME, name, ALICE)
    assert [what.split(" by ")[1].split(" on ")[0] for what, _ in warnings(ground.site())] == [
        CUSTOM,
        "roles/composer.worker",
    ]


def test_roles_on_every_folder_and_the_organization_count(ground: Ground) -> None:
    in_folders(ground)
    role(ground, "organizations/1/roles/relay", "pubsub.topics.publish")
    bind(ground, "folders/2", "roles/pubsub.publisher", MAKER)
    bind(ground, "folders/3", "roles/viewer", MAKER)
    bind(ground, "organizations/1", "organizations/1/roles/relay", "group:platform@example.com")
    fixes = [shlex.split(fix) for _, fix in warnings(ground.site())]
    assert [fix[1:5] for fix in fixes] == [
        ["resource-manager", "folders", "remove-iam-policy-binding", "2"],
        ["organizations", "remove-iam-policy-binding", "1", "--member=group:platform@example.com"],
    ]


def test_hinomis_accounts_agents_of_google_and_deleted_members_are_not_named(ground: Ground) -> None:
    agent = "serviceAccount:service-1@dataflow-service-producer-prod.iam.gserviceaccount.com"
    role(ground, "roles/dataflow.serviceAgent", "pubsub.topics.publish")
    bind(ground, HOME, "roles/dataflow.serviceAgent", agent)
    bind(ground, HOME, "roles/pubsub.publisher", f"serviceAccount:hinomi-build@{PROJECT}.iam.gserviceaccount.com")
    bind(ground, HOME, "roles/editor", "deleted:serviceAccount:old@example.com?uid=1")
    assert warnings(ground.site()) == []


def test_a_conditional_role_is_revoked_with_its_condition(ground: Ground) -> None:
    bind(ground, HOME, "roles/editor", ALICE, condition=WHEN)
    ((_, fix),) = warnings(ground.site())
    assert fix.endswith("--role=roles/editor --all --quiet")


def test_people_on_a_topic_are_named_although_a_replay_needs_them(ground: Ground) -> None:
    path = f"{HOME}/topics/hinomi-reports-dq"
    role(ground, CUSTOM, "pubsub.topics.publish")
    ground.state[f"pubsub/{path}"] = {"name": path, **LABELLED}
    bindings = [
        {"role": "roles/pubsub.publisher", "members": ["user:dq@example.com", ALICE]},
        {"role": CUSTOM, "members": ["group:platform@example.com", WORKFORCE]},
        {"role": "roles/pubsub.viewer", "members": ["user:bob@example.com"]},
    ]
    ground.state[f"pubsub/{path}:policy"] = {"bindings": bindings, "version": 1}
    found = warnings(ground.site(desired=GivenState(reporters={"dq": ["user:dq@example.com"]})))
    text = "may publish to topic hinomi-reports-dq by {}: only hinomi dlq replay needs this"
    assert [what for what, _ in found] == [
        f"{ALICE} {text.format('roles/pubsub.publisher')}",
        f"group:platform@example.com {text.format(CUSTOM)}",
        f"{WORKFORCE} {text.format(CUSTOM)}",
    ]
    assert found[0][1].startswith(
        f"gcloud pubsub topics remove-iam-policy-binding hinomi-reports-dq --project={PROJECT}"
    )


def test_members_that_may_act_as_a_push_account_are_named(ground: Ground) -> None:
    path = f"{HOME}/serviceAccounts/hinomi-push-evidence@{PROJECT}.iam.gserviceaccount.com"
    agent = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    role(ground, CUSTOM, "iam.serviceAccounts.getOpenIdToken")
    role(ground, HARMLESS, "iam.serviceAccounts.get")
    ground.state[f"iam/{path}"] = {"name": path}
    bindings = [
        {"role": "roles/iam.serviceAccountTokenCreator", "members": [agent, MAKER]},
        {"role": CUSTOM, "members": [ALICE]},
        {"role": HARMLESS, "members": ["user:bob@example.com"]},
    ]
    ground.state[f"iam/{path}:policy"] = {"bindings": bindings, "version": 1}
    text = "may call the functions as hinomi-push-evidence through {}: its messages count as messages of this account"
    found = warnings(ground.site())
    assert [what for what, _ in found] == [
        f"{MAKER} {text.format('roles/iam.serviceAccountTokenCreator')}",
        f"{ALICE} {text.format(CUSTOM)}",
    ]
    assert found[0][1].startswith("gcloud iam service-accounts remove-iam-policy-binding hinomi-push-evidence@")


def test_members_that_may_act_as_every_push_account_by_a_role_above_are_named(ground: Ground) -> None:
    in_folders(ground)
    role(ground, CUSTOM, "iam.serviceAccounts.signJwt")
    role(ground, "roles/dataflow.serviceAgent", "iam.serviceAccounts.actAs")
    bind(ground, HOME, "roles/iam.serviceAccountTokenCreator", ALICE, condition=WHEN)
    bind(ground, HOME, "roles/dataflow.serviceAgent", MAKER)
    bind(ground, "organizations/1", CUSTOM, MAKER)
    text = "may call the functions as any push account by {} on {}: its messages count as evidence, reports and ticks"
    found = warnings(ground.site())
    assert [what for what, _ in found] == [
        f"{ALICE} {text.format('roles/iam.serviceAccountTokenCreator', HOME)}",
        f"{MAKER} {text.format(CUSTOM, 'organizations/1')}",
    ]
    assert found[0][1].endswith("--role=roles/iam.serviceAccountTokenCreator --all --quiet")


def test_a_service_account_with_a_custom_role_on_a_topic_loses_it(ground: Ground) -> None:
    path = f"{HOME}/topics/hinomi-ticks"
    role(ground, CUSTOM, "pubsub.topics.publish")
    ground.state[f"pubsub/{path}"] = {"name": path, **LABELLED}
    ground.state[f"pubsub/{path}:policy"] = {"bindings": [{"role": CUSTOM, "members": [MAKER]}], "version": 1}
    (step,) = publishing(ground.site())
    assert step.argv[2:4] == ("remove-iam-policy-binding", "hinomi-ticks")
    assert {f"--member={MAKER}", f"--role={CUSTOM}"} <= set(step.argv)


def test_publishers_on_a_topic_with_a_condition_are_read_and_revoked(ground: Ground) -> None:
    path = f"{HOME}/topics/hinomi-ticks"
    ground.state[f"pubsub/{path}"] = {"name": path, **LABELLED}
    bindings = [
        {"role": "roles/pubsub.publisher", "members": [MAKER]},
        {"role": "roles/pubsub.publisher", "members": [MAKER, ALICE], "condition": WHEN},
    ]
    ground.state[f"pubsub/{path}:policy"] = {"bindings": bindings, "version": 3}
    (step,) = publishing(ground.site())
    place = ("hinomi-ticks", f"--project={PROJECT}")
    revoked = ("alpha", "pubsub", "topics", "remove-iam-policy-binding", *place)
    assert step.argv == (*revoked, f"--member={MAKER}", "--role=roles/pubsub.publisher", "--all", "--quiet")
    ((what, fix),) = warnings(ground.site())
    assert what.startswith(f"{ALICE} may publish to topic hinomi-ticks")
    assert shlex.split(fix)[1:] == [*revoked, f"--member={ALICE}", "--role=roles/pubsub.publisher", "--all", "--quiet"]


def test_a_grant_with_a_condition_is_no_grant_of_the_plan(ground: Ground) -> None:
    path = f"{HOME}/topics/hinomi-reports-dq"
    ground.state[f"pubsub/{path}"] = {"name": path, **LABELLED}
    binding = {"role": "roles/pubsub.publisher", "members": [MAKER], "condition": WHEN}
    ground.state[f"pubsub/{path}:policy"] = {"bindings": [binding], "version": 3}
    site = ground.site(desired=GivenState(reporters={"dq": [MAKER]}))
    (step,) = [each for each in grants.steps(site) if "hinomi-reports-dq" in each.argv]
    assert step.problem == "missing; a grant with a condition does not count"
    assert step.argv[:4] == ("alpha", "pubsub", "topics", "add-iam-policy-binding")
    assert step.argv[-2:] == ("--condition=None", "--quiet")


def deny(ground: Ground, *paths: str) -> None:
    """Denies every read of these paths."""
    denied = (403, {"error": {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}})
    ground.server.injected = Always(FailureMode.ERROR, counts=lambda call: call.path in paths, response=denied)


class Always(InjectedFailure):
    """Fails every call that counts."""

    def applies(self, call: Call) -> bool:
        return self.counts(call)


def test_a_level_that_cannot_be_read_is_named_and_the_others_are_examined(ground: Ground) -> None:
    in_folders(ground)
    bind(ground, HOME, "roles/editor", ALICE)
    bind(ground, "organizations/1", "roles/editor", MAKER)
    deny(ground, "v3/folders/2:getIamPolicy")
    found = warnings(ground.site())
    assert [what.split(" ")[0] for what, _ in found] == [ALICE, "roles", MAKER]
    assert found[1][0].startswith("roles on folders/2 reach the topics too, and cannot be read: ")
    assert found[1][1].startswith("gcloud resource-manager folders add-iam-policy-binding 2 ")


@pytest.mark.parametrize(("hidden", "named"), [((), ()), ((f"v1/{HOME}:getAncestry",), ("folders/2",))])
def test_above_a_folder_whose_parent_cannot_be_read_the_ancestors_of_the_project_are_examined_or_the_folder_is_named(
    ground: Ground, hidden: tuple[str, ...], named: tuple[str, ...]
) -> None:
    in_folders(ground)
    bind(ground, "folders/3", "roles/editor", ALICE)
    bind(ground, "organizations/1", "roles/editor", MAKER)
    deny(ground, "v3/folders/2", *hidden)
    found = warnings(ground.site())
    if not named:
        assert [what.split(" ")[0] for what, _ in found] == [ALICE, MAKER]
        return
    ((what, fix),) = found
    assert what.startswith("the parent of folders/2 cannot be read: roles on the folders and the organization above it")
    assert what.endswith("Permission denied")
    assert fix.startswith("gcloud resource-manager folders add-iam-policy-binding 2 ")
    assert "--role=roles/browser " in fix


def test_the_shared_topic_of_reporters_is_a_warning_with_the_way_to_end_it(ground: Ground) -> None:
    path = f"{HOME}/topics/hinomi-reports"
    ground.state[f"pubsub/{path}"] = {"name": path, **LABELLED}
    ((what, fix),) = warnings(ground.site(desired=GivenState(reporters={"dq": []}), today=date(2026, 11, 23)))
    assert what.startswith(
        "until 2026-12-23 topic hinomi-reports accepts reports in the name of every declared reporter that has not used its own"
    )
    assert fix.startswith(
        f"gcloud pubsub subscriptions delete hinomi-reports --project={PROJECT} && gcloud pubsub topics"
    )


def test_a_warning_is_marked_and_is_not_a_problem(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    bind(ground, HOME, "roles/editor", ALICE)
    site = ground.site()
    (area,) = [area for area in examine(site) if area[0] == PUBLISHERS]
    print_report(site, [area])
    lines = capsys.readouterr().out.splitlines()
    assert "WARN publishers besides the planned ones" in lines
    assert lines[-2:] == ["1 warning: decide whether to act.", "No problems found."]


def test_the_plan_shows_the_warnings(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    print_warnings(ground.site())
    assert capsys.readouterr().out == ""
    bind(ground, HOME, "roles/pubsub.publisher", MAKER)
    print_warnings(ground.site())
    assert "maker may publish to every topic" in " ".join(capsys.readouterr().out.split())
