"""The command that runs a failed run of a job again, where the incident names all that it needs."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime

from shared.identity.run_names import run_time
from shared.records import IncidentView

_DAY = re.compile(r"((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?:T?([01]\d|2[0-3]))?")


def rerun_command(incident: IncidentView, run: str) -> str:
    """A shell command for a run of an Airflow, BigQuery transfer, Scheduler, Cloud Run or Storage Transfer job.

    Empty if there is none: a Dataflow job or a pipeline needs the parameters with which it was started.
    """
    makers = (_airflow, _transfer, _scheduler, _run_job, _storage_transfer)
    return next((shlex.join(words) for make in makers if (words := make(incident, run))), "")


def _airflow(incident: IncidentView, run: str) -> list[str]:
    """Clears a task, or the failed tasks of a DAG run; none if the id of the run does not contain its time."""
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
    """A run of a scheduled query or another transfer for the time of the failed one."""
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
