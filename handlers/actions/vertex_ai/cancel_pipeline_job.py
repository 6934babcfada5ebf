"""Cancels the pipeline run of an incident if it is still running.

Vertex AI cancels the running tasks on a best-effort basis; the results of finished tasks stay. A cancelled run cannot
be continued, so there is no undo; run the pipeline again with your own tools, where its cached tasks are not repeated.

Use it for incidents and reports about a run that takes too long, such as `vertex_ai/pipeline_task_failed` while other
tasks of the run go on. The run is the resource of the incident (`projects/PROJECT/locations/REGION/pipelineJobs/RUN`), or
its labels `run` and `location` name it. The incident stays open:

    - {name: cancel-rest, match: {rule: vertex_ai/pipeline_task_failed}, action: cancel_pipeline_job, mode: approve}
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions.vertex_ai import _api
from handlers.actions.vertex_ai._cancel import PIPELINE_RUN, cancellation, verdict_of
from handlers.context import ActionContext
from handlers.remediations import calls
from handlers.remediations.model import Plan, Verdict
from shared.records import IncidentView

NAME = "cancel_pipeline_job"
DRY_RUN_PERMISSIONS = ("aiplatform.pipelineJobs.get",)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "aiplatform.pipelineJobs.cancel")
CALLS = ((_api.SERVICE, "google.cloud.aiplatform.v1.PipelineService.CancelPipelineJob"),)


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the run."""


def target(incident: IncidentView, params: Params) -> str:
    """The run, by its name."""
    del params
    return _api.name_of(incident, PIPELINE_RUN.collection, "run")


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to cancel the run if it has not ended."""
    del params
    return cancellation(context, PIPELINE_RUN)


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the cancellation."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the run, which is cancelled some minutes later."""
    del params, plan
    return verdict_of(context, PIPELINE_RUN)
