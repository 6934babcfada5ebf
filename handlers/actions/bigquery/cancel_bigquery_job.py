"""Cancels a query that has been running too long.

If the incident names a job (label `job`, or the resource `projects/PROJECT/jobs/JOB`), such as
`bigquery/job_running_long`, it is that one. If the incident is about the project, such as `load/bigquery_slots_in_use`
and `load/bigquery_jobs_pending`, it is the query that has been running longest. Either way, it must have been running
for `running_minutes`, and have been started by one of the `principals`, not by Hinomi. Each run cancels one query.

BigQuery rolls a cancelled statement back; the statements of a script that ended before remain, and the query may still be billed. There is no undo:
its caller can start it again.

```yaml
  - name: cancel-runaway-query
    match: {rule: bigquery/job_running_long, labels: {type: query}}
    action: cancel_bigquery_job
    params: {running_minutes: 120, principals: ['*@example.com']}
    mode: approve
  - name: cancel-longest-query
    match: {rule: load/bigquery_jobs_pending}
    on: [opened, reoccurred]
    action: cancel_bigquery_job
    params: {running_minutes: 60, principals: ['*@example.com']}
    mode: approve
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from handlers.actions.bigquery._api import (
    STOPPED,
    BigQueryApi,
    Job,
    JobName,
    error_of,
    job_of,
    name_of,
    project_of,
    state_of,
    time_of,
)
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.durations import duration_text
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.remediations import bigquery as texts

NAME = "cancel_bigquery_job"
DRY_RUN_PERMISSIONS = ("bigquery.jobs.get", "bigquery.jobs.listAll")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "bigquery.jobs.update")
PERMISSIONS_BY_SERVICE = {"bigquery": PERMISSIONS}
# docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs/cancel has the permission for jobs of others. The method is JobService.CancelJob;
# audit entries name it with the prefix of InsertJob (docs/remediation-apis.md).
CALLS = (("bigquery.googleapis.com", "google.cloud.bigquery.v2.JobService.CancelJob"),)

RUNNING = "RUNNING"
LEAST_MINUTES, MOST_MINUTES = 5, 24 * 60
LOOK_AGAIN_SECONDS = 30.0
_NO_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Params:
    """The queries that may be cancelled."""

    running_minutes: int = parameter(
        f"Minutes for which a query must have been running, {LEAST_MINUTES} to {MOST_MINUTES}."
    )
    principals: tuple[str, ...] = parameter(
        "Shell patterns of the accounts whose queries may be cancelled; empty: all accounts.", ()
    )

    def __post_init__(self) -> None:
        if not LEAST_MINUTES <= self.running_minutes <= MOST_MINUTES:
            limits = {"least": LEAST_MINUTES, "most": MOST_MINUTES}
            raise InputError(texts.RUNNING_MINUTES(value=self.running_minutes, **limits))


def target(incident: IncidentView, params: Params) -> str:
    """The job, or the project whose longest query is cancelled."""
    del params
    return f"projects/{project_of(incident)}" if _is_about_project(incident) else job_of(incident).path


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to cancel the job of the incident, or the query that has been running longest."""
    api = BigQueryApi(context)
    job = _chosen(api, context, params)
    if job is None:
        minutes, project = params.running_minutes, project_of(context.incident)
        return Plan(texts.NO_LONG_QUERY(project=project, minutes=minutes))
    name = name_of(job)
    if state_of(job) != RUNNING or not _is_long(job, context, params):
        since = duration_text(context.now - _start(job)) if state_of(job) == RUNNING else ""
        reason = texts.RUNS_SINCE(length=since) if since else texts.IS_NOW(state=state_of(job))
        return Plan(
            texts.NOT_CANCELLED(job=name.job, reason=reason),
            before=_state(job),
            details={"job": name.job, "location": name.location},
        )
    _check(context, params, job)
    length = duration_text(context.now - _start(job))
    shown: dict[str, str | Text] = {"job": name.job, "email": _email(job), "length": length}
    return Plan(
        texts.WOULD_CANCEL(**shown),
        calls=(api.cancel(name),),
        done=texts.CANCELLED(**shown),
        precondition={"state": RUNNING},
        before=_state(job),
        details={"job": name.job, "location": name.location},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the cancellation; a query that has ended in the meantime is unaffected."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the job, which BigQuery cancels some seconds later.

    An incident about a project ends by its metric.
    """
    del params
    name = _cancelled(context, plan)
    if name is None:
        return Verdict(Outcome.BY_EVENT)
    job = BigQueryApi(context).job(name)
    state, after = state_of(job), _state(job)
    if state != "DONE":
        return Verdict(Outcome.NOT_YET, texts.IS_NOW(state=state), after, look_again_seconds=LOOK_AGAIN_SECONDS)
    is_cancelled = (error_of(job) or {}).get("reason") == STOPPED
    text = texts.IS_CANCELLED if is_cancelled else texts.ENDED_ITSELF
    return Verdict(Outcome.FIXED, text, after, resolves=not _is_about_project(context.incident))


def _chosen(api: BigQueryApi, context: ActionContext, params: Params) -> Job | None:
    """The job to cancel.

    A job that an earlier attempt of this run may have cancelled stays the chosen one, so that no second job is
    cancelled.
    """
    if name := context.journal.planned("job"):
        return api.job(JobName(project_of(context.incident), name, context.journal.planned("location")))
    if not _is_about_project(context.incident):
        return api.job(job_of(context.incident))
    jobs = api.jobs(project_of(context.incident), state="running")
    long = [job for job in jobs if _may_cancel(job, context, params)]
    return min(long, key=_start, default=None)


def _cancelled(context: ActionContext, plan: Plan) -> JobName | None:
    """The job of a plan."""
    job = plan.details.get("job")
    return JobName(project_of(context.incident), str(job), str(plan.details.get("location", ""))) if job else None


def _may_cancel(job: Job, context: ActionContext, params: Params) -> bool:
    return _is_long(job, context, params) and not any(_obstacles(job, context, params))


def _check(context: ActionContext, params: Params, job: Job) -> None:
    """Raises TargetRefusedError if the job must not be cancelled."""
    for reason in _obstacles(job, context, params):
        text = texts.NOT_CANCELLED_BECAUSE(job=name_of(job).job, reason=reason)
        raise TargetRefusedError(text, TargetRefusal.OTHER_TARGET)


def _obstacles(job: Job, context: ActionContext, params: Params) -> Iterator[Text]:
    """The reasons not to cancel a job."""
    email = _email(job)
    if "query" not in job.get("configuration", {}):
        yield texts.NO_QUERY
    if email in context.settings.service_accounts:
        yield texts.OWN_JOB
    if params.principals and not any(fnmatchcase(email.casefold(), each.casefold()) for each in params.principals):
        yield texts.OTHER_PRINCIPAL(email=email)


def _is_long(job: Job, context: ActionContext, params: Params) -> bool:
    start = time_of(job, "startTime")
    return start is not None and context.now - start >= timedelta(minutes=params.running_minutes)


def _start(job: Job) -> datetime:
    return time_of(job, "startTime") or _NO_TIME


def _email(job: Job) -> str:
    return str(job.get("user_email", ""))


def _is_about_project(incident: IncidentView) -> bool:
    """Whether the incident is about a metric of the project and names no job."""
    return "job" not in incident.labels and incident.resource == incident.project


def _state(job: Job) -> dict[str, Any]:
    """The state of a job, for the record of the run."""
    return {"job": name_of(job).path, "state": state_of(job), "email": _email(job), "start": str(_start(job))}
