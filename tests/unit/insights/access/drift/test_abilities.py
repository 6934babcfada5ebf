"""Drift evaluates the permissions and conditions of roles, even unknown ones, at the requested time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from db.schema_db.write.rows import write
from insights.access.drift.assessment import Baseline, why
from insights.access.drift.compare import drift
from insights.access.platform_file import parse
from shared.history import BindingEntry, RoleRow
from tests.support.access_world import ALICE, ANALYSTS, BUCKET, DATASET, DAVE, NOW, OLD, VIEWER, grant
from tests.support.drift_world import MAP, compare

pytestmark = pytest.mark.sqlite

OWN = "projects/example-project/roles/own"


def own_role(session: Session, *permissions: str, stage: str = "GA") -> None:
    write(session, 1, [RoleRow(OWN, "own", stage, permissions, OLD)])


def test_a_custom_role_that_reads_is_expected_of_a_reader(session: Session) -> None:
    own_role(session, "bigquery.tables.getData", "bigquery.tables.list")
    grant(session, DATASET, BindingEntry(OWN, ANALYSTS))
    found = compare(session)
    assert found.grants == []
    assert ANALYSTS not in {item.member for item in found.missing}


def test_a_custom_role_that_writes_is_more_than_reading(session: Session) -> None:
    own_role(session, "bigquery.tables.getData", "bigquery.tables.updateData")
    grant(session, DATASET, BindingEntry(OWN, ANALYSTS))
    assert [assessed.other_personas for assessed in compare(session).grants] == [("analyst",)]


def test_two_roles_together_are_enough(session: Session) -> None:
    own_role(session, "storage.objects.create", "storage.objects.delete")
    grant(session, BUCKET, BindingEntry(OWN, DAVE))
    assert [item.level for item in compare(session).missing] == ["write"]
    grant(session, BUCKET, BindingEntry(OWN, DAVE), BindingEntry(VIEWER, DAVE), number=2, seen_at=NOW)
    assert compare(session).missing == []


def test_a_role_that_was_not_read_is_reported_as_unknown(session: Session) -> None:
    grant(session, DATASET, BindingEntry(OWN, ANALYSTS), BindingEntry("roles/bigquery.dataEditor", DAVE))
    found = compare(session)
    assert [assessed.ability.level for assessed in found.grants] == [None]
    assert "the permissions of the role are unknown" in why(found.grants[0]).en
    assert [(item.member, item.reason) for item in found.missing] == [(ANALYSTS, f"the permissions of {OWN}")]


def test_a_role_that_is_disabled_gives_nothing(session: Session) -> None:
    own_role(session, "bigquery.tables.getData", stage="DISABLED")
    grant(session, DATASET, BindingEntry(OWN, ANALYSTS), BindingEntry("roles/bigquery.dataEditor", DAVE))
    assert [(item.member, item.reason) for item in compare(session).missing] == [(ANALYSTS, "")]


def until(time: str, more: str = "") -> dict[str, str]:
    return {"expression": f"request.time < timestamp('{time}'){more}", "title": "until"}


def test_an_expired_condition_grants_nothing_and_breaks_nothing(session: Session) -> None:
    past = until("2026-01-01T00:00:00Z")
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", DAVE, past), BindingEntry(VIEWER, ALICE, past))
    found = compare(session)
    assert (found.grants, found.baseline) == ([], {Baseline.NOT_IN_EFFECT: 2})
    assert [item.member for item in found.missing] == [DAVE]


def test_a_true_condition_counts(session: Session) -> None:
    future = until("2027-01-01T00:00:00Z")
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", DAVE, future), BindingEntry(VIEWER, ALICE, future))
    found = compare(session)
    assert ([assessed.access.principal for assessed in found.grants], found.missing) == ([ALICE], [])


def test_a_condition_counts_at_the_time_that_is_asked_for(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE, until("2026-10-01T00:00:00Z")))
    before = drift(session, parse(MAP, "map.yaml"), NOW - timedelta(days=100), days=90)
    assert [assessed.access.principal for assessed in before.grants] == [ALICE]
    assert compare(session).grants == []


def test_an_unevaluated_condition_is_mentioned(session: Session) -> None:
    tagged = until("2027-01-01T00:00:00Z", " && resource.matchTag('1/env', 'prod')")
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", DAVE, tagged), BindingEntry(VIEWER, ALICE, tagged))
    found = compare(session)
    assert [why(assessed).en for assessed in found.grants] == [
        "may read data in raw, under a condition that cannot be evaluated here"
    ]
    assert [(item.member, item.reason) for item in found.missing] == [
        (DAVE, "the condition of roles/storage.objectUser")
    ]
    assert not found.is_empty


def test_access_that_may_be_missing_is_not_drift(session: Session) -> None:
    tagged = until("2027-01-01T00:00:00Z", " && resource.matchTag('1/env', 'prod')")
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", DAVE, tagged))
    assert compare(session).missing
    assert compare(session).is_empty
