"""Members and roles: the use is unknown if the logs do not show the principal or the permission."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from db.schema_db.write.rows import (
    write,
)
from insights.access import queries
from insights.access.model import (
    Use,
)
from insights.access.usage.unknown_reasons import (
    ReasonKind,
)
from shared.history import (
    BindingEntry,
    CoverageRow,
    GroupRow,
    RoleRow,
    UserActionRow,
)
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DAY,
    NOW,
    OLD,
    PROJECT,
    PROJECT_NAME,
    ROBOT,
    SCOPE,
    SECRET,
    VIEWER,
    act,
    grant,
    logged,
    members,
    place,
    role,
    usage_of,
)

pytestmark = pytest.mark.sqlite

# Members


def test_owners_of_the_project_are_behind_its_convenience_member(session: Session) -> None:
    legacy = role(session, "roles/storage.legacyBucketOwner", "storage.buckets.get")
    grant(session, BUCKET, BindingEntry(legacy, f"projectOwner:{PROJECT}"))
    place(session, PROJECT_NAME, [SCOPE, "organizations/1"], BindingEntry("roles/owner", SECRET))
    logged(session, "storage")
    found = usage_of(session, f"projectOwner:{PROJECT}", legacy)
    assert found.reason == "the members of secret@example.com are not known for the whole period"


def test_the_owners_of_an_unobserved_project_are_unknown(session: Session) -> None:
    legacy = role(session, "roles/storage.legacyBucketOwner", "storage.buckets.get")
    grant(session, BUCKET, BindingEntry(legacy, f"projectOwner:{PROJECT}"))
    logged(session, "storage")
    assert usage_of(session, f"projectOwner:{PROJECT}", legacy).kind == ReasonKind.GROUP


def test_a_former_owner_counts(session: Session) -> None:
    legacy = role(session, "roles/storage.legacyBucketOwner", "storage.buckets.get")
    grant(session, BUCKET, BindingEntry(legacy, f"projectOwner:{PROJECT}"))
    place(session, PROJECT_NAME, [SCOPE, "organizations/1"], BindingEntry("roles/owner", BOB))
    for days in (5, 4):
        place(session, PROJECT_NAME, [SCOPE, "organizations/1"], days=days)
    logged(session, "storage")
    act(session, BOB, 10, permission="storage.buckets.get")
    assert usage_of(session, f"projectOwner:{PROJECT}", legacy).state is Use.USED


@pytest.mark.both_databases
def test_a_member_that_left_a_group_used_it_before(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    logged(session, "storage")
    members(session, ANALYSTS, BOB, ALICE)
    write(session, 1, [GroupRow("analysts@example.com", [ALICE], NOW - 2 * DAY)])
    act(session, BOB, 10)
    assert usage_of(session, ANALYSTS).state is Use.USED


def test_what_somebody_did_after_leaving_is_no_use_of_the_group(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    logged(session, "storage")
    members(session, ANALYSTS, BOB, ALICE)
    write(session, 1, [GroupRow("analysts@example.com", [ALICE], NOW - 20 * DAY)])
    act(session, BOB, 10)
    assert usage_of(session, ANALYSTS).state is Use.UNUSED


def test_what_somebody_did_shortly_before_being_seen_inside_may_be_a_use(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    logged(session, "storage")
    members(session, ANALYSTS, ALICE)
    write(session, 1, [GroupRow("analysts@example.com", [ALICE, BOB], NOW - 10 * DAY)])
    act(session, BOB, 10.5)
    assert usage_of(session, ANALYSTS).kind == ReasonKind.PERHAPS
    rows = {row.principal: row.usage for row in queries.who(session, BUCKET, NOW).rows}
    assert rows[BOB].state is Use.UNKNOWN


def test_what_somebody_did_before_joining_and_after_leaving_is_no_use_of_the_group(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    logged(session, "storage")
    members(session, ANALYSTS, ALICE)
    for days_ago, inside in ((40, [ALICE, BOB]), (20, [ALICE])):
        write(session, 1, [GroupRow("analysts@example.com", inside, NOW - days_ago * DAY)])
    for days_ago in (50, 10):
        act(session, BOB, days_ago)
    assert usage_of(session, ANALYSTS).state is Use.UNUSED
    act(session, BOB, 41)  # shortly before being seen inside
    assert usage_of(session, ANALYSTS).kind == ReasonKind.PERHAPS


def test_a_group_inside_that_cannot_be_read_is_a_reason_for_unknown(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    logged(session, "storage")
    members(session, ANALYSTS, SECRET)
    assert usage_of(session, ANALYSTS).kind == ReasonKind.GROUP


@pytest.mark.parametrize(("hours", "state"), [(25.5, Use.UNUSED), (26.5, Use.UNKNOWN)])
def test_observations_of_the_last_hours_may_still_be_missing(session: Session, hours: float, state: Use) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    logged(session, "storage")
    observed = CoverageRow("group/analysts@example.com", OLD, NOW - timedelta(hours=hours))
    write(session, 1, [GroupRow("analysts@example.com", [BOB], OLD), observed])
    assert usage_of(session, ANALYSTS).state is state


def test_a_member_who_came_later_is_not_called_unused_through_the_group(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    logged(session, "storage")
    members(session, ANALYSTS, ALICE)
    write(session, 1, [GroupRow("analysts@example.com", [ALICE, BOB], NOW - 10 * DAY)])
    rows = {row.principal: row.usage for row in queries.who(session, BUCKET, NOW).rows}
    assert rows[ALICE].state is Use.UNUSED
    assert rows[BOB].kind == ReasonKind.NEW


GKE_MEMBER = f"serviceAccount:{PROJECT}.svc.id.goog[ns/ksa]"
GKE_POOL = f"principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/{PROJECT}.svc.id.goog"
GKE_NAME = f"{GKE_POOL}/subject/ns/ns/sa/ksa"


@pytest.mark.parametrize("member", [GKE_MEMBER, GKE_NAME])
@pytest.mark.parametrize("principal", [GKE_NAME, f"{PROJECT}.svc.id.goog[ns/ksa]"])
def test_an_account_of_gke_is_known_by_both_names(session: Session, member: str, principal: str) -> None:
    user = role(session, "roles/iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken")
    account = f"//iam.googleapis.com/{SCOPE}/serviceAccounts/etl@{PROJECT}.iam.gserviceaccount.com"
    grant(session, account, BindingEntry(user, member))
    logged(session, "*")
    assert usage_of(session, member, user).state is Use.UNUSED
    time = NOW - 3 * DAY
    write(session, 1, [
        UserActionRow(time, PROJECT, principal, "iamcredentials.googleapis.com", "GenerateAccessToken", account, 5, 0,
                      time, time, permissions=["iam.serviceAccounts.getAccessToken"])
    ])  # fmt: skip
    assert usage_of(session, member, user).state is Use.USED


@pytest.mark.parametrize(
    "member",
    [
        "domain:example.com",
        "deleted:user:bob@example.com?uid=1",
        f"{GKE_POOL.replace('principal', 'principalSet')}/namespace/ns",
        "allAuthenticatedUsers",
        "somethingNew:x",
    ],
)
def test_what_logs_have_no_name_for_is_unknown(session: Session, member: str) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, member))
    logged(session, "storage")
    assert usage_of(session, member).kind == ReasonKind.NAMELESS


@pytest.mark.parametrize(
    "address",
    [
        "service-1@compute-system.iam.gserviceaccount.com",
        "service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
        "1@cloudservices.gserviceaccount.com",
        "1@cloudbuild.gserviceaccount.com",
    ],
)
def test_a_service_agent_of_google_is_unknown(session: Session, address: str) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, f"serviceAccount:{address}"))
    logged(session, "storage")
    assert usage_of(session, f"serviceAccount:{address}").kind == ReasonKind.AGENT


@pytest.mark.parametrize("member", [ROBOT, "serviceAccount:1-compute@developer.gserviceaccount.com"])
def test_an_account_that_people_use_can_be_unused(session: Session, member: str) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, member))
    logged(session, "storage")
    assert usage_of(session, member).state is Use.UNUSED


# Roles


@pytest.mark.parametrize(
    "permission",
    [
        "pubsub.topics.publish",
        "pubsub.subscriptions.consume",
        "run.routes.invoke",
        "iam.serviceAccounts.actAs",
        "serviceusage.services.use",
        "compute.subnetworks.useExternalIp",
        "logging.logEntries.create",
        "monitoring.timeSeries.create",
        "container.pods.list",
        "billing.accounts.get",
    ],
)
def test_a_role_with_permissions_that_are_never_logged_is_unknown(session: Session, permission: str) -> None:
    name = role(session, "roles/x.y", "storage.objects.get", permission)
    grant(session, PROJECT_NAME, BindingEntry(name, ROBOT))
    logged(session, "*")
    found = usage_of(session, ROBOT, name)
    assert (found.kind, permission in found.reason) == (ReasonKind.UNLOGGED, True)


def test_a_role_that_is_only_known_by_its_name_is_unknown(session: Session) -> None:
    grant(session, PROJECT_NAME, BindingEntry("roles/cloudsql.client", ALICE))
    logged(session, "*")
    act(session, ALICE, permission="", service="cloudsql.googleapis.com", resource=PROJECT_NAME)
    assert usage_of(session, ALICE, "roles/cloudsql.client").kind == ReasonKind.ROLE


def test_cloud_sql_is_logged_under_its_own_name(session: Session) -> None:
    name = role(session, "roles/cloudsql.client", "cloudsql.instances.connect")
    grant(session, PROJECT_NAME, BindingEntry(name, ALICE))
    logged(session, "cloudsql")
    assert usage_of(session, ALICE, name).state is Use.UNUSED
    act(session, ALICE, permission="", service="cloudsql.googleapis.com", resource=PROJECT_NAME)
    assert usage_of(session, ALICE, name).state is Use.USED


def test_a_role_whose_definition_is_younger_is_unknown(session: Session) -> None:
    write(session, 1, [RoleRow("roles/x.y", "", "GA", ["storage.objects.get"], NOW - 10 * DAY)])
    grant(session, BUCKET, BindingEntry("roles/x.y", ALICE))
    logged(session, "storage")
    assert usage_of(session, ALICE, "roles/x.y").kind == ReasonKind.ROLE


def test_a_permission_that_the_role_had_then_is_a_use(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    write(session, 1, [RoleRow(VIEWER, "", "GA", ["storage.objects.list"], NOW - 5 * DAY)])
    logged(session, "storage")
    act(session, ALICE, 10)
    assert usage_of(session, ALICE).state is Use.USED


@pytest.mark.parametrize("name", ["owner", "editor", "viewer"])
def test_basic_roles_are_never_unused(session: Session, name: str) -> None:
    grant(session, PROJECT_NAME, BindingEntry(f"roles/{name}", ALICE))
    logged(session, "*")
    found = usage_of(session, ALICE, f"roles/{name}")
    assert (found.kind, found.reason.endswith("none of its other permissions was used")) == (ReasonKind.UNLOGGED, True)


def test_a_role_of_an_api_without_known_logs_is_unknown(session: Session) -> None:
    name = role(session, "roles/x.y", "storage.objects.get", "somethingnew.things.get")
    grant(session, PROJECT_NAME, BindingEntry(name, ALICE))
    logged(session, "*")
    found = usage_of(session, ALICE, name)
    assert (found.kind, "somethingnew.things.get" in found.reason) == (ReasonKind.UNLOGGED, True)


def test_a_role_that_was_not_observed_for_a_while_is_unknown(session: Session) -> None:
    name = "roles/x.y"
    seen = (CoverageRow(f"role/{name}", OLD, NOW - 50 * DAY), CoverageRow(f"role/{name}", NOW - 40 * DAY, NOW))
    write(session, 1, [RoleRow(name, "", "GA", ["storage.objects.get"], OLD), *seen])
    grant(session, BUCKET, BindingEntry(name, ALICE))
    logged(session, "storage")
    assert usage_of(session, ALICE, name).kind == ReasonKind.ROLE
    assert usage_of(session, ALICE, name, days=30).state is Use.UNUSED


@pytest.mark.both_databases
@pytest.mark.parametrize(("hours", "state"), [(5, Use.UNKNOWN), (100, Use.UNUSED)])
def test_a_custom_role_that_changed_twice_between_observations_is_unknown(
    session: Session, hours: float, state: Use
) -> None:
    name = role(session, f"{SCOPE}/roles/own", "storage.objects.get")
    grant(session, BUCKET, BindingEntry(name, ALICE))
    logged(session, "storage")
    for time in (NOW - 20 * DAY, NOW - 20 * DAY + timedelta(hours=hours)):
        write(session, 1, [
            UserActionRow(time, PROJECT, "bob@example.com", "iam.googleapis.com", "google.iam.admin.v1.UpdateRole",
                          f"//iam.googleapis.com/{name}", 1, 0, time, time, permissions=["iam.roles.update"])
        ])  # fmt: skip
    assert usage_of(session, ALICE, name).state is state


@pytest.mark.parametrize(("member", "kind"), [(ROBOT, ReasonKind.UNLOGGED), (ALICE, "")])
def test_an_account_may_be_in_the_middle_of_a_chain_of_delegations(session: Session, member: str, kind: str) -> None:
    name = role(session, "roles/iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken")
    grant(session, PROJECT_NAME, BindingEntry(name, member))
    logged(session, "*")
    assert usage_of(session, member, name).kind == kind


def test_calls_of_an_impersonated_account_are_its_own_use(session: Session) -> None:
    user = role(session, "roles/iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken")
    account = f"//iam.googleapis.com/{SCOPE}/serviceAccounts/{ROBOT.removeprefix('serviceAccount:')}"
    grant(session, account, BindingEntry(user, ALICE))
    grant(session, BUCKET, BindingEntry(VIEWER, ROBOT), BindingEntry(VIEWER, ALICE))
    logged(session, "*")
    service, permission = "iamcredentials.googleapis.com", "iam.serviceAccounts.getAccessToken"
    act(session, ALICE, permission=permission, service=service, resource=account)
    act(session, ROBOT)  # with the token of Alice
    assert usage_of(session, ALICE, user).state is Use.USED
    assert usage_of(session, ROBOT).state is Use.USED
    assert usage_of(session, ALICE).state is Use.UNUSED


def test_a_name_that_is_too_long_for_the_history_is_found_in_it(session: Session) -> None:
    member = "principal://iam.googleapis.com/locations/global/workforcePools/pool/subject/" + "x" * 250
    grant(session, BUCKET, BindingEntry(VIEWER, member))
    logged(session, "storage")
    assert usage_of(session, member).state is Use.UNUSED
    time = NOW - 3 * DAY
    row = UserActionRow(time, PROJECT, member, "storage.googleapis.com", "get", BUCKET, 1, 0, time, time)
    write(session, 1, [row])
    assert usage_of(session, member).state is Use.USED


def test_the_last_use_of_a_group_is_that_of_any_member_inside_or_below_the_resource(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    members(session, ANALYSTS, ALICE, BOB)
    for who, days_ago, inside in (
        (ALICE, 9, ""),
        (ALICE, 5, "/objects/a"),
        (BOB, 7, ""),
        (BOB, 2, "/objects/b"),
        (BOB, 4, ""),
    ):
        act(session, who, days_ago, resource=BUCKET + inside)
    used = {row.principal: row.usage.last_used for row in queries.who(session, BUCKET, NOW).rows}
    assert used == {ALICE: NOW - 5 * DAY, BOB: NOW - 2 * DAY, ANALYSTS: NOW - 2 * DAY}
