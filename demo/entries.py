"""Log entries in the form that Google Cloud exports, of a platform named example-project.

Each function returns one LogEntry (JSON form of google.logging.v2.LogEntry) of an event at `now`. Formats: the audit
log reference of each service, and for Airflow the log calls of Airflow 2.10.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

Entry = dict[str, Any]

PROJECT = "example-project"
REGION = "europe-west1"
ZONE = "europe-west1-b"
ENVIRONMENT = "etl"
HINOMI = f"hinomi@{PROJECT}.iam.gserviceaccount.com"
PIPELINE = f"pipeline@{PROJECT}.iam.gserviceaccount.com"
AUDIT = "type.googleapis.com/google.cloud.audit.AuditLog"
IAM_DELTA = "type.googleapis.com/google.iam.v1.logging.AuditData"
BIGQUERY_AUDIT = "type.googleapis.com/google.cloud.audit.BigQueryAuditMetadata"
PIPELINE_LOG = "type.googleapis.com/google.cloud.aiplatform.logging.PipelineJobLogEntry"


def stamp(time: datetime) -> str:
    """RFC 3339 in UTC, as Cloud Logging writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def log_entry(now: datetime, log: str, severity: str, resource: str, where: dict[str, str], **payload: Any) -> Entry:
    """The common fields of all entries.

    `log` is the encoded log id, `where` the labels of the resource, `payload` the other top-level fields.
    """
    return {
        "logName": f"projects/{PROJECT}/logs/{log}",
        "insertId": uuid4().hex[:16],
        "timestamp": stamp(now),
        "receiveTimestamp": stamp(now + timedelta(milliseconds=400)),
        "severity": severity,
        "resource": {"type": resource, "labels": {"project_id": PROJECT} | where},
        **payload,
    }


def audit_entry(now: datetime, log: str, severity: str, resource: str, where: dict[str, str], **proto: Any) -> Entry:
    """An entry with an AuditLog; `proto` are its fields, `operation` is the field beside it."""
    operation = proto.pop("operation", None)
    beside = {"operation": operation} if operation else {}
    payload = {"@type": AUDIT, **proto}
    return log_entry(
        now, f"cloudaudit.googleapis.com%2F{log}", severity, resource, where, protoPayload=payload, **beside
    )


def caller(principal: str, *, ip: str = "203.0.113.24", agent: str = "google-cloud-sdk gcloud/540.0.0") -> Entry:
    """The caller of an API, and its address."""
    kind = "serviceAccount" if principal.endswith(".gserviceaccount.com") else "user"
    return {
        "authenticationInfo": {"principalEmail": principal, "principalSubject": f"{kind}:{principal}"},
        "requestMetadata": {"callerIp": ip, "callerSuppliedUserAgent": agent},
    }


def airflow_task(now: datetime, dag: str, task: str, run: str, state: str, *, attempt: int) -> Entry:
    """The final log line of a task instance; state is FAILED, SUCCESS or UP_FOR_RETRY (severity INFO)."""
    started = now - timedelta(seconds=41)
    text = (
        f"Marking task as {state}. dag_id={dag}, task_id={task}, run_id={run}, "
        f"execution_date={now:%Y%m%d}T030000, start_date={started:%Y%m%dT%H%M%S}, end_date={now:%Y%m%dT%H%M%S}"
    )
    return airflow_worker(now, dag, task, run, text, attempt=attempt)


def airflow_worker(
    now: datetime, dag: str, task: str, run: str, text: str, *, attempt: int = 1, severity: str = "INFO"
) -> Entry:
    """A line of a task in the airflow-worker log."""
    labels = {
        "workflow": dag,
        "task-id": task,
        "run-id": run,
        "try-number": str(attempt),
        "map-index": "-1",
        "worker_id": "airflow-worker-7xk2p",
        "process": "taskinstance.py:1225",
    }
    where = {"environment_name": ENVIRONMENT, "location": REGION}
    return log_entry(
        now, "airflow-worker", severity, "cloud_composer_environment", where, labels=labels, textPayload=text
    )


def airflow_run(now: datetime, dag: str, run: str, state: str) -> Entry:
    """The scheduler's log line on a whole DAG run; state is failed (ERROR in Airflow 2) or successful (INFO)."""
    text = (
        f"Marking run <DagRun {dag} @ {now:%Y-%m-%d} 03:00:00+00:00: {run}, state:running, "
        f"queued_at: {now:%Y-%m-%d} 03:00:01+00:00. externally triggered: False> {state}"
    )
    severity = "ERROR" if state == "failed" else "INFO"
    where = {"environment_name": ENVIRONMENT, "location": REGION}
    labels = {"scheduler_id": "airflow-scheduler-5c9d", "process": "dagrun.py:823"}
    return log_entry(
        now, "airflow-scheduler", severity, "cloud_composer_environment", where, labels=labels, textPayload=text
    )


def bucket_policy(now: datetime, bucket: str, deltas: list[dict[str, str]], principal: str) -> Entry:
    """A change of a bucket's IAM policy; deltas are {action, role, member}."""
    return audit_entry(
        now,
        "activity",
        "NOTICE",
        "gcs_bucket",
        {"bucket_name": bucket, "location": "eu"},
        serviceName="storage.googleapis.com",
        methodName="storage.setIamPermissions",
        resourceName=f"projects/_/buckets/{bucket}",
        authorizationInfo=[
            {"resource": f"projects/_/buckets/{bucket}", "permission": "storage.buckets.setIamPolicy", "granted": True}
        ],
        serviceData={"@type": IAM_DELTA, "policyDelta": {"bindingDeltas": deltas}},
        status={},
        **caller(principal),
    )


def bigquery_job(
    now: datetime, job_id: str, table: str, *, error: str = "", code: int = 8, seconds: float = 18, billed: int = 68
) -> Entry:
    """The end of a query job that writes `table` (dataset.table) and bills `billed` GiB; with `error` it failed."""
    dataset, _, name = table.partition(".")
    size = str(billed * 2**30)
    status: Entry = {"jobState": "DONE"}
    if error:
        status |= {"errorResult": {"code": code, "message": error}, "errors": [{"code": code, "message": error}]}
    config = {
        "type": "QUERY",
        "queryConfig": {
            "query": f"MERGE `{PROJECT}.{table}` …",
            "destinationTable": f"projects/{PROJECT}/datasets/{dataset}/tables/{name}",
            "statementType": "MERGE",
            "priority": "QUERY_INTERACTIVE",
        },
        "labels": {"airflow-dag": f"build_{name}", "airflow-task": "merge"},
    }
    stats = {
        "createTime": stamp(now - timedelta(seconds=seconds + 1)),
        "startTime": stamp(now - timedelta(seconds=seconds)),
        "endTime": stamp(now),
        "totalSlotMs": str(round(seconds * 10_000)),
        "queryStats": {"totalProcessedBytes": size, "totalBilledBytes": size, "billingTier": 1},
    }
    job_name = f"projects/{PROJECT}/jobs/{job_id}"
    job = {"jobName": job_name, "jobConfig": config, "jobStatus": status, "jobStats": stats}
    return audit_entry(
        now,
        "data_access",
        "ERROR" if error else "INFO",
        "bigquery_project",
        {"location": "EU"},
        serviceName="bigquery.googleapis.com",
        methodName="google.cloud.bigquery.v2.JobService.InsertJob",
        resourceName=job_name,
        status={"code": code, "message": error} if error else {},
        metadata={"@type": BIGQUERY_AUDIT, "jobChange": {"before": "RUNNING", "after": "DONE", "job": job}},
        **caller(PIPELINE, ip="private", agent="apache-airflow/2.10.5"),
    )


def bigquery_query(now: datetime, job_id: str, table: str, principal: str, *, seconds: float, billed: int) -> Entry:
    """The end of a query on `table` that a person ran, with the billed GiB."""
    entry = bigquery_job(now, job_id, table, seconds=seconds, billed=billed)
    payload = entry["protoPayload"]
    config = payload["metadata"]["jobChange"]["job"]["jobConfig"]
    config["labels"] = {}
    config["queryConfig"] = {"query": f"TABLE `{PROJECT}.{table}`", "statementType": "SELECT"}
    payload |= caller(principal, agent="Mozilla/5.0")
    return entry


def object_read(now: datetime, bucket: str, name: str, principal: str, ip: str = "private") -> Entry:
    """A permitted read of an object."""
    resource = f"projects/_/buckets/{bucket}/objects/{name}"
    return audit_entry(
        now,
        "data_access",
        "INFO",
        "gcs_bucket",
        {"bucket_name": bucket, "location": "eu"},
        serviceName="storage.googleapis.com",
        methodName="storage.objects.get",
        resourceName=resource,
        authorizationInfo=[{"resource": resource, "permission": "storage.objects.get", "granted": True}],
        status={},
        **caller(principal, ip=ip),
    )


def vm_event(now: datetime, instance: str, event: str, message: str = "") -> Entry:
    """A Compute Engine system event: hostError, automaticRestart, migrateOnHostMaintenance … (severity INFO)."""
    method = f"compute.instances.{event}"
    return audit_entry(
        now,
        "system_event",
        "INFO",
        "gce_instance",
        {"instance_id": str(4_000_000_000 + sum(instance.encode())), "zone": ZONE},
        serviceName="compute.googleapis.com",
        methodName=method,
        resourceName=f"projects/{PROJECT}/zones/{ZONE}/instances/{instance}",
        authenticationInfo={"principalEmail": "system@google.com"},
        request={"@type": f"type.googleapis.com/{method}"},
        status={"message": message} if message else {},
        operation={"id": f"systemevent-{uuid4().hex[:20]}", "producer": method, "first": True, "last": True},
    )


def vertex_pipeline(now: datetime, name: str, run: str, state: str, message: str = "") -> Entry:
    """The end of a Vertex AI pipeline run; state is SUCCEEDED, FAILED or CANCELLED."""
    payload = {"@type": PIPELINE_LOG, "pipelineName": name, "state": f"PIPELINE_STATE_{state}"}
    if message:
        payload["message"] = message
    return log_entry(
        now,
        "aiplatform.googleapis.com%2Fpipeline_job_events",
        "ERROR" if state == "FAILED" else "INFO",
        "aiplatform.googleapis.com/PipelineJob",
        {"resource_container": "123456789012", "location": REGION, "pipeline_job_id": run},
        labels={"pipeline_name": name, "service_account": PIPELINE},
        jsonPayload=payload,
    )


def denied_call(now: datetime, service: str, method: str, resource: str, permission: str, principal: str) -> Entry:
    """A call that was denied because `permission` was missing."""
    return audit_entry(
        now,
        "data_access",
        "ERROR",
        "audited_resource",
        {"service": f"{service}.googleapis.com", "method": method},
        serviceName=f"{service}.googleapis.com",
        methodName=method,
        resourceName=resource,
        authorizationInfo=[{"resource": resource, "permission": permission, "resourceAttributes": {}}],
        status={"code": 7, "message": f"Permission '{permission}' denied on resource '{resource}'."},
        **caller(principal, ip="203.0.113.66", agent="python-requests/2.32.3"),
    )
