"""Stops the instance of an incident; undo starts it again.

The operating system is shut down; disks and metadata stay, an ephemeral external address is lost. The API rejects the
request for an instance with local SSDs. An instance of a managed instance group may be started or replaced by its
group. Where the instance is evidence, put `snapshot_disks` before it.

Use it for incidents about a misused instance, such as `compute/startup_script_changed`; the incident stays open:

    - {name: stop-changed-instances, match: {rule: compute/startup_script_changed}, action: stop_instance, mode: approve}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.actions.compute import _api
from handlers.context import ActionContext
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import compute as texts

NAME = "stop_instance"
# docs.cloud.google.com/compute/docs/instances/restarting-an-instance, required permissions
DRY_RUN_PERMISSIONS = ("compute.instances.get", "compute.zoneOperations.list")
JOB_PERMISSIONS = ("compute.instances.stop", "compute.instances.start")  # operations end after the run
PERMISSIONS = (*DRY_RUN_PERMISSIONS, *JOB_PERMISSIONS)
CALLS = tuple((_api.SERVICE, f"v1.compute.instances.{verb}") for verb in ("stop", "start"))
STEP, UNDO_STEP = "stop", "start again"


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the instance."""


def target(incident: IncidentView, params: Params) -> str:
    """The instance, by its path."""
    del params
    return _api.instance_path(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to stop the instance if it is running."""
    del params
    resource = _api.instance_of(context.incident)
    instance = _api.read(context, resource.path)
    state, name = str(instance.get("status")), resource.name
    before = {"status": state}
    if _api.operation(context, resource, STEP):
        return Plan(texts.REQUESTED(name=name), before=before)
    if state not in (_api.RUNNING, *_api.STARTING):
        return Plan(texts.IN_STATE(name=name, state=state), before=before)
    return Plan(
        texts.WOULD_STOP(name=name),
        calls=(_api.request(context, f"{resource.path}/stop", texts.STOP(name=name), STEP),),
        done=texts.STOPPED(name=name),
        precondition={"status": state},
        before=before,
        undo={"start": resource.path},
        details=_api.named(resource, instance),
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the stop, or the start."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state; shutting down takes a minute or more."""
    del params, plan
    resource = _api.instance_of(context.incident)
    state = str(_api.read(context, resource.path).get("status"))
    text, after = texts.IS_STATE(name=resource.name, state=state), {"status": state}
    outcome = Outcome.FIXED if state == _api.STOPPED else Outcome.NOT_YET
    return Verdict(outcome, text, after, resolves=False)


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to start the instance again if it is stopped."""
    del params, undo
    resource = _api.instance_of(context.incident)
    instance = _api.read(context, resource.path)
    state, name = str(instance.get("status")), resource.name
    before = {"status": state}
    if state in (_api.RUNNING, *_api.STARTING) or _api.operation(context, resource, UNDO_STEP):
        return Plan(texts.IN_STATE(name=name, state=state), before=before)
    if state != _api.STOPPED:
        raise TargetRefusedError(texts.IN_OTHER_STATE(name=name, state=state), TargetRefusal.TARGET_CHANGED)
    return Plan(
        texts.WOULD_START(name=name, state=state),
        calls=(_api.request(context, f"{resource.path}/start", texts.START(name=name), UNDO_STEP),),
        done=texts.STARTED(name=name),
        precondition={"status": state},
        before=before,
        details=_api.named(resource, instance),
    )
