"""Rows with natural keys: writing them again changes nothing, and an older row does not replace a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db.schema_db.models import (
    Coverage,
    FinePoint,
    GroupMember,
    JobRun,
    Role,
    SchemaBase,
    ServiceAccount,
    StaleInterval,
    StoredSeries,
    TableSize,
    UserAction,
)
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import CoverageRow, GroupRow, KeyRow, MetricPoint, RoleRow, Row, ServiceAccountRow
from shared.model import JobState
from tests.support.examples import fixed, generated
from tests.support.history import action, at, contents, job, series, size

EVERY_KIND: list[Row] = [
    MetricPoint(series(), at(0), 1.5),
    job(labels={"team": "sales", "env": "prod"}, sources=["p.d.t"]),
    size(),
    action(),
    RoleRow("roles/viewer", "Viewer", "GA", ["a.get", "a.list"], at(0)),
    ServiceAccountRow("etl@example.com", "example-project", at(0)),
    KeyRow("projects/p/serviceAccounts/e/keys/k", "etl@example.com", at(-9), at(0)),
    GroupRow("team@example.com", ["user:alice@example.com"], at(0)),
    CoverageRow("admin_activity/example-project", at(0), at(1)),
]


def save(store: SchemaStore, *rows: Row, snapshot_id: int = 1) -> int:
    with store.transaction() as session:
        return write(session, snapshot_id, rows)


def column(store: SchemaStore, item: Any, order: Any = None) -> list[Any]:
    with store.reading() as session:
        return list(session.scalars(select(item).order_by(item if order is None else order)))


def count(session: Session, model: type[SchemaBase]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_each_kind_is_written(schema_store: SchemaStore) -> None:
    assert save(schema_store, *EVERY_KIND) == len(EVERY_KIND)


def test_written_again_nothing_is_different(schema_store: SchemaStore) -> None:
    save(schema_store, *EVERY_KIND)
    before = contents(schema_store)
    assert save(schema_store, *EVERY_KIND) == 0
    assert contents(schema_store) == before


def test_of_one_batch_the_last_view_counts(schema_store: SchemaStore) -> None:
    assert save(schema_store, job(error="first"), job(error="second")) == 1
    assert column(schema_store, JobRun.error) == ["second"]


@pytest.mark.parametrize(
    ("later", "state"),
    [
        (job(state=JobState.RUNNING), JobState.FAILED),
        (job(state=JobState.RUNNING, attempt=2), JobState.RUNNING),
        (job(state=JobState.SUCCEEDED), JobState.SUCCEEDED),
    ],
)
def test_an_ended_attempt_stays_ended(schema_store: SchemaStore, later: Row, state: JobState) -> None:
    save(schema_store, job(state=JobState.FAILED))
    save(schema_store, later)
    assert column(schema_store, JobRun.state) == [state]


def test_an_hour_is_not_counted_down(schema_store: SchemaStore) -> None:
    save(schema_store, action(5))
    assert save(schema_store, action(4)) == 0
    assert save(schema_store, action(6)) == 1
    assert column(schema_store, UserAction.count) == [6]


def test_the_latest_size_of_a_day_stays(schema_store: SchemaStore) -> None:
    save(schema_store, size(rows=5), size(day=22))
    save(schema_store, size(rows=4))
    assert column(schema_store, TableSize.row_count, TableSize.day) == [5, 4]


def test_text_that_a_database_would_reject_is_stored_cleaned(schema_store: SchemaStore) -> None:
    save(schema_store, job("r" * 400, error="a\x00b\ud800", labels={"k\x00": "\ud800"}, principal="\\N\t\n\\."))
    assert column(schema_store, JobRun.error) == ["a\ufffdb?"]
    assert column(schema_store, JobRun.principal) == ["\\N\t\n\\."]
    assert len(column(schema_store, JobRun.run_id)[0]) == 300


def test_a_large_batch_is_merged(schema_store: SchemaStore) -> None:
    runs = [job(f"run-{number}") for number in range(3_000)]
    assert save(schema_store, *runs) == 3_000
    assert save(schema_store, *runs[:2_999], job("run-2999", error="late")) == 1


def test_samples_of_one_series_share_its_number(schema_store: SchemaStore) -> None:
    save(
        schema_store, MetricPoint(series(), at(0), 1), MetricPoint(series(), at(1), 2), MetricPoint(series(1), at(0), 3)
    )
    save(schema_store, MetricPoint(series(), at(2), 4))
    with schema_store.reading() as session:
        assert (count(session, StoredSeries), count(session, FinePoint)) == (2, 4)


def test_a_series_shows_its_latest_name(schema_store: SchemaStore) -> None:
    save(schema_store, MetricPoint(series(), at(0), 1))
    save(schema_store, MetricPoint(series(resource="renamed"), at(1), 1))
    assert column(schema_store, StoredSeries.resource) == ["renamed"]


def test_a_sample_that_is_not_a_number_is_left_out(schema_store: SchemaStore) -> None:
    save(schema_store, MetricPoint(series(), at(0), float("nan")), MetricPoint(series(), at(1), float("inf")))
    assert column(schema_store, FinePoint.value) == []


def test_samples_mark_their_hours_and_days(schema_store: SchemaStore) -> None:
    save(schema_store, MetricPoint(series(), at(0.5), 1), MetricPoint(series(1), at(0.9), 1))
    with schema_store.reading() as session:
        marks = {(level, start) for level, start in session.execute(select(StaleInterval.level, StaleInterval.start))}
    assert marks == {("hour", at(0)), ("day", at(-10))}


def test_a_role_that_changed_has_two_intervals(schema_store: SchemaStore) -> None:
    role = RoleRow("roles/x", "X", "GA", ["a", "b"], at(0))
    save(schema_store, role)
    save(schema_store, replace(role, permissions=["b", "a"], seen_at=at(1)))
    save(schema_store, replace(role, permissions=["a"], seen_at=at(2)))
    save(schema_store, replace(role, permissions=["a", "b"], seen_at=at(1)))
    assert column(schema_store, Role.valid_from) == [at(0), at(2)]
    assert column(schema_store, Role.valid_to, Role.valid_from) == [at(2), None]


def test_a_member_that_left_a_group_and_returned_has_two_intervals(schema_store: SchemaStore) -> None:
    for hour, members in enumerate((["a", "b"], ["a"], ["b", "a"])):
        save(schema_store, GroupRow("g", members, at(hour)))
    with schema_store.reading() as session:
        rows = session.execute(select(GroupMember.valid_from, GroupMember.valid_to).where(GroupMember.member == "b"))
        assert sorted(tuple(row) for row in rows) == [(at(0), at(1)), (at(2), None)]


def test_a_last_use_once_known_is_not_forgotten(schema_store: SchemaStore) -> None:
    account = ServiceAccountRow("etl@example.com", "example-project", at(0), last_used_at=at(-1))
    save(schema_store, account)
    save(schema_store, replace(account, seen_at=at(2), last_used_at=None, disabled=True))
    save(schema_store, replace(account, seen_at=at(1), display_name="older view"))
    (found,) = column(schema_store, ServiceAccount, ServiceAccount.email)
    assert (found.first_seen_at, found.last_seen_at, found.last_used_at) == (at(0), at(2), at(-1))
    assert (found.disabled, found.display_name) == (True, "")


INTERVALS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)), min_size=1, max_size=12)


def joined(intervals: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The union of intervals, computed naively."""
    found: list[list[int]] = []
    for start, end in sorted((start, start + length) for start, length in intervals):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return [(start, end) for start, end in found]


def coverage_is_the_union(schema_store: SchemaStore, intervals: list[tuple[int, int]]) -> None:
    with schema_store.transaction() as session:
        session.execute(delete(Coverage))
        for start, length in intervals:
            write(session, 1, [CoverageRow("s", at(start), at(start) + timedelta(hours=length))])
        rows = session.execute(select(Coverage.since, Coverage.until).order_by(Coverage.since)).all()
    assert [(since, until) for since, until in rows] == [(at(start), at(end)) for start, end in joined(intervals)]


@given(intervals=INTERVALS)
@generated(15)
def test_coverage_is_the_union_in_any_order(sqlite_schema_store: SchemaStore, intervals: list[tuple[int, int]]) -> None:
    coverage_is_the_union(sqlite_schema_store, intervals)


@pytest.mark.postgresql
@given(intervals=INTERVALS)
@fixed(4)
def test_coverage_is_the_union_in_any_order_on_postgresql(
    postgres_schema_store: SchemaStore, intervals: list[tuple[int, int]]
) -> None:
    coverage_is_the_union(postgres_schema_store, intervals)
