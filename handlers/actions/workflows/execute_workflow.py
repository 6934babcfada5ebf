"""Executes a Cloud Workflows workflow of the settings, and follows it to its end.

The rule names a workflow of the settings (`HINOMI_WORKFLOW_<WORKFLOW>`), never one of Google Cloud. Its argument is JSON, in which values may come
from the incident: `argument: {table: {from: label.table, pattern: '[a-z_.]+'}, reason: repair}`. Such a value is text without control
characters, of at most `max_length` characters (500), and matches `pattern` (RE2) as a whole.

An execution has the labels `hinomi_run` and `hinomi_incident`. If the response to a start was lost, the execution is found
by these labels and not started again. No execution starts while another one for the same incident runs. An execution that
fails, or does not end within six hours, did not help; the chain of the rule continues. A success does not resolve the
incident; its recovery does. There is no undo: a workflow may do anything.

The permissions are granted in the monitored scope. Where the workflow is in another project, grant the account of metrics-analysis `roles/workflows.invoker`
and `roles/workflows.viewer` there.

```yaml
  - name: reload-table
    match: {rule: bigquery/job_failed}
    action: execute_workflow
    params: {workflow: reload, argument: {table: {from: resource}}}
    mode: auto
```
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handlers.actions import _body, _declared
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from handlers.remediations.reads import read
from shared.config import Settings
from shared.errors import ActionError, InputError
from shared.http import one_line
from shared.records import IncidentView
from shared.redaction import setting_values as forms
from shared.setting import Setting, of_form
from shared.texts import Text
from shared.texts.remediations import workflows as texts

NAME = "execute_workflow"
DRY_RUN_PERMISSIONS = ("workflows.executions.list",)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "workflows.executions.create")
VERIFY_SECONDS = 6 * 3600
LOOK_AGAIN_SECONDS = 60.0
LARGEST_ARGUMENT = 32_768  # bytes, cloud.google.com/workflows/quotas
RECENT = timedelta(hours=24)  # executions that are searched, and that VERIFY_SECONDS is within
PAGE, MOST_PAGES = 20, 5  # an execution in full may have a result of 512 KB
UNFINISHED = ("ACTIVE", "QUEUED", "STATE_UNSPECIFIED")
RUN, INCIDENT = "hinomi_run", "hinomi_incident"

_FORM = rf"projects/{forms.PROJECT}/locations/(?:{forms.LOCATION})/workflows/[A-Za-z][A-Za-z0-9_-]{{0,127}}"

WORKFLOW = Setting(
    "HINOMI_WORKFLOW_<WORKFLOW>",
    "Workflow that the action execute_workflow may execute: `projects/PROJECT/locations/REGION/workflows/WORKFLOW`. Its name in handler "
    "rules is `<workflow>`.",
    example="projects/my-project/locations/asia-northeast1/workflows/reload",
    required=True,
    functions=("metrics_analysis",),
    check=of_form(_FORM, texts.WORKFLOW_FORM),
    form=_FORM,
)
SETTINGS = (WORKFLOW,)


@dataclass(frozen=True)
class Params:
    """`workflow` is a name in the settings."""

    workflow: str = parameter("The workflow: `<WORKFLOW>` of `HINOMI_WORKFLOW_<WORKFLOW>` in lower case (settings.md).")
    argument: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={
            "doc": "The argument as JSON; `{from: label.NAME}` or `{from: PROPERTY}` is a value of the incident."
        },
    )

    def __post_init__(self) -> None:
        _body.check(self.argument, at="argument")


def target(incident: IncidentView, params: Params) -> str:
    """The workflow and the resource of the incident; limits count per pair."""
    return f"{params.workflow}: {incident.resource}"


def problem(settings: Settings, params: Params) -> Text:
    """The mistake in the parameters for this installation; an empty text if there is none.

    Settings of functions are unknown here.
    """
    return _declared.problem_of(WORKFLOW, settings, params.workflow, texts.NO_WORKFLOW)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to execute the workflow, unless this run did so, or an execution for the incident is still running."""
    workflow, argument = _checked(context, params)
    for execution in _recent(context, workflow):
        labels = execution.get("labels") or {}
        if labels.get(RUN) == _key(context, params):
            return Plan(texts.STARTED(name=params.workflow))
        if labels.get(INCIDENT) == str(context.incident.id) and execution.get("state") in UNFINISHED:
            return Plan(texts.STILL_RUNS(name=params.workflow, execution=_id(execution)))
    labels = {RUN: _key(context, params), INCIDENT: str(context.incident.id)}
    call = Call(
        texts.EXECUTE(name=params.workflow),
        "POST",
        f"{context.clients.workflow_executions_url}/v1/{workflow}/executions",
        body={"argument": argument, "labels": labels},
        shows={"argument": json.loads(argument)},
        conflicts=(),
    )
    return Plan(texts.WOULD_EXECUTE(name=params.workflow), calls=(call,), done=texts.STARTED(name=params.workflow))


def apply(context: ActionContext, params: Params, plan: Plan) -> Mapping[str, Any]:
    """Starts the execution; returns its id."""
    del params
    (call,) = plan.calls
    return {"execution": _id(calls.make(context, context.clients.http(), call).json())}


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the execution. Its success does not show that the fault is fixed; the success of the job does."""
    if not plan.calls:  # one for an earlier run of the incident
        return Verdict(Outcome.BY_EVENT)
    workflow, _ = _checked(context, params)
    key = _key(context, params)
    execution = next((each for each in _recent(context, workflow) if (each.get("labels") or {}).get(RUN) == key), None)
    if execution is None:
        raise ActionError(texts.NOT_LISTED(name=params.workflow), permanent=False)
    state, facts = str(execution.get("state", "")), {"execution": _id(execution), "state": execution.get("state")}
    if state in UNFINISHED:
        return Verdict(Outcome.NOT_YET, texts.RUNNING, facts, look_again_seconds=LOOK_AGAIN_SECONDS)
    if state == "SUCCEEDED":
        return Verdict(Outcome.BY_EVENT, texts.SUCCEEDED, facts)
    error = one_line((execution.get("error") or {}).get("payload"), 200)
    failed = texts.FAILED(state=state, error=Text.verbatim(error) if error else texts.NO_ERROR)
    return Verdict(Outcome.NOT_FIXED, failed, facts)


def _checked(context: ActionContext, params: Params) -> tuple[str, str]:
    """The full name of the workflow, and the argument as JSON. Raises ActionError for an invalid value."""
    try:
        workflow = _declared.value_of(WORKFLOW, context.settings, params.workflow, texts.NO_WORKFLOW)
        argument = json.dumps(_body.filled(params.argument, context.incident, at="argument"), ensure_ascii=False)
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
    size = len(argument.encode())
    if size > LARGEST_ARGUMENT:
        raise ActionError(texts.TOO_LARGE(size=size, most=LARGEST_ARGUMENT), permanent=True)
    return workflow, argument


def _recent(context: ActionContext, workflow: str) -> Iterator[dict[str, Any]]:
    """The executions of the last day in full, latest first; only those have labels."""
    since = f"{context.now - RECENT:%Y-%m-%dT%H:%M:%SZ}"
    query: dict[str, Any] = {"view": "FULL", "pageSize": PAGE, "filter": f'createTime>"{since}"'}
    url, does = f"{context.clients.workflow_executions_url}/v1/{workflow}/executions", workflow.rpartition("/")[2]
    for _ in range(MOST_PAGES):
        body = read(context.clients.http(), url, texts.LIST(name=does), **query)
        yield from body.get("executions", [])
        if not body.get("nextPageToken"):
            return
        query["pageToken"] = body["nextPageToken"]


def _key(context: ActionContext, params: Params) -> str:
    return context.run_key(params.workflow)


def _id(execution: Mapping[str, Any]) -> str:
    return str(execution.get("name", "")).rpartition("/")[2]
