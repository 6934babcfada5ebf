"""A history collector that stopped is an incident about Hinomi itself, opened and resolved by the sweep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from db.engine import make_engine
from db.error_db import queries
from db.error_db.queries import IncidentFilter
from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE, FAILED
from db.schema_db.store import SchemaStore
from main import Application
from shared import config
from shared.records import IncidentView
from tests.support.findings import NOON
from tests.support.function_process import push_body

NAMES = ("bigquery.jobs", "compute.performance")


class History:
    """An installation with a history, which gets ticks."""

    def __init__(self, application: Application, store: SchemaStore) -> None:
        self.application = application
        self.store = store
        self.now = NOON
        self._ticks = 0

    def ran(self, name: str, state: str = DONE, attempts: int = 1) -> None:
        with self.store.transaction() as session:
            session.add(
                Snapshot(
                    collector=name,
                    scope="projects/example-project",
                    slot=self.now,
                    state=state,
                    started_at=self.now,
                    taken_at=self.now,
                    finished_at=self.now,
                    attempts=attempts,
                    error=None if state == DONE else "403",
                )
            )

    def tick(self, **later: float) -> None:
        self.now += timedelta(**later)
        self._ticks += 1
        tick = {"tick": "sweep", "time": self.now.isoformat()}
        self.application.pipeline.handle(push_body(tick, f"t{self._ticks}"), self.now)

    def incidents(self) -> list[tuple[str, str, datetime | None]]:
        with self.application.store().reading() as session:
            found: list[IncidentView] = queries.incidents(session, IncidentFilter(text="collector_dead"), limit=50)
        return sorted((one.resource, str(one.status), one.resolved_at) for one in found)


@pytest.fixture
def history(error_db_url: str, schema_sqlite_url: str) -> Iterator[History]:
    settings = config.load(
        {
            "HINOMI_ERROR_DB_URL": error_db_url,
            "HINOMI_SCHEMA_DB_URL": schema_sqlite_url,
            "HINOMI_PROJECTS": "example-project",
        }
    )
    application, engine = Application(settings), make_engine(schema_sqlite_url)
    yield History(application, SchemaStore(engine))
    application.store().engine.dispose()
    application.causes().close()
    engine.dispose()


def test_an_installation_without_history_has_no_incident(history: History) -> None:
    history.tick()
    assert history.incidents() == []


@pytest.mark.sqlite
def test_a_collector_that_fails_repeatedly_is_one_incident_which_resolves_by_itself(history: History) -> None:
    for name in NAMES:
        history.ran(name)
    for _ in range(3):
        history.tick(hours=1)
        history.ran(NAMES[0], FAILED)
        history.ran(NAMES[1])
        history.tick(minutes=10)
        history.tick(minutes=1)
    assert [found[:2] for found in history.incidents()] == [(NAMES[0], "open")]
    history.tick(hours=1)
    history.ran(NAMES[0])
    history.tick(minutes=1)
    assert history.incidents() == [(NAMES[0], "resolved", history.now)]


@pytest.mark.sqlite
def test_when_the_whole_history_stops_there_is_one_incident(history: History) -> None:
    for name in NAMES:
        history.ran(name)
    history.tick(minutes=1)
    for _ in range(6):
        history.tick(hours=1)
    assert [found[:2] for found in history.incidents()] == [("history_analysis", "open")]
    for name in NAMES:
        history.ran(name)
    history.tick(minutes=1)
    assert history.incidents() == [("history_analysis", "resolved", history.now)]
