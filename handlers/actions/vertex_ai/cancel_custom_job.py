"""Cancels the custom job of an incident if it is still running.

Vertex AI cancels a job on a best-effort basis: it may end first. Its output up to then stays. A cancelled job cannot be continued, so
there is no undo; start it again with your own tools.

Use it for incidents and reports about a job that runs too long or is misused. The job is the resource of the incident
(`projects/PROJECT/locations/REGION/customJobs/NUMBER`), or its labels `run` and `location` name it. The incident stays open:

    - {name: cancel-mining, match: {rule: 'report/cost', resource: 'projects/*/customJobs/*'}, action: cancel_custom_job, mode: approve}
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions.vertex_ai import _api
from handlers.actions.vertex_ai._cancel import CUSTOM_JOB, cancellation, verdict_of
from handlers.context import ActionContext
from handlers.remediations import calls
from handlers.remediations.model import Plan, Verdict
from shared.records import IncidentView

NAME = "cancel_custom_job"
DRY_RUN_PERMISSIONS = ("aiplatform.customJobs.get",)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "aiplatform.customJobs.cancel")
CALLS = ((_api.SERVICE, "google.cloud.aiplatform.v1.JobService.CancelCustomJob"),)


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the job."""


def target(incident: IncidentView, params: Params) -> str:
    """The job, by its name."""
    del params
    return _api.name_of(incident, CUSTOM_JOB.collection, "run")


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to cancel the job if it has not ended."""
    del params
    return cancellation(context, CUSTOM_JOB)


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the cancellation."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the job, which is cancelled some minutes later."""
    del params, plan
    return verdict_of(context, CUSTOM_JOB)
