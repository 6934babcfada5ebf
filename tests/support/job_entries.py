"""Log entries of jobs that fail and succeed, at the given number of minutes after one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from demo import entries
from demo.entries import Entry

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = 1440  # minutes
ERROR = "Not found: Table example-project:raw.orders"
RUN, NEXT_RUN = (f"scheduled__2026-11-25T0{hour}:00:00+00:00" for hour in (3, 4))
OF_AIRFLOW = {"airflow-dag": "load_mart", "airflow-task": "merge"}
GOOD_DATAFLOW = "Executing success step success0"
GOOD_TRAINING = "Job completed successfully."


def at(minutes: float) -> datetime:
    """The time this many minutes after the moment."""
    return NOW + timedelta(minutes=minutes)


def query(
    minutes: float, job: str, text: str = "SELECT a", *, error: str = "", table: str = "", **labels: str
) -> Entry:
    """The end of a query. Without `table` (dataset.table) it has no destination. `_` in the names of labels is kept."""
    entry = entries.bigquery_job(at(minutes), job, table or "_0a1b2c.anon5f6a", error=error, code=5)
    config = entry["protoPayload"]["metadata"]["jobChange"]["job"]["jobConfig"]
    config["queryConfig"] |= {"query": text}
    config["labels"] = labels
    return entry


def airflow_query(minutes: float, *, error: str = "", hour: int = 3, account: str = "etl-a", **labels: str) -> Entry:
    """The end of a query that an Airflow task ran; its job id has the run's logical date, as the operator writes it."""
    job = f"airflow_load_mart_merge_2026_11_25T{hour:02}_00_00_00_00_8f14e45fceea467f95756c1ed5f0a1b2"
    entry = query(minutes, job, error=error, table="mart.orders", **OF_AIRFLOW, **labels)
    address = f"{account}@example-project.iam.gserviceaccount.com"
    entry["protoPayload"]["authenticationInfo"]["principalEmail"] = address
    return entry


def task(minutes: float, state: str = "FAILED", run: str = RUN, environment: str = "etl") -> Entry:
    """The log line with which a task marks itself as FAILED or SUCCESS."""
    entry = entries.airflow_task(at(minutes), "load_mart", "merge", run, state, attempt=3)
    return _in_environment(entry, environment)


def dag_run(minutes: float, state: str = "failed", run: str = RUN, environment: str = "etl") -> Entry:
    """The log line with which the scheduler marks a run as failed or successful."""
    return _in_environment(entries.airflow_run(at(minutes), "load_mart", run, state), environment)


def _in_environment(entry: Entry, environment: str) -> Entry:
    entry["resource"]["labels"]["environment_name"] = environment
    return entry


def elsewhere(entry: Entry, *, project: str = "example-project", location: str = "us-central1") -> Entry:
    """The same entry from an environment of this name in another region or project."""
    entry["logName"] = entry["logName"].replace("example-project", project)
    entry["resource"]["labels"] |= {"project_id": project, "location": location}
    return entry


def dataflow(minutes: float, name: str, text: str = "Workflow failed. Causes: S02", job_id: str = "") -> Entry:
    """A job message of a Dataflow job."""
    labels = {"region": "europe-west1", "job_name": name, "job_id": job_id or f"id-{name}-{minutes}", "step_id": ""}
    log = "dataflow.googleapis.com%2Fjob-message"
    severity = "INFO" if text == GOOD_DATAFLOW else "ERROR"
    return entries.log_entry(at(minutes), log, severity, "dataflow_step", labels, textPayload=text)


def pipeline(minutes: float, run: str, state: str = "FAILED", **payload: Any) -> Entry:
    """The end of a run of the Vertex AI pipeline `train`."""
    where = {"resource_container": "projects/1", "location": "europe-west1", "pipeline_job_id": run}
    payload = {"state": f"PIPELINE_STATE_{state}", "pipelineName": "train", **payload}
    return entries.log_entry(
        at(minutes),
        "aiplatform.googleapis.com%2Fpipeline_job_events",
        "INFO" if state == "SUCCEEDED" else "ERROR",
        "aiplatform.googleapis.com/PipelineJob",
        where,
        jsonPayload=payload,
    )


def created(minutes: float, job_id: str, name: str, *args: str, location: str = "europe-west4") -> Entry:
    """The call that creates a Vertex AI custom job."""
    spec = {"workerPoolSpecs": [{"containerSpec": {"args": list(args)}}]}
    request = {"customJob": {"displayName": name, "jobSpec": spec}}
    return _vertex_call(minutes, "JobService.CreateCustomJob", f"{location}/customJobs/{job_id}", request)


def pipeline_created(minutes: float, run: str, **parameters: str) -> Entry:
    """The call that creates a run of a Vertex AI pipeline."""
    request = {"pipelineJobId": run, "pipelineJob": {"runtimeConfig": {"parameterValues": parameters}}}
    return _vertex_call(minutes, "PipelineService.CreatePipelineJob", f"europe-west1/pipelineJobs/{run}", request)


def _vertex_call(minutes: float, method: str, name: str, request: dict[str, Any]) -> Entry:
    return entries.audit_entry(
        at(minutes),
        "activity",
        "NOTICE",
        "audited_resource",
        {},
        serviceName="aiplatform.googleapis.com",
        methodName=f"google.cloud.aiplatform.v1.{method}",
        resourceName=f"projects/1/locations/{name.partition('/')[0]}",
        request=request,
        response={"name": f"projects/1/locations/{name}"},
        status={},
        **entries.caller("training@example-project.iam.gserviceaccount.com"),
    )


def training(
    minutes: float, job_id: str, text: str = "The replica workerpool0-0 exited with a non-zero status of 1."
) -> Entry:
    """A log line about the end of a custom job: by default a failure."""
    severity = "INFO" if text == GOOD_TRAINING else "ERROR"
    labels = {"job_id": job_id, "task_name": "service"}
    return entries.log_entry(at(minutes), f"ml.googleapis.com%2F{job_id}", severity, "ml_job", labels, textPayload=text)


def child_of(parent: str, entry: Entry) -> Entry:
    """The entry, as the end of a child job: a statement of the script `parent`."""
    stats = entry["protoPayload"]["metadata"]["jobChange"]["job"]["jobStats"]
    stats["parentJobName"] = f"projects/example-project/jobs/{parent}"
    return entry


def older_format(entry: Entry) -> Entry:
    """The end of a query with a destination, in the older audit format, which BigQuery writes as well."""
    payload = entry["protoPayload"]
    job = payload["metadata"]["jobChange"]["job"]
    config, status = job["jobConfig"]["queryConfig"], job["jobStatus"]
    parts = config["destinationTable"].split("/")
    table = {"projectId": parts[1], "datasetId": parts[3], "tableId": parts[5]}
    old = {
        "jobName": {"projectId": parts[1], "jobId": payload["resourceName"].rpartition("/")[2]},
        "jobConfiguration": {
            "query": {"query": config["query"], "statementType": config["statementType"], "destinationTable": table},
            "labels": job["jobConfig"]["labels"],
        },
        "jobStatus": {"state": "DONE"} | ({"error": status["errorResult"]} if "errorResult" in status else {}),
    }
    event = {"eventName": "query_job_completed", "job": old}
    payload = {name: value for name, value in payload.items() if name != "metadata"}
    payload |= {"methodName": "jobservice.jobcompleted", "serviceData": {"jobCompletedEvent": event}}
    resource = {"type": "bigquery_resource", "labels": {"project_id": parts[1]}}
    return entry | {"protoPayload": payload, "resource": resource, "insertId": f"{entry['insertId']}o"}


def transfer(minutes: float, failed: int, run: str = "r1", config: str = "c1") -> Entry:
    """The last log line of a transfer run."""
    return entries.log_entry(
        at(minutes),
        "bigquerydatatransfer.googleapis.com%2Ftransfer_config",
        "INFO",
        "bigquery_dts_config",
        {"location": "eu", "config_id": config},
        labels={"run_id": run},
        jsonPayload={"message": f"Summary: succeeded {1 - failed} jobs, failed {failed} jobs."},
    )
