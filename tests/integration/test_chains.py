"""One fault of several services is one incident, named by its deepest cause and resolved by the outermost job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.error_db.models import Incident
from demo import entries
from tests.support.world import World, first_on_both

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RUN = "scheduled__2026-11-23T03:00:00+00:00"
FUNCTION = "https://europe-west1-example-project.cloudfunctions.net/load-orders"


def entry(minutes: float, log: str, resource: str, where: dict[str, str], **payload: Any) -> entries.Entry:
    return entries.log_entry(NOW + timedelta(minutes=minutes), log, "ERROR", resource, where, **payload)


def dataflow(minutes: float, text: str, log: str = "job-message", suffix: str = "5c6d7e8f") -> entries.Entry:
    where = {"region": "europe-west1", "job_name": f"orders-import-{suffix}", "job_id": suffix, "step_id": ""}
    return entry(minutes, f"dataflow.googleapis.com%2F{log}", "dataflow_step", where, textPayload=text)


def pipeline(minutes: float, state: str, run: str = "churn-1", log: str = "pipeline_job_events") -> entries.Entry:
    where = {"resource_container": "123456789012", "location": "europe-west1", "pipeline_job_id": run}
    payload = {"pipelineName": "churn", "taskName": "train", "state": state}
    labels = {"custom_job_id": "77"}
    kind = "aiplatform.googleapis.com/PipelineJob"
    return entry(minutes, f"aiplatform.googleapis.com%2F{log}", kind, where, labels=labels, jsonPayload=payload)


def custom_job(minutes: float) -> entries.Entry:
    text = "The replica workerpool0-0 exited with a non-zero status of 1. Termination reason: Error."
    return entry(minutes, "service", "ml_job", {"job_id": "77", "task_name": "service"}, textPayload=text)


def function(minutes: float, text: str) -> entries.Entry:
    where = {"region": "europe-west1", "function_name": "load-orders"}
    return entry(minutes, "cloudfunctions.googleapis.com%2Fcloud-functions", "cloud_function", where, textPayload=text)


def schedule(minutes: float, url: str = FUNCTION, **status: str) -> entries.Entry:
    kind = "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished"
    where = {"job_id": f"call {url}", "location": "europe-west1"}
    payload = {"@type": kind, "url": url, **status}
    return entry(
        minutes, "cloudscheduler.googleapis.com%2Fexecutions", "cloud_scheduler_job", where, jsonPayload=payload
    )


def killed(minutes: float) -> entries.Entry:
    text = "Task exited with return code Negsignal.SIGKILL"
    now = NOW + timedelta(minutes=minutes)
    return {**entries.airflow_task(now, "load", "merge", RUN, "FAILED", attempt=1), "textPayload": text}


def task(minutes: float, state: str) -> entries.Entry:
    return entries.airflow_task(NOW + timedelta(minutes=minutes), "load", "merge", RUN, state, attempt=3)


FAILED = "PIPELINE_STATE_FAILED"
TASKS = "pipeline_job_task_events"
CHAINS = {
    "dataflow/worker_out_of_memory": (
        [dataflow(0, "8 consecutive periods of measured GC thrashing", "worker"), dataflow(5, "Workflow failed.")],
        [dataflow(60, "Executing success step success36", suffix="6c6d7e8f")],
    ),
    "vertex_ai/custom_job_failed": (
        [custom_job(0), pipeline(1, "FAILED", log=TASKS), pipeline(2, FAILED)],
        [pipeline(60, "PIPELINE_STATE_SUCCEEDED", "churn-2")],
    ),
    "functions/execution_failed": (
        [function(0, "Function execution took 61 ms, finished with status: 'crash'"), schedule(1, status="INTERNAL")],
        [function(60, "Function execution took 61 ms, finished with status: 'ok'"), schedule(61)],
    ),
    "composer/worker_killed": ([killed(0), task(1, "FAILED")], [task(60, "SUCCESS")]),
}


@pytest.mark.parametrize("rule", first_on_both(CHAINS))
def test_a_chain_is_one_incident_in_any_order_until_its_outermost_job_succeeds(world: World, rule: str) -> None:
    failed, good = CHAINS[rule]
    for _ in world.send_in_each_order(failed):
        assert world.rows(Incident.rule, Incident.status, Incident.occurrence_count) == [(rule, "open", len(failed))]
        world.send(*good)
        assert world.rows(Incident.rule, Incident.status) == [(rule, "resolved")]


@pytest.mark.parametrize(
    "failed",
    [
        [pipeline(0, "FAILED", log=TASKS), pipeline(0, "FAILED", "other-1", TASKS)],
        [schedule(0, status="INTERNAL"), schedule(0, FUNCTION + "-2", status="INTERNAL")],
        [dataflow(0, "Workflow failed."), dataflow(0, "Workflow failed.", suffix="users-5c6d7e8f")],
    ],
)
def test_two_faults_in_one_minute_are_two_incidents(world: World, failed: Sequence[entries.Entry]) -> None:
    if failed[0]["resource"]["type"].endswith("PipelineJob"):
        failed[1]["jsonPayload"]["pipelineName"] = "other"
        failed[1]["labels"] = {"custom_job_id": "78"}
    world.send(*failed)
    assert len(world.rows(Incident.id)) == 2


@pytest.mark.both_databases
def test_an_incident_waits_for_the_longest_quiet_period_of_its_jobs(world: World) -> None:
    failed, _ = CHAINS["dataflow/worker_out_of_memory"]
    world.send(*failed)
    assert world.rows(Incident.rule, Incident.quiet_seconds) == [("dataflow/worker_out_of_memory", 8 * 86400)]
