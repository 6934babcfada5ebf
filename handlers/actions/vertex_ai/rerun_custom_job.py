"""Runs a failed custom job again: a new job with the specification, the labels and the account of the failed one.

The new job has the name of the failed one, and the label `hinomi_run`, by which an interrupted attempt finds it, so
that none is started twice. Nothing is started if a later job of the same name with the same worker pools runs or
succeeded, or if this job was run again `max_reruns` times. A job that a pipeline started is left to
`rerun_pipeline_job`. Training starts from the beginning, unless the program continues from a checkpoint, and costs as
much again. There is no undo.

Use it for `vertex_ai/custom_job_failed`, whose labels `run` and `location` name the failed job, but not for trials of a
hyperparameter tuning job; the incident is resolved when the success of the new job arrives in the log:

    - {name: rerun-training, match: {rule: vertex_ai/custom_job_failed}, on: [opened, reoccurred], action: rerun_custom_job, mode: approve}

The new job uses the service account of the failed one: give the account of metrics-analysis `roles/iam.serviceAccountUser` on it;
deploy.sh does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.actions.vertex_ai import _api
from handlers.actions.vertex_ai._api import VertexResource
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from handlers.remediations.reads import read
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.identity.run_names import stem
from shared.records import IncidentView
from shared.texts.remediations import vertex_ai as texts

NAME = "rerun_custom_job"
DRY_RUN_PERMISSIONS = ("aiplatform.customJobs.get", "aiplatform.customJobs.list")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "aiplatform.customJobs.create")
CALLS = ((_api.SERVICE, "google.cloud.aiplatform.v1.JobService.CreateCustomJob"),)
KIND, RUN = "customJobs", "hinomi_run"
MOST_RERUNS, MOST_PAGES = 10, 5
LOOK_AGAIN_SECONDS = 300.0
VERIFY_SECONDS = 24 * 3600  # training takes hours
FAILED, SUCCEEDED = "JOB_STATE_FAILED", "JOB_STATE_SUCCEEDED"
_ENDED_BADLY = (FAILED, "JOB_STATE_CANCELLED", "JOB_STATE_CANCELLING", "JOB_STATE_EXPIRED")
_SET = ("displayName", "jobSpec", "encryptionSpec")  # what a caller sets, besides labels; everything else is output
_OF_PIPELINE = "vertex-ai-pipelines"  # the beginning of labels of a job that a pipeline started
_RESERVED = ("goog", _OF_PIPELINE)


@dataclass(frozen=True)
class Params:
    """`max_reruns` counts per job name."""

    max_reruns: int = parameter(f"Maximum number of reruns of the same job, 1 to {MOST_RERUNS}.", 2)

    def __post_init__(self) -> None:
        if not 1 <= self.max_reruns <= MOST_RERUNS:
            raise InputError(texts.OUT_OF_RANGE(name="max_reruns", value=self.max_reruns, least=1, most=MOST_RERUNS))


def target(incident: IncidentView, params: Params) -> str:
    """The job by its name, project and region, because each run has a new id."""
    del params
    return f"projects/{incident.project}/locations/{incident.labels.get('location', '')}/{KIND}/{incident.resource}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to start a new job if the job failed and no later job replaces it."""
    failed = _api.resource_of(context.incident, KIND, "run")
    job = _api.read(context, failed)
    state, name, before = str(job.get("state")), str(job.get("displayName", "")), {"state": job.get("state")}
    if any(label.startswith(_OF_PIPELINE) for label in job.get("labels") or {}):
        raise TargetRefusedError(texts.OF_PIPELINE(job=failed.id), TargetRefusal.OTHER_TARGET)
    if state != FAILED:
        return Plan(texts.NOT_RUNNING(what=texts.CUSTOM_JOB(job=failed.id), state=state), before=before)
    parent = str(job.get("name", failed.name)).rpartition(f"/{KIND}/")[0]  # the audit log may have the project's number
    details = {"since": job.get("createTime"), "resources": [failed.parent, parent]}
    others = list(_later(context, failed, job.get("createTime")))
    if any(_key(context, failed) == _run_of(each) for each in others):
        return Plan(
            texts.RERUN_JOB(name=name, attempt=context.earlier_runs + 1, most=params.max_reruns),
            before=before,
            details=details,
        )
    if other := next((each for each in others if _does_its_work(each, job)), None):
        number, its_state = str(other["name"]).rpartition("/")[2], str(other.get("state"))
        return Plan(texts.ANOTHER_JOB(job=number, name=name, state=its_state), before=before)
    if context.earlier_runs >= params.max_reruns:
        again = texts.JOB_FAILED_AGAIN(count=context.earlier_runs, name=name)
        raise TargetRefusedError(again, TargetRefusal.LIMIT_REACHED)
    return Plan(
        texts.WOULD_RERUN_JOB(name=name, failed=failed.id),
        calls=(_start(context, failed, job),),
        done=texts.RERUN_JOB(name=name, attempt=context.earlier_runs + 1, most=params.max_reruns),
        precondition={"state": state},
        before=before,
        details=details,
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> Mapping[str, Any]:
    """Starts the job; returns its name."""
    del params
    (call,) = plan.calls
    return {"job": str(calls.make(context, context.clients.http(), call).json().get("name", ""))}


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the new job. Its success also arrives in the log, and then resolves the incident."""
    if "since" not in plan.details:
        return Verdict(Outcome.BY_EVENT)
    failed = _api.resource_of(context.incident, KIND, "run")
    key = _key(context, failed)
    job = next((each for each in _later(context, failed, plan.details["since"]) if _run_of(each) == key), None)
    if job is None:
        raise ActionError(texts.NOT_LISTED(name=context.incident.resource), permanent=False)
    state, number = str(job.get("state")), str(job["name"]).rpartition("/")[2]
    text, after = texts.JOB_IS(job=number, state=state), {"job": job["name"], "state": state}
    if state == SUCCEEDED:
        return Verdict(Outcome.FIXED, text, after, resolves=False)
    if state in _ENDED_BADLY:
        return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=context.earlier_runs < params.max_reruns)
    return Verdict(Outcome.NOT_YET, text, after, look_again_seconds=LOOK_AGAIN_SECONDS)


def _later(context: ActionContext, failed: VertexResource, since: Any) -> Iterator[dict[str, Any]]:
    """The jobs of the region that were created after the failed job."""
    query: dict[str, Any] = {"filter": f'create_time>="{since}"', "pageSize": "100"}
    url, does = f"{_api.base(context, failed)}/{KIND}", texts.LIST_CUSTOM_JOBS(parent=failed.parent)
    for _ in range(MOST_PAGES):
        body = read(context.clients.http(), url, does, **query)
        yield from (each for each in body.get(KIND, ()) if str(each["name"]).rpartition("/")[2] != failed.id)
        if not body.get("nextPageToken"):
            return
        query["pageToken"] = body["nextPageToken"]


def _does_its_work(other: Mapping[str, Any], job: Mapping[str, Any]) -> bool:
    """Whether another job has the same name, besides the suffix of a run, and does the same, and has not failed."""
    names = (stem(str(each.get("displayName", ""))) for each in (other, job))
    pools = ((each.get("jobSpec") or {}).get("workerPoolSpecs") for each in (other, job))
    return other.get("state") not in _ENDED_BADLY and len(set(names)) == 1 and next(pools) == next(pools)


def _start(context: ActionContext, failed: VertexResource, job: Mapping[str, Any]) -> Call:
    """The call that starts the job. Its variables and arguments may be secret, so they are not shown."""
    own = {key: value for key, value in (job.get("labels") or {}).items() if not key.startswith(_RESERVED)}
    labels, name = {**own, RUN: _key(context, failed)}, str(job.get("displayName", ""))
    return Call(
        texts.RUN_JOB(name=name),
        "POST",
        f"{_api.base(context, failed)}/{KIND}",
        {**{field: job[field] for field in _SET if field in job}, "labels": labels},
        shows={"displayName": name, "as": failed.id},
    )


def _key(context: ActionContext, failed: VertexResource) -> str:
    return context.run_key(failed.name)


def _run_of(job: Mapping[str, Any]) -> str:
    return str((job.get("labels") or {}).get(RUN, ""))
