"""Normal activity of example-project: entries that must never open an incident of medium severity or above."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from uuid import uuid4

from demo.entries import (
    BIGQUERY_AUDIT,
    IAM_DELTA,
    PIPELINE,
    PROJECT,
    REGION,
    ZONE,
    Entry,
    airflow_run,
    airflow_task,
    airflow_worker,
    audit_entry,
    bigquery_job,
    bucket_policy,
    caller,
    denied_call,
    log_entry,
    object_read,
    vertex_pipeline,
    vm_event,
)

# Each is denied so rarely that it is no burst, however long the platform is kept: once in more than two minutes.
COLLEAGUES = cycle((
    "bob", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kim", "leo", "mia", "nina", "oscar", "peggy",
    "quinn", "rupert", "sybil", "trent", "ursula", "victor", "walter", "xenia", "yuki", "zoe",
))  # fmt: skip
NIGHTLY = "scheduled__2026-11-01T03:00:00+00:00"


def table_insert(now: datetime) -> Entry:
    """A job inserts rows into a table."""
    job = f"projects/{PROJECT}/jobs/job_{uuid4().hex[:12]}"
    change = {"insertedRowsCount": "18244", "reason": "JOB", "jobName": job}
    return audit_entry(
        now,
        "data_access",
        "INFO",
        "bigquery_dataset",
        {"dataset_id": "mart"},
        serviceName="bigquery.googleapis.com",
        methodName="google.cloud.bigquery.v2.JobService.InsertJob",
        resourceName=f"projects/{PROJECT}/datasets/mart/tables/orders",
        authorizationInfo=[{"permission": "bigquery.tables.updateData", "granted": True}],
        metadata={"@type": BIGQUERY_AUDIT, "tableDataChange": change},
        **caller(PIPELINE, ip="private"),
    )


def part_read(now: datetime) -> Entry:
    """A permitted read of an object."""
    return object_read(now, "example-landing", "orders/part-0007.parquet", PIPELINE)


def _vm_call(now: datetime, verb: str) -> Entry:
    return audit_entry(
        now,
        "activity",
        "NOTICE",
        "gce_instance",
        {"instance_id": "5127001234", "zone": ZONE},
        serviceName="compute.googleapis.com",
        methodName=f"v1.compute.instances.{verb}",
        resourceName=f"projects/{PROJECT}/zones/{ZONE}/instances/notebook-1",
        authorizationInfo=[{"permission": f"compute.instances.{verb}", "granted": True}],
        request={"@type": f"type.googleapis.com/compute.instances.{verb}"},
        operation={
            "id": f"operation-{uuid4().hex[:20]}",
            "producer": "compute.googleapis.com",
            "first": True,
            "last": True,
        },
        **caller("alice@example.com"),
    )


def vm_stop(now: datetime) -> Entry:
    """Alice stops her notebook."""
    return _vm_call(now, "stop")


def vm_start(now: datetime) -> Entry:
    """Alice starts her notebook."""
    return _vm_call(now, "start")


def vm_migrated(now: datetime) -> Entry:
    """Live migration: the VM keeps running."""
    return vm_event(
        now, "etl-worker-2", "migrateOnHostMaintenance", "Instance migrated during Compute Engine maintenance."
    )


def job_done(now: datetime) -> Entry:
    """A BigQuery job that succeeded."""
    return bigquery_job(now, f"job_{uuid4().hex[:12]}", "mart.customers")


def task_retry(now: datetime) -> Entry:
    """A failed first attempt; Airflow retries it."""
    return airflow_task(now, "ingest_events", "fetch", NIGHTLY, "UP_FOR_RETRY", attempt=1)


def task_done(now: datetime) -> Entry:
    """A task that succeeded."""
    return airflow_task(now, "ingest_events", "fetch", NIGHTLY, "SUCCESS", attempt=2)


def task_exit(now: datetime) -> Entry:
    """The line that every task logs at its end."""
    return airflow_worker(now, "ingest_events", "fetch", NIGHTLY, "Task exited with return code 0", attempt=2)


def run_done(now: datetime) -> Entry:
    """A DAG run that succeeded."""
    return airflow_run(now, "ingest_events", NIGHTLY, "successful")


def pipeline_done(now: datetime) -> Entry:
    """A Vertex AI pipeline run that succeeded."""
    return vertex_pipeline(now, "recommendations", f"recommendations-{now:%Y%m%d%H%M%S}", "SUCCEEDED")


def group_added(now: datetime) -> Entry:
    """A permitted policy change: a group of the organization may read a bucket."""
    delta = {"action": "ADD", "role": "roles/storage.objectViewer", "member": "group:analysts@example.com"}
    return bucket_policy(now, "example-landing", [delta], "alice@example.com")


def public_removed(now: datetime) -> Entry:
    """A policy change that removes a public member and adds a specific one."""
    role = "roles/storage.objectViewer"
    deltas = [
        {"action": "ADD", "role": role, "member": "serviceAccount:" + PIPELINE},
        {"action": "REMOVE", "role": role, "member": "allUsers"},
    ]
    return bucket_policy(now, "example-website-old", deltas, "alice@example.com")


def project_viewer(now: datetime) -> Entry:
    """A colleague becomes viewer of the project."""
    delta = {"action": "ADD", "role": "roles/viewer", "member": "user:bob@example.com"}
    return audit_entry(
        now,
        "activity",
        "NOTICE",
        "project",
        {},
        serviceName="cloudresourcemanager.googleapis.com",
        methodName="SetIamPolicy",
        resourceName=f"projects/{PROJECT}",
        authorizationInfo=[{"permission": "resourcemanager.projects.setIamPolicy", "granted": True}],
        serviceData={"@type": IAM_DELTA, "policyDelta": {"bindingDeltas": [delta]}},
        status={},
        **caller("alice@example.com"),
    )


def single_denial(now: datetime) -> Entry:
    """A single denied call, each time by a different person."""
    table = f"projects/{PROJECT}/datasets/finance/tables/salaries"
    method = "google.cloud.bigquery.v2.TableDataService.List"
    return denied_call(now, "bigquery", method, table, "bigquery.tables.getData", f"{next(COLLEAGUES)}@example.com")


def scheduler_done(now: datetime) -> Entry:
    """A successful attempt of Cloud Scheduler, which has no status field."""
    job = {
        "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
        "jobName": f"projects/{PROJECT}/locations/{REGION}/jobs/nightly",
        "targetType": "HTTP",
        "url": "https://ingest.example.com/run",
        "debugInfo": "URL_CRAWLED. Original HTTP response code number = 200",
    }
    labels = {"job_id": "nightly", "location": REGION}
    return log_entry(
        now,
        "cloudscheduler.googleapis.com%2Fexecutions",
        "INFO",
        "cloud_scheduler_job",
        labels,
        jsonPayload=job,
        httpRequest={"status": 200},
    )


def request_served(now: datetime) -> Entry:
    """A request that a Cloud Run service served."""
    labels = {"service_name": "ingest", "revision_name": "ingest-00042-kod", "location": REGION}
    request = {
        "requestMethod": "POST",
        "requestUrl": "https://ingest.example.com/run",
        "status": 200,
        "latency": "0.041s",
    }
    return log_entry(now, "run.googleapis.com%2Frequests", "INFO", "cloud_run_revision", labels, httpRequest=request)


NOISE: tuple[Callable[[datetime], Entry], ...] = (
    table_insert,
    part_read,
    job_done,
    task_retry,
    vm_stop,
    request_served,
    group_added,
    task_done,
    pipeline_done,
    scheduler_done,
    public_removed,
    task_exit,
    vm_migrated,
    project_viewer,
    single_denial,
    run_done,
    vm_start,
)
