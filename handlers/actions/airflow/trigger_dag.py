"""Triggers a DAG with a configuration, such as one that loads a day again or repairs a table.

The rule names the DAG, or the incident does by its label `dag_id`. The configuration is JSON, in which values may come from the incident, checked as the body
of [http_call](#http_call): `conf: {table: {from: label.target, pattern: '[a-z_./]+'}, reason: repair}`. It works with Airflow 2 and 3. If the incident
names a Composer environment, the connection has to serve it.

The id of the new run follows from the handler run (`hinomi__…`), so that Airflow never starts it twice. A paused DAG is not triggered, because its run would
not begin. The remediation helped when the run succeeds. That says nothing about the incident, which its own recovery resolves. There is no undo.

Inside Airflow the caller needs a role that may trigger DAGs, such as `Op`; `Viewer` is enough for a dry run. An Airflow with
`HINOMI_AIRFLOW_<NAME>_AUTH` other than `google` needs no permissions.

For any incident, such as `bigquery/job_failed`:

```yaml
  - name: reload-table
    match: {rule: bigquery/job_failed, labels: {target: '*/raw/tables/*'}}
    action: trigger_dag
    params: {airflow: composer, dag: reload_table, conf: {table: {from: label.target}}}
    cooldown: 1h
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.actions import _body
from handlers.actions.airflow import _target
from handlers.airflow_api import DagRun, check_id
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.connections import airflow
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import actions
from shared.texts.remediations import airflow as texts

NAME = "trigger_dag"
PERMISSIONS = _target.PERMISSIONS
DRY_RUN_PERMISSIONS = PERMISSIONS
asks_iam = _target.asks_iam

LOOK_AGAIN_SECONDS = 300.0
VERIFY_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Params:
    """`airflow` is the name of a connection in the settings."""

    airflow: str = parameter(_target.CONNECTION)
    dag: str = parameter("The DAG; empty: that of the incident's label `dag_id`.", "")
    conf: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={
            "doc": "The configuration of the run; `{from: label.NAME}` or `{from: PROPERTY}` is a value of the incident."
        },
    )

    def __post_init__(self) -> None:
        _body.check(self.conf, at="conf")


def target(incident: IncidentView, params: Params) -> str:
    """The DAG and the resource of the incident; limits count per pair."""
    return f"{params.airflow}: {params.dag or incident.labels.get('dag_id', '')} for {incident.resource}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to trigger the DAG unless this run has already triggered it."""
    run, conf = _run(context, params), _conf(context, params)
    api = _target.api_of(context, params.airflow)
    if api.is_paused(run.dag_id):
        raise TargetRefusedError(texts.DAG_IS_PAUSED(dag=run.dag_id), TargetRefusal.OTHER_TARGET)
    if api.has_run(run):
        return Plan(texts.TRIGGERED_ALREADY(run=run.text), details={"run": run.run_id})
    return Plan(
        texts.WOULD_TRIGGER(dag=run.dag_id),
        calls=(api.trigger(run, conf),),
        done=texts.TRIGGERED(run=run.text),
        precondition={"run_does_not_exist": run.run_id},
        details={"run": run.run_id},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Triggers the DAG. A DAG run with this id is a conflict."""
    calls.make_all(context, plan, airflow.server(context.clients, params.airflow).session)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the new DAG run."""
    run = DagRun(_run(context, params).dag_id, str(plan.details["run"]))
    state = _target.api_of(context, params.airflow).run_state(run)
    text, after = actions.IS_NOW(state=_target.state_text(state)), {"state": state}
    if state == "success":
        return Verdict(Outcome.FIXED, text, after, resolves=False)
    if state == "failed":
        return Verdict(Outcome.NOT_FIXED, text, after)
    return Verdict(Outcome.NOT_YET, text, after, look_again_seconds=LOOK_AGAIN_SECONDS)


def _run(context: ActionContext, params: Params) -> DagRun:
    """The run that this handler run starts, the same for each of its attempts."""
    dag = params.dag or _target.dag_of(context.incident)
    check_id("dag", dag)
    return DagRun(dag, context.journal.planned("run") or f"hinomi__{context.run_key(dag)}")


def _conf(context: ActionContext, params: Params) -> dict[str, Any]:
    """The configuration with the values of the incident. Raises ActionError if one is missing or not allowed."""
    try:
        return dict(_body.filled(params.conf, context.incident, at="conf"))
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
