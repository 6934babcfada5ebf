"""A drafted map explains existing grants, except those that need a decision."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from db.schema_db.models import Resource
from db.schema_db.write.rows import write
from insights.access.drift.compare import drift
from insights.access.drift.map_draft import draft, layer_of
from insights.access.model import Level
from insights.access.platform_file import parse
from insights.access.platform_map import PlatformMap
from shared.errors import InputError
from shared.history import BindingEntry, PolicyRow
from shared.identity.iam_names import MANAGER
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DATA_VIEWER,
    DATASET,
    JOB_USER,
    NOW,
    OLD,
    PROJECT,
    PROJECT_NAME,
    SCOPE,
    VIEWER,
    grant,
    members,
)

pytestmark = pytest.mark.sqlite

ADMINS, ETL = "group:admins@example.com", "serviceAccount:etl@example-project.iam.gserviceaccount.com"
TOPIC = f"//pubsub.googleapis.com/{SCOPE}/topics/orders"


def drafted(session: Session) -> PlatformMap:
    """The drafted map, after a check that it is valid and that drift shows only what it left out."""
    text = draft(session, NOW)
    found = parse(text, "draft.yaml")
    left = drift(session, found, NOW, days=90)
    assert left.missing == []
    assert all(assessed.access.principal in text.partition("# Left out")[2] for assessed in left.unintended)
    return found


def allowed(found: PlatformMap) -> dict[str, list[tuple[tuple[str, ...], Level | None]]]:
    return {
        persona.name: [(item.layers or item.resources, item.level) for item in persona.allowances]
        for persona in found.personas
    }


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("example-landing-zone", "raw"),
        ("example-project.stg_orders", "clean"),
        ("example-project.rawOrders", "raw"),
        ("example-project.mart", "analytics"),
        ("projects/example-project/topics/partner-exports", "sharing"),
        ("example-misc", "unsorted"),
    ],
)
def test_a_name_determines_its_layer(name: str, layer: str) -> None:
    assert layer_of(name) == layer


def test_a_bucket_named_like_a_domain_is_sorted_by_all_its_words(session: Session) -> None:
    grant(session, "//storage.googleapis.com/raw.example.com", BindingEntry(VIEWER, ANALYSTS))
    assert [layer.name for layer in drafted(session).layers] == ["raw"]


def test_a_group_is_a_persona_with_its_level_on_each_layer(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS))
    grant(session, BUCKET, BindingEntry("roles/storage.admin", ADMINS), BindingEntry(VIEWER, ANALYSTS))
    assert allowed(drafted(session)) == {
        "admins": [(("raw",), Level.ADMIN)],
        "analysts": [(("raw", "analytics"), Level.READ)],
    }


def test_access_to_a_part_of_a_layer_is_not_access_to_the_layer(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    grant(session, f"{BUCKET}2", BindingEntry("roles/storage.admin", ADMINS))
    assert allowed(drafted(session))["analysts"] == [(("gs://example-raw",), None)]


def test_a_bucket_inherits_from_its_project(session: Session) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.legacyBucketReader", ADMINS))
    grant(session, PROJECT_NAME, BindingEntry(VIEWER, ANALYSTS))
    assert allowed(drafted(session))["analysts"] == [(("raw",), Level.READ)]


def test_a_bucket_inherits_from_its_folder_alone(session: Session) -> None:
    folders = [
        PolicyRow(f"{MANAGER}folders/{number}", "x/Y", "", [f"folders/{number}"], [BindingEntry(VIEWER, member)], OLD)
        for number, member in ((7, ANALYSTS), (8, ADMINS))
    ]
    grant(session, DATASET, BindingEntry(DATA_VIEWER, BOB))
    write(session, 1, [*folders, PolicyRow(BUCKET, "x/Y", PROJECT, [SCOPE, "folders/7"], [], OLD)])
    found = allowed(drafted(session))
    assert found["analysts"] == [(("raw",), Level.READ)]
    assert "admins" not in found


def test_people_and_accounts_with_grants_of_their_own_are_drafted_too(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ALICE), BindingEntry(DATA_VIEWER, BOB))
    grant(session, TOPIC, BindingEntry("roles/pubsub.publisher", ETL))
    grant(session, PROJECT_NAME, BindingEntry(JOB_USER, ETL))
    found = drafted(session)
    assert [persona.members for persona in found.personas] == [(ETL,), (ALICE, BOB)]
    assert "move them into a group" in draft(session, NOW)


def test_a_member_with_access_through_a_group_needs_no_persona(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS), BindingEntry(DATA_VIEWER, ALICE))
    members(session, ANALYSTS, ALICE)
    assert list(allowed(drafted(session))) == ["analysts"]


@pytest.mark.parametrize(
    ("member", "role"),
    [
        ("allUsers", VIEWER),
        ("allAuthenticatedUsers", VIEWER),
        ("user:somebody@gmail.com", VIEWER),
        ("deleted:user:gone@example.com?uid=1", VIEWER),
        ("serviceAccount:service-1@gcp-sa-x.iam.gserviceaccount.com", "roles/storage.admin"),
    ],
)
def test_doubtful_grants_are_left_out_and_mentioned(session: Session, member: str, role: str) -> None:
    grant(session, BUCKET, BindingEntry(role, member), BindingEntry(VIEWER, ANALYSTS))
    found = drafted(session)
    assert allowed(found) == {"analysts": [(("raw",), Level.READ)]}
    assert [assessed.access.principal for assessed in drift(session, found, NOW, days=90).unintended] == [member]


def test_the_default_account_with_a_basic_role_is_left_out(session: Session) -> None:
    compute = "serviceAccount:1-compute@developer.gserviceaccount.com"
    grant(session, BUCKET, BindingEntry(VIEWER, compute))
    grant(session, PROJECT_NAME, BindingEntry("roles/editor", compute))
    found = drafted(session)
    assert [assessed.access.grant.role for assessed in drift(session, found, NOW, days=90).unintended] == [
        "roles/editor"
    ]


def test_names_are_distinguished_and_quoted(session: Session) -> None:
    entries = [BindingEntry(VIEWER, "group:it's@example.com"), BindingEntry("roles/storage.admin", "group:it's@b.com")]
    grant(session, BUCKET, *entries)
    assert list(allowed(drafted(session))) == ["it's", "group:it's@example.com"]


def test_a_condition_or_an_unknown_role_is_drafted_as_it_is(session: Session) -> None:
    tagged = {"expression": "resource.matchTag('1/env', 'prod')", "title": "x"}
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS, tagged), BindingEntry("projects/p/roles/x", ADMINS))
    assert {level for items in allowed(drafted(session)).values() for _, level in items} == {None}


@pytest.mark.both_databases
def test_deleted_resources_are_not_drafted(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS))
    grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS))
    found = session.get(Resource, BUCKET)
    assert found is not None
    found.missing_since = NOW - timedelta(days=1)
    session.flush()
    assert [layer.name for layer in parse(draft(session, NOW), "draft.yaml").layers] == ["analytics"]


def test_nothing_seen_is_reported(session: Session) -> None:
    with pytest.raises(InputError, match="no snapshot has seen a dataset, bucket or topic yet"):
        draft(session, NOW)
    grant(session, BUCKET)
    with pytest.raises(InputError, match="no snapshot has seen a grant yet"):
        draft(session, NOW)
