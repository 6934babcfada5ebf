"""The monitored projects if the scope is a folder or an organization."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.schema_db import monitored_projects
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.config import Settings
from shared.history import PoliciesSeenRow, PolicyRow
from shared.identity.iam_names import MANAGER

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ABOVE = ["folders/2", "organizations/1"]


def project(
    name: str, *, above: list[str] = ABOVE, kind: str = monitored_projects.PROJECT_TYPE, time: datetime = NOW
) -> PolicyRow:
    return PolicyRow(f"{MANAGER}projects/{name}", kind, name, [f"projects/{name}", *above], [], time)


def observe(store: SchemaStore, *rows: PolicyRow, number: int = 1, time: datetime = NOW) -> None:
    with store.transaction() as session:
        slot = {"slot": time, "state": "done", "started_at": time}
        session.merge(Snapshot(id=number, collector="iam.bindings", scope="organizations/1", **slot))
        session.flush()
        write(session, number, [*rows, PoliciesSeenRow("organizations/1", time)])


def requested(store: SchemaStore, *named: str, scope: str = "folders/2", most: int = 50) -> tuple[str, ...]:
    with store.reading() as session:
        return monitored_projects.settings(session, Settings(projects=named, scope=scope, projects_max=most)).projects


def test_without_a_scope_those_that_are_named_are_watched(schema_store: SchemaStore) -> None:
    observe(schema_store, project("sales"))
    assert requested(schema_store, "hinomi", scope="") == ("hinomi",)


def test_before_the_first_snapshot_those_that_are_named_are_watched(schema_store: SchemaStore) -> None:
    assert requested(schema_store, "hinomi") == ("hinomi",)


def test_the_projects_below_the_scope_are_watched_too(schema_store: SchemaStore) -> None:
    elsewhere = project("elsewhere", above=["folders/9", "organizations/1"])
    observe(schema_store, project("sales"), project("market"), elsewhere, project("bucket", kind="x/Bucket"))
    assert requested(schema_store, "sales") == ("sales", "market")
    assert requested(schema_store, scope="organizations/1") == ("elsewhere", "market", "sales")


def test_a_deleted_project_is_no_longer_monitored(schema_store: SchemaStore) -> None:
    later = NOW + timedelta(hours=1)
    observe(schema_store, project("sales"), project("market"))
    observe(schema_store, project("sales", time=later), number=2, time=later)
    assert requested(schema_store) == ("sales",)


def test_projects_of_scripts_are_left_out(schema_store: SchemaStore) -> None:
    observe(schema_store, project("sys-12345678901234567890123456"), project("sales"))
    assert requested(schema_store) == ("sales",)


@pytest.mark.parametrize(("most", "found"), [(2, ("hinomi", "market")), (0, ("hinomi",))])
def test_more_than_the_most_are_left_out_and_reported(
    schema_store: SchemaStore, capsys: pytest.CaptureFixture[str], most: int, found: tuple[str, ...]
) -> None:
    observe(schema_store, project("sales"), project("market"))
    assert requested(schema_store, "hinomi", most=most) == found
    assert "HINOMI_PROJECTS_MAX" in capsys.readouterr().out
