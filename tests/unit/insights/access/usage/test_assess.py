"""Used, unused or unknown: never unused if the logs could not show a use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from insights.access import queries
from insights.access.model import Usage, Use
from shared.history import BindingEntry
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DATA_VIEWER,
    NOW,
    OLD,
    PROJECT_NAME,
    SECRET,
    VIEWER,
    act,
    grant,
    logged,
    members,
)

pytestmark = pytest.mark.sqlite


def usage(session: Session, principal: str, resource: str = BUCKET, days: int = 90) -> Usage:
    rows = queries.who(session, resource, NOW, days=days).rows
    return next(row.usage for row in rows if row.principal == principal)


def test_a_grant_that_was_used_says_when(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    act(session, ALICE, 3)
    assert usage(session, ALICE) == Usage(Use.USED, NOW - timedelta(days=3))


def test_with_all_evidence_a_grant_is_unused(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    act(session, ALICE, 100)
    assert usage(session, ALICE).state is Use.UNUSED


def test_without_data_access_logs_it_is_unknown(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "pubsub")
    found = usage(session, ALICE)
    assert found.state is Use.UNKNOWN
    assert "ADMIN_READ logs of storage.googleapis.com in projects/example-project" in found.reason


def test_with_a_history_that_is_too_short_it_is_unknown(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage", since=NOW - timedelta(days=30))
    assert usage(session, ALICE).state is Use.UNKNOWN
    assert usage(session, ALICE, days=20).state is Use.UNUSED


def test_a_new_grant_is_not_called_unused(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), seen_at=NOW - timedelta(days=2))
    logged(session, "storage")
    assert usage(session, ALICE).reason == "it was granted only on 2026-11-21"


def test_a_denied_call_is_not_a_use(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    act(session, ALICE, denied=1)
    assert usage(session, ALICE).state is Use.UNUSED


def test_another_permission_is_not_a_use(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    act(session, ALICE, permission="storage.objects.create")
    assert usage(session, ALICE).state is Use.UNUSED


def test_a_call_without_permissions_counts_by_its_service(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    act(session, ALICE, permission="")
    assert usage(session, ALICE).state is Use.USED


def test_a_grant_on_the_project_is_used_on_a_bucket_in_it(session: Session) -> None:
    grant(session, PROJECT_NAME, BindingEntry(VIEWER, ALICE))
    act(session, ALICE)
    assert usage(session, ALICE, PROJECT_NAME).state is Use.USED


def test_a_call_on_another_resource_is_not_a_use(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    act(session, ALICE, resource=f"{BUCKET}-other")
    assert usage(session, ALICE).state is Use.UNUSED


def test_a_group_is_used_by_its_members(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    members(session, ANALYSTS, BOB)
    act(session, BOB)
    assert usage(session, ANALYSTS).state is Use.USED


def test_a_group_that_cannot_be_read_is_unknown(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, SECRET))
    logged(session, "storage")
    assert usage(session, SECRET).reason == "the members of secret@example.com are not known for the whole period"


def test_everybody_is_unknown(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, "allUsers"))
    logged(session, "storage")
    assert usage(session, "allUsers").state is Use.UNKNOWN


@pytest.mark.both_databases
def test_a_domain_is_used_by_anybody_of_it(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, "domain:example.com"))
    act(session, BOB)
    assert usage(session, "domain:example.com").state is Use.USED


def test_a_role_without_a_definition_is_unknown(session: Session) -> None:
    grant(session, BUCKET, BindingEntry("organizations/1/roles/own", ALICE))
    logged(session, "storage")
    assert "permissions of organizations/1/roles/own are unknown" in usage(session, ALICE).reason


def test_a_use_before_the_grant_is_none_of_it(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), seen_at=NOW - timedelta(days=10))
    act(session, ALICE, 20)
    assert usage(session, ALICE).state is Use.UNKNOWN


def until(days_ago: float) -> dict[str, str]:
    return {"expression": f"request.time < timestamp('{NOW - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%SZ}')"}


def since(days_ago: float) -> dict[str, str]:
    return {"expression": f"request.time >= timestamp('{NOW - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%SZ}')"}


def test_a_grant_whose_condition_had_expired_is_unused_without_any_log(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE, until(91)))
    act(session, ALICE)  # by another grant
    found = usage(session, ALICE)
    assert (found.state, found.reason) == (Use.UNUSED, "its condition has not been met since 2026-08-25")


@pytest.mark.parametrize(("days_ago", "state"), [(30, Use.USED), (10, Use.UNUSED)])
def test_a_call_after_the_end_of_a_condition_is_not_a_use(session: Session, days_ago: float, state: Use) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE, until(20)))
    logged(session, "storage")
    act(session, ALICE, days_ago)
    assert usage(session, ALICE).state is state


def test_a_condition_that_came_true_lately_is_like_a_new_grant(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE, since(20)))
    logged(session, "storage")
    act(session, ALICE, 30)
    assert usage(session, ALICE).reason == "its condition has been met only since 2026-11-03"


def test_a_use_that_a_condition_may_have_allowed_says_so(session: Session) -> None:
    name = {"expression": "resource.name.startsWith('x') && " + until(1)["expression"]}
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE, name), BindingEntry(VIEWER, BOB, until(1)))
    act(session, ALICE)
    act(session, BOB)
    found = usage(session, ALICE)
    assert (found.state, found.last_used, found.reason) == (
        Use.USED,
        NOW - timedelta(days=3),
        "if its condition was met",
    )
    assert usage(session, BOB) == Usage(Use.USED, NOW - timedelta(days=3))


def test_the_same_call_is_a_use_of_every_grant_that_permits_it(session: Session) -> None:
    for resource in (BUCKET, PROJECT_NAME):
        grant(session, resource, BindingEntry(VIEWER, ALICE))
    logged(session, "storage")
    act(session, ALICE)
    found = queries.who(session, BUCKET, NOW).rows
    assert [(row.inherited, row.usage.state) for row in found] == [(False, Use.USED), (True, Use.USED)]


def test_the_report_has_only_unused_grants(session: Session) -> None:
    entries = [BindingEntry(VIEWER, ALICE), BindingEntry(VIEWER, BOB), BindingEntry(DATA_VIEWER, BOB)]
    grant(session, BUCKET, *entries, BindingEntry(VIEWER, SECRET), seen_at=OLD)
    logged(session, "storage", "bigquery")
    act(session, ALICE)
    found = [(row.principal, row.grant.role) for row in queries.unused(session, NOW)]
    assert found == [(BOB, DATA_VIEWER), (BOB, VIEWER)]
    both = [row.principal for row in queries.unused(session, NOW, with_unknown=True)]
    assert both == [SECRET, BOB, BOB]


def test_an_answer_says_which_groups_it_does_not_see_into(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, SECRET))
    assert "the members of group:secret@example.com are unknown" in queries.of(session, ALICE, NOW).notes
