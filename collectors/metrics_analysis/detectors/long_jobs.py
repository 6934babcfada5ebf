"""BigQuery jobs that have been running for longer than HINOMI_LONG_JOB_MINUTES, one incident for each job.

Each load-check tick lists the running jobs of every monitored project. Audit logs have only the start and the end of a
job. The job of an unresolved incident that is no longer running is read once more; its end is the recovery.

API: docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs (list, get, Job).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.detectors.threshold import JOB as TICK
from collectors.metrics_analysis.detectors.threshold import READERS, failed
from collectors.metrics_analysis.evidence import Tick
from shared.config import Settings
from shared.durations import duration_text
from shared.errors import HinomiError
from shared.http import error_message, is_success, is_transient, is_transient_error
from shared.identity.fingerprint import fingerprint
from shared.logs import log
from shared.model import Finding, IncidentKind, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.records import IncidentView
from shared.texts import Text, as_text, findings
from shared.texts import next_steps as steps
from shared.texts.recorded import translations

EVIDENCE = (Tick,)
PERMISSIONS = ("bigquery.jobs.get", "bigquery.jobs.listAll")
RULE = "bigquery/job_running_long"
SERVICE = "bigquery"
RUNNING, DONE = "RUNNING", "DONE"
PAGE_ROWS, MOST_PAGES = 500, 20
QUIET_SECONDS = 6 * 3600  # of a project that is no longer monitored nothing else would close the incident
WITHOUT_API = ("accessNotConfigured", "SERVICE_DISABLED", "has not been used in project")
TYPES = ("query", "load", "copy", "extract")

Job = Mapping[str, Any]


class UnreadableError(HinomiError):
    """The jobs of a project could not be read; `code` is the HTTP status, or 0 without a response."""

    def __init__(self, code: int, message: str, *, transient: bool) -> None:
        self.code, self.transient = code, transient
        super().__init__(f"HTTP {code}: {message}" if code else message)


@dataclass(frozen=True, slots=True)
class _Read:
    """The running jobs of a project, and those of open incidents that have ended."""

    running: tuple[Job, ...] = ()
    ended: tuple[tuple[IncidentView, Job | None], ...] = ()


def is_enabled(settings: Settings) -> bool:
    """Whether the detection of long jobs is on."""
    return settings.long_job_minutes > 0


def detect(evidence: Tick, context: DetectorContext) -> Iterator[Effect]:
    """Findings about jobs that run too long, recoveries of jobs that ended, and findings about unreadable projects."""
    if evidence.job != TICK or not is_enabled(context.settings) or not context.settings.projects:
        return
    time = min(evidence.time, context.now)
    unresolved = context.unresolved(RULE)
    projects = context.settings.projects
    with ThreadPoolExecutor(READERS) as pool:
        outcomes = list(pool.map(lambda project: _read(context, project, unresolved), projects))
    for project, outcome in zip(projects, outcomes, strict=True):
        if isinstance(outcome, UnreadableError):
            yield from _unreadable(project, outcome, time)
            continue
        yield from (_finding(job, time, context.settings) for job in outcome.running if _is_long(job, time, context))
        yield from (_recovery(incident, job, time) for incident, job in outcome.ended)


def _read(context: DetectorContext, project: str, unresolved: Sequence[IncidentView]) -> _Read | UnreadableError:
    try:
        running = tuple(_running(context, project))
        names = {str(job["jobReference"]["jobId"]) for job in running}
        gone = [
            incident
            for incident in unresolved
            if incident.project == project and incident.labels.get("job") not in names
        ]
        read = [(incident, _job(context, incident)) for incident in gone]
    except UnreadableError as error:
        return error
    return _Read(running, tuple((incident, job) for incident, job in read if job is None or _state(job) == DONE))


def _running(context: DetectorContext, project: str) -> Iterator[Job]:
    """The running jobs of all users in all locations, without the statements of scripts; at most MOST_PAGES pages."""
    query: dict[str, Any] = {
        "allUsers": "true",
        "projection": "full",
        "stateFilter": "running",
        "maxResults": PAGE_ROWS,
    }
    for _ in range(MOST_PAGES):
        page = _get(context, f"projects/{quote(project, safe='')}/jobs", query) or {}
        yield from page.get("jobs", ())
        if not page.get("nextPageToken"):
            return
        query["pageToken"] = page["nextPageToken"]
    log("WARNING", "too many running BigQuery jobs: the oldest ones are not read", project=project)


def _job(context: DetectorContext, incident: IncidentView) -> Job | None:
    """The job of an incident; None if it does not exist any more."""
    path = f"projects/{quote(incident.project, safe='')}/jobs/{quote(incident.labels.get('job', ''), safe='')}"
    location = incident.labels.get("location", "")
    return _get(context, path, {"location": location} if location else {})


def _get(context: DetectorContext, path: str, query: Mapping[str, Any]) -> dict[str, Any] | None:
    """The JSON object at a path; None if it does not exist. Raises UnreadableError."""
    url = f"{context.clients.bigquery_url}/bigquery/v2/{path}"
    try:
        response = context.clients.http().get(url, params=dict(query), allow_redirects=False)
    except Exception as error:
        if not is_transient_error(error):
            raise
        raise UnreadableError(0, type(error).__name__, transient=True) from error
    if response.status_code == 404:
        return None
    message = error_message(response)
    if response.status_code == 403 and any(each in response.text for each in WITHOUT_API):
        return {}  # a project that does not use BigQuery
    if not is_success(response.status_code):
        raise UnreadableError(response.status_code, message, transient=is_transient(response.status_code))
    body = response.json()
    return body if isinstance(body, dict) else {}


def _unreadable(project: str, error: UnreadableError, time: datetime) -> Iterator[Finding]:
    """The finding about an unreadable project; none if the next tick may be able to read it."""
    log("WARNING", "the running BigQuery jobs of a project were not read", project=project, error=str(error))
    if not error.transient:
        text = findings.JOBS_NOT_READ(error=str(error))
        yield failed(project, f"BIGQUERY_{error.code}", text, time)


def _is_long(job: Job, time: datetime, context: DetectorContext) -> bool:
    start = _moment(job, "startTime") if _state(job) == RUNNING else None
    return start is not None and time - start >= timedelta(minutes=context.settings.long_job_minutes)


def _finding(job: Job, time: datetime, settings: Settings) -> Finding:
    reference = job["jobReference"]
    project, name = str(reference["projectId"]), str(reference["jobId"])
    start, limit = _moment(job, "startTime") or time, timedelta(minutes=settings.long_job_minutes)
    statistics, principal = job.get("statistics", {}), str(job.get("user_email", ""))
    labels = _labels(job)
    summary = findings.JOB_RUNS_LONG(
        kind=labels["type"],
        job=name,
        principal=principal or findings.UNKNOWN_ACCOUNT,
        duration=duration_text(time - start),
        limit=duration_text(limit),
    )
    return Finding(
        rule=RULE,
        title=findings.JOB_RUNNING_LONG.en,
        kind=IncidentKind.LOAD_ISSUE,
        severity=Severity.MEDIUM,
        service=SERVICE,
        resource=f"projects/{project}/jobs/{name}",
        principal=principal,
        summary=summary.en,
        fingerprint=fingerprint(RULE, project, labels["location"], name),
        time=time,
        since=start + limit,
        event_key=f"{RULE}:{project}:{name}"[:280] + f":{int(time.timestamp())}",
        project=project,
        quiet_seconds=QUIET_SECONDS,
        fields={
            "started": start.isoformat(),
            "seconds": int((time - start).total_seconds()),
            "limit_seconds": int(limit.total_seconds()),
            "statement": str(statistics.get("query", {}).get("statementType", "")),
            "slot_ms": str(statistics.get("totalSlotMs", "")),
            "labels": labels,
        },
        labels=labels,
        translations=translations(title=findings.JOB_RUNNING_LONG, summary=summary),
        next_steps=_next_steps(project, labels["location"], name),
    )


def _next_steps(project: str, location: str, job: str) -> tuple[NextStep, ...]:
    where = f"--project_id={project}", f"--location={location}"
    return (
        next_step(steps.JOB_PROGRESS, ("bq", "show", "--format=prettyjson", *where, "-j"), job),
        next_step(steps.JOB_SLOW_NOW, ("hinomi", "jobs", "slow", "--days", "1", "--service", "bigquery")),
        next_step(steps.JOB_CANCEL, ("bq", "cancel", *where), job),
    )


def _labels(job: Job) -> dict[str, str]:
    """The values that handler rules match, and that `cancel_bigquery_job` needs."""
    reference, configuration = job["jobReference"], job.get("configuration", {})
    given = configuration.get("labels", {})
    kind = next((each for each in TYPES if each in configuration), str(configuration.get("jobType", "")).lower())
    found = {
        "job": str(reference["jobId"]),
        "location": str(reference.get("location", "")),
        "type": kind or "job",
        "dag": str(given.get("airflow-dag", "")),
        "task": str(given.get("airflow-task", "")),
    }
    return {name: value for name, value in found.items() if value or name in ("job", "location", "type")}


def _recovery(incident: IncidentView, job: Job | None, time: datetime) -> Recovery:
    """The recovery at the end of a job. A job that does not exist was deleted: BigQuery keeps jobs for six months."""
    name = incident.labels.get("job", "")
    key = fingerprint(RULE, incident.project, incident.labels.get("location", ""), name)
    ended, text = time, findings.JOB_GONE(job=name)
    if job is not None:
        start = _moment(job, "startTime")
        ended = _moment(job, "endTime") or time
        text = findings.JOB_ENDED(job=name, duration=duration_text(ended - (start or ended)), result=_result(job))
    return Recovery(
        RULE, key, ended, f"{RULE}:{incident.project}:{name}"[:280] + ":end", text.en, translations(summary=text)
    )


def _result(job: Job) -> Text:
    error = job.get("status", {}).get("errorResult")
    if not error:
        return findings.JOB_SUCCEEDED
    if error.get("reason") == "stopped":
        return findings.JOB_CANCELLED
    return as_text(findings.JOB_FAILED(reason=str(error.get("reason", ""))))


def _state(job: Job) -> str:
    return str(job.get("status", {}).get("state", ""))


def _moment(job: Job, name: str) -> datetime | None:
    """A time of the job's statistics, which are in milliseconds."""
    value = job.get("statistics", {}).get(name)
    return datetime.fromtimestamp(int(value) / 1000, UTC) if value else None
