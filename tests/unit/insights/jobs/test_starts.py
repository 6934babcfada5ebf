"""The starts of runs, from which habits are learned, are the same on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.schema_db.store import SchemaStore
from insights.jobs.starts import MONTHS, frequent_starts, starts_of_jobs
from tests.support.runs import DAY, NOW, keep, run

MONTHLY = [number * 30 * DAY for number in range(1, 6)]


def starts(store: SchemaStore, **options: object) -> dict[str, list[timedelta]]:
    """How long ago the runs of each job started."""
    with store.reading() as session:
        found = starts_of_jobs(session, NOW, **options)  # type: ignore[arg-type]
    return {name: [NOW - start for start in times] for (_, _, name), times in found.items()}


@pytest.mark.sqlite
def test_of_frequent_jobs_one_start_an_hour_of_the_last_weeks_counts(schema_store: SchemaStore) -> None:
    often = [run("often", ago=DAY + minutes * timedelta(minutes=10)) for minutes in range(12)]
    keep(schema_store, [*often, run("often", ago=40 * DAY), run("often", ago=-DAY)])
    minute = timedelta(minutes=1)
    assert starts(schema_store) == {"often": [DAY + 70 * minute, DAY + 10 * minute, DAY]}


@pytest.mark.sqlite
def test_every_start_of_an_hourly_job_around_the_full_hour_counts(schema_store: SchemaStore) -> None:
    minute = timedelta(minutes=1)
    ago = [back * timedelta(hours=1) + (-minute, minute)[back % 2] for back in range(30, 0, -1)]
    keep(schema_store, [run("hourly", ago=each) for each in ago])
    assert starts(schema_store) == {"hourly": ago}


@pytest.mark.sqlite
def test_a_retry_of_a_daily_job_in_the_same_hour_is_its_start(schema_store: SchemaStore) -> None:
    minute = timedelta(minutes=1)
    keep(schema_store, [run("daily", ago=day * DAY + more * minute) for day in range(1, 6) for more in (30, 10)])
    assert starts(schema_store) == {"daily": [day * DAY + 10 * minute for day in range(5, 0, -1)]}


@pytest.mark.sqlite
def test_of_monthly_jobs_those_of_half_a_year_count(schema_store: SchemaStore) -> None:
    keep(schema_store, [*(run("monthly", ago=ago) for ago in (*MONTHLY, MONTHS + DAY)), run("new", ago=2 * DAY)])
    assert starts(schema_store) == {"monthly": MONTHLY[::-1], "new": [2 * DAY]}


@pytest.mark.sqlite
def test_parts_and_queries_of_accounts_do_not_count(schema_store: SchemaStore) -> None:
    ignored = [
        run("part", ago=DAY, parent="whole"),
        run("a@example.com", ago=DAY),
        run("other", ago=DAY, service="compute"),
    ]
    keep(schema_store, [*ignored, run("own", ago=DAY)])
    assert starts(schema_store) == {"own": [DAY]}


def test_the_jobs_of_one_service(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("one", ago=DAY, service="airflow"), run("two", ago=DAY), run("month", ago=90 * DAY)])
    assert starts(schema_store, service="airflow") == {"one": [DAY]}


def test_a_job_that_began_lately_is_no_monthly_one(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("young", ago=ago * DAY) for ago in (36, 38)])
    assert starts(schema_store) == {}


@pytest.mark.sqlite
def test_every_start_of_two_days_is_read_of_jobs_that_run_several_times_an_hour(schema_store: SchemaStore) -> None:
    hour = timedelta(hours=1)
    often = [run("often", ago=back * hour / 4) for back in range(1, 240)]
    hourly = [run("hourly", ago=back * hour) for back in range(1, 60)]
    by_day = [run("by day", ago=DAY + back * hour / 4) for back in range(12)]
    keep(schema_store, [*often, *hourly, *by_day])
    with schema_store.reading() as session:
        found = frequent_starts(session, NOW)
    assert {name: [NOW - start for start in times] for (_, _, name), times in found.items()} == {
        "often": [back * hour / 4 for back in range(192, 0, -1)]
    }
