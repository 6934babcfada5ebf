"""Runs a failed pipeline again: a new run with the specification, the parameters and the account of the failed one.

The id of the new run comes from the action run, so that an interrupted attempt starts none twice. Nothing is started if
a later run of the same pipeline with the same parameters runs or succeeded, or if this pipeline was run again
`max_reruns` times. Tasks whose results are cached are not repeated, as the specification says; others are, so their
tasks must be repeatable. There is no undo.

Use it for `vertex_ai/pipeline_failed` and `vertex_ai/pipeline_task_failed`, whose labels `run` and `location` name the
failed run; the incident is resolved when the success of the new run arrives in the log:

    - {name: rerun-pipelines, match: {rule: vertex_ai/pipeline_failed}, on: [opened, reoccurred], action: rerun_pipeline_job, mode: approve}

The new run uses the service account of the failed one: give the account of metrics-analysis `roles/iam.serviceAccountUser` on it;
deploy.sh does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.actions.vertex_ai import _api
from handlers.actions.vertex_ai._api import VertexResource
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from handlers.remediations.reads import read
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import vertex_ai as texts

NAME = "rerun_pipeline_job"
DRY_RUN_PERMISSIONS = ("aiplatform.pipelineJobs.get", "aiplatform.pipelineJobs.list")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "aiplatform.pipelineJobs.create")
CALLS = ((_api.SERVICE, "google.cloud.aiplatform.v1.PipelineService.CreatePipelineJob"),)
MOST_RERUNS = 10
LOOK_AGAIN_SECONDS = 300.0
VERIFY_SECONDS = 24 * 3600  # training takes hours
FAILED, SUCCEEDED = "PIPELINE_STATE_FAILED", "PIPELINE_STATE_SUCCEEDED"
_ENDED_BADLY = (FAILED, "PIPELINE_STATE_CANCELLED", "PIPELINE_STATE_CANCELLING")
# What a caller sets; everything else is output.
_SET = (
    "displayName",
    "pipelineSpec",
    "templateUri",
    "labels",
    "runtimeConfig",
    "encryptionSpec",
    "serviceAccount",
    "network",
    "reservedIpRanges",
    "pscInterfaceConfig",
    "preflightValidations",
)
_KEY = re.compile(r"-(?=[0-9]*[a-f])[0-9a-f]{12}$")  # of an earlier rerun; twelve digits are the time of a run
LONGEST_ID = 128


@dataclass(frozen=True)
class Params:
    """`max_reruns` counts per pipeline."""

    max_reruns: int = parameter(f"Maximum number of reruns of the same pipeline, 1 to {MOST_RERUNS}.", 2)

    def __post_init__(self) -> None:
        if not 1 <= self.max_reruns <= MOST_RERUNS:
            raise InputError(texts.OUT_OF_RANGE(name="max_reruns", value=self.max_reruns, least=1, most=MOST_RERUNS))


def target(incident: IncidentView, params: Params) -> str:
    """The pipeline by its name, project and region, because each run has a new id."""
    del params
    pipeline = incident.resource.partition("/")[0]  # the resource of a failed task ends with the task
    return f"projects/{incident.project}/locations/{incident.labels.get('location', '')}/pipelines/{pipeline}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to start a new run if the run failed and no later run replaces it."""
    failed = _failed(context)
    job = _api.read(context, failed)
    state, before = str(job.get("state")), {"state": job.get("state")}
    if state != FAILED:
        return Plan(texts.NOT_FAILED(job=failed.id, state=state), before=before)
    new = _new(context, failed)
    parent = str(job.get("name", failed.name)).rpartition("/pipelineJobs/")[
        0
    ]  # the audit log may have the project's number
    details = {"job": new.name, "resources": [new.parent, new.name, parent, f"{parent}/pipelineJobs/{new.id}"]}
    if (other := _api.exists(context, new) or _later(context, failed, job)) is not None:
        number = str(other["name"]).rpartition("/")[2]
        another = texts.ANOTHER_RUN(job=number, state=str(other.get("state")))
        return Plan(another, before=before, details={**details, "job": f"{new.parent}/pipelineJobs/{number}"})
    pipeline = _pipeline(job) or failed.id
    if context.earlier_runs >= params.max_reruns:
        again = texts.FAILED_AGAIN(count=context.earlier_runs, pipeline=pipeline)
        raise TargetRefusedError(again, TargetRefusal.LIMIT_REACHED)
    names = {"pipeline": pipeline, "job": new.id}
    return Plan(
        texts.WOULD_RERUN(**names, failed=failed.id),
        calls=(_start(context, job, new, pipeline),),
        done=texts.RERUN(**names, attempt=context.earlier_runs + 1, most=params.max_reruns),
        precondition={"state": state},
        before=before,
        details=details,
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Starts the run."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the new run. Its success also arrives in the log, and then resolves the incident."""
    failed = _failed(context)
    number = str(plan.details.get("job", failed.name)).rpartition("/")[2]
    job = _api.read(context, VertexResource(failed.project, failed.location, failed.kind, number))
    state = str(job.get("state"))
    text, after = texts.JOB_IS(job=number, state=state), {"state": state}
    if state == SUCCEEDED:
        return Verdict(Outcome.FIXED, text, after, resolves=False)
    if "job" not in plan.details:
        return Verdict(
            Outcome.BY_EVENT, text, after
        )  # nothing was started: the failed run itself is the one that was read
    if state in _ENDED_BADLY:
        return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=context.earlier_runs < params.max_reruns)
    return Verdict(Outcome.NOT_YET, text, after, look_again_seconds=LOOK_AGAIN_SECONDS)


def _failed(context: ActionContext) -> VertexResource:
    return _api.resource_of(context.incident, "pipelineJobs", "run")


def _new(context: ActionContext, failed: VertexResource) -> VertexResource:
    """The new run: the id of the failed one, so that it names the same dates, and a key of the action run."""
    key = context.run_key(failed.name)[:12]
    number = _KEY.sub("", failed.id)[: LONGEST_ID - len(key) - 1]
    return VertexResource(failed.project, failed.location, failed.kind, f"{number}-{key}")


def _later(context: ActionContext, failed: VertexResource, job: Mapping[str, Any]) -> dict[str, Any] | None:
    """A later run of the pipeline with the same parameters that runs or succeeded; only the latest hundred are read."""
    query = {"filter": f'create_time>="{job.get("createTime", "")}"', "pageSize": "100", "orderBy": "create_time desc"}
    url, does = f"{_api.base(context, failed)}/pipelineJobs", texts.LIST_JOBS(parent=failed.parent)
    listed = read(context.clients.http(), url, does, **query).get("pipelineJobs", ())
    others = (each for each in listed if str(each["name"]).rpartition("/")[2] != failed.id)
    return next((each for each in others if each.get("state") not in _ENDED_BADLY and _same(each, job)), None)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return _pipeline(one) == _pipeline(other) and _parameters(one) == _parameters(other)


def _pipeline(job: Mapping[str, Any]) -> str:
    info = (job.get("pipelineSpec") or {}).get("pipelineInfo") or {}
    return str(info.get("name") or job.get("displayName") or "")


def _parameters(job: Mapping[str, Any]) -> Any:
    return (job.get("runtimeConfig") or {}).get("parameterValues") or {}


def _start(context: ActionContext, job: Mapping[str, Any], new: VertexResource, pipeline: str) -> Call:
    """The call that starts the run. Its parameters may be secret, so they are not shown."""
    return Call(
        texts.RUN_PIPELINE(pipeline=pipeline, job=new.id),
        "POST",
        f"{_api.base(context, new)}/pipelineJobs",
        {name: job[name] for name in _SET if name in job},
        query={"pipelineJobId": new.id},
        shows={"pipelineJobId": new.id, "pipeline": pipeline},
    )
