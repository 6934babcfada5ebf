"""Actual access is compared with the intended access of the platform map."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Resource
from db.schema_db.write.rows import write
from insights.access.drift.assessment import Baseline, severity, why
from insights.access.drift.compare import MissingAccess, drift
from insights.access.platform_file import parse
from shared.history import BindingEntry, PolicyRow
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
    OLD,
    PROJECT,
    PROJECT_NAME,
    SCOPE,
    SECRET,
    VIEWER,
    act,
    grant,
    logged,
    members,
    see,
)
from tests.support.drift_world import MAP, compare

pytestmark = pytest.mark.sqlite


def test_each_grant_is_intended_or_not_and_used_or_not(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS))
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), BindingEntry(VIEWER, BOB), BindingEntry(VIEWER, DAVE))
    logged(session, "storage")
    act(session, ALICE)
    act(session, DAVE)
    found = {assessed.access.principal: assessed.state for assessed in compare(session, with_all=True).grants}
    assert found == {
        ALICE: "unintended+used",
        BOB: "unintended+unused",
        DAVE: "intended+used",
        ANALYSTS: "intended+unknown",
    }


def test_a_member_of_a_personas_group_is_expected_too(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, BOB))
    members(session, ANALYSTS, BOB)
    assert compare(session).grants == []


@pytest.mark.both_databases
def test_more_than_the_level_allows_is_unintended(session: Session) -> None:
    grant(session, DATASET, BindingEntry("roles/bigquery.dataEditor", ANALYSTS))
    assert [assessed.state for assessed in compare(session).grants] == ["unintended+unknown"]


def test_a_grant_on_the_project_has_to_be_expected_on_every_layer(session: Session) -> None:
    entries = [
        BindingEntry("roles/viewer", ANALYSTS),
        BindingEntry(JOB_USER, ANALYSTS),
        BindingEntry("roles/viewer", DAVE),
    ]
    grant(session, PROJECT_NAME, *entries)
    found = [(assessed.access.principal, assessed.access.grant.role) for assessed in compare(session).grants]
    assert found == [(ANALYSTS, "roles/viewer")]


def test_a_role_of_bigquery_reaches_no_layer_of_buckets(session: Session) -> None:
    grant(session, PROJECT_NAME, BindingEntry(DATA_VIEWER, ANALYSTS), BindingEntry("roles/pubsub.admin", ALICE))
    found = compare(session, with_all=True)
    assert {assessed.access.principal: (assessed.layers, assessed.baseline) for assessed in found.grants} == {
        ANALYSTS: (("analytics",), None),
        ALICE: ((), Baseline.NO_DATA),
    }
    assert found.unintended == []


def test_missing_access_of_a_persona_is_reported(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, DAVE))
    found = [(item.persona, item.member, item.layer, item.level) for item in compare(session).missing]
    assert found == [("analyst", ANALYSTS, "analytics", "read"), ("engineer", DAVE, "analytics", "write")]


def test_members_with_the_same_missing_access_are_reported_together(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS))
    grant(session, f"{DATASET}2", BindingEntry(DATA_VIEWER, DAVE))
    text = MAP.replace("example-project.mart", "example-project.mart*")
    (item, _) = drift(session, parse(text, "map.yaml"), NOW, days=90).missing
    assert (item.member, item.resources, item.of) == (ANALYSTS, (f"{DATASET}2",), 2)


def test_inherited_access_is_not_missing(session: Session) -> None:
    grant(session, DATASET, BindingEntry("roles/bigquery.dataEditor", DAVE))
    grant(session, PROJECT_NAME, BindingEntry(DATA_VIEWER, ANALYSTS))
    assert compare(session).missing == []


def test_an_ignored_grant_is_left_out(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, "serviceAccount:service-1@gcp-sa-x.iam.gserviceaccount.com"))
    assert compare(session).grants == []


def test_resources_without_a_layer_are_counted(session: Session) -> None:
    grant(session, "//storage.googleapis.com/other", BindingEntry(VIEWER, ALICE))
    found = compare(session)
    assert found.grants == []
    assert "1 dataset, bucket or topic is in no layer and was not compared" in found.notes


def test_it_can_be_asked_for_another_time(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE), seen_at=NOW - timedelta(days=5))
    before = drift(session, parse(MAP, "map.yaml"), NOW - timedelta(days=6), days=90)
    assert before.grants == []


AGENT = "serviceAccount:service-1@gs-project-accounts.iam.gserviceaccount.com"
APIS, COMPUTE = (
    "serviceAccount:1@cloudservices.gserviceaccount.com",
    "serviceAccount:1-compute@developer.gserviceaccount.com",
)
OURS = "serviceAccount:hinomi-metrics@example-project.iam.gserviceaccount.com"
OUR_ROLE = "projects/example-project/roles/hinomi_metrics_analysis"
LEGACY = "roles/storage.legacyBucket"


@pytest.mark.parametrize(
    ("resource", "role", "member", "baseline"),
    [
        (PROJECT_NAME, "roles/dataflow.serviceAgent", AGENT, Baseline.AGENT),
        (BUCKET, "roles/storage.objectViewer", AGENT, Baseline.AGENT),
        (PROJECT_NAME, "roles/cloudkms.cryptoKeyEncrypterDecrypter", AGENT, Baseline.AGENT),
        (PROJECT_NAME, "roles/editor", APIS, Baseline.AGENT),
        (PROJECT_NAME, "roles/owner", AGENT, None),
        (PROJECT_NAME, "roles/editor", AGENT, None),
        (BUCKET, "roles/storage.admin", AGENT, None),
        (BUCKET, "roles/strange.thing", AGENT, None),
        (PROJECT_NAME, "roles/editor", COMPUTE, None),
        (BUCKET, f"{LEGACY}Owner", f"projectOwner:{PROJECT}", Baseline.DEFAULT),
        (BUCKET, f"{LEGACY}Owner", f"projectEditor:{PROJECT}", Baseline.DEFAULT),
        (BUCKET, f"{LEGACY}Reader", f"projectViewer:{PROJECT}", Baseline.DEFAULT),
        (BUCKET, f"{LEGACY}Owner", f"projectViewer:{PROJECT}", None),
        (BUCKET, f"{LEGACY}Reader", "projectViewer:elsewhere", None),
        (DATASET, "roles/bigquery.dataEditor", f"projectEditor:{PROJECT}", Baseline.DEFAULT),
        (DATASET, "roles/bigquery.dataOwner", f"projectEditor:{PROJECT}", None),
        (PROJECT_NAME, OUR_ROLE, OURS, Baseline.HINOMI),
        (PROJECT_NAME, OUR_ROLE, OURS.replace("@example-project", "@elsewhere"), None),
        (PROJECT_NAME, "roles/owner", OURS, None),
        (PROJECT_NAME, OUR_ROLE, ALICE, None),
        (PROJECT_NAME, "roles/logging.logWriter", ALICE, Baseline.NO_DATA),
        (BUCKET, "roles/logging.logWriter", ALICE, None),
        (PROJECT_NAME, "roles/iam.serviceAccountTokenCreator", ALICE, None),
    ],
)
def test_default_access_is_counted_unless_it_is_too_much(
    session: Session, resource: str, role: str, member: str, baseline: Baseline | None
) -> None:
    grant(session, resource, BindingEntry(role, member))
    (assessed,) = compare(session, with_all=True).grants
    assert (assessed.baseline, assessed.is_unintended) == (baseline, baseline is None)
    found = compare(session)
    assert found.baseline == ({baseline: 1} if baseline else {})
    assert len(found.grants) == (0 if baseline else 1)


@pytest.mark.parametrize(
    ("numbers", "member", "is_foreign"),
    [
        (["1", "2"], AGENT, False),
        (["2", "3"], AGENT, True),
        (["2"], APIS, True),
        (["2", ""], AGENT, False),  # the number of a project is not known: this one may be its own
        ([], AGENT, False),
    ],
)
def test_a_service_agent_of_a_project_that_is_not_monitored_is_unintended(
    session: Session,
    numbers: list[str],
    member: str,
    is_foreign: bool,  # noqa: FBT001
) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.objectViewer", member))
    for at, number in enumerate(numbers):
        name = f"//cloudresourcemanager.googleapis.com/projects/p{at}"
        kind = "cloudresourcemanager.googleapis.com/Project"
        write(session, 1, [PolicyRow(name, kind, f"p{at}", [f"projects/p{at}"], [], OLD, number=number)])
    (assessed,) = compare(session, with_all=True).grants
    assert (assessed.baseline, assessed.is_unintended) == (None if is_foreign else Baseline.AGENT, is_foreign)
    who = "a service agent of a project that is not monitored" if is_foreign else "a service agent of Google"
    assert why(assessed).en.startswith(who)


@pytest.mark.parametrize(("days", "is_foreign"), [(2, False), (20, True)])
def test_a_project_that_is_gone_counts_at_the_times_at_which_it_was_there(
    session: Session,
    days: int,
    is_foreign: bool,  # noqa: FBT001
) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.objectViewer", AGENT))
    kind = "cloudresourcemanager.googleapis.com/Project"
    for number in ("1", "2"):
        name = f"//cloudresourcemanager.googleapis.com/projects/p{number}"
        write(session, 1, [PolicyRow(name, kind, f"p{number}", [f"projects/p{number}"], [], OLD, number=number)])
    gone = session.scalars(select(Resource).where(Resource.number == "1")).one()
    gone.missing_since = NOW - timedelta(days=days)
    session.flush()
    found = drift(session, parse(MAP, "map.yaml"), NOW - timedelta(days=10), days=90, with_all=True)
    assert [assessed.is_unintended for assessed in found.grants] == [is_foreign]


def test_a_bucket_counts_in_its_project_and_nowhere_else(session: Session) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", DAVE))
    other = "//cloudresourcemanager.googleapis.com/projects/other"
    row = PolicyRow(other, "x/Y", "other", ["projects/other"], [BindingEntry("roles/viewer", ALICE)], OLD)
    write(session, 1, [row])
    assert compare(session).grants == []
    grant(session, PROJECT_NAME, BindingEntry("roles/viewer", ALICE))
    assert [(assessed.layers, assessed.resource_count) for assessed in compare(session).grants] == [
        (("raw", "analytics"), 1)
    ]


def test_a_folder_reaches_the_layers_below_it(session: Session) -> None:
    folder = "//cloudresourcemanager.googleapis.com/folders/7"
    rows = [
        PolicyRow(folder, "x/Y", "", ["folders/7"], [BindingEntry("roles/storage.objectUser", DAVE)], OLD),
        PolicyRow(BUCKET, "x/Y", PROJECT, [SCOPE, "folders/7"], [BindingEntry(VIEWER, DAVE)], OLD),
    ]
    grant(session, "//storage.googleapis.com/other", BindingEntry(VIEWER, DAVE))
    write(session, 1, rows)
    text = MAP.replace("layers: ['*']", "layers: [raw]").replace("example-project.mart", "elsewhere.mart")
    found = drift(session, parse(text, "map.yaml"), NOW, days=90, with_all=True)
    assert {assessed.access.grant.resource: assessed.layers for assessed in found.grants} == {
        folder: ("raw",),
        BUCKET: ("raw",),
    }
    assert (found.unintended, found.missing) == ([], [])


def test_public_access_is_missing_for_no_member(session: Session) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", "allUsers"))
    found = compare(session)
    assert [why(assessed).en for assessed in found.grants] == ["anybody on the internet may change data in raw"]
    assert found.missing == []


def test_a_member_with_access_through_a_domain_or_a_basic_role_misses_nothing(session: Session) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", "domain:example.com"))
    assert compare(session).missing == []
    entries = [BindingEntry(f"{LEGACY}Owner", f"projectEditor:{PROJECT}")]
    grant(session, BUCKET, *entries, number=2, seen_at=NOW)
    grant(session, PROJECT_NAME, BindingEntry("roles/editor", DAVE), number=2, seen_at=NOW)
    assert compare(session).missing == []


def test_access_through_a_group_that_cannot_be_read_is_perhaps_missing(session: Session) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.objectUser", SECRET))
    assert [(item.member, item.reason) for item in compare(session).missing] == [
        (DAVE, "groups whose members are unknown")
    ]
    members(session, SECRET, ALICE)
    assert [(item.member, item.reason) for item in compare(session).missing] == [(DAVE, "")]


def test_groups_of_personas_that_cannot_be_read_are_noted(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    note = f"the members of {ANALYSTS} are unknown: their grants appear as unintended"
    assert note in compare(session).notes
    members(session, ANALYSTS, BOB)
    assert note not in compare(session).notes


def test_a_member_of_a_group_in_a_personas_group_is_expected_too(session: Session) -> None:
    grant(session, DATASET, BindingEntry(DATA_VIEWER, BOB))
    members(session, ANALYSTS, "group:inner@example.com")
    members(session, "group:inner@example.com", BOB)
    assert compare(session).grants == []


def test_before_the_first_snapshot_no_access_is_missing(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    before = drift(session, parse(MAP, "map.yaml"), OLD - timedelta(days=1), days=90)
    assert (before.grants, before.missing, before.has_history, before.is_empty) == ([], [], False, False)
    assert "cannot tell which access is missing on 1 resource: no snapshot had recorded it by then" in before.notes


@pytest.mark.both_databases
def test_a_later_grant_was_not_missing_before(session: Session) -> None:
    day = timedelta(days=1)
    see(session, 1, OLD, {DATASET: [BindingEntry("roles/bigquery.admin", DAVE), BindingEntry(DATA_VIEWER, ANALYSTS)]})
    entries = [BindingEntry("roles/bigquery.admin", DAVE), BindingEntry(DATA_VIEWER, ANALYSTS)]
    see(session, 2, OLD + 9 * day, {DATASET: entries, BUCKET: [BindingEntry(VIEWER, ANALYSTS)]})
    assert drift(session, parse(MAP, "map.yaml"), OLD + day, days=90).missing == []
    assert [item.resources for item in compare(session).missing] == [(BUCKET,)]


@pytest.mark.both_databases
def test_access_to_a_deleted_resource_is_missing_for_no_member(session: Session) -> None:
    grant(session, BUCKET, BindingEntry(VIEWER, ALICE))
    found = session.get(Resource, BUCKET)
    assert found is not None
    found.missing_since = NOW
    session.flush()
    assert compare(session).missing == []


def test_the_gravest_comes_first(session: Session) -> None:
    entries = [
        BindingEntry(f"{LEGACY}Reader", ALICE),
        BindingEntry(VIEWER, ALICE),
        BindingEntry(VIEWER, "allUsers"),
        BindingEntry("roles/storage.admin", BOB),
        BindingEntry("roles/storage.objectAdmin", "allAuthenticatedUsers"),
    ]
    grant(session, BUCKET, *entries)
    found = [
        (str(severity(assessed.access.grant, assessed.ability)), assessed.access.principal)
        for assessed in compare(session).grants
    ]
    assert found == [
        ("critical", "allAuthenticatedUsers"),
        ("high", "allUsers"),
        ("high", BOB),
        ("medium", ALICE),
        ("low", ALICE),
    ]


def test_of_two_levels_in_a_layer_the_higher_is_missing(session: Session) -> None:
    grant(session, BUCKET, BindingEntry("roles/storage.legacyBucketReader", DAVE))
    text = MAP.replace(
        "- {layers: ['*'], may: write}", "- {layers: ['*'], may: read}\n      - {layers: [raw], may: write}"
    )
    assert drift(session, parse(text, "map.yaml"), NOW, days=90).missing == [
        MissingAccess("engineer", DAVE, "raw", "write", (BUCKET,), 1)
    ]
