"""Grants in the first snapshot are older than the history and do not count as changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from db.schema_db.retention import RetentionDays, forget
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from insights.access import queries
from insights.access.model import GrantChange
from insights.causes import changes
from shared.history import BindingChangeRow, BindingEntry
from shared.model import IncidentKind
from tests.support.access_world import ALICE, BOB, BUCKET, NOW, VIEWER, fail, see
from tests.support.causes import incident

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD, NEW = BindingEntry(VIEWER, ALICE), BindingEntry(VIEWER, BOB)


def differences(store: SchemaStore, start: datetime) -> list[tuple[GrantChange, str]]:
    with store.reading() as session:
        return [(item.change, item.grants[0].member) for item in queries.diff(session, start, NOW)]


def blamed(store: SchemaStore) -> set[str]:
    about = incident(
        resource="example-raw", kind=IncidentKind.IRREGULAR_ACCESS, service="storage", labels={}, opened_at=NOW
    )
    with store.reading() as session:
        found = [changes.before(session, replace(about, labels={"member": each}), redact=()) for each in (ALICE, BOB)]
    return {cause.what.values["member"] for report in found for cause in report.causes}


@pytest.fixture
def store(schema_store: SchemaStore) -> SchemaStore:
    """The first snapshot was three hours ago; Bob was added an hour ago."""
    with schema_store.transaction() as session:
        see(session, 1, NOW - 3 * HOUR, {BUCKET: [OLD]})
        see(session, 2, NOW - HOUR, {BUCKET: [OLD, NEW]})
    return schema_store


def test_grants_of_the_first_observation_are_not_differences(store: SchemaStore) -> None:
    assert differences(store, NOW - 7 * DAY) == [(GrantChange.GRANTED, BOB)]


def test_grants_of_the_first_observation_are_not_changes_before_an_incident(store: SchemaStore) -> None:
    assert blamed(store) == {BOB}


def test_a_grant_that_the_second_observation_misses_was_revoked(store: SchemaStore) -> None:
    with store.transaction() as session:
        for number, minutes in ((3, 50), (4, 40)):
            see(session, number, NOW - timedelta(minutes=minutes), {BUCKET: [NEW]})
    assert differences(store, NOW - 7 * DAY) == [(GrantChange.REVOKED, ALICE), (GrantChange.GRANTED, BOB)]


def test_a_grant_that_the_audit_log_dates_before_the_first_observation_is_a_difference(store: SchemaStore) -> None:
    change = BindingChangeRow("e", NOW - 5 * HOUR, BUCKET, "ADD", VIEWER, ALICE, "carol@example.com")
    with store.transaction() as session:
        write(session, 2, [change])
    assert differences(store, NOW - 7 * DAY) == [(GrantChange.GRANTED, ALICE), (GrantChange.GRANTED, BOB)]


def test_grants_of_an_unfinished_first_observation_are_not_differences(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        see(session, 1, NOW - 3 * HOUR, {BUCKET: [OLD]})
        fail(session, 1)
        see(session, 2, NOW - HOUR, {BUCKET: [OLD]})
    assert differences(schema_store, NOW - 7 * DAY) == []


def test_the_first_observation_is_known_however_old_it_is(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        for number, days in enumerate((500, 450, 300, 1), start=1):
            see(session, number, NOW - days * DAY, {BUCKET: [OLD] if number == 1 else [OLD, NEW]})
    list(forget(schema_store, NOW, RetentionDays()))
    assert differences(schema_store, NOW - 600 * DAY) == [(GrantChange.GRANTED, BOB)]
