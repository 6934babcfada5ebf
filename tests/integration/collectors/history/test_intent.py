"""A grant that breaks the intention of the platform's map becomes an incident, and resolves when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.history_analysis.intent import Intent
from db.error_db import queries
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import Settings
from shared.history import BindingEntry
from shared.model import Kind, Severity, Status, Trigger
from shared.records import Change, IncidentView
from tests.support.access_world import ALICE, ANALYSTS, BUCKET, NOW, VIEWER, see

MAP = """
layers:
  raw: {buckets: [example-raw]}
personas:
  analyst:
    members: [group:analysts@example.com]
    access: [{layers: [raw], may: read}]
"""
FIRST = NOW - timedelta(days=3)
GOOD, BAD = BindingEntry(VIEWER, ANALYSTS), BindingEntry(VIEWER, ALICE)


class Planned:
    """What the handlers were asked to plan."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def __call__(self, changes: list[Change], _transaction: Any, _now: datetime) -> None:
        self.changes += changes


@pytest.fixture
def planned() -> Planned:
    return Planned()


@pytest.fixture
def intent(schema_store: SchemaStore, store: ErrorStore, planned: Planned, tmp_path: Path) -> Intent:
    path = tmp_path / "platform.yaml"
    path.write_text(MAP, encoding="utf-8")
    with schema_store.transaction() as session:
        see(session, 1, FIRST, {BUCKET: [GOOD]})
    return Intent(schema_store, lambda: store, Settings(platform_file=str(path)), planned)


def look(intent: Intent, number: int, *entries: BindingEntry) -> int:
    """A snapshot that many hours after the first one, and the check after it."""
    time = FIRST + timedelta(hours=number)
    with intent.schema.transaction() as session:
        see(session, number, time, {BUCKET: list(entries)})
    return intent.check(time)


def incidents(intent: Intent) -> list[IncidentView]:
    with intent.errors().reading() as session:
        return queries.incidents(session, queries.IncidentFilter(), limit=10)


def test_a_grant_that_nobody_is_meant_to_have_is_an_incident(intent: Intent, planned: Planned) -> None:
    assert look(intent, 2, GOOD, BAD) == 1
    (found,) = incidents(intent)
    assert (found.rule, found.kind, found.severity) == (
        "platform/unintended_access",
        Kind.IRREGULAR_ACCESS,
        Severity.MEDIUM,
    )
    assert found.summary == f"{ALICE} has {VIEWER} on gs://example-raw in layer raw: no persona explains it"
    assert found.resource == "example-raw"
    assert [change.trigger for change in planned.changes] == [Trigger.OPENED]


def test_the_next_run_says_it_no_second_time(intent: Intent) -> None:
    look(intent, 2, GOOD, BAD)
    assert look(intent, 3, GOOD, BAD) == 0
    assert [item.occurrence_count for item in incidents(intent)] == [1]


def test_it_resolves_when_the_grant_is_gone(intent: Intent) -> None:
    look(intent, 2, GOOD, BAD)
    look(intent, 3, GOOD)
    assert [item.status for item in incidents(intent)] == [Status.OPEN]
    look(intent, 4, GOOD)
    assert [item.status for item in incidents(intent)] == [Status.RESOLVED]


def test_a_new_grant_of_the_same_is_a_new_incident(intent: Intent) -> None:
    look(intent, 2, GOOD, BAD)
    look(intent, 3, GOOD)
    look(intent, 4, GOOD)
    look(intent, 5, GOOD, BAD)
    assert sorted(item.status for item in incidents(intent)) == [Status.OPEN, Status.RESOLVED]


def test_what_the_first_snapshot_saw_is_no_alarm(intent: Intent) -> None:
    with intent.schema.transaction() as session:
        see(session, 1, FIRST, {BUCKET: [GOOD, BAD]})
    assert intent.check(NOW) == 0


def test_everybody_is_grave(intent: Intent) -> None:
    look(intent, 2, GOOD, BindingEntry(VIEWER, "allUsers"))
    assert [item.severity for item in incidents(intent)] == [Severity.HIGH]


def test_it_resolves_when_the_map_explains_it(intent: Intent) -> None:
    look(intent, 2, GOOD, BAD)
    path = Path(intent.settings.platform_file)
    path.write_text(MAP.replace("[group:analysts@example.com]", "[group:analysts@example.com, 'user:*']"), "utf-8")
    assert intent.check(NOW) == 1
    assert [item.status for item in incidents(intent)] == [Status.RESOLVED]


def test_what_is_redacted_is_not_told(intent: Intent) -> None:
    settings = replace(intent.settings, redact=("*.member", "*.bindingDeltas.role"))
    look(replace(intent, settings=settings), 2, GOOD, BAD)
    (found,) = incidents(intent)
    assert found.summary == "<redacted> has <redacted> on gs://example-raw in layer raw: no persona explains it"
    assert ALICE not in repr(found)


def test_a_map_that_cannot_be_read_stops_nothing(intent: Intent, capsys: pytest.CaptureFixture[str]) -> None:
    Path(intent.settings.platform_file).write_text("layers: 3", encoding="utf-8")
    assert intent.check(NOW) == 0
    assert "the platform map cannot be used" in capsys.readouterr().out


def test_without_a_map_there_is_nothing_to_do(intent: Intent) -> None:
    assert Intent(intent.schema, intent.errors, Settings(), intent.plan).check(NOW) == 0
