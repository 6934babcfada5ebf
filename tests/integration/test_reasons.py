"""A log line that explains a failure opens no incident: its incident shows it, and it connects the jobs that it names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.error_db.models import Incident, ReasonRow
from demo import entries
from tests.support.world import World, first_on_both

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RUN = "scheduled__2026-11-23T03:00:00+00:00"
UUID = "3f6c1f0e-6d5c-4c55-9b43-0d2f1f7a9f10"
MISSING = "Not found: Table example-project:raw.orders"
TRACEBACK = 'Task failed with exception\nTraceback (most recent call last):\n  File "x.py", line 4, in execute\n'
DATAFLOW = "2026-11-23_03_00_00-1234567890"
REPLICA = "The replica workerpool0-0 exited with a non-zero status of 1."


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def task(minutes: float, state: str = "FAILED", dag: str = "load", index: str = "-1") -> entries.Entry:
    entry = entries.airflow_task(at(minutes), dag, "merge", RUN, state, attempt=3)
    entry["labels"]["map-index"] = index
    return entry


def line(minutes: float, text: str, dag: str = "load", index: str = "-1", run: str = RUN) -> entries.Entry:
    entry = task(minutes, dag=dag, index=index)
    entry["labels"]["run-id"] = run
    return {**entry, "severity": "ERROR", "textPayload": f"{TRACEBACK}{text}"}


def query(minutes: float, text: str = "SELECT a", **labels: str) -> entries.Entry:
    entry = entries.bigquery_job(at(minutes), UUID, "mart.orders", error=MISSING, code=5)
    config = entry["protoPayload"]["metadata"]["jobChange"]["job"]["jobConfig"]
    config["labels"], config["queryConfig"]["query"] = labels, text
    return entry


def entry(minutes: float, log: str, resource: str, where: dict[str, str], **payload: Any) -> entries.Entry:
    return entries.log_entry(at(minutes), log, "ERROR", resource, where, **payload)


def dataflow(minutes: float, text: str, log: str = "job-message") -> entries.Entry:
    where = {"region": "europe-west1", "job_name": "orders-import-5c6d7e8f", "job_id": DATAFLOW, "step_id": ""}
    return entry(minutes, f"dataflow.googleapis.com%2F{log}", "dataflow_step", where, textPayload=text)


def training(minutes: float, log: str, text: str) -> entries.Entry:
    return entry(minutes, log, "ml_job", {"job_id": "77", "task_name": log}, jsonPayload={"message": text})


def execution(minutes: float) -> entries.Entry:
    text = "Execution load-abc12 has failed to complete, 0/1 tasks were a success."
    return entries.audit_entry(
        at(minutes),
        "system_event",
        "ERROR",
        "cloud_run_job",
        {"job_name": "load", "location": "europe-west1"},
        serviceName="run.googleapis.com",
        methodName="/Jobs.RunJob",
        resourceName="namespaces/example-project/executions/load-abc12",
        status={"message": text},
    )


def output(minutes: float, text: str, log: str = "stderr") -> entries.Entry:
    """A log line of a task of a Cloud Run job."""
    made = entry(
        minutes, f"run.googleapis.com%2F{log}", "cloud_run_job", {"job_name": "load", "location": "europe-west1"}
    )
    return {**made, "textPayload": text, "labels": {"run.googleapis.com/execution_name": "load-abc12"}}


def driver(minutes: float, text: str) -> entries.Entry:
    where = {"job_id": "sums-20261123", "region": "europe-west1"}
    return entry(minutes, "dataproc.job.driver", "cloud_dataproc_job", where, jsonPayload={"message": text})


def spark(minutes: float) -> entries.Entry:
    """The end of a Dataproc job, without the reason of its failure."""
    return entries.audit_entry(
        at(minutes),
        "activity",
        "ERROR",
        "cloud_dataproc_cluster",
        {"cluster_name": "spark", "region": "europe-west1"},
        serviceName="dataproc.googleapis.com",
        methodName="google.cloud.dataproc.v1.JobController.SubmitJobAsOperation",
        resourceName="projects/example-project/regions/europe-west1/jobs/sums-20261123",
        status={"code": 9, "message": "Job failed"},
    )


REASONS = {
    "execution of Cloud Run": (
        [output(0, "Traceback (most recent call last):\n  File \"x.py\", line 4\nKeyError: 'amount'"), execution(1)],
        "KeyError: 'amount'",
    ),
    "driver of Dataproc": (
        [driver(0, "Exception in thread main java.io.IOException: No space left on device"), spark(1)],
        "java.io.IOException: No space left on device",
    ),
    "task": ([line(0, "ValueError: amount is missing"), task(1)], "ValueError: amount is missing"),
    "worker": (
        [dataflow(0, "cannot parse the record", "worker"), dataflow(1, "Workflow failed.")],
        "cannot parse the record",
    ),
    "replica": (
        [training(0, "workerpool0-0", "ValueError: no column"), training(1, "service", REPLICA)],
        "ValueError: no column",
    ),
}
CHAINS = {
    "query of a program": (
        "bigquery/job_failed",
        [query(0), line(1, f"google.NotFound: 404\n\nJob ID: {UUID}"), task(2)],
    ),
    "model of dbt": (
        "bigquery/job_failed",
        [
            query(0, '/* {"app": "dbt", "node_id": "model.shop.orders"} */ SELECT a', dbt_invocation_id="aa"),
            line(1, f"03:00:10  Database Error in model orders (models/orders.sql)\n  {MISSING}"),
            task(2),
        ],
    ),
    "Dataflow by name": (
        "dataflow/job_failed",
        [
            dataflow(0, "Workflow failed."),
            line(1, "Exception: Google Cloud Dataflow job orders-import-5c6d7e8f has failed."),
            task(2),
        ],
    ),
    "Dataflow by id": (
        "dataflow/job_failed",
        [dataflow(0, "Workflow failed."), line(1, f"DataflowError: job {DATAFLOW}"), task(2)],
    ),
    "execution": (
        "functions/run_job_failed",
        [execution(0), line(1, "AirflowException: jobs/load/executions/load-abc12"), task(2)],
    ),
    "training": (
        "vertex_ai/custom_job_failed",
        [training(0, "service", REPLICA), line(1, "RuntimeError: customJobs/77"), task(2)],
    ),
}


@pytest.mark.parametrize("case", first_on_both(REASONS))
def test_an_incident_says_why_its_run_failed_whichever_entry_comes_first(world: World, case: str) -> None:
    sent, why = REASONS[case]
    for _ in world.send_in_each_order(sent):
        assert world.rows(Incident.status, Incident.reason, Incident.occurrence_count) == [("open", why, 1)]


@pytest.mark.parametrize("case", first_on_both(CHAINS))
def test_a_task_and_the_job_that_its_error_names_are_one_incident(world: World, case: str) -> None:
    rule, sent = CHAINS[case]
    for _ in world.send_in_each_order(sent):
        assert world.rows(Incident.rule, Incident.severity, Incident.occurrence_count) == [(rule, "high", 2)]
    assert world.rows(Incident.effects) == [(["etl/load/merge"],)]
    world.send(task(60, "SUCCESS"))
    assert world.rows(Incident.status) == [("resolved",)]


@pytest.mark.both_databases
def test_the_output_of_another_execution_is_not_the_reason_and_the_memory_limit_is(world: World) -> None:
    other = output(0, "Traceback (most recent call last):\nValueError: yesterday")
    other["labels"] = {"run.googleapis.com/execution_name": "load-zzz99"}
    limit = "Memory limit of 512 MiB exceeded with 530 MiB used. Consider increasing the memory limit, see https://x"
    world.send(other, output(1, limit, "varlog%2Fsystem"), execution(2))
    why = "Memory limit of 512 MiB exceeded with 530 MiB used"
    assert world.rows(Incident.reason, Incident.error_class, Incident.occurrence_count) == [(why, "memory", 2)]


def test_an_error_of_an_attempt_that_is_retried_opens_no_incident(world: World) -> None:
    world.send(line(0, "ValueError: no"), task(5, "SUCCESS"))
    assert world.rows(Incident.id) == []


@pytest.mark.both_databases
def test_an_error_of_another_run_dag_or_mapped_task_is_not_the_reason(world: World) -> None:
    world.send(
        line(0, "ValueError: yesterday", run="scheduled__2026-11-22T03:00:00+00:00"),
        line(0, "ValueError: other", dag="other"),
        line(0, "ValueError: second", index="2"),
        task(1, index="1"),
    )
    assert world.rows(Incident.reason) == [(None,)]


@pytest.mark.both_databases
def test_a_repeated_error_of_a_worker_has_one_row(world: World) -> None:
    world.send(*(dataflow(number / 100, "cannot parse the record", "worker") for number in range(5)))
    assert world.rows(ReasonRow.text, ReasonRow.time) == [("cannot parse the record", NOW)]
