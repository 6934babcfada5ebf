"""Audit logs by level: if a use would not be visible, it is unknown, with the right reason."""

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
    AuditSettingsRow,
    BindingEntry,
    CoverageRow,
    UserActionRow,
)
from shared.identity.iam_names import (
    MANAGER,
)
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DATA_VIEWER,
    DATASET,
    DAY,
    FOLDER,
    NOW,
    OLD,
    ORGANIZATION,
    PROJECT_NAME,
    SCOPE,
    SECRET,
    VIEWER,
    act,
    grant,
    level_logged,
    logged,
    members,
    place,
    role,
    usage_of,
)

pytestmark = pytest.mark.sqlite

# The configuration


def test_the_configuration_of_now_says_nothing_of_the_past(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session)
    kinds: dict[tuple[str, str], list[str]] = {
        ("storage.googleapis.com", kind): [] for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
    }
    write(session, 1, [AuditSettingsRow(SCOPE, NOW + timedelta(hours=1), kinds)])
    assert usage_of(session, ALICE).kind == ReasonKind.OFF


def test_one_kind_of_log_that_is_off_is_enough(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    level_logged(session, "organizations/1", on=False)
    level_logged(session, SCOPE, on=False)
    kinds: dict[tuple[str, str], list[str]] = {
        ("storage.googleapis.com", kind): [] for kind in ("ADMIN_READ", "DATA_WRITE")
    }
    write(session, 1, [AuditSettingsRow(SCOPE, NOW + timedelta(hours=hour), kinds) for hour in (1, 2)])
    assert "DATA_READ logs of storage" in usage_of(session, ALICE).reason.replace("ADMIN_READ", "DATA_READ")


def test_what_the_organization_switches_on_counts_in_the_project(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    level_logged(session, SCOPE, on=False)
    level_logged(session, "organizations/1")
    assert usage_of(session, ALICE).state is Use.UNUSED


def test_a_configuration_above_that_cannot_be_read_may_exempt_somebody(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    level_logged(session, SCOPE)
    assert (
        usage_of(session, ALICE).reason
        == "the audit configuration of organizations/1 is not known for the whole period"
    )


@pytest.mark.parametrize("exempted", [ALICE, ANALYSTS, SECRET, "domain:example.com", "allUsers"])
def test_whoever_is_exempted_is_unknown(session: Session, exempted: str) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), BindingEntry(VIEWER, BOB))
    members(session, ANALYSTS, ALICE)
    logged(session, "storage", exempted=[exempted])
    assert usage_of(session, ALICE).kind == ReasonKind.EXEMPTED
    others = Use.UNUSED if exempted in (ALICE, ANALYSTS) else Use.UNKNOWN
    assert usage_of(session, BOB).state is others


def test_a_group_with_somebody_exempted_is_unknown(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    members(session, ANALYSTS, ALICE, BOB)
    logged(session, "storage", exempted=[BOB])
    assert usage_of(session, ANALYSTS).kind == ReasonKind.EXEMPTED


def test_logs_of_bigquery_are_always_on(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ALICE))
    write(session, 1, [CoverageRow(f"{log}/{SCOPE}", OLD, NOW) for log in ("admin_activity", "data_access")])
    assert usage_of(session, ALICE, DATA_VIEWER).state is Use.UNUSED


def test_private_logs_that_may_not_be_read_show_nothing(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ALICE))
    write(session, 1, [CoverageRow(f"admin_activity/{SCOPE}", OLD, NOW)])
    assert usage_of(session, ALICE, DATA_VIEWER).kind == ReasonKind.UNREAD


def test_a_log_that_was_off_between_two_observations_is_known_by_its_switch(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    times = (NOW - 5 * DAY, NOW - 5 * DAY + timedelta(hours=1))
    write(session, 1, [CoverageRow(f"audit_switch/{SCOPE}/storage.googleapis.com", *times)])
    assert usage_of(session, ALICE).reason == f"Data Access logs of {SCOPE} were switched on or off"


@pytest.mark.parametrize("with_log", [True, False])
def test_between_two_observations_far_apart_only_the_log_is_evidence(session: Session, with_log: bool) -> None:  # noqa: FBT001
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    later = NOW + 40 * DAY
    kinds: dict[tuple[str, str], list[str]] = {
        ("storage.googleapis.com", kind): [] for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
    }
    logs = [f"admin_activity/{SCOPE}", f"data_access/{SCOPE}", f"role/{VIEWER}"]
    if with_log:
        logs.append("admin_activity/organizations/1")
    write(session, 1, [CoverageRow(log, NOW, later) for log in logs])
    write(session, 1, [AuditSettingsRow(SCOPE, later, kinds), AuditSettingsRow("organizations/1", later, {})])
    found = next(iter(queries.unused(session, later, with_unknown=True))).usage
    assert (found.state, found.kind) == ((Use.UNUSED, "") if with_log else (Use.UNKNOWN, ReasonKind.SETTINGS))


@pytest.mark.parametrize(("exempted", "state"), [(ALICE, Use.UNKNOWN), (BOB, Use.UNUSED)])
def test_an_exemption_between_two_observations_is_known_by_the_log(session: Session, exempted: str, state: Use) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    times = (NOW - 5 * DAY, NOW - 5 * DAY + timedelta(hours=1))
    write(session, 1, [CoverageRow(f"audit_exempted/{SCOPE}/{exempted}", *times)])
    assert usage_of(session, ALICE).state is state


def test_an_exemption_that_had_ended_does_not_count(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    kinds = [("storage.googleapis.com", kind) for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]
    observations: tuple[tuple[int, list[str]], ...] = ((199, [ALICE]), (198, [ALICE]), (197, []))
    write(
        session, 1, [AuditSettingsRow(SCOPE, NOW - days * DAY, dict.fromkeys(kinds, who)) for days, who in observations]
    )
    logged(session, "storage", since=NOW - 196 * DAY)
    assert usage_of(session, ALICE).state is Use.UNUSED


@pytest.mark.parametrize(
    ("permission", "days", "state"),
    [
        ("storage.objects.get", 3, Use.UNKNOWN),
        ("", 3, Use.UNKNOWN),
        ("storage.objects.create", 3, Use.UNUSED),
        ("storage.objects.get", 95, Use.UNUSED),
    ],
)
def test_a_call_whose_caller_was_left_out_may_have_been_a_use(
    session: Session, permission: str, days: float, state: Use
) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    act(session, "user:", days, permission=permission)
    assert usage_of(session, ALICE).state is state


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        (f"//bigquery.googleapis.com/{SCOPE}/datasets/mart/tables/sales_*", ReasonKind.PERHAPS),
        ("//bigquery.googleapis.com/projects/123/datasets/mart/tables/sales_2026", ReasonKind.PERHAPS),
        (f"//bigquery.googleapis.com/{SCOPE}/datasets/mart/tables/sales_2025", ""),
    ],
)
def test_a_table_may_be_read_under_another_name(session: Session, resource: str, kind: str) -> None:
    grant(session, f"{DATASET}/tables/sales_2026", BindingEntry(DATA_VIEWER, ALICE))
    logged(session, "bigquery")
    act(
        session, ALICE, permission="bigquery.tables.getData", service="bigquery.googleapis.com", resource=resource
    )  # fmt: skip
    assert usage_of(session, ALICE, DATA_VIEWER).kind == kind


# Levels


def admin(session: Session, *, with_logs: bool) -> str:
    """Alice is administrator of the organization."""
    name = role(session, "roles/resourcemanager.organizationAdmin", "resourcemanager.organizations.setIamPolicy")
    place(session, PROJECT_NAME, [SCOPE, "folders/2", "organizations/1"])
    place(session, ORGANIZATION, ["organizations/1"], BindingEntry(name, ALICE))
    for level in (SCOPE, *(["folders/2", "organizations/1"] if with_logs else [])):
        level_logged(session, level)
    return name


def test_a_grant_on_the_organization_needs_its_own_logs(session: Session) -> None:
    found = usage_of(session, ALICE, admin(session, with_logs=False))
    assert (found.state, "folders/2" in found.reason) == (Use.UNKNOWN, True)


def test_with_the_logs_of_all_levels_it_can_be_unused(session: Session) -> None:
    assert usage_of(session, ALICE, admin(session, with_logs=True)).state is Use.UNUSED


def test_a_use_in_the_log_of_the_organization_is_one(session: Session) -> None:
    name = admin(session, with_logs=True)
    time = NOW - 3 * DAY
    write(session, 1, [
        UserActionRow(time, "organizations/1", "alice@example.com", "cloudresourcemanager.googleapis.com", "SetIamPolicy",
                      ORGANIZATION, 1, 0, time, time, permissions=["resourcemanager.organizations.setIamPolicy"])
    ])  # fmt: skip
    assert usage_of(session, ALICE, name).state is Use.USED


def moved(session: Session, days_ago: float) -> None:
    """Alice may read in a folder that a project has left."""
    place(session, FOLDER, ["folders/2", "organizations/1"], BindingEntry(VIEWER, ALICE))
    place(session, PROJECT_NAME, [SCOPE, "folders/2", "organizations/1"])
    place(session, f"{MANAGER}projects/other", ["projects/other", "folders/2", "organizations/1"])
    for level in (SCOPE, "projects/other", "folders/2", "folders/3", "organizations/1"):
        level_logged(session, level)
    place(session, PROJECT_NAME, [SCOPE, "folders/3", "organizations/1"], days=days_ago)


def test_a_use_in_a_project_that_left_afterwards_is_one(session: Session) -> None:
    moved(session, 1)
    act(session, ALICE, 20)
    assert usage_of(session, ALICE).state is Use.USED


def test_a_use_after_leaving_does_not_count_but_the_result_is_unknown(session: Session) -> None:
    moved(session, 10)
    act(session, ALICE, 5)
    found = usage_of(session, ALICE)
    assert (found.kind, found.reason) == (ReasonKind.PLACE, f"{SCOPE} belonged to it for only part of the period")


def test_a_move_before_the_time_does_not_count(session: Session) -> None:
    moved(session, 100)
    assert usage_of(session, ALICE).state is Use.UNUSED


# Places


def test_uses_of_public_access_are_not_logged(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), BindingEntry(VIEWER, "allUsers"))
    logged(session, "storage")
    assert usage_of(session, ALICE).kind == ReasonKind.PUBLIC


def test_a_public_bucket_makes_grants_on_its_project_uncertain(session: Session) -> None:
    grant(session, PROJECT_NAME, BindingEntry(VIEWER, ALICE), BindingEntry(DATA_VIEWER, ALICE))
    grant(session, BUCKET, BindingEntry(VIEWER, "allUsers"))
    logged(session, "storage")
    assert usage_of(session, ALICE).kind == ReasonKind.PUBLIC
    assert usage_of(session, ALICE, DATA_VIEWER).state is Use.UNUSED


def test_an_entry_that_may_name_the_resource_otherwise_is_a_reason_for_unknown(session: Session) -> None:
    name = role(session, "roles/secretmanager.viewer", "secretmanager.secrets.get")
    grant(session, f"//secretmanager.googleapis.com/{SCOPE}/secrets/s", BindingEntry(name, ALICE))
    logged(session, "*")
    assert usage_of(session, ALICE, name).state is Use.UNUSED
    by_number = "//secretmanager.googleapis.com/projects/123/secrets/s"
    act(
        session,
        ALICE,
        permission="secretmanager.secrets.get",
        service="secretmanager.googleapis.com",
        resource=by_number,
    )
    assert usage_of(session, ALICE, name).kind == ReasonKind.PERHAPS
