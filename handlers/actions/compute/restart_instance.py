"""Restarts the instance of an incident: resets a running one, starts a stopped one.

A reset is like the power switch: the operating system is not shut down, and the contents of memory are lost; disks,
addresses and metadata stay. Use it for an instance that no longer works. An instance that was started after the latest
occurrence is left alone. An instance of a managed instance group may be replaced by its group instead. The request has
an id, so that it takes effect only once, even after a crash. There is no undo.

It helps `compute/kernel_panic`, `compute/out_of_memory` and `compute/host_error`; the incident is resolved by its rule, not by this action:

    - {name: restart-after-panic, match: {rule: compute/kernel_panic}, action: restart_instance, mode: approve, cooldown: 1h}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.actions.compute import _api
from handlers.context import ActionContext
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.calendar.timestamps import time_of
from shared.errors import TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import compute as texts

NAME = "restart_instance"
DRY_RUN_PERMISSIONS = ("compute.instances.get", "compute.zoneOperations.list")
# docs.cloud.google.com/compute/docs/instances/restarting-an-instance, required permissions; …/rest/v1/instances/reset
JOB_PERMISSIONS = ("compute.instances.reset", "compute.instances.start")  # operations end after the run
PERMISSIONS = (*DRY_RUN_PERMISSIONS, *JOB_PERMISSIONS)
CALLS = tuple((_api.SERVICE, f"v1.compute.instances.{verb}") for verb in ("reset", "start"))
STEP = "restart"


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the instance."""


def target(incident: IncidentView, params: Params) -> str:
    """The instance, by its path."""
    del params
    return _api.instance_path(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to reset or start the instance, unless this run has requested it."""
    del params
    resource = _api.instance_of(context.incident)
    instance = _api.read(context, resource.path)
    state, name = str(instance.get("status")), resource.name
    before = {"status": state, "lastStartTimestamp": instance.get("lastStartTimestamp")}
    if _api.operation(context, resource, STEP):
        return Plan(texts.REQUESTED(name=name), before=before)
    if state == _api.RUNNING and _started_since(instance, context.incident):
        return Plan(texts.STARTED_SINCE(name=name, time=str(before["lastStartTimestamp"])), before=before)
    if state in _api.STARTING:
        return Plan(texts.IN_STATE(name=name, state=state), before=before)
    if state not in (_api.RUNNING, _api.STOPPED):
        raise TargetRefusedError(texts.IN_OTHER_STATE(name=name, state=state), TargetRefusal.OTHER_TARGET)
    does, verb = (texts.RESET(name=name), "reset") if state == _api.RUNNING else (texts.START(name=name), "start")
    would = texts.WOULD_RESET(name=name) if verb == "reset" else texts.WOULD_START(name=name, state=state)
    return Plan(
        would,
        calls=(_api.request(context, f"{resource.path}/{verb}", does, STEP),),
        done=texts.WAS_RESET(name=name) if verb == "reset" else texts.STARTED(name=name),
        precondition={"status": state},
        before=before,
        details=_api.named(resource, instance),
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the restart."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the instance and of the operation. Later events show whether the fault is fixed."""
    del params, plan
    resource = _api.instance_of(context.incident)
    instance = _api.read(context, resource.path)
    state = str(instance.get("status"))
    text, after = texts.IS_STATE(name=resource.name, state=state), {"status": state}
    requested = _api.operation(context, resource, STEP)
    if state == _api.RUNNING and (requested is None or requested.get("status") == "DONE"):
        return Verdict(Outcome.FIXED, text, after, resolves=False)
    return Verdict(Outcome.NOT_YET, text, after)


def _started_since(instance: dict[str, Any], incident: IncidentView) -> bool:
    """Whether somebody started the instance after the latest occurrence of the incident."""
    started = time_of(instance.get("lastStartTimestamp"))
    return started is not None and started > incident.last_seen_at
