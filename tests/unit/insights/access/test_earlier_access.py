from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from db.schema_db.models import Binding, Snapshot
from db.schema_db.snapshots import DONE, FAILED, POLICY_COLLECTOR
from db.schema_db.store import SchemaStore
from insights.access.earlier_access import access_at, access_before
from tests.support.incidents import NOW

HOUR = timedelta(hours=1)
PROJECT = "example-project"
DATASET = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/mart"


def snapshot(number: int, scope: str, time: datetime, state: str = DONE) -> Snapshot:
    return Snapshot(
        id=number, collector=POLICY_COLLECTOR, scope=scope, slot=time, state=state,
        window_end=time, started_at=time, taken_at=time, finished_at=time,
    )  # fmt: skip


def binding(number: int, member: str, start: datetime, end: datetime | None, resource: str = DATASET) -> Binding:
    return Binding(
        id=number, resource=resource, role="roles/bigquery.dataViewer", member=member,
        valid_from=start, valid_to=end, seen_by=1,
    )  # fmt: skip


@pytest.fixture
def store(sqlite_schema_store: SchemaStore) -> SchemaStore:
    """The group had its role until an hour ago; since then everybody has it."""
    with sqlite_schema_store.transaction() as session:
        session.add_all(
            [
                binding(1, "group:data@example.com", NOW - 90 * HOUR, NOW - HOUR),
                binding(2, "allUsers", NOW - HOUR, None),
                binding(3, "user:a@example.com", NOW - 90 * HOUR, None, f"{DATASET}_2"),
            ]
        )
    return sqlite_schema_store


@pytest.mark.parametrize(
    ("hours", "members"), [(0, ["allUsers"]), (1, ["allUsers"]), (2, ["group:data@example.com"]), (91, [])]
)
def test_the_roles_on_exactly_this_resource_at_a_time_are_found(
    store: SchemaStore, hours: int, members: list[str]
) -> None:
    with store.reading() as session:
        access = access_at(session, DATASET, PROJECT, NOW - hours * HOUR)
    assert [grant.member for grant in access.grants] == members


@pytest.mark.parametrize(
    ("snapshots", "hours"),
    [
        ([snapshot(1, f"projects/{PROJECT}", NOW - 3 * HOUR)], 3),
        ([snapshot(2, f"projects/{PROJECT}", NOW - 3 * HOUR), snapshot(3, "organizations/1", NOW - 2 * HOUR)], 2),
        ([snapshot(4, f"projects/{PROJECT}", NOW - HOUR / 2)], None),
        ([snapshot(5, "projects/other-project", NOW - 2 * HOUR)], None),
        ([snapshot(6, f"projects/{PROJECT}", NOW - 2 * HOUR, FAILED)], None),
        ([], None),
    ],
)
def test_the_last_snapshot_that_read_the_policies_of_the_project_by_then_is_named(
    store: SchemaStore, snapshots: list[Snapshot], hours: int | None
) -> None:
    with store.transaction() as session:
        session.add_all(snapshots)
    with store.reading() as session:
        read_at = access_at(session, DATASET, PROJECT, NOW - HOUR).read_at
    assert read_at == (None if hours is None else NOW - hours * HOUR)


def test_without_a_schema_db_nothing_is_known() -> None:
    assert access_before(None, DATASET, PROJECT, NOW, NOW) is None
