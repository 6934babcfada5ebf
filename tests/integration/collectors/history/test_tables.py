"""A table that is not updated on time, or has an unusual volume, is an incident until it is usual again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from cli.app import run as hinomi
from collectors.history_analysis.tables.check import TableCheck
from db.error_db import queries
from db.error_db.incidents import feedback
from db.error_db.incidents.feedback import FeedbackKind
from db.error_db.store import ErrorStore
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from insights.tables.volume import TableDay, unusual_volume
from shared.config import Settings
from shared.history import TableSizeRow
from shared.model import IncidentKind, Status
from shared.records import IncidentView
from tests.support.findings import finding
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, keep, run

pytestmark = pytest.mark.sqlite
HOUR = timedelta(hours=1)
TABLE = f"{PROJECT}.mart.orders"


def size(ago: int, table: str = TABLE, *, hour: float = 3, rows: int = 1_000, kind: str = "BASE TABLE") -> TableSizeRow:
    """A size of the table: on this day it changed at this hour and had the given number of rows."""
    day = (NOW - ago * DAY).date()
    changed = datetime(day.year, day.month, day.day, tzinfo=UTC) + hour * HOUR
    return TableSizeRow(
        day, table, "bigquery", PROJECT, "mart", kind, row_count=rows, size_bytes=rows * 1_000, changed_at=changed
    )


class World:
    """Snapshots of the metadata of tables, each followed by the check. NOW is Monday, 06:00."""

    def __init__(self, check: TableCheck) -> None:
        self.check = check
        self._number = 0

    def keep(self, rows: Iterable[TableSizeRow]) -> None:
        keep(self.check.schema, rows)

    def observe(self, at: datetime, *, delay: timedelta = timedelta(0)) -> int:
        """Runs a snapshot for the slot `at`, `delay` later, and the check after it."""
        self._number += 1
        with self.check.schema.transaction() as session:
            values = {"collector": "bigquery.tables", "scope": f"projects/{PROJECT}", "state": "done"}
            session.add(Snapshot(id=self._number, slot=at, window_end=at, started_at=at + delay, **values))
        return self.check.check(at + delay + MINUTE)

    def incidents(self) -> list[IncidentView]:
        with self.check.errors().reading() as session:
            return queries.incidents(session, queries.IncidentFilter(), limit=50)


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(TableCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))


def test_a_table_that_is_not_updated_is_an_incident_until_it_is(world: World) -> None:
    keep(
        world.check.schema,
        [
            run("load_orders", ago=DAY, destination=TABLE),
            run("report", ago=DAY, destination=f"{PROJECT}.report.revenue", sources=[TABLE]),
            run("export", ago=DAY, destination=f"{PROJECT}.share.revenue", sources=[f"{PROJECT}.report.revenue"]),
        ],
    )
    world.keep(size(ago) for ago in range(1, 29))
    assert world.observe(NOW - 3 * HOUR + 10 * MINUTE) == 0
    assert world.observe(NOW) == 1
    (incident,) = world.incidents()
    assert (incident.rule, incident.kind, incident.resource) == ("tables/stale", IncidentKind.JOB_FAILURE, TABLE)
    assert incident.opened_at == NOW - 3 * HOUR
    assert incident.summary == (
        f"{TABLE} was last updated at 2026-11-22 03:00 UTC: it is usually updated by 2026-11-23 03:00 UTC; 2 tables are made "
        f"from it: {PROJECT}.report.revenue, {PROJECT}.share.revenue"
    )
    assert world.observe(NOW + HOUR) == 0
    world.keep([size(0, hour=8)])
    assert world.observe(NOW + 6 * HOUR) == 1
    (incident,) = world.incidents()
    assert (incident.status, incident.resolved_at) == (Status.RESOLVED, NOW + 2 * HOUR)


def test_metadata_is_checked_however_late_it_was_read(world: World) -> None:
    world.keep(size(ago) for ago in range(1, 29))
    assert world.observe(NOW, delay=5 * HOUR) == 1  # runs from 06:00 to 10:00 were missed


def test_a_stale_table_says_its_layer_and_owner_and_those_of_the_tables_made_from_it(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "platform.yaml").write_text(
        f"layers:\n  mart: {{owner: 'group:analytics@example.com', datasets: ['{PROJECT}.mart']}}\n"
        f"  report: {{datasets: ['{PROJECT}.report']}}\n"
        "personas:\n  admin: {members: ['group:admins@example.com'], access: [{layers: ['*'], may: admin}]}\n"
    )
    settings = Settings(platform_file=str(tmp_path / "platform.yaml"))
    world.check = replace(world.check, settings=settings)
    keep(world.check.schema, [run("report", ago=DAY, destination=f"{PROJECT}.report.revenue", sources=[TABLE])])
    world.keep(size(ago) for ago in range(1, 29))
    assert world.observe(NOW) == 1
    (incident,) = world.incidents()
    assert "2026-11-23 03:00 UTC (layer mart, owner analytics@example.com); 1 table is made" in incident.summary
    with world.check.errors().reading() as session:
        evidence = queries.latest_evidence(session, [incident.id])[incident.id]
    assert evidence["elements"]["downstream"] == [
        {"table": f"{PROJECT}.report.revenue", "layer": "report", "layer_owner": ""}
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [size(ago, kind="VIEW") for ago in range(1, 29)],
        [size(ago) for ago in (2, 9, 11, 20, 21)],  # no habit
        [size(ago) for ago in range(1, 29) if (NOW - ago * DAY).weekday() != 0],  # never on a Monday
        [size(ago) for ago in range(10, 35)],  # nobody expects it any more
    ],
)
def test_tables_that_nobody_expects_are_not_stale(world: World, rows: list[TableSizeRow]) -> None:
    world.keep(rows)
    world.observe(NOW)
    assert world.incidents() == []


def test_a_table_of_working_days_is_not_stale_on_a_holiday(world: World) -> None:
    world.keep(size(ago) for ago in range(1, 29) if (NOW - ago * DAY).weekday() < 5)
    check = world.check
    world.check = replace(check, expectations={"holidays": ["2026-11-23"]})
    assert world.observe(NOW) == 0
    world.check = check
    assert world.observe(NOW + MINUTE) == 1


def test_most_tables_of_a_dataset_are_one_incident(world: World) -> None:
    names = [f"{PROJECT}.mart.t{number}" for number in range(6)]
    world.keep(size(ago, name) for ago in range(1, 29) for name in names)
    world.observe(NOW)
    (incident,) = world.incidents()
    assert (incident.rule, incident.resource) == ("tables/many_stale", f"{PROJECT}.mart")
    assert incident.summary.startswith(
        f"6 of 6 tables of {PROJECT}.mart have not been updated since 2026-11-23 03:00 UTC: t0,"
    )
    world.keep(size(0, name, hour=7) for name in names)
    world.observe(NOW + 6 * HOUR)
    assert [each.status for each in world.incidents()] == [Status.RESOLVED]


def test_a_table_whose_job_failed_is_no_second_incident(world: World) -> None:
    keep(world.check.schema, [run("load_orders", ago=DAY, destination=TABLE)])
    world.keep(size(ago) for ago in range(1, 29))
    failed = finding(resource="load_orders", kind=IncidentKind.JOB_FAILURE)
    with world.check.errors().transaction(NOW) as transaction:
        transaction.record(failed, redact=())
    assert world.observe(NOW) == 0


def test_a_partial_load_is_an_incident_until_the_next_usual_one(world: World) -> None:
    """The table grows by a thousand rows a day, and by twenty on one day."""
    rows = {ago: 100_000 - 1_000 * ago for ago in range(1, 29)}
    world.keep(size(ago, rows=rows[ago] - (980 if ago == 1 else 0)) for ago in range(1, 29))
    world.keep([size(0, hour=3, rows=100_020)])
    assert world.observe(NOW) == 1
    (incident,) = world.incidents()
    assert (incident.rule, incident.kind) == ("tables/unusual_volume", IncidentKind.LOAD_ISSUE)
    assert incident.summary == (
        f"the update of {TABLE} on 2026-11-22 added 20 rows: usually 1,000, between 500 and 2,000"
    )
    assert world.observe(NOW + 6 * HOUR) == 0
    world.keep([size(0, rows=100_000), size(-1, rows=101_000)])  # the rest came a day later
    world.observe(NOW + DAY)
    assert [each.status for each in world.incidents()] == [Status.RESOLVED]


def test_the_command_lists_tables_with_a_problem_first(
    sqlite_schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", str(sqlite_schema_store.engine.url))
    assert hinomi(["tables"]) == 0
    assert "No snapshots yet" in capsys.readouterr().out
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    shift = (today.date() - NOW.date()).days
    rows = [size(ago, f"{PROJECT}.mart.{name}") for name, last in (("a", 0), ("b", 3)) for ago in range(last, 29)]
    keep(
        sqlite_schema_store,
        [
            replace(each, day=each.day + shift * DAY, changed_at=each.changed_at + shift * DAY)
            for each in rows
            if each.changed_at
        ],
    )
    with sqlite_schema_store.transaction() as session:
        values = {"collector": "bigquery.tables", "scope": f"projects/{PROJECT}", "state": "done"}
        end = today + 5 * HOUR
        session.add(Snapshot(id=1, slot=end, window_end=end, started_at=end, **values))
    assert hinomi(["tables", "--json"]) == 0
    listed = [(each["table"], each["state"], each["missed"]) for each in json.loads(capsys.readouterr().out)]
    assert listed == [(f"{PROJECT}.mart.b", "stale", 3), (f"{PROJECT}.mart.a", "fresh", 0)]
    assert hinomi(["tables", "--stale"]) == 0
    shown = capsys.readouterr().out
    assert "mart.b" in shown
    assert "mart.a" not in shown
    assert hinomi(["tables", "nothing"]) == 0
    assert "No tables match 'nothing'" in capsys.readouterr().out


@pytest.mark.parametrize(("rows", "count"), [(4_000, 0), (12_000, 1), (200, 1)])
def test_days_with_two_updates_after_one_without_are_usual(rows: int, count: int) -> None:
    """The table is loaded around midnight."""
    days = [TableDay(date(2026, 11, 1) + timedelta(days=at), 100_000 + 2_000 * at + at % 7, None) for at in range(21)]
    after_a_gap = TableDay(days[-1].day + timedelta(days=2), int(days[-1].rows or 0) + rows, None)
    assert (unusual_volume([*days, after_a_gap]) is not None) == bool(count)


def test_false_alarms_about_volumes_are_rare() -> None:
    """Four hundred tables of four kinds have nine weeks without faults, then one update each that lost nine tenths of its rows."""
    random, false, found, tables = Random(1), 0, 0, 400
    for number in range(tables):
        growth, noise, weekend = random.choice((0, 1)), random.choice((0.02, 0.1, 0.2)), random.choice((1.0, 0.3))
        level, days = 100_000.0, []
        for ago in range(63, 0, -1):
            day = date(2026, 11, 23) - timedelta(days=ago)
            loaded = 2_000 * random.lognormvariate(0, noise) * (weekend if day.weekday() >= 5 else 1.0)
            level += loaded
            days.append(TableDay(day, int(level if growth else 20 * loaded), None))
        if number < 100:
            false += sum(unusual_volume(days[max(0, at - 35) : at]) is not None for at in range(28, 63))
        last, before = days[-1], days[-2]
        if growth:
            partial = int(before.rows or 0) + int(((last.rows or 0) - (before.rows or 0)) / 10)
        else:
            partial = int((last.rows or 0) / 10)
        found += unusual_volume([*days[-35:-1], replace(last, rows=partial)]) is not None
    assert false <= 5  # of 3,500 updates
    assert found >= 0.95 * tables


def say(world: World, verdict: FeedbackKind, now: datetime) -> None:
    """Gives feedback on the only incident, which resolves it."""
    with world.check.errors().transaction(now) as transaction:
        feedback.give(transaction, world.incidents()[0], verdict, by="alice", reason="", time=now)


def statuses(world: World) -> list[Status]:
    return [each.status for each in world.incidents()]


def test_a_table_that_is_not_maintained_any_more_is_told_in_one_click(world: World) -> None:
    world.keep(size(ago) for ago in range(1, 29))
    world.observe(NOW)
    say(world, FeedbackKind.EXPECTED, NOW)
    assert world.observe(NOW + HOUR) == 0
    assert world.observe(NOW + DAY) == 1  # the next missing update is another one
    say(world, FeedbackKind.NEVER, NOW + DAY)
    assert [world.observe(NOW + days * DAY) for days in (2, 3)] == [0, 0]


@pytest.mark.parametrize(
    ("verdict", "rows", "opens"),
    [
        (FeedbackKind.EXPECTED, 10, True),  # on the next day
        (FeedbackKind.NEW_NORMAL, 10, False),
        (FeedbackKind.NEW_NORMAL, 0, False),  # 500 rows are usual, so that half of 490 less than 10 is none
        (FeedbackKind.NEW_NORMAL, 90_000, True),
        (FeedbackKind.NEVER, 90_000, False),
    ],
)
def test_feedback_on_a_volume_is_about_its_day_or_its_later_volumes(
    world: World, verdict: FeedbackKind, rows: int, *, opens: bool
) -> None:
    world.keep(size(ago, rows=1_000 - (990 if ago == 1 else ago % 3)) for ago in range(1, 29))
    world.keep([size(0, rows=1_000)])
    world.keep([size(0, rows=10)])
    world.observe(NOW)
    say(world, verdict, NOW)
    assert world.observe(NOW + 6 * HOUR) == 0  # the same day
    world.keep([size(0, rows=rows), size(-1, rows=rows)])
    world.observe(NOW + DAY)
    assert statuses(world) == ([Status.OPEN] if opens else []) + [Status.RESOLVED]
