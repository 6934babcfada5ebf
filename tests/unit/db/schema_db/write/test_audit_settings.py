"""Equal observations of audit configurations are stored as intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select

from db.schema_db.models import AuditSetting
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import AuditSettingsRow
from tests.support.history import at

STORAGE = ("storage.googleapis.com", "DATA_READ")
ROBOT, ALICE = "serviceAccount:etl@example-project.iam.gserviceaccount.com", "user:alice@example.com"
Logged = Mapping[tuple[str, str], Sequence[str]] | None


def observe(store: SchemaStore, hour: int, logged: Logged) -> None:
    with store.transaction() as session:
        write(session, 1, [AuditSettingsRow("projects/p", at(hour), logged)])


def seen(store: SchemaStore, service: str = STORAGE[0]) -> list[tuple[int, int, list[str]]]:
    """The first hour, last hour and exempted members of each stored interval."""
    with store.reading() as session:
        rows = session.scalars(select(AuditSetting).order_by(AuditSetting.since))
        return [
            (round((row.since - at(0)).total_seconds() / 3600), round((row.until - at(0)).total_seconds() / 3600),
             row.exempted)
            for row in rows
            if (row.service, row.log_type) in ((service, STORAGE[1]), ("", "")) and row.service == service
        ]  # fmt: skip


def test_two_observations_that_agree_cover_the_time_between(schema_store: SchemaStore) -> None:
    observe(schema_store, 0, {STORAGE: []})
    observe(schema_store, 1, {STORAGE: []})
    assert seen(schema_store) == [(0, 1, [])]
    assert seen(schema_store, "") == [(0, 1, [])]


def test_one_observation_covers_nothing_before_or_after(schema_store: SchemaStore) -> None:
    observe(schema_store, 0, {})
    observe(schema_store, 1, {STORAGE: []})
    observe(schema_store, 2, {})
    assert seen(schema_store) == [(1, 1, [])]


@pytest.mark.parametrize("between", [None, {}])
def test_an_observation_without_it_is_a_gap(schema_store: SchemaStore, between: Logged) -> None:
    observations: tuple[Logged, ...] = ({STORAGE: []}, between, {STORAGE: []}, {STORAGE: []})
    for hour, logged in enumerate(observations):
        observe(schema_store, hour, logged)
    assert seen(schema_store) == [(0, 0, []), (2, 3, [])]


def test_a_denied_observation_ends_the_coverage(schema_store: SchemaStore) -> None:
    observations: tuple[Logged, ...] = ({}, {}, None, None, {}, {})
    for hour, logged in enumerate(observations):
        observe(schema_store, hour, logged)
    assert seen(schema_store, "") == [(0, 1, []), (4, 5, [])]


def test_two_observations_far_apart_say_nothing_of_the_time_between(schema_store: SchemaStore) -> None:
    for hour in (0, 3, 7, 8):
        observe(schema_store, hour, {STORAGE: []})
    assert seen(schema_store) == seen(schema_store, "") == [(0, 3, []), (7, 8, [])]


def test_between_two_observations_with_other_exemptions_both_apply(schema_store: SchemaStore) -> None:
    for hour, exempted in enumerate(([ALICE], [ALICE], [ROBOT], [ROBOT], [])):
        observe(schema_store, hour, {STORAGE: exempted})
    assert seen(schema_store) == [
        (0, 1, [ALICE]), (1, 2, [ROBOT, ALICE]), (2, 3, [ROBOT]), (3, 4, [ROBOT]), (4, 4, []),
    ]  # fmt: skip


def test_an_older_observation_and_a_repeat_change_nothing(schema_store: SchemaStore) -> None:
    observe(schema_store, 0, {STORAGE: []})
    observe(schema_store, 2, {STORAGE: []})
    observe(schema_store, 2, {})
    observe(schema_store, 1, {})
    assert seen(schema_store) == [(0, 2, [])]
