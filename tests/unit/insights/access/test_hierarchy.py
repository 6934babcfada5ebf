"""The resource hierarchy at a time and over a window, with a moved resource."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import FormerAncestors, Snapshot
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from insights.access import queries
from insights.access.hierarchy import Hierarchy
from shared.history import BindingChangeRow, BindingEntry, PolicyRow
from shared.identity.iam_names import MANAGER
from tests.support.access_world import ALICE, BOB, DATASET, NOW, PROJECT, SCOPE, VIEWER

FIRST, MOVED, LATER = NOW - timedelta(days=9), NOW - timedelta(days=5), NOW - timedelta(days=1)
OLD_FOLDER, NEW_FOLDER = f"{MANAGER}folders/2", f"{MANAGER}folders/3"


def seen(session: Session, number: int, time: datetime, folder: str, resource: str = DATASET) -> None:
    """Writes a snapshot with a resource below a folder."""
    observe(session, number, time, [PolicyRow(resource, "x/Y", PROJECT, [SCOPE, folder], [], time)])


def observe(session: Session, number: int, time: datetime, rows: Sequence[PolicyRow]) -> None:
    session.merge(
        Snapshot(id=number, collector="iam.bindings", scope="organizations/1", slot=time, state="done", started_at=time)
    )
    session.flush()
    write(session, number, rows)


def chain(session: Session, resource: str, time: datetime) -> list[str]:
    return Hierarchy(session, (time, time)).chain(resource)


def moved(session: Session) -> None:
    """The dataset's project moved from a folder that Bob may read to another one that Alice may read."""
    folders = [
        PolicyRow(name, "x/Folder", "", ["organizations/1"], [BindingEntry(VIEWER, who)], FIRST)
        for name, who in ((OLD_FOLDER, BOB), (NEW_FOLDER, ALICE))
    ]
    observe(session, 1, FIRST, folders)
    seen(session, 1, FIRST, "folders/2")
    seen(session, 2, MOVED, "folders/3")


@pytest.mark.sqlite
def test_access_before_a_move_is_inherited_from_the_old_ancestors(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        moved(session)
        before, after = (queries.who(session, DATASET, time).rows for time in (MOVED - timedelta(hours=1), LATER))
    assert [row.principal for row in before] == [BOB]
    assert [row.principal for row in after] == [ALICE]


@pytest.mark.sqlite
def test_access_to_a_project_before_it_moved_is_inherited_from_the_old_folder(schema_store: SchemaStore) -> None:
    project, between = f"{MANAGER}{SCOPE}", LATER - timedelta(days=1)
    with schema_store.transaction() as session:
        moved(session)
        for number, time, folder in ((3, between, "folders/2"), (4, LATER, "folders/3")):
            seen(session, number, time, folder, project)
        before, after = (queries.who(session, project, time).rows for time in (between, LATER))
    assert ([row.principal for row in before], [row.principal for row in after]) == ([BOB], [ALICE])


@pytest.mark.sqlite
def test_a_resource_that_no_snapshot_saw_is_below_the_ancestors_of_its_project(schema_store: SchemaStore) -> None:
    other = DATASET.replace("mart", "unseen")
    with schema_store.transaction() as session:
        moved(session)
        assert OLD_FOLDER in chain(session, other, FIRST)
        assert NEW_FOLDER in chain(session, other, LATER)


@pytest.mark.sqlite
def test_a_grant_on_a_folder_reached_the_projects_that_were_in_it(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        moved(session)
        below = [set(Hierarchy(session, (time, time)).below(OLD_FOLDER)) for time in (FIRST, LATER)]
    assert below == [{SCOPE, "folders/2"}, {"folders/2"}]


@pytest.mark.sqlite
def test_there_and_back_is_two_moves(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        moved(session)
        seen(session, 3, LATER, "folders/2")
        places = [chain(session, DATASET, time)[-1] for time in (FIRST, MOVED, LATER)]
    assert places == [OLD_FOLDER, NEW_FOLDER, OLD_FOLDER]


@pytest.mark.sqlite
def test_a_resource_that_did_not_move_has_no_former_ancestor(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        seen(session, 1, FIRST, "folders/2")
        seen(session, 2, MOVED, "folders/2")
        assert session.scalar(select(func.count()).select_from(FormerAncestors)) == 0


def test_where_the_audit_log_placed_a_resource_is_no_former_ancestor(schema_store: SchemaStore) -> None:
    change = BindingChangeRow("e", FIRST, DATASET, "ADD", VIEWER, BOB, "carol@example.com")
    with schema_store.transaction() as session:
        write(session, 1, [change])
        seen(session, 2, MOVED, "folders/2")
        assert session.scalar(select(func.count()).select_from(FormerAncestors)) == 0


def test_reading_on_demand_answers_as_reading_everything_does(schema_store: SchemaStore) -> None:
    buckets = [f"//storage.googleapis.com/bucket-{number}" for number in range(4)]
    with schema_store.transaction() as session:
        moved(session)
        for number, name in enumerate(buckets):
            above = ["folders/3", "organizations/1"] if number % 2 else []
            row = PolicyRow(
                name,
                "x/Bucket",
                f"project-{number // 2}",
                above and [f"projects/project-{number // 2}", *above],
                [],
                LATER,
            )
            observe(session, 3, LATER, [row])
        inside = [f"{DATASET}{end}" for end in ("2", "2/tables/a", "2/tables/b", "3", "3/tables/a")]
        above = ["projects/project-1", "folders/3", "organizations/1"]
        elsewhere = [f"//compute.googleapis.com/projects/project-{number}" for number in (1, 2)]
        rows = [PolicyRow(name, "x/Other", "project-1", above, [], LATER) for name in (*inside, *elsewhere)]
        observe(session, 3, LATER, rows)
        for window in ((FIRST, NOW), (LATER, LATER)):
            whole, part = Hierarchy(session, window), Hierarchy(session, window, on_demand=True)
            assert list(part.projects()) == list(whole.projects())
            for name in (
                DATASET,
                f"{DATASET}/tables/orders",
                *buckets,
                OLD_FOLDER,
                NEW_FOLDER,
                f"{MANAGER}{SCOPE}",
                "//storage.googleapis.com/new",
            ):
                assert (part.chain(name), part.project(name), part.below(name)) == (
                    whole.chain(name),
                    whole.project(name),
                    whole.below(name),
                )
            for level in (SCOPE, "projects/project-0", "folders/2", "folders/3"):
                assert (part.above(level), part.is_observed(level)) == (whole.above(level), whole.is_observed(level))
            assert list(part.reachable_from([buckets[0]])) == [([buckets[0]], tuple(whole.chain(buckets[0])[1:]))]
            assert {
                name: list(above) for names, above in part.reachable_from([f"{MANAGER}{SCOPE}"]) for name in names
            } == {name: whole.chain(name)[1:] for name in whole.resources()}
