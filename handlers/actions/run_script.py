"""Runs a script of the installation: a command with checked parameters, from the folder `actions/`.

A handler rule names a script and gives parameters; it cannot name a program, a host or a line for a shell. The
[manifest](scripts.md) of the script declares the command, the types and limits of its parameters, its secrets, its
permissions and its time limit. Parameters come from the rule, or from labels and properties of the incident:
`parameters: {dag_id: {from: label.dag_id}, retries: 2}`.

The script runs as a process of the machine where Hinomi runs, or, where `HINOMI_SCRIPT_LOCATION` is set, as a Cloud Run job of its
own, which the function starts and follows. If its manifest names a `worker`, it runs as a process of that
[worker](scripts.md#run-scripts-on-premises) on-premises, which takes the run from the database or from a subscription. A dry run shows the command and runs nothing. Exit code 0 is success, 75
means "try again later", any other fails. The end of the output is on the card, and more of it in `hinomi incidents show`, without secrets. A script whose result is unknown, because the worker stopped meanwhile, runs again
only if its manifest declares it `idempotent`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Effect, Outcome, Plan, Verdict
from handlers.scripts import catalogue, cloud_run, command, local, values
from handlers.scripts.command import ScriptCall
from handlers.scripts.orders import publish
from handlers.scripts.process import ProcessResult
from handlers.scripts.script import Script
from shared.config import Settings
from shared.durations import duration_text
from shared.errors import ActionError, InputError
from shared.lazy.dataclass import dataclass
from shared.records import IncidentView
from shared.texts import Text, listed, scripts
from shared.texts.recorded import OUTPUT
from shared.texts.scripts import orders

NAME = "run_script"
PERMISSIONS: tuple[str, ...] = ()
DRY_RUN_PERMISSIONS = PERMISSIONS
CALLS = (
    ("run.googleapis.com", "google.cloud.run.v2.Jobs.RunJob"),
    ("pubsub.googleapis.com", "google.pubsub.v1.Publisher.Publish"),
)
SETTINGS = (cloud_run.LOCATION,)
SECRETS = (local.SECRET,)
VERIFY_SECONDS = 25 * 3600  # the longest time limit, and an hour
LEASE_CHECK_SECONDS = 30.0
HAS_OUTPUT = True  # it is read also when the incident was resolved before the script ended


@dataclass(frozen=True)
class Params:
    """`script` is the name of a folder in actions/."""

    script: str = parameter("The script: a folder of `actions/` with a manifest ([scripts](scripts.md)).")
    parameters: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={
            "doc": "Values of its parameters: a value, or `{from: label.NAME}`, or `{from: PROPERTY}` of the incident."
        },
    )


def home_permissions(settings: Settings) -> tuple[str, ...]:
    """The permissions in Hinomi's own project that deploy.sh grants if scripts run as Cloud Run jobs."""
    return cloud_run.PERMISSIONS if cloud_run.LOCATION.text(settings.environment) else ()


def worker_of(settings: Settings, params: Mapping[str, Any]) -> str:
    """The worker that claims the run.

    Empty for the function, which publishes orders itself, and if the script cannot be read.
    """
    try:
        script = catalogue.find(settings, str(params.get("script", "")))
    except InputError:
        return ""
    return "" if publish.takes_orders(settings, script) else script.worker


def target(incident: IncidentView, params: Params) -> str:
    """The script and the resource of the incident; limits count per pair."""
    return f"{params.script}: {incident.resource}"


def problem(settings: Settings, params: Params) -> Text:
    """The mistake in the parameters for this installation; an empty text if there is none."""
    try:
        return values.problem_of_given(catalogue.find(settings, params.script), params.parameters)
    except InputError as error:
        return error.text


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to run the script with the checked values."""
    script = _found(context.settings, params.script)
    try:
        given = values.resolved(script, params.parameters, context.incident)
        return _unless_made(context, script, _plan(context, script, given))
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error


def _unless_made(context: ActionContext, script: Script, planned: Plan) -> Plan:
    """The plan.

    It has no call if an earlier attempt ran the script, or may have run a script that must not run twice.
    """
    job = cloud_run.job_of(context.settings, script.name, worker=script.worker)
    if job and context.journal.may_have_changed:
        # Its call may have started an execution, which its key identifies.
        started = cloud_run.find_execution(context, job, context.run_key(script.name))
        return Plan(planned.text) if started else planned
    if Effect.MADE in context.journal.effects:
        return Plan(planned.text)
    if publish.ORDER in planned.details:
        # A machine runs an order once, however often it arrives; two of them do not know of each other.
        is_repeated = Effect.UNKNOWN in context.journal.effects and not script.idempotent
        return Plan(planned.text) if is_repeated and context.are_several(script.worker) else planned
    if Effect.UNKNOWN in context.journal.effects and not script.idempotent:
        raise ActionError(scripts.MAYBE_RAN(script=script.name), permanent=True)
    return planned


def apply(context: ActionContext, params: Params, plan: Plan) -> Mapping[str, Any]:
    """Runs the script, and waits for its end; returns its output. Raises ActionError with the output if it fails."""
    del params
    (call,) = plan.calls
    if publish.ORDER in plan.details:
        calls.make(context, context.clients.http(), call)
        return {}
    if call.method == "POST":
        response = calls.make(context, context.clients.http(), call)
        execution = response.json().get("metadata", {}) if response.content else {}
        return {"execution": str(execution.get("name", "")).rpartition("/")[2], "log": execution.get("logUri", "")}
    return _run_here(context, call)


def _run_here(context: ActionContext, call: Call) -> Mapping[str, Any]:
    script = _found(context.settings, call.body["script"])
    try:
        made = command.call(script, call.body["parameters"])
        secrets = local.secrets_of(made, context.settings)
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
    with calls.recording(context, call) as recorded:
        result = _run(context, made, secrets, recorded)
        recorded.effect, recorded.status, recorded.text = _effect(result), result.code, local.exit_text(result.code).en
    details = {OUTPUT: local.output_text(result, secrets), "exit": result.code, "seconds": round(result.seconds, 3)}
    _check(script, result, details)
    return details


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Follows a Cloud Run job or an order to its end.

    Later, the success of the failed job shows whether the script helped.
    """
    if publish.ORDER in plan.details:
        return publish.verdict(context, plan, _found(context.settings, str(plan.details["script"])))
    script = str(plan.calls[0].shown_body["script"]) if plan.calls else params.script
    job = cloud_run.job_of(context.settings, script, worker=worker_of(context.settings, {"script": script}))
    return cloud_run.verdict(context, job, script) if job else Verdict(Outcome.BY_EVENT)


def undo(context: ActionContext, params: Params, undo: Mapping[str, Any]) -> Plan:
    """Plans to run the undo script of the manifest, with the values that both scripts have."""
    del params
    try:
        script = _found(context.settings, undo["script"])
        return _unless_made(context, script, _plan(context, script, undo["parameters"]))
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error


def _found(settings: Settings, name: str) -> Script:
    try:
        return catalogue.find(settings, name)
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error


def _plan(context: ActionContext, script: Script, given: Mapping[str, str]) -> Plan:
    made = command.call(script, given)
    if publish.takes_orders(context.settings, script) and not context.worker:
        return _order(context, script, made)
    job = cloud_run.job_of(context.settings, script.name, worker=script.worker)
    limit = duration_text(script.time_limit, units=1)
    secrets = scripts.WITH_SECRETS(names=listed(script.secrets)) if script.secrets else ""
    body = {"script": script.name, "parameters": dict(given), "command": list(made.arguments)}
    local_call = Call(scripts.RUN(script=script.name), "RUN", f"actions/{script.name}", body=body)
    would = scripts.WOULD_RUN_JOB if job else scripts.WOULD_RUN
    done = scripts.STARTED_JOB if job else scripts.RAN
    names = {"script": script.name, "job": job.rpartition("/")[2]}
    place = scripts.ON_WORKER(worker=script.worker) if script.worker else ""
    return Plan(
        would(**names, line=made.line, limit=limit, secrets=secrets, place=place),
        calls=(cloud_run.start_call(context, made, job, body) if job else local_call,),
        done=done(**names),
        undo=_undo(context.settings, script, given),
        details={"resource": job} if job else {},
    )


def _order(context: ActionContext, script: Script, made: ScriptCall) -> Plan:
    """The plan that orders a worker to run the script."""
    body = {"script": script.name, "parameters": dict(made.values), "command": list(made.arguments)}
    call, details = publish.order_call(context, made, {**body, "worker": script.worker})
    names = {"script": script.name, "worker": script.worker}
    secrets = scripts.WITH_SECRETS(names=listed(script.secrets)) if script.secrets else ""
    limit = duration_text(script.time_limit, units=1)
    return Plan(
        orders.WOULD_ORDER(**names, line=made.line, limit=limit, secrets=secrets),
        calls=(call,),
        done=orders.ORDERED(**names),
        undo=_undo(context.settings, script, made.values),
        details={**details, "script": script.name},
    )


def _undo(settings: Settings, script: Script, given: Mapping[str, str]) -> dict[str, Any] | None:
    """The script that reverses this one, with the values that both have."""
    reverse = catalogue.load(settings).get(script.undo)
    if reverse is None:
        return None
    checked = values.resolved(reverse, {name: given[name] for name in reverse.parameters if name in given}, None)
    return {"script": reverse.name, "parameters": checked}


def _run(
    context: ActionContext, made: ScriptCall, secrets: Mapping[str, Any], recorded: calls.Recorded
) -> ProcessResult:
    if made.script.worker != context.worker:
        recorded.effect = Effect.NONE
        text = scripts.NO_WORKER(worker=made.script.worker, script=made.script.name)
        raise ActionError(text, permanent=True)
    if context.settings.on_google_cloud:
        recorded.effect = Effect.NONE
        raise ActionError(scripts.NOT_IN_FUNCTION, permanent=True)
    identity = {"HINOMI_RUN_ID": str(context.run_id), "HINOMI_INCIDENT_ID": str(context.incident.id)}
    try:
        return local.run(
            made,
            context.settings.actions_folder,
            secrets,
            variables={**identity, "HINOMI_SCRIPT": made.script.name},
            is_stopping=_LeaseCheck(context),
        )
    except InputError as error:
        recorded.effect = Effect.NONE
        raise ActionError(error.text, permanent=True) from error


class _LeaseCheck:
    """Whether the script has to stop because another worker owns the run; extends the lease from time to time."""

    def __init__(self, context: ActionContext) -> None:
        self._context = context
        self._next = time.monotonic() + LEASE_CHECK_SECONDS

    def __call__(self) -> bool:
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + LEASE_CHECK_SECONDS
        return not self._context.may_continue()


def _effect(result: ProcessResult) -> Effect:
    """Whether the script did its work. A script that asks for another attempt has changed nothing."""
    if result.code == local.TRY_LATER and not result.timed_out:
        return Effect.NONE
    return Effect.MADE if result.code == 0 and not result.timed_out and not result.stopped else Effect.UNKNOWN


def _check(script: Script, result: ProcessResult, details: Mapping[str, Any]) -> None:
    if result.stopped:
        raise ActionError(scripts.STOPPED(script=script.name), permanent=False, details=details)
    if result.timed_out:
        limit = duration_text(script.time_limit, units=1)
        raise ActionError(scripts.TIMED_OUT(script=script.name, limit=limit), permanent=True, details=details)
    if result.code != 0:
        seconds = duration_text(result.seconds)
        text = scripts.FAILED(script=script.name, exit=local.exit_text(result.code), seconds=seconds)
        raise ActionError(text, permanent=result.code != local.TRY_LATER, details=details)
