"""Access against the intention of the platform's map."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from db.schema_db.drift import Drift, drift
from db.schema_db.map_draft import draft, layer_of
from db.schema_db.store import SchemaStore
from shared.history import BindingEntry
from shared.platform_map import parse
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DATA_VIEWER,
    DATASET,
    DAVE,
    JOB_USER,
    NOW,
    PROJECT_NAME,
    VIEWER,
    act,
    grant,
    logged,
    members,
    roles,
)

MAP = """
layers:
  raw: {buckets: [example-raw]}
  analytics: {datasets: [example-project.mart]}
personas:
  analyst:
    members: [group:analysts@example.com]
    access:
      - {layers: [analytics], may: read}
      - {resources: [projects/example-project], roles: [roles/bigquery.jobUser]}
  engineer:
    members: [user:dave@example.com]
    access:
      - {layers: ['*'], may: write}
ignore:
  - {member: 'serviceAccount:*@gcp-sa-*'}
"""


@pytest.fixture
def session(schema_store: SchemaStore) -> Iterator[Session]:
    with schema_store.transaction() as session:
        roles(session)
        yield session


def compare(session: Session, *, with_intended: bool = False) -> Drift:
    return drift(session, parse(MAP, "map.yaml"), NOW, days=90, with_intended=with_intended)


def test_each_grant_is_intended_or_not_and_used_or_not(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS))
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), BindingEntry(VIEWER, BOB), BindingEntry(VIEWER, DAVE))
    logged(session, "storage")
    act(session, ALICE)
    act(session, DAVE)
    found = {judged.access.principal: judged.state for judged in compare(session, with_intended=True).grants}
    assert found == {
        ALICE: "unintended+used",
        BOB: "unintended+unused",
        DAVE: "intended+used",
        ANALYSTS: "intended+unknown",
    }


def test_a_member_of_a_personas_group_is_meant_too(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, BOB))
    members(session, ANALYSTS, BOB)
    assert compare(session).grants == []


def test_more_than_the_level_allows_is_unintended(session: Session) -> None:
    grant(session, DATASET, BindingEntry("roles/bigquery.dataEditor", ANALYSTS))
    assert [judged.state for judged in compare(session).grants] == ["unintended+unknown"]


def test_a_grant_on_the_project_has_to_be_meant_for_every_layer(session: Session) -> None:
    entries = [BindingEntry(DATA_VIEWER, ANALYSTS), BindingEntry(JOB_USER, ANALYSTS), BindingEntry(DATA_VIEWER, DAVE)]
    grant(session, PROJECT_NAME, *entries)
    found = [(judged.access.principal, judged.access.grant.role) for judged in compare(session).grants]
    assert found == [(ANALYSTS, DATA_VIEWER)]


def test_what_a_persona_lacks_is_told(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, DAVE))
    found = [(lack.persona, lack.member, lack.layer, lack.what) for lack in compare(session).lacks]
    assert found == [("analyst", ANALYSTS, "analytics", "read"), ("engineer", DAVE, "analytics", "write")]


def test_what_is_inherited_is_not_lacking(session: Session) -> None:
    grant(session, DATASET, BindingEntry("roles/bigquery.dataEditor", DAVE))
    grant(session, PROJECT_NAME, BindingEntry(DATA_VIEWER, ANALYSTS))
    assert compare(session).lacks == []


def test_an_ignored_grant_is_left_out(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, "serviceAccount:service-1@gcp-sa-x.iam.gserviceaccount.com"))
    assert compare(session).grants == []


def test_what_is_in_no_layer_is_counted(session: Session) -> None:
    grant(session, "//storage.googleapis.com/other", BindingEntry(VIEWER, ALICE))
    found = compare(session)
    assert found.grants == []
    assert "1 datasets, buckets and topics are in no layer and were not judged" in found.notes


def test_it_can_be_asked_for_another_time(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), seen_at=NOW - timedelta(days=5))
    before = drift(session, parse(MAP, "map.yaml"), NOW - timedelta(days=6), days=90)
    assert before.grants == []


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("example-landing-zone", "raw"),
        ("example-project.stg_orders", "clean"),
        ("example-project.mart", "analytics"),
        ("projects/example-project/topics/partner-exports", "sharing"),
        ("example-misc", "unsorted"),
    ],
)
def test_a_name_tells_its_layer(name: str, layer: str) -> None:
    assert layer_of(name) == layer


def test_the_draft_is_a_map_that_explains_every_group(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS), BindingEntry(DATA_VIEWER, ALICE))
    grant(session, BUCKET, BindingEntry("roles/storage.admin", "group:admins@example.com"))
    text = draft(session, NOW)
    found = drift(session, parse(text, "draft.yaml"), NOW, days=90)
    assert [judged.access.principal for judged in found.grants] == [ALICE]
