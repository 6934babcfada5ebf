"""rules/expectations.yaml: errors name line and field; declared expectations override learned ones."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.history_analysis.late_jobs.check import LateJobCheck
from db.error_db.store import ErrorStore
from db.schema_db.models import JobSchedule
from db.schema_db.store import SchemaStore
from insights.jobs.cadence import learn
from insights.jobs.deadlines.declared import is_met
from insights.jobs.declared.schedules import compared_schedules
from insights.jobs.expectations import (
    DeclaredDeadline,
    JobExpectation,
    declared_expectations,
    expectation_text,
    with_days_off,
)
from insights.jobs.expectations_file import compile_expectations
from shared.calendar.deadlines import parse_deadline
from shared.config import Settings
from shared.errors import InputError
from tests.integration.collectors.history.test_late_jobs import HOUR, World, at_three, habit
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, keep

pytestmark = pytest.mark.sqlite
TODAY = NOW.date()
TOKYO = ZoneInfo("Asia/Tokyo")


def compiled(folder: Path, text: str) -> tuple[dict[str, Any], list[str]]:
    (folder / "expectations.yaml").write_text(text, encoding="utf-8")
    errors: list[InputError] = []
    made = compile_expectations(folder, errors, TODAY)
    return made, [f"{error.line}: {error.message}" for error in errors]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("expectations:\n  - job: a\n", "2: .*needs 'every', 'finish_by' or both"),
        ("expectations:\n  - job: a\n    every: soon\n", "3: .*every.*invalid duration 'soon'"),
        ("expectations:\n  - job: a\n    finish_by: 6 o'clock\n", "3: .*finish_by.*invalid time"),
        ("expectations:\n  - job: a\n    finish_by: 06:00 Asia/Osaka\n", "3: .*unknown time zone 'Asia/Osaka'"),
        ("expectations:\n  - job: a\n    every: 1h\n    days: [monday]\n", "4: .*days.*monday"),
        (
            "expectations:\n  - job: a\n    finish_by:\n    - 06:00\n    - 9 o'clock\n",
            "3: .*finish_by.*invalid time '9 o'clock'",
        ),
        ("expectations:\n  - job: a\n    finish_by:\n    - {time: 6, days: mon}\n", "4: .*time.*text"),
        ("expectations:\n  - job: a\n    finish_by:\n    - time: 06:00\n      days: monday\n", "5: .*days.*monday"),
        ("expectations:\n  - {job: a, finish_by: [{days: mon}]}\n", "2: .*time"),
        ("expectations:\n  - {job: a, finish_by: []}\n", "2: .*finish_by"),
        ("half_days: [sat, friday]\n", "1: .*a date or mon to sun"),
        ("half_days: [2026-02-30 12:00]\n", "1: .*2026-02-30"),
        ("half_days: [sat, JP]\n", "1: .*no half holidays are known for 'JP'"),
        ("half_days: [ZZ]\n", "1: .*no holidays are known for 'ZZ'"),
        ("half_days: [sat, sat 13:00]\n", "1: .*sat is listed twice as a half day"),
        ("expectations:\n  - {job: a, every: 1h, days: month_end}\n", "2: 'month_end' goes with 'finish_by'"),
        ("expectations:\n  - job: a\n    evry: 1h\n", "3: .*evry"),
        ("expectations:\n  - {job: a, every: 1h, ignore: true}\n", "2: .*'ignore: true' alone"),
        ("holidays: [2026-02-30]\n", "1: .*2026-02-30"),
        ("holidays: [Japan]\n", "1: .*a country such as JP"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(tmp_path: Path, text: str, error: str) -> None:
    made, errors = compiled(tmp_path, text)
    (found,) = errors
    assert re.match(error, found, re.DOTALL), found
    assert made.get("jobs", []) == [] or "holidays" in text


def test_holidays_of_countries_become_dates(tmp_path: Path) -> None:
    pytest.importorskip("holidays", reason="the calendars of countries need the package holidays")
    made, errors = compiled(
        tmp_path, "holidays: [JP, 2026-12-29]\nexpectations: [{job: x, every: 1d, holidays: DE-BY}]\n"
    )
    assert errors == []
    assert {"2026-11-03", "2027-01-01", "2026-12-29"} <= set(made["holidays"])
    assert "2026-11-24" not in made["holidays"]
    assert "2026-01-06" in made["jobs"][0]["holidays"]
    _, errors = compiled(tmp_path, "\nholidays: [JP, XX]\n")
    assert errors == ["2: no holidays are known for 'XX': use a country such as JP or DE, or a region such as DE-BY"]


def test_the_first_entry_that_matches_counts(tmp_path: Path) -> None:
    text = """
expectations:
  - {job: load_sales, project: other, ignore: true}
  - {job: 'load_*', service: [bigquery, airflow], every: 2h, grace: 5m}
  - {job: '*', finish_by: 06:00}
"""
    expected, _ = declared_expectations(compiled(tmp_path, text)[0])
    found = expected(("bigquery", PROJECT, "load_sales"))
    assert (found and found.every, found and found.grace) == (2 * HOUR, 5 * MINUTE)
    ignored, other = expected(("bigquery", "other", "load_sales")), expected(("dataflow", "p", "load_sales"))
    assert ignored
    assert ignored.ignored
    assert other
    assert [each.at for each in other.finish_by] == [parse_deadline("06:00")]


def test_deadlines_keep_the_clock_of_their_zone_and_leave_out_days_off() -> None:
    expected = JobExpectation(
        finish_by=[DeclaredDeadline(parse_deadline("06:00 Europe/Berlin"), frozenset(range(5)))],
        is_off=lambda day: day.day == 27,
    )
    since = datetime(2026, 10, 22, tzinfo=UTC)  # Thursday; clocks change on Sunday
    found = [each.astimezone(UTC) for each in expected.deadlines(since, since + timedelta(days=7), UTC)]
    assert [f"{each:%d %H}" for each in found] == ["22 04", "23 04", "26 05", "28 05"]


def test_deadlines_of_month_ends_know_leap_years_and_holidays(tmp_path: Path) -> None:
    entry = "{job: close, finish_by: '06:00 Asia/Tokyo', days: [month_end, wed], holidays: 2028-03-31}"
    expected, _ = declared_expectations(compiled(tmp_path, f"expectations: [{entry}]")[0])
    close = expected(("airflow", "a", "close"))
    assert close is not None
    since = datetime(2028, 2, 24, tzinfo=UTC)
    found = close.deadlines(since, since + timedelta(days=38), UTC)
    assert [f"{each.astimezone(UTC):%m-%d %H}" for each in found] == [
        "02-28 21", "02-29 21", "03-07 21", "03-14 21", "03-21 21", "03-28 21",
    ]  # fmt: skip


def deadlines(folder: Path, entry: str, since: str, days: int, top: str = "") -> list[str]:
    """The deadlines of a job from a day on, in Tokyo time."""
    made, errors = compiled(folder, f"{top}expectations:\n- {{job: close, {entry}}}\n")
    assert errors == []
    expected = declared_expectations(made)[0](("airflow", "a", "close"))
    assert expected is not None
    begin = datetime.fromisoformat(since).replace(tzinfo=TOKYO)
    return [f"{each.astimezone(TOKYO):%a %d %H:%M}" for each in expected.deadlines(begin, begin + days * DAY, TOKYO)]


def test_several_deadlines_count_on_their_days(tmp_path: Path) -> None:
    month_end = "finish_by: [06:00, {time: '09:00 Asia/Tokyo', days: month_end}], days: weekdays"
    assert deadlines(tmp_path, month_end, "2026-11-26", 6) == [
        "Thu 26 06:00", "Fri 27 06:00", "Mon 30 09:00", "Tue 01 06:00",
    ]  # fmt: skip
    assert deadlines(tmp_path, month_end, "2026-10-30", 3) == ["Fri 30 06:00", "Sat 31 09:00"]
    twice = "finish_by: [{time: '18:00', days: weekdays}, {time: '06:00', days: daily}]"
    assert deadlines(tmp_path, twice, "2026-11-27", 2) == ["Fri 27 06:00", "Fri 27 18:00", "Sat 28 06:00"]
    by_week = "finish_by: [06:00, {time: '08:00', days: [mon, sat]}]"
    assert deadlines(tmp_path, by_week, "2026-11-28", 3) == ["Sat 28 08:00", "Sun 29 06:00", "Mon 30 08:00"]


@pytest.mark.parametrize(
    ("entry", "english", "japanese"),
    [
        (
            "finish_by: 06:00, days: [mon, tue]",
            "a success by 06:00 (Mondays, Tuesdays)",
            "成功の期限 06:00 (月曜、火曜)",
        ),
        (
            "finish_by: [06:00 Asia/Tokyo, {time: 09:00, days: month_end}], every: 1d",
            "a start every 1 d, a success by 06:00 Asia/Tokyo (other days), 09:00 (month end)",
            "1 日ごとに開始、成功の期限 06:00 Asia/Tokyo (その他の日)、09:00 (月末)",
        ),
        ("finish_by: 06:00, days: weekdays", "a success by 06:00 (weekdays)", "成功の期限 06:00 (平日)"),
        ("ignore: true", "never late", "遅延の判定対象外"),
    ],
)
def test_an_expectation_is_said_in_one_line(tmp_path: Path, entry: str, english: str, japanese: str) -> None:
    made, _ = compiled(tmp_path, f"expectations:\n- {{job: close, {entry}}}\n")
    expected = declared_expectations(made)[0](("airflow", "a", "close"))
    assert expected is not None
    found = expectation_text(expected)
    assert found.en == f"Expected by rules/expectations.yaml: {english}"
    assert found.ja == f"rules/expectations.yaml の宣言: {japanese}"


def test_nothing_is_expected_after_the_end_of_a_half_day(tmp_path: Path) -> None:
    entry = (
        "finish_by: [{time: '06:00', days: daily}, {time: '18:00', days: daily}], half_days: [sat, 2026-11-30 19:00]"
    )
    assert deadlines(tmp_path, entry, "2026-11-28", 3) == [
        "Sat 28 06:00", "Sun 29 06:00", "Sun 29 18:00", "Mon 30 06:00", "Mon 30 18:00",
    ]  # fmt: skip


def test_the_half_holidays_of_a_country_end_at_noon_or_as_listed(tmp_path: Path) -> None:
    """In Greece, 24 and 31 December are half holidays."""
    made, errors = compiled(tmp_path, "half_days: [GR, 2026-12-31 15:00]\n")
    assert errors == []
    known = {day: end for day, end in made["half_days"].items() if day.startswith("2026")}
    assert known == {"2026-12-24": "12:00", "2026-12-31": "15:00"}
    made, _ = compiled(tmp_path, "half_days: [GR 13:00]\n")
    assert made["half_days"]["2027-12-24"] == "13:00"


def test_a_job_of_working_days_is_not_expected_in_the_afternoon_of_a_half_day(tmp_path: Path) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    working = [day for back in range(35, 0, -1) if (day := monday - back * DAY).weekday() < 5]
    for half_days, expected in (("2026-11-23", [9]), ("mon 15:30", [9, 15]), ("2026-11-24", [9, 15, 21])):
        made, errors = compiled(tmp_path, f"half_days: [{half_days}]\n")
        assert errors == []
        _, is_off = declared_expectations(made)
        starts = [day.replace(hour=hour) for day in working for hour in (9, 15, 21)]
        cadence = learn(starts, lambda time: time)
        assert cadence is not None
        due = with_days_off(cadence, is_off).due_after(starts[-1], monday + DAY)
        assert [run.due_at.hour for run in due] == expected


def ends(*texts: str) -> list[datetime]:
    return [datetime.fromisoformat(text).replace(tzinfo=TOKYO) for text in texts]


def test_a_deadline_is_met_by_a_run_after_the_one_before() -> None:
    month_end = DeclaredDeadline(parse_deadline("09:00"), frozenset(), month_end=True)
    expected = JobExpectation(finish_by=[DeclaredDeadline(parse_deadline("06:00"), is_default=True), month_end])
    (first,) = ends("2026-12-01T06:00")
    assert not is_met(expected, first, ends("2026-11-30T08:30"), TOKYO)  # the run of the month end, in time
    assert not is_met(expected, first, ends("2026-11-29T05:00", "2026-11-30T10:00"), TOKYO)  # the same, late
    assert is_met(expected, first, ends("2026-11-30T10:00", "2026-12-01T05:00"), TOKYO)
    twice = JobExpectation(finish_by=[DeclaredDeadline(parse_deadline(each)) for each in ("06:00", "18:00")])
    (evening,) = ends("2026-12-01T18:00")
    assert not is_met(twice, evening, ends("2026-11-30T17:00", "2026-12-01T05:00"), TOKYO)
    assert not is_met(twice, evening, ends("2026-11-30T17:00", "2026-12-01T07:00"), TOKYO)
    assert is_met(twice, evening, ends("2026-12-01T05:00", "2026-12-01T17:00"), TOKYO)


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(LateJobCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))


def with_file(world: World, folder: Path, text: str) -> World:
    made, errors = compiled(folder, text)
    assert errors == []
    world.check = replace(world.check, expectations=made)
    return world


@pytest.mark.parametrize(
    ("text", "late"),
    [
        ("expectations: []", True),
        ("expectations: [{job: load_sales, every: 1w}]", False),
        ("expectations: [{job: load_sales, ignore: true}]", False),
        ("expectations: [{job: load_sales, finish_by: '08:00'}]", False),
        ("expectations: [{job: load_sales, finish_by: '06:10'}]", True),  # it takes 20 minutes
        ("expectations: [{job: load_sales, finish_by: '06:10', grace: 30m}]", False),
    ],
)
def test_the_file_overrides_the_habit(world: World, tmp_path: Path, text: str, late: bool) -> None:  # noqa: FBT001
    """A daily job that has not started at 06:00 is three hours late."""
    world.keep(habit())
    assert with_file(world, tmp_path, text).observe(NOW) == late


def test_the_incident_of_the_only_job_ends_with_its_expectation(world: World, tmp_path: Path) -> None:
    world.keep(habit()[:2])  # too few to expect it
    with_file(world, tmp_path, "expectations: [{job: load_sales, finish_by: '05:00'}]").observe(NOW)
    assert len(world.incidents()) == 1
    assert with_file(world, tmp_path, "expectations: []").observe(NOW + HOUR) == 1
    assert world.incidents() == []


def test_a_job_of_working_days_is_not_late_on_a_holiday(world: World, tmp_path: Path) -> None:
    daily, working = habit("daily"), [row for row in habit() if row.start_at and row.start_at.weekday() < 5]
    world.keep([*daily, *working])
    assert date(2026, 11, 23).weekday() == 0
    with_file(world, tmp_path, "holidays: [2026-11-23]")
    world.observe(NOW)
    assert [incident.resource for incident in world.incidents()] == ["daily"]
    world.keep([at_three(0, "daily"), at_three(-1, "daily")])
    world.observe(NOW + DAY)
    assert [incident.resource for incident in world.incidents()] == ["load_sales"]


def test_a_declared_schedule_is_compared_with_the_runs(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, [*habit(), *habit("other")])
    with sqlite_schema_store.transaction() as session:
        for name, seconds in (("load_sales", 3600), ("other", 86_400)):
            values = {"service": "bigquery", "project": PROJECT, "location": "us", "job_name": name}
            session.add(JobSchedule(**values, schedule="x", interval_seconds=seconds, seen_at=NOW))
    with sqlite_schema_store.reading() as session:
        (hourly,), (daily,) = (compared_schedules(session, name, NOW) for name in ("load_sales", "other"))
    assert (hourly.differs, hourly.declared, hourly.learned) == (True, HOUR, DAY)
    assert not daily.differs


def test_a_weekly_job_is_expected_on_a_holiday_and_a_job_of_working_days_is_not() -> None:
    monday = datetime(2026, 11, 23, 3, tzinfo=UTC)
    weekly = [monday - back * 7 * DAY for back in range(5, 0, -1)]
    working = [day for back in range(35, 0, -1) if (day := monday - back * DAY).weekday() < 5]
    for starts, expected in ((weekly, 1), (working, 0)):
        cadence = learn(starts, lambda time: time)
        assert cadence is not None
        cadence = with_days_off(cadence, lambda day: (day.month, day.day) == (monday.month, monday.day))
        assert len(list(cadence.due_after(starts[-1], monday + HOUR))) == expected
