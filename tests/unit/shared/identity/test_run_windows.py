"""Dates of runs: the dates in a name, and which run repeats the data of another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.identity.run_windows import dates_in_name, interval_between, names_dates, repairs

MD5 = "8f14e45fceea467f95756c1ed5f0a1b2"


@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("orders-20261125", "2026-11-25"),
        ("orders20261125", "2026-11-25"),
        ("orders-2026-11-25-1", "2026-11-25"),
        ("orders-20261125-030000", "2026-11-25T03:00Z"),
        ("orders-20261125t033000z", "2026-11-25T03:30Z"),
        ("orders-2026112503", "2026-11-25T03:00Z"),
        (f"airflow_load_merge_2026_11_25T03_00_00_00_00_{MD5}", "2026-11-25T03:00Z"),
        ("sales-2026-11", "2026-11"),
        ("sales-202611", "2026-11"),
        ('["--from=2026-11-24", "--to=2026-11-25"]', "2026-11-24/2026-11-25"),
        ("gs://exports/2026/11/25/orders", "2026-11-25"),
        ("orders-2026-w48", "2026-11-23/2026-11-29"),
        ("close_2026q3", "2026-07/2026-09"),
        ("orders-25-11-2026", "2026-11-25"),
        ("load-q1-2026", ""),
        ("orders-261125", "2026-11-25"),
        ("orders-2026329", "2026-11-25"),
        ("orders-2026399", ""),
        ("orders-221105", ""),
        ("orders-20261125-030412", ""),
        ("pipeline-20261125031244", ""),
        ("beamapp-root-1127030000-123456-abcdefgh", ""),
        ("orders-1764212400", ""),
        ("8f14e45f-2026-1125-9575-6c1ed5f0a1b2", ""),
        ("orders-v2", ""),
    ],
)
def test_the_dates_in_a_name(name: str, dates: str) -> None:
    assert dates_in_name(name) == dates


@pytest.mark.parametrize(
    ("good", "day", "failed", "repaired"),
    [
        ("2026-11-25", 26, "2026-11-25", True),
        ("2026-11-26", 26, "2026-11-25", False),
        ("2026-11", 30, "2026-11-25", True),
        ("2026-11-25", 30, "2026-11", False),
        ("20261125", 26, "2026112503", True),
        ("2026-11-25T03", 26, "2026-11-25T04", False),
        ("scheduled__2026-11-25T03:00:00+00:00", 26, "2026-11-25T03:00Z", True),
        ("2026-11-19/2026-11-26", 26, "2026-11-18/2026-11-25", True),
        ("2026-11-19/2026-11-27", 26, "2026-11-18/2026-11-25", False),
        ("2026-11-19/", 26, "2026-11-18/", True),
        ("2026-11-25/", 26, "2026-11-24/", False),
        ("2027-01-01/", 26, "2026-11-24/", False),
        ("/2026-11-26", 26, "/2026-11-25", True),
        ("/2026-11-24", 26, "/2026-11-25", False),
        ("2026-11-19/2026-11-26", 26, "/2026-11-25", False),
        ("", 26, "2026-11-25", True),
        ("2026-11-25", 26, "", True),
        ("42", 26, "43", False),
        ("2026-02-30", 26, "2026-02-28", False),
        ("9999-12-31", 26, "9999-12-30", False),
    ],
)
def test_a_run_repairs_the_dates_that_it_covers(good: str, day: int, failed: str, *, repaired: bool) -> None:
    time, failed_at = (datetime(2026, 11, each, 5, tzinfo=UTC) for each in (day, 25))
    assert repairs(good, time, failed, failed_at) is repaired


def test_only_runs_that_are_named_by_dates_exclude_each_other() -> None:
    assert names_dates("20261125", "2026-11-24/2026-11-25")
    assert names_dates("20261125", "2090-01-01/")  # whatever the date is, so that the order of events decides alone
    assert not names_dates("20261125", "scheduled__2026-11-25T03:00:00+00:00")
    assert not names_dates("20261125", "")


@pytest.mark.parametrize(
    ("run", "days"),
    [
        ("2026-11", 31),
        ("202602", 31),
        ("2026", 365),
        ("2026-07/2026-09", 92),
        ("2026-11-01/2026-11-30", 31),
        ("2026-11-16/2026-11-22", 7),
        ("2026-11-24", 1),
        ("2026-11-24T03", 1),
        ("2026-11-30", None),
        ("2026-11-01T00", None),
        ("2025-11-25/2026-11-24", None),
        ("2026-10-25/", None),
        ("/2026-11-24", None),
        ("scheduled__2026-10-25T03:00:00+00:00", 31),
        ("scheduled__2026-11-25T02:55:00+00:00", None),
        ("scheduled__2020-01-01T03:00:00+00:00", None),
        ("manual__2026-10-25T03:00:00+00:00", None),
        ("4321", None),
        ("x", None),
        ("", None),
    ],
)
def test_the_window_of_a_run_shows_how_often_its_job_runs(run: str, days: int | None) -> None:
    failed_at = datetime(2026, 11, 25, 3, tzinfo=UTC)
    assert interval_between(run, failed_at) == (None if days is None else timedelta(days=days))
