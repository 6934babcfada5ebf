"""The ninety days before the demo contain what the pages show: faults of every kind, a rhythm, and one expensive day."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache

import pytest

from demo.entries import PROJECT
from demo.kept_platform import PLATFORM
from demo.ninety_days import access
from demo.ninety_days.jobs import EXPENSIVE, runs
from demo.ninety_days.metrics import METRICS
from demo.ninety_days.tables import NEW_COLUMN, sizes
from demo.ninety_days.times import DAYS, business
from insights.access import platform_file
from shared.history import JobRunRow
from shared.model import JobState
from tests.support import shipped_rules

NOW = datetime.fromisoformat("2026-11-27T12:15:40+00:00")  # a Friday
DAY = timedelta(days=1)


@cache
def jobs() -> dict[str, list[JobRunRow]]:
    """The runs by the name of their job."""
    found: defaultdict[str, list[JobRunRow]] = defaultdict(list)
    for run in runs(NOW):
        found[run.job_name].append(run)
    return found


def seconds(run: JobRunRow) -> float:
    assert run.start_at is not None
    assert run.end_at is not None
    return (run.end_at - run.start_at).total_seconds()


def test_every_run_is_in_the_ninety_days_and_has_an_id_of_its_own() -> None:
    every = [run for group in jobs().values() for run in group]
    ids = Counter((run.service, run.project, run.run_id) for run in every)

    assert max(ids.values()) == 1
    assert all(run.start_at and run.start_at > NOW - (DAYS + 1) * DAY and seconds(run) > 0 for run in every)
    assert max(run.end_at for run in every if run.end_at) <= NOW
    assert {run.service for run in every} == {"airflow", "bigquery", "vertex_ai", "dataflow"}


def test_one_job_became_slower_one_fails_and_is_repeated_one_flaps_and_one_is_new() -> None:
    slow = jobs()["airflow:build_sessions.merge"]
    repaired = jobs()["airflow:export_partners.extract"]
    flapping = jobs()["airflow:sync_crm.pull"]

    assert min(map(seconds, slow[-3:])) > 1.8 * max(map(seconds, slow[:-5]))
    failed = [place for place, run in enumerate(repaired) if run.state is JobState.FAILED]
    assert len(failed) > 4
    assert all(repaired[place + 1].state is JobState.SUCCEEDED for place in failed)
    assert 20 < sum(run.state is JobState.FAILED for run in flapping[-120:]) < 60
    assert len(jobs()["europe-west1/pipeline:churn-scoring"]) < 5


def test_one_day_cost_several_times_as_much_as_any_other() -> None:
    billed: Counter[date] = Counter()
    for run in (run for group in jobs().values() for run in group if run.start_at):
        billed[run.start_at.date()] += run.bytes_billed  # type: ignore[union-attr]
    (day, most), (_, next_most) = billed.most_common(2)

    assert most > 3 * next_most
    assert NOW.date() - day >= EXPENSIVE * DAY
    assert billed[date(2026, 11, 8)] < billed[date(2026, 11, 10)] / 2  # a Sunday, and the Tuesday after it


def test_a_table_got_a_column_once() -> None:
    schemas: defaultdict[str, set[str]] = defaultdict(set)
    days: defaultdict[str, set[date]] = defaultdict(set)
    for row in sizes(NOW):
        days[row.resource].add(row.day)
        schemas[row.resource].add(row.schema_key)

    assert {len(found) for found in days.values()} == {DAYS + 1}
    changed = {resource for resource, keys in schemas.items() if len(keys) == 2}
    assert changed == {"example-project.raw.orders", "example-project.staging.orders"}
    assert NEW_COLUMN < DAYS


def test_every_metric_is_one_that_is_collected() -> None:
    known = {
        (spec["service"], each["metric"], each["aligner"], each["unit"], each["resource"])
        for spec in shipped_rules.compiled()["history"]
        for each in spec["metrics"]
    }

    assert {(each.service, each.metric, each.aligner, each.unit, each.resource) for each in METRICS} <= known
    assert business(NOW.replace(day=28, hour=13)) < business(NOW.replace(hour=13, minute=0)) == 1


@pytest.mark.parametrize(("ago", "exists"), [(31, False), (30, True), (24, True), (23, False), (0, False)])
def test_the_unintended_grant_was_there_for_a_week(ago: int, exists: bool) -> None:  # noqa: FBT001
    policy = access.policy_of(f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/finance", ago)

    assert (access.DAVE in {entry.member for entry in policy}) is exists


def test_the_platform_map_is_valid_and_names_what_jobs_write() -> None:
    platform_map = platform_file.read(PLATFORM)
    named = {name for layer in platform_map.layers for name in layer.patterns.get("datasets", ())}
    written = {run.destination.rpartition(".")[0] for group in jobs().values() for run in group}

    assert written - {""} <= named
