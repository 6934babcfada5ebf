"""The monitored projects, from the settings and from the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collectors.metrics_analysis.sigma.project_numbers import MonitoredNumbers
from db.schema_db import monitored_projects
from db.schema_db.models import Snapshot
from db.schema_db.monitored_projects import PROJECT_TYPE
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.config import Settings
from shared.history import PoliciesSeenRow, PolicyRow
from shared.identity.iam_names import MANAGER

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCOPE = "organizations/1"


class World:
    """Projects that snapshots contain, and a clock; `reads` counts the queries."""

    def __init__(self, store: SchemaStore, **settings: object) -> None:
        self.store = store
        self.now = NOW
        self.reads = 0
        self.is_down = False
        self.snapshots = 0
        self.settings = Settings(**settings)  # type: ignore[arg-type]
        self.known = MonitoredNumbers(self.settings, lambda: self, lambda: self.now)

    def project_numbers(self, settings: Settings, _now: datetime) -> frozenset[str] | None:
        self.reads += 1
        if self.is_down:
            return None
        with self.store.reading() as session:
            return monitored_projects.numbers(session, settings)

    def sees(self, **projects: str) -> None:
        """Adds a snapshot with these project ids and their numbers."""
        self.now += HOUR
        self.snapshots += 1
        rows = [
            PolicyRow(
                f"{MANAGER}projects/{name}",
                PROJECT_TYPE,
                name,
                [f"projects/{name}", SCOPE],
                [],
                self.now,
                number=number,
            )
            for name, number in projects.items()
        ]
        with self.store.transaction() as session:
            slot = {"slot": self.now, "state": "done", "started_at": self.now}
            session.add(Snapshot(id=self.snapshots, collector="iam.bindings", scope=SCOPE, **slot))
            session.flush()
            write(session, self.snapshots, [*rows, PoliciesSeenRow(SCOPE, self.now)])

    def answers(self, *numbers: str) -> list[bool | None]:
        return [self.known.is_monitored(number) for number in numbers]


def test_in_an_organization_the_projects_that_snapshots_see_are_monitored(schema_store: SchemaStore) -> None:
    world = World(schema_store, scope=SCOPE, projects=("hinomi",), project_numbers=("99",))
    assert world.answers("7", "99") == [None, True]
    world.sees(sales="7", market="8")
    assert world.answers("7", "8", "9", "99") == [True, True, False, True]
    world.sees(sales="7")
    assert world.answers("7", "8") == [True, False]


def test_a_number_is_added_to_a_project_that_is_stored_without_one(schema_store: SchemaStore) -> None:
    world = World(schema_store, scope=SCOPE)
    world.sees(sales="")
    assert world.answers("7") == [None]
    world.sees(sales="7")
    world.sees(sales="")  # a run that may not search resources does not know it
    assert world.answers("7", "8") == [True, False]


def test_named_projects_are_known_once_all_numbers_are(schema_store: SchemaStore) -> None:
    world = World(schema_store, projects=("sales", "market"))
    world.sees(sales="7", other="9")
    assert world.answers("7", "9") == [None, None]
    world.sees(sales="7", market="8", other="9")
    assert world.answers("7", "8", "9") == [True, True, False]


def test_the_numbers_of_named_projects_in_the_settings_need_no_query(schema_store: SchemaStore) -> None:
    world = World(schema_store, projects=("sales",), project_numbers=("7",))
    assert world.answers("7", "9") == [True, False]
    assert world.reads == 0


@pytest.mark.sqlite
def test_it_is_read_rarely_and_again_for_a_number_that_is_not_known(sqlite_schema_store: SchemaStore) -> None:
    world = World(sqlite_schema_store, scope=SCOPE)
    world.sees(sales="7")
    assert world.answers("7", "7", "8", "8") == [True, True, False, False]
    assert world.reads == 1
    world.sees(sales="7", market="8")
    assert world.answers("8", "7") == [True, True]
    assert world.reads == 2


@pytest.mark.sqlite
def test_what_was_known_counts_while_the_history_does_not_answer(sqlite_schema_store: SchemaStore) -> None:
    world = World(sqlite_schema_store, scope=SCOPE)
    world.sees(sales="7")
    assert world.answers("7") == [True]
    world.is_down = True
    world.now += HOUR
    assert world.answers("7", "8") == [True, False]
