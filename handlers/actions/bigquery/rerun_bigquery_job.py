"""Runs a failed load or query job again, with a new id, if another run can help.

Hinomi runs the statement with its own access to data, so it reruns only jobs of the accounts in `principals`, as
BigQuery names them. Whoever can run jobs as one of these accounts can have Hinomi run a statement: list service
accounts of pipelines, never everybody.

The job comes from the incident (label `job`, or the resource `projects/PROJECT/jobs/JOB`), in the incident's project.
Its configuration is read from BigQuery, never from the log. It runs again after temporary errors: `rateLimitExceeded`,
`quotaExceeded`, `resourcesExceeded`, `backendError`, `internalError`, `tableUnavailable`, and conflicts with a
concurrent change. A failed job wrote nothing, so an INSERT and a load that appends run again too. Scripts, sessions and
transactions do not, because some of their statements may have succeeded; nor do loads of an uploaded file, queries that
write no table, and queries whose rows depend on the account (SESSION_USER, row-level security, masked columns).

Nothing runs if the same load or query was started again since, and has not failed. Airflow, Dataform, dbt and transfers run their jobs again
themselves: what could add rows twice (INSERT, UPDATE, WRITE_APPEND) is left to them. For other callers, give them time with `brakes: {delay: 10m}`.

If it fails again with such an error, it runs again after a pause, up to `max_reruns`. The id of the new job follows from the run, so that it never
starts twice; the label `hinomi_rerun` counts. It runs as Hinomi's service account, which
needs access to the data and, for loads, to the objects. The incident is resolved when the job succeeds.

For `bigquery/job_failed` and `bigquery/job_failed_legacy`:

```yaml
  - name: rerun-job
    match: {rule: 'bigquery/job_failed*'}
    on: [opened, reoccurred]
    action: rerun_bigquery_job
    params: {principals: [etl@my-project.iam.gserviceaccount.com], max_reruns: 2}
    brakes: {delay: 10m}
```
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from handlers.actions.bigquery._api import BigQueryApi, Job, JobName, error_of, job_of, name_of, state_of, time_of
from handlers.actions.bigquery._repetition import (
    can_help,
    configuration,
    generation_of,
    obstacle,
    same_work,
    started_later,
)
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.identity.run_names import id_stem
from shared.records import IncidentView
from shared.texts.remediations import bigquery as texts

NAME = "rerun_bigquery_job"
DRY_RUN_PERMISSIONS = ("bigquery.jobs.get", "bigquery.jobs.listAll")
# Those of the job itself: cloud.google.com/bigquery/docs/batch-loading-data, …/reference/standard-sql/dml-syntax
JOB_PERMISSIONS = (
    "bigquery.tables.create",
    "bigquery.tables.get",
    "bigquery.tables.getData",
    "bigquery.tables.update",
    "bigquery.tables.updateData",
    "storage.objects.get",
    "storage.objects.list",
)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "bigquery.jobs.create", *JOB_PERMISSIONS)
PERMISSIONS_BY_SERVICE = {"bigquery": PERMISSIONS}
CALLS = (
    ("bigquery.googleapis.com", "google.cloud.bigquery.v2.JobService.InsertJob"),
    ("storage.googleapis.com", "storage.objects.get"),  # a load reads its sources
    ("storage.googleapis.com", "storage.objects.list"),
)

MOST_RERUNS = 5
MOST_MINUTES = 7 * 24 * 60
MOST_PAUSE = 60  # minutes
LOOK_AGAIN_SECONDS = 120.0
VERIFY_SECONDS = 6 * 3600  # the time limit of a query job


@dataclass(frozen=True)
class Params:
    """`max_reruns` counts all runs after the first one, including those started by earlier runs of Hinomi."""

    principals: tuple[str, ...] = parameter("Shell patterns of the accounts whose jobs run again.")
    max_reruns: int = parameter(f"Maximum number of reruns of a failed job, 1 to {MOST_RERUNS}.", 2)
    pause_minutes: int = parameter("The pause before the second rerun; it doubles each time, up to an hour.", 5)
    max_age_minutes: int = parameter(
        "A job that failed longer ago does not run again, because its statement may depend on the day.", 180
    )

    def __post_init__(self) -> None:
        if not self.principals or any(not each.strip("*?@") for each in self.principals):
            raise InputError(texts.PRINCIPALS)
        if not 1 <= self.max_reruns <= MOST_RERUNS:
            raise InputError(texts.MAX_RERUNS(most=MOST_RERUNS, value=self.max_reruns))
        for name, most in (("max_age_minutes", MOST_MINUTES), ("pause_minutes", MOST_PAUSE)):
            if not 1 <= getattr(self, name) <= most:
                raise InputError(texts.MINUTES(name=name, most=most, value=getattr(self, name)))

    def pause(self, generation: int) -> float:
        """The seconds to wait before the next rerun, by the number of earlier ones."""
        return 60.0 * min(self.pause_minutes << (generation - 1), MOST_PAUSE)


def target(incident: IncidentView, params: Params) -> str:
    """The job that failed."""
    del params
    return job_of(incident).path


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to start the failed job again, unless this run or the job's caller has done so."""
    api = BigQueryApi(context)
    job = api.job(job_of(context.incident))
    name, new = name_of(job), _rerun(context, name_of(job))
    error = error_of(job)
    if error is None:
        return Plan(texts.NOT_FAILED(job=name.job, state=state_of(job)), before=_state(job))
    if api.job_if_any(new) is not None:
        return Plan(texts.STARTED_ALREADY(job=name.job, new=new.job), before=_state(job), details={"job": new.job})
    generation = max(generation_of(job), context.earlier_runs) + 1
    _check(context, params, job, generation)
    if again := _started_again(api, job):
        return Plan(texts.CALLER_STARTED(job=name.job, other=again.job), before=_state(job))
    shows = {"configuration": configuration(job, generation)}
    return Plan(
        texts.WOULD_RERUN(job=name.job, reason=str(error.get("reason", "")), new=new.job),
        calls=(api.insert(new, configuration(job, generation), texts.RERUN(job=name.job), shows),),
        done=texts.RERUN_STARTED(job=name.job, new=new.job, attempt=generation, most=params.max_reruns),
        precondition={"state": "DONE", "job_does_not_exist": new.job},
        before=_state(job),
        details={"job": new.job, "generation": generation},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Starts the job."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the new job."""
    if not plan.details.get("job"):
        return Verdict(Outcome.BY_EVENT)
    api, failed = BigQueryApi(context), job_of(context.incident)
    location = failed.location or name_of(api.job(failed)).location
    job = api.job(JobName(failed.project, str(plan.details["job"]), location))
    error, after = error_of(job), _state(job)
    if state_of(job) != "DONE":
        return Verdict(Outcome.NOT_YET, texts.IS_NOW(state=state_of(job)), after, look_again_seconds=LOOK_AGAIN_SECONDS)
    if error is None:
        # The success of other failed runs of the job arrives in the log.
        return Verdict(Outcome.FIXED, texts.SUCCEEDED, after, resolves=context.incident.occurrence_count <= 1)
    text = texts.FAILED_AGAIN(message=str(error.get("message", ""))[:200])
    generation = int(plan.details.get("generation", params.max_reruns))
    pause = params.pause(generation) if can_help(error) and generation < params.max_reruns else None
    # A job that fails for good says nothing about the other jobs of the rule.
    return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=True, run_again_seconds=pause)


def _check(context: ActionContext, params: Params, job: Job, generation: int) -> None:
    """Raises TargetRefusedError if the job must not run again."""
    name, email = name_of(job).job, str(job.get("user_email", ""))
    if not any(fnmatchcase(email.casefold(), each.casefold()) for each in params.principals):
        other = texts.NOT_AGAIN(job=name, reason=texts.OTHER_PRINCIPAL(email=email))
        raise TargetRefusedError(other, TargetRefusal.OTHER_TARGET)
    if reason := obstacle(job):
        raise TargetRefusedError(texts.NOT_AGAIN(job=name, reason=reason), TargetRefusal.OTHER_TARGET)
    ended = time_of(job, "endTime")
    if ended is None or context.now - ended > timedelta(minutes=params.max_age_minutes):
        too_old = texts.TOO_OLD(job=name, minutes=params.max_age_minutes)
        raise TargetRefusedError(too_old, TargetRefusal.LIMIT_REACHED)
    if generation > params.max_reruns:
        raise TargetRefusedError(texts.RERUN_TOO_OFTEN(job=name, count=generation - 1), TargetRefusal.LIMIT_REACHED)


def _started_again(api: BigQueryApi, job: Job) -> JobName | None:
    """A later job that does the same work and has not failed, started by the caller, a person or another rule."""
    jobs = api.jobs(name_of(job).project, since=time_of(job, "creationTime"))
    return next(
        (name_of(each) for each in jobs if started_later(job, each) and same_work(job, each) and not error_of(each)),
        None,
    )


def _rerun(context: ActionContext, job: JobName) -> JobName:
    """The name of the new job, the same for each attempt of the run; rules recognize it as another run of the same job."""
    stem = job.job[:900] if id_stem(job.job) else "job"
    planned = context.journal.planned("job") or f"{stem}_{context.run_key('rerun')[:16]}"
    return JobName(job.project, planned, job.location)


def _state(job: Job) -> dict[str, Any]:
    """The state of a job, for the record of the run."""
    return {"job": name_of(job).path, "state": state_of(job), "error": dict(error_of(job) or {})}
