"""The cancellation of a Vertex AI job, shared by custom jobs and pipeline runs."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions.vertex_ai import _api
from handlers.context import ActionContext
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.texts import Template
from shared.texts.remediations import vertex_ai as texts


@dataclass(frozen=True, slots=True)
class CancellableKind:
    """A kind of job: its collection in the API, its name for people, and the prefix of its states."""

    collection: str
    noun: Template
    prefix: str

    @property
    def running(self) -> tuple[str, ...]:
        """The states in which a job can be cancelled."""
        return tuple(f"{self.prefix}{name}" for name in ("QUEUED", "PENDING", "RUNNING", "PAUSED", "UPDATING"))


CUSTOM_JOB = CancellableKind("customJobs", texts.CUSTOM_JOB, "JOB_STATE_")
PIPELINE_RUN = CancellableKind("pipelineJobs", texts.PIPELINE_RUN, "PIPELINE_STATE_")


def cancellation(context: ActionContext, kind: CancellableKind) -> Plan:
    """Plans to cancel the job of the incident if it has not ended."""
    job = _api.resource_of(context.incident, kind.collection, "run")
    body = _api.read(context, job)
    state, what = str(body.get("state")), kind.noun(job=job.id)
    before = {"state": state}
    if state not in kind.running:
        return Plan(texts.NOT_RUNNING(what=what, state=state), before=before)
    call = Call(texts.CANCEL(what=what), "POST", f"{_api.url(context, job)}:cancel", {})
    done, details = texts.CANCELLED(what=what), {"resource": body.get("name", job.name)}
    would = texts.WOULD_CANCEL(what=what, state=state)
    return Plan(would, (call,), done, {"state": state}, before, details=details)


def verdict_of(context: ActionContext, kind: CancellableKind) -> Verdict:
    """Reads the state of the job, which is cancelled some minutes later."""
    job = _api.resource_of(context.incident, kind.collection, "run")
    state = str(_api.read(context, job).get("state"))
    text, after = texts.JOB_IS(job=job.id, state=state), {"state": state}
    if state in (*kind.running, f"{kind.prefix}CANCELLING"):
        return Verdict(Outcome.NOT_YET, text, after)
    if state != f"{kind.prefix}CANCELLED":
        text = texts.ENDED_OTHERWISE(what=kind.noun(job=job.id), state=state)
    return Verdict(Outcome.FIXED, text, after, resolves=False)
