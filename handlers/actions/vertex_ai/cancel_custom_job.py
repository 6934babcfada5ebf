"""Cancels a custom job that an incident names, if it still runs.

Vertex AI cancels a job as well as it can: it may have ended before. What it has written until then stays. A cancelled job cannot be continued, so
there is no undo; start it again with your own tools.

It helps incidents and reports about a job that runs too long or that somebody misuses, whose resource is the job
(`projects/PROJECT/locations/REGION/customJobs/NUMBER`), or whose labels `run` and `location` name it; the incident stays open:

    - {name: cancel-mining, match: {rule: 'report/cost', resource: 'projects/*/customJobs/*'}, action: cancel_custom_job, mode: approve}
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions.vertex_ai import _api
from handlers.context import ActionContext
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.records import IncidentView
from shared.texts.remediations import vertex_ai as texts

NAME = "cancel_custom_job"
DRY_RUN_PERMISSIONS = ("aiplatform.customJobs.get",)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "aiplatform.customJobs.cancel")
CALLS = ((_api.SERVICE, "google.cloud.aiplatform.v1.JobService.CancelCustomJob"),)
CANCELLED, CANCELLING = "JOB_STATE_CANCELLED", "JOB_STATE_CANCELLING"
_CANCELLABLE = tuple(f"JOB_STATE_{name}" for name in ("QUEUED", "PENDING", "RUNNING", "PAUSED", "UPDATING"))


@dataclass(frozen=True)
class Params:
    """It has no parameters: the incident names the job."""


def target(incident: IncidentView, params: Params) -> str:
    """The job, by its name."""
    del params
    return _api.name_of(incident, "customJobs", "run")


def plan(context: ActionContext, params: Params) -> Plan:
    """Cancels the job if it has not ended."""
    del params
    job = _api.resource_of(context.incident, "customJobs", "run")
    body = _api.read(context, job)
    state = str(body.get("state"))
    before, names = {"state": state}, {"job": job.id, "state": state}
    if state not in _CANCELLABLE:
        return Plan(texts.NOT_RUNNING(**names), before=before)
    call = Call(texts.CANCEL(job=job.id), "POST", f"{_api.url(context, job)}:cancel", {})
    done, details = texts.CANCELLED(job=job.id), {"resource": body.get("name", job.name)}
    return Plan(texts.WOULD_CANCEL(**names), (call,), done, {"state": state}, before, details=details)


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the cancellation."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the job: it is cancelled some minutes later."""
    del params, plan
    job = _api.resource_of(context.incident, "customJobs", "run")
    state = str(_api.read(context, job).get("state"))
    text, after = texts.JOB_IS(job=job.id, state=state), {"state": state}
    if state in (*_CANCELLABLE, CANCELLING):
        return Verdict(Outcome.NOT_YET, text, after)
    if state != CANCELLED:
        text = texts.ENDED_OTHERWISE(job=job.id, state=state)
    return Verdict(Outcome.FIXED, text, after, resolves=False)
