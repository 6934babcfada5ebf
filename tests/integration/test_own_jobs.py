"""Jobs and operations that outlive the action run which started them are explained by that run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.error_db import runs
from db.error_db.models import Incident
from db.error_db.runs import FinishedRun
from demo import entries
from main import Application
from shared.model import Mode, Trigger
from tests.support.findings import NOON
from tests.support.own_calls import BUCKET, HOME, METRICS, application_on, misused, read, run, send


@pytest.fixture
def application(sqlite_url: str) -> Iterator[Application]:
    with application_on(sqlite_url) as found:
        yield found


JOBS = "https://bigquery.googleapis.com/bigquery/v2/projects/example-project/jobs"


def job_entry(job: str, principal: str, *, failed: bool = False) -> entries.Entry:
    """The entry about the end of a load into raw.orders, in the Data Access logs."""
    status: dict[str, Any] = {"jobState": "DONE"}
    if failed:
        status["errorResult"] = {"code": 8, "message": "Exceeded rate limits: too many table update operations"}
    table = "projects/example-project/datasets/raw/tables/orders"
    config = {"type": "IMPORT", "loadConfig": {"destinationTable": table}}
    name = f"projects/example-project/jobs/{job}"
    change = {"after": "DONE", "job": {"jobName": name, "jobConfig": config, "jobStatus": status}}
    names = {"serviceName": "bigquery.googleapis.com", "resourceName": name, "metadata": {"jobChange": change}}
    made = read("google.cloud.bigquery.v2.JobService.InsertJob", "bigquery.jobs.create", principal, **names)
    return {
        **made,
        "insertId": job,
        "resource": {"type": "bigquery_project", "labels": {"project_id": "example-project"}},
    }


def start_job(application: Application) -> None:
    """Records an action run that started a load of gs://landing/orders/*.avro again."""
    send(application, job_entry("load_1", f"pipeline@{HOME}", failed=True))
    with application.store().transaction(NOON) as transaction:
        body = {"jobId": "load_1_rerun", "configuration": {"load": {"sourceUris": ["gs://landing/orders/*.avro"]}}}
        call = {"method": "POST", "url": JOBS, "does": {}, "body": body}
        change = runs.NewRun(1, "r", Trigger.OPENED, "c", "rerun_bigquery_job", "t", {}, Mode.AUTO)
        number = runs.add(transaction.session, change, now=NOON)
        assert number is not None
        until = NOON + timedelta(minutes=5)
        runs.claim(transaction.session, number, owner="w", now=NOON, lease=timedelta(minutes=5))
        runs.begin(transaction.session, number, owner="w", plan={"calls": [call]}, undo=None, lease_until=until)
        runs.finish(transaction.session, number, FinishedRun("done"), owner="w", now=NOON)


@pytest.mark.parametrize(("job", "count"), [("load_1_rerun", 0), ("load_1_other", 1)])
def test_a_job_that_a_run_started_is_explained_hours_later_and_its_success_resolves_the_incident(
    application: Application, job: str, count: int
) -> None:
    start_job(application)
    send(application, job_entry(job, METRICS), minutes=180)
    with application.store().reading() as session:
        failed = session.scalars(select(Incident).where(Incident.rule == "bigquery/job_failed")).one()
    assert (failed.status, len(misused(application))) == ("resolved", count)


def of_table(job: str) -> dict[str, Any]:
    change = {"reason": "JOB", "jobName": f"projects/example-project/jobs/{job}"}
    table = "projects/example-project/datasets/raw/tables/orders"
    return {"serviceName": "bigquery.googleapis.com", "resourceName": table, "metadata": {"tableDataChange": change}}


INSERT_JOB = "google.cloud.bigquery.v2.JobService.InsertJob"
STORAGE = {"serviceName": "storage.googleapis.com"}


@pytest.mark.parametrize(("resource", "count"), [("", 0), ("/objects/2026/a", 0), ("-2", 1), ("-2/objects/a", 1)])
@pytest.mark.parametrize("method", ["storage.objects.list", "storage.objects.restore"])
def test_what_a_restoring_operation_does_in_its_bucket_is_explained_after_the_end_of_the_run(
    application: Application, method: str, resource: str, count: int
) -> None:
    run(application, action="restore_soft_deleted_objects")
    send(
        application, read(method, method, **STORAGE, resourceName=f"projects/_/buckets/{BUCKET}{resource}"), minutes=180
    )
    assert len(misused(application)) == count


OF_JOB = {
    "its rows": (read(INSERT_JOB, "bigquery.tables.updateData", **of_table("load_1_rerun")), 0),
    "rows of another job": (read(INSERT_JOB, "bigquery.tables.updateData", **of_table("load_1_other")), 1),
    "its source": (
        read(
            "storage.objects.get",
            "storage.objects.get",
            **STORAGE,
            resourceName="projects/_/buckets/landing/objects/orders/1.avro",
        ),
        0,
    ),
    "another object": (
        read(
            "storage.objects.get",
            "storage.objects.get",
            **STORAGE,
            resourceName="projects/_/buckets/landing/objects/salaries.csv",
        ),
        1,
    ),
    "the list of its sources": (
        read("storage.objects.list", "storage.objects.list", **STORAGE, resourceName="projects/_/buckets/landing"),
        0,
    ),
    "the list of another bucket": (
        read("storage.objects.list", "storage.objects.list", **STORAGE, resourceName="projects/_/buckets/land"),
        1,
    ),
}


@pytest.mark.parametrize(("entry", "count"), OF_JOB.values(), ids=OF_JOB)
def test_what_a_job_reads_and_writes_is_explained_by_the_run_that_started_it(
    application: Application, entry: entries.Entry, count: int
) -> None:
    start_job(application)
    send(application, entry, minutes=180)
    assert len(misused(application)) == count
