"""The command that runs a failed run of a job again, if the incident has all required values."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime

from shared.identity.run_names import run_time
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.cli import jobs as texts

_DAY = re.compile(r"((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?:T?([01]\d|2[0-3]))?")


def rerun_command(incident: IncidentView, run: str) -> str:
    """A shell command that runs a failed run again; empty if none exists, or if the incident lacks a value.

    Supported: Airflow tasks and DAG runs, BigQuery transfers and statements, dbt models, Cloud Scheduler, Cloud Run and
    Storage Transfer jobs, and Vertex AI pipelines.
    """
    makers = (_airflow, _transfer, _dbt, _scheduler, _run_job, _storage_transfer, _pipeline)
    words = next((words for make in makers if (words := make(incident, run))), [])
    return shlex.join(words) if words else _statement(incident)


def rerun_advice(incident: IncidentView) -> Text:
    """How to run a job again that no command can run again, with the command that shows how it was started."""
    job = incident.labels.get("job", "")
    if incident.labels.get("dataform_action"):
        return texts.RERUN_DATAFORM
    if incident.service == "dataflow":
        return texts.RERUN_DATAFLOW(command=_describe(incident, ["dataflow", "jobs"]))
    if incident.service == "vertex_ai":
        return texts.RERUN_TRAINING(command=_describe(incident, ["ai", "custom-jobs"]))
    if incident.service == "bigquery" and job:
        return texts.RERUN_BIGQUERY(command=shlex.join(_show(incident, "prettyjson")))
    return texts.RERUN_BY_ITS_TOOL


def _describe(incident: IncidentView, command: list[str]) -> str:
    """The gcloud command that shows a run: its parameters, and for some jobs how they were started."""
    label = incident.labels.get
    run, location = label("run") or "RUN", label("location") or "REGION"
    return shlex.join(["gcloud", *command, "describe", run, "--region", location, "--project", incident.project])


def _show(incident: IncidentView, form: str) -> list[str]:
    location = incident.labels.get("location")
    where = [f"--location={location}"] if location else []
    project = f"--project_id={incident.project}"
    return ["bq", project, *where, f"--format={form}", "show", "--job=true", incident.labels["job"]]


def _is_latest(incident: IncidentView) -> bool:
    """Whether the labels are those of the only run that is missing: they name the run that failed last."""
    return len(incident.unrepaired_runs) <= 1


def _statement(incident: IncidentView) -> str:
    """The command that runs a statement again that names its own target; a SELECT needs its earlier destination."""
    label = incident.labels.get
    statement = label("statement") or "SELECT"
    if incident.service != "bigquery" or not label("job") or statement == "SELECT" or not _is_latest(incident):
        return ""
    query = ["bq", f"--project_id={incident.project}", "query", "--use_legacy_sql=false"]
    if label("location"):
        query.insert(2, f"--location={label('location')}")
    commands = (_show(incident, "json"), ["jq", "-r", ".configuration.query.query"], query)
    return " | ".join(map(shlex.join, commands))


def _dbt(incident: IncidentView, _run: str) -> list[str]:
    """The command that builds the model again, to be run in the folder of the dbt project."""
    model = incident.labels.get("dbt_model")
    return ["dbt", "build", "--select", model] if model else []


def _pipeline(incident: IncidentView, _run: str) -> list[str]:
    """The code that submits a copy of the run with the same parameters; gcloud has no command for pipelines."""
    label = incident.labels.get
    run, location = label("run"), label("location")
    if incident.service != "vertex_ai" or not label("pipeline") or not run or not location or not _is_latest(incident):
        return []
    where = f"project={incident.project!r}, location={location!r}"
    code = f"from google.cloud import aiplatform; aiplatform.PipelineJob.get({run!r}, {where}).clone().submit()"
    return ["python3", "-c", code]


def _airflow(incident: IncidentView, run: str) -> list[str]:
    """The command that clears a task, or the failed tasks of a DAG run; empty if the run id has no time."""
    label = incident.labels.get
    dag, task, time = label("dag_id") or label("dag"), label("task_id") or label("task"), run_time(run)
    if not dag or time is None:
        return []
    which = ["--task-regex", f"^{task}$"] if task else ["--only-failed"]
    clear = ["tasks", "clear"]
    options = [dag, *which, "--start-date", time.isoformat(), "--end-date", time.isoformat(), "--yes"]
    environment, location = label("environment"), label("location")
    if not environment or not location:
        return ["airflow", *clear, *options]
    where = [environment, "--project", incident.project, "--location", location]
    return ["gcloud", "composer", "environments", "run", *where, *clear, "--", *options]


def _transfer(incident: IncidentView, run: str) -> list[str]:
    """The command for a run of a scheduled query, or another transfer, for the time of the failed run."""
    config, location = incident.labels.get("transfer_config"), incident.labels.get("location")
    if not config or not location or not incident.project:
        return []
    name = f"projects/{incident.project}/locations/{location.lower()}/transferConfigs/{config.rpartition('/')[2]}"
    time = run_time(run) or _day(run) or incident.last_seen_at.replace(second=0, microsecond=0)
    stamp = f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return ["bq", "mk", "--transfer_run", f"--run_time={stamp}", name]


def _day(run: str) -> datetime | None:
    """The begin of the day or hour that a partition names."""
    match = _DAY.fullmatch(run)
    if match is None:
        return None
    year, month, day, hour = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, tzinfo=UTC)
    except ValueError:  # the 31st of a shorter month
        return None


def _scheduler(incident: IncidentView, _run: str) -> list[str]:
    job, location = incident.labels.get("job"), incident.labels.get("location")
    if incident.service != "scheduler" or not job or not location:
        return []
    return ["gcloud", "scheduler", "jobs", "run", job, "--location", location, "--project", incident.project]


def _run_job(incident: IncidentView, _run: str) -> list[str]:
    label = incident.labels.get
    job, location = label("job"), label("location")
    if incident.service != "functions" or not label("execution") or not job or not location:
        return []
    return ["gcloud", "run", "jobs", "execute", job, "--region", location, "--project", incident.project]


def _storage_transfer(incident: IncidentView, _run: str) -> list[str]:
    job = incident.labels.get("transfer_job")
    return ["gcloud", "transfer", "jobs", "run", job, "--project", incident.project] if job else []
