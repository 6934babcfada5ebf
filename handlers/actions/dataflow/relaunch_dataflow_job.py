"""Launches a failed Dataflow job again, from a template in the settings.

Dataflow cannot start a failed job again, and a job does not contain its template and all of its parameters. Therefore
the rule names a template of the settings (`HINOMI_DATAFLOW_TEMPLATE_<TEMPLATE>`, the path of a Flex Template or, with
`kind: classic`, of a classic one) and the parameters. Values of `parameters` may come from the incident: `{from:
label.NAME, pattern: '…'}`. Jobs that a program or Airflow's Beam operators submit have no template: rerun their Airflow
task instead. A job whose parameters depend on the day is launched with the parameters in the rule.

The job comes from the incident's labels `run` (its id), `job` and `location`, in the incident's project. It is launched only if it failed, and
no later job of its name runs or is done. The new job has its name; if that ends with a changing part, the name has another one. Dataflow
permits one active job of a name, so none is launched twice. After `max_launches` for the same incident, the action gives up. A batch job
that succeeds resolves the incident by its log, a streaming job that runs for five minutes resolves it at once. There is no undo.

The account of metrics-analysis also needs `roles/iam.serviceAccountUser` on the account of the workers and `roles/storage.objectViewer` on the bucket of the
template; deploy.sh grants neither.

For `dataflow/job_failed`:

```yaml
  - name: relaunch-enrichment
    match: {rule: dataflow/job_failed, resource: orders-enrich}
    action: relaunch_dataflow_job
    params:
      template: orders_enrich
      parameters: {input: gs://example-orders/in, output: 'example-project:mart.orders'}
      environment: {serviceAccountEmail: workers@example-project.iam.gserviceaccount.com, maxWorkers: 5}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handlers.actions import _body, _declared
from handlers.actions._places import is_place
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Effect, Outcome, Plan, Verdict
from handlers.remediations.reads import read
from shared.calendar.timestamps import time_of
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.identity.run_names import stem
from shared.records import IncidentView
from shared.setting import Setting, of_form
from shared.texts import Text, listed
from shared.texts.remediations import dataflow as texts

NAME = "relaunch_dataflow_job"
DRY_RUN_PERMISSIONS = ("dataflow.jobs.get", "dataflow.jobs.list")
# docs.cloud.google.com/dataflow/docs/audit-logging: both template services check resourcemanager.projects.get, and log the launch as that
# (Data Access). A classic template creates the job itself, a Flex Template lets its launcher do so. The page has the method and its
# permission, and no example of resourceName; it does not list the launch methods, which earlier entries may name.
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "dataflow.jobs.create", "resourcemanager.projects.get")
SERVICE = "dataflow.googleapis.com"
CALLS = (
    (SERVICE, "dataflow.jobs.create"),
    (SERVICE, "google.dataflow.v1beta3.FlexTemplatesService.LaunchFlexTemplate"),
    (SERVICE, "google.dataflow.v1beta3.TemplatesService.LaunchTemplate"),
)
VERIFY_SECONDS = 24 * 3600
LOOK_AGAIN_SECONDS = 120.0
RUNS_FOR = timedelta(minutes=5)  # a streaming job that is this long in the state RUNNING has started
MOST_LAUNCHES = 5
MOST_PAGES = 5  # of jobs, the latest first
FLEX, CLASSIC = "flex", "classic"
# Fields of FlexTemplateRuntimeEnvironment and RuntimeEnvironment.
ENVIRONMENT = (
    *("additionalExperiments", "enableStreamingEngine", "ipConfiguration", "kmsKeyName", "machineType", "maxWorkers"),
    *("network", "numWorkers", "serviceAccountEmail", "subnetwork", "tempLocation", "workerRegion", "workerZone"),
)
FAILED, DONE, RUNNING = "JOB_STATE_FAILED", "JOB_STATE_DONE", "JOB_STATE_RUNNING"
ENDED = (FAILED, "JOB_STATE_CANCELLED", "JOB_STATE_UPDATED", "JOB_STATE_DRAINED", "JOB_STATE_STOPPED")

_JOB_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}_[0-9]{2}_[0-9]{2}-[0-9]{1,20}", re.ASCII)
_JOB_NAME = re.compile(r"[a-z]([a-z0-9-]{0,200}[a-z0-9])?", re.ASCII)
_FORM = r"gs://[a-z0-9][a-z0-9._-]{1,220}/[\w./@+=-]{1,500}"

TEMPLATE = Setting(
    "HINOMI_DATAFLOW_TEMPLATE_<TEMPLATE>",
    "Path of a Dataflow template that the action relaunch_dataflow_job may launch: `gs://BUCKET/PATH`. Its name in handler rules is "
    "`<template>`.",
    example="gs://my-templates/orders_enrich.json",
    required=True,
    functions=("metrics_analysis",),
    check=of_form(_FORM, texts.TEMPLATE_FORM),
    form=_FORM,
)
SETTINGS = (TEMPLATE,)


@dataclass(frozen=True)
class Params:
    """`template` is a name in the settings, `kind` FLEX or CLASSIC."""

    template: str = parameter(
        "The template: `<TEMPLATE>` of `HINOMI_DATAFLOW_TEMPLATE_<TEMPLATE>` in lower case (settings.md)."
    )
    kind: str = parameter("`flex` for a Flex Template, `classic` for a classic one.", FLEX)
    parameters: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={"doc": "The parameters of the template: text, or `{from: label.NAME}` or `{from: PROPERTY}`."},
    )
    environment: Mapping[str, Any] = field(
        default_factory=dict, metadata={"doc": f"The environment of the job: {', '.join(ENVIRONMENT)}."}
    )
    max_launches: int = parameter(f"Maximum number of launches for an incident, 1 to {MOST_LAUNCHES}.", 1)

    def __post_init__(self) -> None:
        _body.check(self.parameters, at="parameters")
        for name, value in self.parameters.items():
            if not isinstance(value, str | Mapping):
                raise InputError(texts.PARAMETER(name=name[:100]))
        if self.kind not in (FLEX, CLASSIC):
            raise InputError(texts.KIND(choices=f"{FLEX}, {CLASSIC}"))
        for name in self.environment:
            if name not in ENVIRONMENT:
                raise InputError(texts.ENVIRONMENT(name=name[:100], names=listed(ENVIRONMENT)))
        if not 1 <= self.max_launches <= MOST_LAUNCHES:
            raise InputError(texts.MAX_LAUNCHES(most=MOST_LAUNCHES, value=self.max_launches))


@dataclass(frozen=True, slots=True)
class _FailedJob:
    """The job of an incident. `place` is the path of its region in the API."""

    place: str
    id: str
    name: str

    @property
    def stem(self) -> str:
        """The name without its changing part."""
        return stem(self.name) or self.name


def target(incident: IncidentView, params: Params) -> str:
    """The job, by its name without a changing part."""
    del params
    job = _job(incident)
    return f"{job.place}/jobs/{job.stem}"


def problem(settings: Settings, params: Params) -> Text:
    """The mistake in the parameters for this installation; an empty text if there is none.

    Settings of functions are unknown here.
    """
    return _declared.problem_of(TEMPLATE, settings, params.template, texts.NO_TEMPLATE)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to launch the template if the job failed and no later job replaces it."""
    job = _job(context.incident)
    failed = _failed(context, job)
    before = {key: failed.get(key) for key in ("id", "name", "currentState", "currentStateTime")}
    call, name = _launch(context, job, params), _new_name(context, job)
    later = list(_later(context, job, failed))
    named = {"template": params.template, "job": name}
    if any(each.get("name") == name for each in later) and context.journal.effect_of(call) not in (None, Effect.NONE):
        return Plan(texts.LAUNCHED(**named), before=before)
    if alive := [str(each["currentState"]) for each in later if each.get("currentState") not in ENDED]:
        return Plan(texts.RUNS_AGAIN(job=job.stem, state=_short(alive[0])), before=before)
    count = len(context.changes_of(NAME, target(context.incident, params)))
    if count >= params.max_launches:
        raise TargetRefusedError(texts.FAILED_AGAIN(count=count, job=job.stem), TargetRefusal.LIMIT_REACHED)
    return Plan(
        texts.WOULD_LAUNCH(**named),
        calls=(call,),
        done=texts.LAUNCHED(**named),
        precondition={"currentState": FAILED},
        before=before,
        details={"launch": count + 1, "resource": f"{SERVICE}/jobs/{name}"},  # the audit log names the job alone
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> Mapping[str, Any]:
    """Launches the template; returns the id of the new job."""
    del params
    (call,) = plan.calls
    launched = calls.make(context, context.clients.http(), call).json().get("job") or {}
    return {"job": str(launched.get("id", ""))}


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the new job: done (batch, whose log resolves the incident), or running for a while (streaming)."""
    if not plan.calls:
        return Verdict(Outcome.BY_EVENT)
    job = _job(context.incident)
    name = _new_name(context, job)
    launched = [each for each in _later(context, job, _failed(context, job)) if each.get("name") == name]
    if not launched:
        raise ActionError(texts.NOT_LISTED(job=name), permanent=False)
    newest = max(launched, key=lambda each: str(each.get("createTime", "")))
    state, after = (
        str(newest.get("currentState", "")),
        {"id": newest.get("id"), "currentState": newest.get("currentState")},
    )
    text = texts.IS_NOW(state=_short(state))
    if state in ENDED:
        may_help_again = int(plan.details.get("launch", 1)) < params.max_launches
        return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=may_help_again)
    if state == DONE:
        return Verdict(Outcome.FIXED, text, after, resolves=False)
    since = time_of(newest.get("currentStateTime"))
    is_streaming = newest.get("type") == "JOB_TYPE_STREAMING"
    if is_streaming and state == RUNNING and since is not None and context.now - since >= RUNS_FOR:
        return Verdict(Outcome.FIXED, text, after)
    return Verdict(Outcome.NOT_YET, text, after, look_again_seconds=LOOK_AGAIN_SECONDS)


def _job(incident: IncidentView) -> _FailedJob:
    """The job that the incident names. Raises TargetRefusedError if a name has no valid form."""
    labels, project = incident.labels, incident.project
    name, number, location = labels.get("job", ""), labels.get("run", ""), labels.get("location", "")
    if not (is_place(project, location) and _JOB_NAME.fullmatch(name) and _JOB_ID.fullmatch(number)):
        raise TargetRefusedError(texts.NO_JOB, TargetRefusal.OTHER_TARGET)
    return _FailedJob(f"projects/{project}/locations/{location}", number, name)


def _failed(context: ActionContext, job: _FailedJob) -> dict[str, Any]:
    """The job as Dataflow has it. Raises TargetRefusedError if it is another one, or did not fail."""
    resource = _get(context, f"{job.place}/jobs/{job.id}", texts.READ_JOB(job=job.name))
    if resource.get("name") != job.name:
        other = texts.OTHER_JOB(id=job.id, name=str(resource.get("name", ""))[:100], job=job.name)
        raise TargetRefusedError(other, TargetRefusal.OTHER_TARGET)
    state = str(resource.get("currentState", ""))
    if state != FAILED:
        raise TargetRefusedError(texts.NOT_FAILED(job=job.name, state=_short(state)), TargetRefusal.OTHER_TARGET)
    return resource


def _later(context: ActionContext, job: _FailedJob, failed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The jobs of the same name, besides a changing part, that were created after the failed one."""
    created = time_of(failed.get("createTime"))
    query: dict[str, Any] = {"filter": "ALL", "pageSize": 200}
    for _ in range(MOST_PAGES):
        body = _get(context, f"{job.place}/jobs", texts.LIST(location=job.place.rpartition("/")[2]), **query)
        for each in body.get("jobs", []):
            time = time_of(each.get("createTime"))
            is_later = time is not None and created is not None and time > created
            if is_later and each.get("id") != job.id and stem(str(each.get("name", ""))) == stem(job.name):
                yield each
        if not body.get("nextPageToken"):
            return
        query["pageToken"] = body["nextPageToken"]


def _launch(context: ActionContext, job: _FailedJob, params: Params) -> Call:
    """The call that launches the template. Raises ActionError for a missing template or an invalid value."""
    try:
        template = _declared.value_of(TEMPLATE, context.settings, params.template, texts.NO_TEMPLATE)
        given = _body.filled(params.parameters, context.incident, at="parameters")
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
    name = _new_name(context, job)
    body = {"jobName": name, "parameters": given, "environment": dict(params.environment)}
    url = f"{context.clients.dataflow_url}/v1b3/{job.place}"
    does = texts.LAUNCH(template=params.template, job=name)
    if params.kind == CLASSIC:
        return Call(does, "POST", f"{url}/templates:launch", body, query={"gcsPath": template})
    flex = {"launchParameter": {**body, "containerSpecGcsPath": template}}
    return Call(does, "POST", f"{url}/flexTemplates:launch", flex, shows=body)


def _new_name(context: ActionContext, job: _FailedJob) -> str:
    """The name of the failed job; if it has a changing part, with another one."""
    return job.name if job.stem == job.name else f"{job.stem}-{context.run_key(job.place, job.stem)[:8]}"


def _get(context: ActionContext, path: str, call: Text, **query: Any) -> dict[str, Any]:
    url = f"{context.clients.dataflow_url}/v1b3/{path}"
    return read(context.clients.http(), url, call, **query)


def _short(state: str) -> str:
    return state.removeprefix("JOB_STATE_").lower() or "unknown"
