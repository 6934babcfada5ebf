"""A job and the workflow or task that started it are one incident; jobs of other projects or people are separate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.error_db.models import Incident
from demo import entries
from tests.integration.test_chains import NOW, RUN, entry, task
from tests.support.world import World

pytestmark = pytest.mark.sqlite

PROJECT = "example-project"
EXECUTION, BATCH, JOB, QUERY = "load-x7k2p", "orders-20261123t0300", "load_orders_5f6a", "job_9aQ2"


def audited(minutes: float, service: str, method: str, name: str, code: int = 0, **payload: Any) -> entries.Entry:
    """A call in an audit log; `code` is that of its status, 0 for success."""
    status = (
        {"code": code, "message": "it has failed to complete"}
        if code
        else {"message": "it has completed successfully."}
    )
    who = {"principalEmail": payload.pop("who", f"etl@{PROJECT}.iam.gserviceaccount.com")}
    log, labels = payload.pop("log", "activity"), payload.pop("labels", {})
    kind, operation = payload.pop("resource", "audited_resource"), payload.pop("operation", {})
    proto = {
        "serviceName": f"{service}.googleapis.com",
        "methodName": method,
        "resourceName": name,
        "authenticationInfo": who,
        "status": status,
        **payload,
    }
    made = entry(minutes, f"cloudaudit.googleapis.com%2F{log}", kind, labels, protoPayload=proto)
    return {**made, "operation": operation} if operation else made


def execution(minutes: float, code: int) -> entries.Entry:
    where = {"resource": "cloud_run_job", "labels": {"job_name": "load", "location": "europe-west1"}}
    name = f"namespaces/{PROJECT}/executions/{EXECUTION}"
    return audited(minutes, "run", "/Jobs.RunJob", name, code, log="system_event", **where)


def batch(minutes: float, code: int, name: str = BATCH) -> entries.Entry:
    method = "google.cloud.dataproc.v1.BatchController.CreateBatch"
    name = f"projects/{PROJECT}/locations/europe-west1/batches/{name}"
    return audited(minutes, "dataproc", method, name, code, operation={"id": name, "last": True})


def spark(minutes: float, code: int) -> entries.Entry:
    method = "google.cloud.dataproc.v1.JobController.SubmitJobAsOperation"
    name = f"projects/{PROJECT}/regions/europe-west1/jobs/{JOB}"
    where = {"resource": "cloud_dataproc_cluster", "labels": {"cluster_name": "etl", "region": "europe-west1"}}
    return audited(minutes, "dataproc", method, name, code, operation={"id": name, "last": True}, **where)


def query(minutes: float, code: int, project: str = PROJECT) -> entries.Entry:
    state = {"jobState": "DONE", **({"errorResult": {"code": code, "message": "Not found"}} if code else {})}
    destination = f"projects/{project}/datasets/mart/tables/daily"
    job = {
        "jobName": f"projects/{project}/jobs/{QUERY}",
        "jobConfig": {"type": "QUERY", "queryConfig": {"query": "MERGE x", "destinationTable": destination}},
        "jobStatus": state,
    }
    metadata = {"jobChange": {"before": "RUNNING", "after": "DONE", "job": job}}
    method = "google.cloud.bigquery.v2.JobService.InsertJob"
    where = {"resource": "bigquery_project", "labels": {"location": "EU"}, "log": "data_access", "metadata": metadata}
    made = audited(minutes, "bigquery", method, f"projects/{project}/jobs/{QUERY}", code, **where)
    made["logName"] = made["logName"].replace(PROJECT, project)
    made["resource"]["labels"]["project_id"] = project
    return made


def workflow(minutes: float, exception: str = "") -> entries.Entry:
    where = {"resource_container": "projects/123456789012", "location": "europe-west1", "workflow_id": "nightly"}
    failure = {"failure": {"exception": exception, "source": "step run"}} if exception else {}
    payload = {"state": "FAILED" if exception else "SUCCEEDED", **failure}
    kind = "workflows.googleapis.com/Workflow"
    return entry(minutes, "workflows.googleapis.com%2Fexecutions_system", kind, where, jsonPayload=payload)


def failed_task(error: str) -> list[entries.Entry]:
    raised = entries.airflow_task(NOW + timedelta(minutes=1), "load", "merge", RUN, "FAILED", attempt=3)
    raised["textPayload"] = f"Task failed with exception\nTraceback (most recent call last):\n{error}"
    return [{**raised, "severity": "ERROR"}, task(2, "FAILED")]


OPERATION = f'{{"message":"Long-running operation returned error.","operation":{{"metadata":{{"name":"projects/{PROJECT}/locations/europe-west1/jobs/load/executions/{EXECUTION}"}}}},"tags":["OperationError"]}}'
RESPONSE = f'{{"code":404,"body":{{"jobReference":{{"jobId":"{QUERY}"}}}},"tags":["HttpError"]}}'
STARTED = {
    "functions/run_job_failed": ([execution(0, 10), workflow(1, OPERATION)], workflow(60)),
    "bigquery/job_failed": ([query(0, 5), workflow(1, RESPONSE)], workflow(60)),
    "dataproc/batch_failed": (
        [batch(0, 9), *failed_task(f"airflow.exceptions.AirflowException: Batch job {BATCH} failed with error: oops.")],
        task(60, "SUCCESS"),
    ),
    "dataproc/job_failed": (
        [
            spark(0, 13),
            *failed_task(f'airflow.exceptions.AirflowException: Job failed:\nreference {{\n  job_id: "{JOB}"'),
        ],
        task(60, "SUCCESS"),
    ),
}


@pytest.mark.parametrize("rule", STARTED)
def test_a_job_and_what_started_it_are_one_incident_until_that_succeeds(world: World, rule: str) -> None:
    failed, good = STARTED[rule]
    world.send(*failed)
    assert world.rows(Incident.rule, Incident.status) == [(rule, "open")]
    world.send(good)
    assert world.rows(Incident.status) == [("resolved",)]


def test_jobs_of_one_id_in_two_projects_are_two_incidents(world: World) -> None:
    world.send(query(0, 5), query(1, 5, "example-dev"), query(30, 0, "example-dev"))
    assert world.rows(Incident.project, Incident.status) == [(PROJECT, "open"), ("example-dev", "resolved")]


def denied(minutes: float, method: str, who: str) -> entries.Entry:
    return audited(minutes, "iam", f"google.iam.admin.v1.{method}", f"projects/{PROJECT}", 7, who=who)


@pytest.mark.parametrize("who", ["batch@example-project.iam.gserviceaccount.com", "bob@example.com"])
def test_denied_calls_of_one_principal_are_one_incident(world: World, who: str) -> None:
    methods = "CreateServiceAccountKey", "CreateRole", "SetIAMPolicy"
    world.send(
        *[denied(number, method, who) for number, method in enumerate(methods)], denied(3, "CreateRole", "x" + who)
    )
    assert world.rows(Incident.principal, Incident.occurrence_count) == [(who, 3), ("x" + who, 1)]


def deleted(minutes: float, table: str, who: str = "alice@example.com") -> entries.Entry:
    method = "google.cloud.bigquery.v2.TableService.DeleteTable"
    name = f"projects/{PROJECT}/datasets/mart/tables/{table}"
    deletion = {"tableDeletion": {"reason": "TABLE_DELETE_REQUEST"}}
    return audited(minutes, "bigquery", method, name, who=who, resource="bigquery_dataset", metadata=deletion)


def test_deletions_after_a_bulk_deletion_join_its_incident(world: World) -> None:
    world.send(*[deleted(number / 10, f"t{number}") for number in range(20)])
    known = len(world.rows(Incident.id))
    world.send(*[deleted(3, f"later{number}") for number in range(3)], deleted(3, "other", "bob@example.com"))
    assert len(world.rows(Incident.id)) == known + 1


@pytest.mark.parametrize(
    "stopped",
    [
        {"event_code": "STREAM_STATE_CHANGED", "message": "Stream is in state FAILED_PERMANENTLY"},
        {"streamStateChange": {"newState": "PAUSED"}},
    ],
)
def test_a_stream_that_reports_that_it_stopped_makes_no_progress(world: World, stopped: dict[str, Any]) -> None:
    where = {"resource_container": "projects/123456789012", "location": "europe-west1", "stream_id": "orders"}
    log, kind = "datastream.googleapis.com%2Fstream_activity", "datastream.googleapis.com/Stream"
    failed = entry(0, log, kind, where, jsonPayload={"message": "CDC fetch failed", "event_code": "CDC_FETCH_FAILED"})
    running = {"event_code": "STREAM_STATE_CHANGED", "message": "Stream is in state RUNNING"}
    world.send(failed, {**entry(5, log, kind, where, jsonPayload=stopped), "severity": "INFO"})
    assert world.rows(Incident.status) == [("open",)]
    world.send({**entry(9, log, kind, where, jsonPayload=running), "severity": "INFO"})
    assert world.rows(Incident.status) == [("resolved",)]
