"""Missing runs: failed runs that were never repaired, and runs that never started."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from insights.jobs.gaps import JobGap, never_started, unrepaired
from shared.model import IncidentKind
from shared.records import IncidentView
from tests.support.incidents import incident
from tests.support.runs import DAY, NOW, keep, run

pytestmark = pytest.mark.sqlite

HOUR = timedelta(hours=1)
RUN = "scheduled__2026-11-23T03:00:00+00:00"
LABELS = {"dag_id": "load_mart", "task_id": "merge", "environment": "prod", "location": "europe-west1"}


def failed(*runs: str, labels: dict[str, str] | None = None) -> IncidentView:
    return incident(
        kind=IncidentKind.JOB_FAILURE,
        service="composer",
        labels=LABELS if labels is None else labels,
        unrepaired_runs=runs,
        later_success_at=NOW,
    )


def missing(store: SchemaStore, days: float = 7, service: str = "") -> list[datetime]:
    with store.reading() as session:
        return [gap.since for gap in never_started(session, NOW, days=days, service=service)]


def test_a_failed_run_comes_with_the_command_that_runs_it_again() -> None:
    (gap,) = unrepaired([failed(RUN)])
    assert (gap.state, gap.job, gap.run, gap.incident, gap.later_success_at) == (
        "failed",
        "load_mart.merge",
        RUN,
        42,
        NOW,
    )
    assert gap.command == (
        "gcloud composer environments run prod --project example-project --location europe-west1 tasks clear -- "
        "load_mart --task-regex '^merge$' --start-date 2026-11-23T03:00:00+00:00 --end-date 2026-11-23T03:00:00+00:00 --yes"
    )


@pytest.mark.parametrize(
    ("labels", "run_id", "command"),
    [
        ({"dag": "load_mart", "task": "merge"}, RUN, "airflow tasks clear load_mart --task-regex '^merge$'"),
        ({"dag_id": "load_mart"}, RUN, "airflow tasks clear load_mart --only-failed"),
        (LABELS, "manual_by_hand", ""),
        ({}, RUN, ""),
    ],
)
def test_the_command_says_no_more_than_is_known(labels: dict[str, str], run_id: str, command: str) -> None:
    (gap,) = unrepaired([failed(run_id, labels=labels)])
    assert gap.command.startswith(command)
    assert bool(gap.command) == bool(command)


def test_only_jobs_of_the_service_are_listed() -> None:
    assert len(unrepaired([failed(RUN)], "composer")) == len(unrepaired([failed(RUN)], "airflow")) == 1
    assert unrepaired([failed(RUN)], "dataflow") == []
    assert unrepaired([incident(unrepaired_runs=(RUN,))]) == []


@pytest.mark.parametrize(("interval", "least"), [(HOUR, 30), (DAY, 12), (7 * DAY, 6), (30 * DAY, 5)])
def test_a_run_that_did_not_come_between_others_is_missing(
    schema_store: SchemaStore, interval: timedelta, least: int
) -> None:
    numbers = [number for number in range(1, least + 2) if number != 2]
    keep(schema_store, [run("load", ago=number * interval - interval / 2) for number in numbers])
    assert missing(schema_store, days=90) == [NOW - interval * 3 / 2]


@pytest.mark.both_databases
def test_the_latest_run_is_missing_once_it_is_late(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("load", ago=DAY * number + HOUR * 13) for number in range(1, 8)])
    assert missing(schema_store) == [NOW - HOUR * 13]
    assert missing(schema_store, service="airflow") == []


def test_a_run_that_its_collector_has_not_read_yet_is_not_missing(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("load", ago=DAY * number + HOUR * 13) for number in range(1, 8)])
    read = Snapshot(
        collector="bigquery.jobs", scope="projects/example-project", slot=NOW, window_end=NOW - DAY, state="done",
        started_at=NOW,
    )  # fmt: skip
    with schema_store.transaction() as session:
        session.add(read)
    assert missing(schema_store) == []


def test_a_job_of_working_days_is_not_missing_at_the_weekend(schema_store: SchemaStore) -> None:
    days = [number for number in range(28) if (NOW - DAY * number).weekday() < 5]
    keep(schema_store, [run("load", ago=DAY * number + HOUR) for number in days])
    assert missing(schema_store, days=28) == []


def test_runs_by_hand_are_never_due(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("adhoc", ago=DAY * number) for number in (1, 1.2, 4, 9, 9.5, 17, 20)])
    assert missing(schema_store, days=28) == []


@pytest.mark.both_databases
def test_a_gap_names_its_job(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("load", ago=DAY * number + HOUR * 13) for number in range(1, 6)])
    with schema_store.reading() as session:
        assert never_started(session, NOW, days=7) == [
            JobGap("never_started", "bigquery", "example-project", "load", "", NOW - HOUR * 13)
        ]


def job(service: str, labels: dict[str, str], run_id: str = "") -> IncidentView:
    runs = (run_id,) if run_id else ()
    return incident(kind=IncidentKind.JOB_FAILURE, service=service, labels=labels, unrepaired_runs=runs)


TRANSFER = {"transfer_config": "6a9c1592", "location": "EU"}
CONFIG = "projects/example-project/locations/eu/transferConfigs/6a9c1592"


@pytest.mark.parametrize(
    ("view", "command"),
    [
        (job("bigquery", TRANSFER, "20261122"), f"bq mk --transfer_run --run_time=2026-11-22T00:00:00Z {CONFIG}"),
        (job("bigquery", TRANSFER, "2026112203"), f"bq mk --transfer_run --run_time=2026-11-22T03:00:00Z {CONFIG}"),
        (
            job("scheduler", {"job": "nightly", "location": "europe-west1"}),
            "gcloud scheduler jobs run nightly --location europe-west1 --project example-project",
        ),
        (
            job("functions", {"job": "export", "execution": "export-x7k2p", "location": "europe-west1"}),
            "gcloud run jobs execute export --region europe-west1 --project example-project",
        ),
        (job("storage", {"transfer_job": "123"}), "gcloud transfer jobs run 123 --project example-project"),
        (job("bigquery", {"dbt_model": "orders", "job": "j"}), "dbt build --select orders"),
        (
            job("bigquery", {"job": "j1", "location": "EU", "statement": "MERGE"}),
            (
                "bq --project_id=example-project --location=EU --format=json show --job=true j1 | jq -r "
                ".configuration.query.query | bq --project_id=example-project --location=EU query --use_legacy_sql=false"
            ),
        ),
        (
            job("vertex_ai", {"pipeline": "train", "run": "train-1", "location": "europe-west1"}),
            (
                """python3 -c 'from google.cloud import aiplatform; aiplatform.PipelineJob.get('"'"'train-1'"'"', """
                """project='"'"'example-project'"'"', location='"'"'europe-west1'"'"').clone().submit()'"""
            ),
        ),
        (job("bigquery", {"job": "j1", "statement": "SELECT"}), ""),
        (job("dataflow", {"job": "orders-import", "run": "2026-11-22_01"}), ""),
    ],
)
def test_jobs_of_any_kind_are_listed_with_the_command_where_there_is_one(view: IncidentView, command: str) -> None:
    (gap,) = unrepaired([view])
    assert gap.command == command
    assert bool(gap.advice.en) is not bool(command)


@pytest.mark.parametrize(
    ("view", "advice"),
    [
        (
            job("dataflow", {"job": "orders", "run": "id-1", "location": "europe-west1"}),
            "gcloud dataflow jobs describe id-1 --region europe-west1 --project example-project",
        ),
        (
            job("vertex_ai", {"job": "train", "run": "77", "location": "europe-west4"}),
            "gcloud ai custom-jobs describe 77 --region europe-west4 --project example-project",
        ),
        (job("bigquery", {"job": "j1"}), "bq --project_id=example-project --format=prettyjson show --job=true j1"),
        (job("bigquery", {"job": "j1", "dataform_action": "orders"}), "Dataform"),
        (job("datastream", {"job": "orders"}), "the tool that runs it"),
    ],
)
def test_a_job_without_a_command_comes_with_advice(view: IncidentView, advice: str) -> None:
    (gap,) = unrepaired([view])
    assert gap.command == ""
    assert advice in gap.advice.en


def test_the_statement_of_the_latest_run_is_not_the_command_of_another_run() -> None:
    view = incident(
        kind=IncidentKind.JOB_FAILURE,
        service="bigquery",
        labels={"job": "j1", "statement": "MERGE"},
        unrepaired_runs=("20261122", "20261123"),
    )
    assert [gap.command for gap in unrepaired([view])] == ["", ""]


def test_a_transfer_without_a_known_day_is_run_for_the_time_of_its_failure() -> None:
    (gap,) = unrepaired([job("bigquery", {**TRANSFER, "run": "9d2f"})])
    assert gap.run == "9d2f"
    assert f"--run_time={gap.since:%Y-%m-%dT%H:%M}:00Z" in gap.command


def test_resources_other_than_jobs_have_no_missing_run() -> None:
    assert unrepaired([job("compute", {"instance": "vm-1", "zone": "europe-west1-b"})]) == []
