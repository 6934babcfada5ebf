"""Queries on jobs, compared with a naive evaluation of the same runs."""

from __future__ import annotations

import random
from datetime import timedelta
from statistics import median

import pytest

from db.schema_db.store import SchemaStore
from insights.jobs import trends
from insights.jobs.trends import Comparison, FailingJob, JobHistory, SlowJob
from shared.history import JobRunRow
from shared.model import JobState
from tests.support.runs import DAY, MINUTE, NOW, daily, keep, run

pytestmark = pytest.mark.sqlite

WEEK = Comparison(days=7)


def slow(store: SchemaStore, service: str = "") -> list[SlowJob]:
    with store.reading() as session:
        return trends.slow(session, WEEK, now=NOW, service=service)


def failing(store: SchemaStore, days: float = 7) -> list[FailingJob]:
    with store.reading() as session:
        return trends.failing(session, now=NOW, days=days)


def history(store: SchemaStore, name: str = "load") -> JobHistory:
    with store.reading() as session:
        return trends.history(session, name, now=NOW, days=7)


def test_a_job_that_takes_longer_than_it_used_to_is_slow(schema_store: SchemaStore) -> None:
    keep(schema_store, daily("load", [60, 62, 58, 61, 60] * 4, until=7) + daily("load", [300] * 7))
    (job,) = slow(schema_store)
    assert (job.job_name, job.runs, job.past_runs) == ("load", 7, 20)
    assert (job.median, job.p95, job.past_median, job.growth) == pytest.approx((300, 300, 60, 5), rel=1e-5)


@pytest.mark.parametrize(
    ("past", "recent", "reason"),
    [
        ([60, 300, 20, 200, 100] * 4, [210] * 7, "it always varied as much"),
        ([60] * 20, [68] * 7, "it grew by little"),
        ([0.5] * 20, [2] * 7, "the difference is a second or two"),
        ([60] * 4, [300] * 7, "its past is too short"),
        ([60] * 20, [300] * 2, "it ran twice only"),
        ([300] * 20, [60] * 7, "it became faster"),
    ],
)
def test_a_job_is_not_slow_when(schema_store: SchemaStore, past: list[float], recent: list[float], reason: str) -> None:
    keep(schema_store, daily("load", past, until=7) + daily("load", recent))
    assert (slow(schema_store), reason) == ([], reason)


def test_runs_that_failed_make_no_job_slow(schema_store: SchemaStore) -> None:
    keep(schema_store, daily("load", [60] * 20, until=7) + daily("load", [900] * 7, state=JobState.FAILED))
    assert slow(schema_store) == []


@pytest.mark.both_databases
def test_the_same_name_in_another_service_is_another_job(schema_store: SchemaStore) -> None:
    keep(schema_store, daily("load", [60] * 20, until=7) + daily("load", [300] * 7))
    keep(schema_store, daily("load", [60] * 27, service="airflow", project="main"))
    assert [job.service for job in slow(schema_store)] == ["bigquery"]
    assert slow(schema_store, "airflow") == []


def test_medians_and_percentiles_equal_a_plain_evaluation(schema_store: SchemaStore) -> None:
    chance = random.Random(7)
    past = {f"job-{n}": [chance.uniform(50, 60) for _ in range(chance.randint(5, 26))] for n in range(8)}
    recent = {name: [chance.uniform(200, 400) for _ in range(chance.randint(3, 7))] for name in past}
    rows: list[JobRunRow] = []
    for name, values in past.items():
        rows += daily(name, values, until=7.5) + daily(name, recent[name])
    keep(schema_store, rows)
    found = {job.job_name: job for job in slow(schema_store)}
    assert found.keys() == past.keys()
    for name, job in found.items():
        middle = median(past[name])
        scale = max(1.4826 * median([abs(value - middle) for value in past[name]]), 0.05 * middle, 1)
        assert job.median == pytest.approx(median(recent[name]), abs=1e-3)
        assert job.p95 == pytest.approx(percentile(recent[name]), abs=1e-3)
        assert job.score == pytest.approx((median(recent[name]) - middle) / scale, rel=1e-3)


def percentile(values: list[float]) -> float:
    """The smallest value that 95 % of the values do not exceed."""
    return min(value for value in values if sum(other <= value for other in values) * 100 >= len(values) * 95)


def test_a_streak_counts_since_the_last_success(schema_store: SchemaStore) -> None:
    states = [JobState.FAILED, JobState.SUCCEEDED, JobState.FAILED, JobState.FAILED]
    keep(schema_store, [run(ago=DAY * (4 - n), state=state, error=f"e{n}") for n, state in enumerate(states)])
    (job,) = failing(schema_store)
    assert (job.runs, job.failed, job.rate, job.streak, job.error) == (4, 3, 0.75, 2, "e3")
    assert (job.failed_at, job.succeeded_at) == (NOW - DAY + MINUTE, NOW - 3 * DAY + MINUTE)


def test_failing_jobs_come_before_jobs_with_more_failures(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("now", ago=DAY, state=JobState.FAILED)])
    keep(schema_store, [run("well", ago=DAY * n, state=JobState.FAILED) for n in (3, 4, 5)] + [run("well", ago=DAY)])
    assert [(job.job_name, job.streak) for job in failing(schema_store)] == [("now", 1), ("well", 0)]


def test_jobs_that_did_not_fail_are_not_listed(schema_store: SchemaStore) -> None:
    keep(schema_store, [run(), run("gone", ago=9 * DAY, state=JobState.FAILED), run("off", state=JobState.CANCELLED)])
    assert failing(schema_store) == []


@pytest.mark.both_databases
def test_a_job_over_time_has_its_days_and_its_latest_runs(schema_store: SchemaStore) -> None:
    waited = run(ago=2 * DAY, seconds=90, created_at=NOW - 2 * DAY - MINUTE, slot_ms=3_600_000, bytes_billed=5)
    failed = run(ago=2 * DAY - timedelta(hours=1), state=JobState.FAILED, error="no")
    keep(schema_store, [waited, failed, run(ago=DAY), run("other")])
    found = history(schema_store)
    assert [(str(day.day), day.runs, day.failed) for day in found.days] == [("2026-11-21", 2, 1), ("2026-11-22", 1, 0)]
    assert found.days[0].median_seconds == pytest.approx(90, abs=1e-3)
    assert (found.days[0].slot_hours, found.days[0].bytes_billed) == (1.0, 5)
    assert [one.state for one in found.runs] == ["succeeded", "failed", "succeeded"]
    assert found.runs[2].queue_seconds == pytest.approx(60, abs=1e-3)


@pytest.mark.both_databases
def test_an_unknown_job_has_no_history(schema_store: SchemaStore) -> None:
    assert history(schema_store, "nothing") == JobHistory([], [])
