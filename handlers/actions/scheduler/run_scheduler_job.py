"""Runs a Cloud Scheduler job now if its last attempt failed, instead of waiting for its next scheduled time.

The job comes from the incident's labels `job` and `location`, in the incident's project. It runs only if it is enabled, its last attempt
failed, and it is not due to run within ten minutes (its schedule, or a retry of Cloud Scheduler). Its target is called as by the
schedule: do not write such a rule for a target that is not safe to call twice.

A call whose response was lost is not repeated if the job had an attempt since. After `max_runs` runs for the same incident, the action
gives up. The incident is resolved when the success of the attempt arrives in the log. There is no undo.

For `scheduler/attempt_failed`:

```yaml
  - name: run-scheduled-job
    match: {rule: scheduler/attempt_failed, resource: nightly-*}
    on: [opened, reoccurred]
    action: run_scheduler_job
    params: {max_runs: 2}
    brakes: {delay: 5m}
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from handlers.actions._places import is_place
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Effect, Outcome, Plan, Verdict
from handlers.remediations.reads import read
from shared.calendar.timestamps import time_of
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.http import one_line
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.remediations import scheduler as texts

NAME = "run_scheduler_job"
DRY_RUN_PERMISSIONS = ("cloudscheduler.jobs.get",)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "cloudscheduler.jobs.run")
CALLS = (("cloudscheduler.googleapis.com", "google.cloud.scheduler.v1.CloudScheduler.RunJob"),)
MOST_RUNS = 10
DUE_SOON = timedelta(minutes=10)
MARGIN = timedelta(minutes=1)  # between the end of an attempt and its status
DEADLINE_SECONDS = 180.0  # of an attempt, unless the job has its own
LOOK_AGAIN_SECONDS = 60.0

_JOB = re.compile(r"[\w-]{1,500}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?s", re.ASCII)


@dataclass(frozen=True)
class Params:
    """`max_runs` counts for each incident."""

    max_runs: int = parameter(f"Maximum number of runs of the job for an incident, 1 to {MOST_RUNS}.", 2)

    def __post_init__(self) -> None:
        if not 1 <= self.max_runs <= MOST_RUNS:
            raise InputError(texts.MAX_RUNS(most=MOST_RUNS, value=self.max_runs))


def target(incident: IncidentView, params: Params) -> str:
    """The job, by its full name."""
    del params
    return _job(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to run the job if its last attempt failed and it does not run soon anyway."""
    full = _job(context.incident)
    resource, name = _read(context, full), full.rpartition("/")[2]
    before = {key: resource.get(key) for key in ("state", "lastAttemptTime", "scheduleTime", "status")}
    call = Call(texts.RUN(job=name), "POST", f"{context.clients.scheduler_url}/v1/{full}:run", {}, shows={"job": full})
    if _is_made(context, call, resource):
        return Plan(texts.STARTED(job=name), before=before)
    if resource.get("state") != "ENABLED":
        return Plan(texts.NOT_ENABLED(job=name, state=str(resource.get("state"))), before=before)
    if _code(resource) <= 0:
        ended = texts.SUCCEEDED_SINCE if _code(resource) == 0 else texts.IN_PROGRESS
        return Plan(ended(job=name), before=before)
    due = time_of(resource.get("scheduleTime"))
    if due is not None and due - context.now <= DUE_SOON:
        return Plan(texts.DUE_SOON(job=name, time=f"{due.astimezone(UTC):%H:%M:%S} UTC"), before=before)
    count = len(context.changes_of(NAME, full))
    if count >= params.max_runs:
        raise TargetRefusedError(texts.FAILED_AGAIN(count=count, job=name), TargetRefusal.LIMIT_REACHED)
    return Plan(
        texts.WOULD_RUN(job=name),
        calls=(call,),
        done=texts.STARTED(job=name),
        precondition={"state": "ENABLED"},
        before=before,
        details={"run": count + 1},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Runs the job."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the status of the new attempt. Until the deadline, an error may still be that of the previous attempt."""
    if not plan.calls:
        return Verdict(Outcome.BY_EVENT)
    resource = _read(context, _job(context.incident))
    after = {key: resource.get(key) for key in ("lastAttemptTime", "status")}
    began, before = time_of(resource.get("lastAttemptTime")), time_of(plan.before.get("lastAttemptTime"))
    if began is None or (before is not None and began <= before):
        return Verdict(Outcome.NOT_YET, texts.NO_ATTEMPT, after, look_again_seconds=LOOK_AGAIN_SECONDS)
    if not _code(resource):
        return Verdict(Outcome.FIXED, texts.SUCCEEDED, after, resolves=False)
    if context.now < began + _deadline(resource) + MARGIN:
        return Verdict(Outcome.NOT_YET, texts.NO_RESULT, after, look_again_seconds=LOOK_AGAIN_SECONDS)
    may_help_again = int(plan.details.get("run", 1)) < params.max_runs
    return Verdict(Outcome.NOT_FIXED, texts.FAILED(message=_message(resource)), after, may_help_again=may_help_again)


def _job(incident: IncidentView) -> str:
    """The full name of the incident's job. Raises TargetRefusedError if a name has no valid form."""
    job, location = incident.labels.get("job", ""), incident.labels.get("location", "")
    if not (is_place(incident.project, location) and _JOB.fullmatch(job)):
        raise TargetRefusedError(texts.NO_JOB, TargetRefusal.OTHER_TARGET)
    return f"projects/{incident.project}/locations/{location}/jobs/{job}"


def _read(context: ActionContext, full: str) -> dict[str, Any]:
    url, does = f"{context.clients.scheduler_url}/v1/{full}", texts.READ_JOB(job=full.rpartition("/")[2])
    return read(context.clients.http(), url, does)


def _is_made(context: ActionContext, call: Call, resource: Mapping[str, Any]) -> bool:
    """Whether this run made the call: its response says so, or it was lost and the job had an attempt since."""
    effect = context.journal.effect_of(call)
    if effect is not Effect.UNKNOWN or context.journal.plan is None:
        return effect is Effect.MADE
    return bool(resource.get("lastAttemptTime") != context.journal.plan.before.get("lastAttemptTime"))


def _code(resource: Mapping[str, Any]) -> int:
    """The code of the last attempt's status: 0 if it succeeded, or if there was none; negative while it has no result."""
    return int((resource.get("status") or {}).get("code", 0))


def _message(resource: Mapping[str, Any]) -> Text:
    message = one_line((resource.get("status") or {}).get("message"), 200)
    return Text.verbatim(message) if message else texts.CODE(code=_code(resource))


def _deadline(resource: Mapping[str, Any]) -> timedelta:
    """The longest time that an attempt takes."""
    given = str(resource.get("attemptDeadline", ""))
    return timedelta(seconds=float(given[:-1]) if _SECONDS.fullmatch(given) else DEADLINE_SECONDS)
