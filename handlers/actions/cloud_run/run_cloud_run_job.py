"""Reruns a Cloud Run job whose execution failed.

Job, region and execution come from the incident's labels `job`, `location` and `execution`, in the incident's project. The action runs the job again only
if this execution failed, nobody cancelled it, and no later one runs or succeeded. The job runs as it is configured now: if the
failed execution had other arguments, variables or another number of tasks, because it was run with overrides or the job was changed since, a
person must decide, and the action refuses.

The new execution has the variable `HINOMI_RUN_KEY`, by which it is found if the response was lost, and never started twice. After
`max_reruns` executions in a row that Hinomi started, the action gives up. The incident is resolved when the success arrives in the
log. A job may not be safe to repeat: enable the rule for those that are. Airflow, Workflows and Cloud Scheduler may run the job again
themselves: give them time with `brakes: {delay: 10m}`. There is no undo: a job may do anything.

For `functions/run_job_failed`:

```yaml
  - name: run-job-again
    match: {rule: functions/run_job_failed, resource: nightly-*}
    on: [opened, reoccurred]
    action: run_cloud_run_job
    params: {max_reruns: 2}
    brakes: {delay: 10m}
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.actions._places import is_place
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from handlers.remediations.reads import read
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.http import one_line
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.remediations import cloud_run as texts

NAME = "run_cloud_run_job"
# cloud.google.com/run/docs/reference/iam/permissions; the variable is an override
DRY_RUN_PERMISSIONS = ("run.executions.list", "run.jobs.get")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "run.jobs.run", "run.jobs.runWithOverrides")
CALLS = (("run.googleapis.com", "google.cloud.run.v2.Jobs.RunJob"),)
VERIFY_SECONDS = 6 * 3600
LOOK_AGAIN_SECONDS = 60.0
MOST_RERUNS = 10
RECENT = 100  # executions of a job that are searched
SUCCEEDED, FAILED = "CONDITION_SUCCEEDED", "CONDITION_FAILED"
KEY = "HINOMI_RUN_KEY"  # a variable of the execution that identifies the run

_ID = re.compile(r"[a-z][a-z0-9-]{0,79}", re.ASCII)


@dataclass(frozen=True)
class Params:
    """`max_reruns` counts the executions in a row that Hinomi started."""

    max_reruns: int = parameter(f"Maximum number of reruns of the job, 1 to {MOST_RERUNS}.", 2)

    def __post_init__(self) -> None:
        if not 1 <= self.max_reruns <= MOST_RERUNS:
            raise InputError(texts.MAX_RERUNS(most=MOST_RERUNS, value=self.max_reruns))


@dataclass(frozen=True, slots=True)
class _Job:
    """The job of an incident: its full name, its id, and the id of the execution that failed."""

    full: str
    id: str
    execution: str


def target(incident: IncidentView, params: Params) -> str:
    """The job, by its full name."""
    del params
    return _job(incident).full


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to run the job again if its execution failed and no later one replaces it."""
    job = _job(context.incident)
    resource = _get(context, job.full, texts.READ_JOB(job=job.id))
    executions = _executions(context, job)
    started = _of_run(executions, context.run_key(job.full))
    if started is not None:
        return Plan(texts.STARTED(job=job.id), before=_state(started))
    failed = _failed(executions, job)
    before = {"execution": job.execution, **_state(failed)}
    if _is_cancelled(failed):
        return Plan(texts.CANCELLED(job=job.id, execution=job.execution), before=before)
    if later := _makes_needless(executions, job):
        return Plan(texts.RUNS_AGAIN(job=job.id, execution=later), before=before)
    _check_limit(executions, job, params)
    if not _is_same_work(resource, failed):
        raise TargetRefusedError(texts.OTHER_WORK(job=job.id, execution=job.execution), TargetRefusal.OTHER_TARGET)
    return Plan(
        texts.WOULD_RUN(job=job.id),
        calls=(_run(context, job, resource),),
        done=texts.STARTED(job=job.id),
        precondition={"etag": resource.get("etag")},
        before=before,
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> Mapping[str, Any]:
    """Runs the job if its configuration has not changed since it was read; returns the execution."""
    del params
    (call,) = plan.calls
    execution = calls.make(context, context.clients.http(), call).json().get("metadata") or {}
    return {"execution": _id(execution), "log": execution.get("logUri", "")}


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the new execution. Its success also arrives in the log, and then resolves the incident."""
    if not plan.calls:
        return Verdict(Outcome.BY_EVENT)
    job = _job(context.incident)
    executions = _executions(context, job)
    execution = _of_run(executions, context.run_key(job.full))
    if execution is None:
        raise ActionError(texts.NO_EXECUTION(job=job.id, execution=context.run_key(job.full)), permanent=False)
    after = {"execution": _id(execution), **_state(execution)}
    if not _has_ended(execution):
        return Verdict(Outcome.NOT_YET, texts.RUNNING, after, look_again_seconds=LOOK_AGAIN_SECONDS)
    if _has_succeeded(execution):
        return Verdict(Outcome.FIXED, texts.SUCCEEDED, after, resolves=False)
    message = one_line(_completed(execution).get("message"), 200)
    text = texts.FAILED(message=Text.verbatim(message) if message else texts.NO_MESSAGE)
    return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=_reruns(executions) < params.max_reruns)


def _job(incident: IncidentView) -> _Job:
    """The job that the incident names. Raises TargetRefusedError if a name has no valid form."""
    labels = incident.labels
    job, location, execution = labels.get("job", ""), labels.get("location", ""), labels.get("execution", "")
    if not (is_place(incident.project, location) and _ID.fullmatch(job) and _ID.fullmatch(execution)):
        raise TargetRefusedError(texts.NO_JOB, TargetRefusal.OTHER_TARGET)
    return _Job(f"projects/{incident.project}/locations/{location}/jobs/{job}", job, execution)


def _run(context: ActionContext, job: _Job, resource: Mapping[str, Any]) -> Call:
    """The call. Its etag is that of the configuration that was compared."""
    containers = (resource.get("template", {}).get("template") or {}).get("containers") or [{}]
    named = {"name": containers[0]["name"]} if containers[0].get("name") else {}
    override = {**named, "env": [{"name": KEY, "value": context.run_key(job.full)}]}
    body = {"etag": resource.get("etag"), "overrides": {"containerOverrides": [override]}}
    shows = {"job": job.full, "instead_of": job.execution}
    return Call(texts.RUN(job=job.id), "POST", f"{context.clients.run_url}/v2/{job.full}:run", body, shows=shows)


def _get(context: ActionContext, path: str, call: Text, **query: Any) -> dict[str, Any]:
    url = f"{context.clients.run_url}/v2/{path}"
    return read(context.clients.http(), url, call, **query)


def _executions(context: ActionContext, job: _Job) -> list[dict[str, Any]]:
    """The latest executions of the job, the latest first."""
    body = _get(context, f"{job.full}/executions", texts.LIST(job=job.id), pageSize=RECENT)
    return sorted(body.get("executions", []), key=lambda each: str(each.get("createTime", "")), reverse=True)


def _failed(executions: Sequence[Mapping[str, Any]], job: _Job) -> Mapping[str, Any]:
    """The execution of the incident. Raises TargetRefusedError if it does not exist, or did not fail."""
    names = {"job": job.id, "execution": job.execution}
    failed = next((each for each in executions if _id(each) == job.execution), None)
    if failed is None:
        raise TargetRefusedError(texts.NO_EXECUTION(**names), TargetRefusal.TARGET_NOT_FOUND)
    if not _has_ended(failed) or _has_succeeded(failed):
        raise TargetRefusedError(texts.NOT_FAILED(**names), TargetRefusal.OTHER_TARGET)
    return failed


def _makes_needless(executions: Sequence[Mapping[str, Any]], job: _Job) -> str:
    """The id of a later execution that is running or succeeded; empty if there is none."""
    for execution in executions:
        if _id(execution) == job.execution:
            break
        if not _has_ended(execution) or _has_succeeded(execution):
            return _id(execution)
    return ""


def _check_limit(executions: Sequence[Mapping[str, Any]], job: _Job, params: Params) -> None:
    reruns = _reruns(executions)
    if reruns >= params.max_reruns:
        raise TargetRefusedError(texts.FAILED_AGAIN(count=reruns, job=job.id), TargetRefusal.LIMIT_REACHED)


def _reruns(executions: Sequence[Mapping[str, Any]]) -> int:
    """The number of executions that Hinomi started since the last success."""
    count = 0
    for execution in executions:
        if _has_succeeded(execution):
            break
        count += KEY in _variables(_containers(execution.get("template"))[:1])
    return count


def _is_same_work(resource: Mapping[str, Any], execution: Mapping[str, Any]) -> bool:
    """Whether the execution had the arguments, variables and number of tasks that the job has now."""
    template = resource.get("template") or {}
    now, then = _containers(template.get("template")), _containers(execution.get("template"))
    same_arguments = [_arguments(each) for each in now] == [_arguments(each) for each in then]
    variables = {name: value for name, value in _variables(then).items() if name != KEY}
    return (
        same_arguments
        and _variables(now) == variables
        and template.get("taskCount", 1) == execution.get("taskCount", 1)
    )


def _containers(task: Any) -> list[Mapping[str, Any]]:
    return list((task or {}).get("containers") or [])


def _arguments(container: Mapping[str, Any]) -> tuple[Any, Any]:
    return container.get("command") or [], container.get("args") or []


def _variables(containers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The variables of the containers: their values, or the secrets that they refer to."""
    return {
        str(each.get("name")): each.get("value", each.get("valueSource"))
        for one in containers
        for each in one.get("env") or ()
    }


def _of_run(executions: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any] | None:
    """The execution that this run started; None if there is none."""
    return next((each for each in executions if _variables(_containers(each.get("template"))).get(KEY) == key), None)


def _completed(execution: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each for each in execution.get("conditions") or () if each.get("type") == "Completed"), {})


def _has_ended(execution: Mapping[str, Any]) -> bool:
    """Whether the execution ended; one that could not start has no time of completion."""
    return bool(execution.get("completionTime")) or _completed(execution).get("state") in (SUCCEEDED, FAILED)


def _has_succeeded(execution: Mapping[str, Any]) -> bool:
    return _completed(execution).get("state") == SUCCEEDED


def _is_cancelled(execution: Mapping[str, Any]) -> bool:
    return bool(execution.get("cancelledCount")) or _completed(execution).get("executionReason") == "CANCELLED"


def _state(execution: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": _completed(execution).get("state", ""), "completionTime": execution.get("completionTime")}


def _id(execution: Mapping[str, Any]) -> str:
    return str(execution.get("name", "")).rpartition("/")[2]
