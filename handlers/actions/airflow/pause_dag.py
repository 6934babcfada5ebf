"""Pauses a DAG whose runs fail again and again, so that it starts no further run.

The DAG comes from the incident's label `dag_id`, in the Airflow of its environment, with Airflow 2 or 3. It is paused
if its last `min_failures` runs failed, or if the last one failed and the incident is flapping: a rule with `on:
[flapping]` runs when flapping begins. Runs that have begun continue. The incident stays open: a person corrects the
DAG. Undo unpauses it; Airflow then starts the runs that it missed if the DAG has `catchup`.

Inside Airflow the caller needs a role that may edit DAGs, such as `Op`; `Viewer` is enough for a dry run. An Airflow with
`HINOMI_AIRFLOW_<NAME>_AUTH` other than `google` needs no permissions.

For `composer/dag_run_failed` and `composer/task_failed`:

```yaml
  - name: pause-flapping-dag
    match: {rule: composer/dag_run_failed}
    on: [flapping]
    action: pause_dag
    params: {airflow: composer}
    mode: approve
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.actions.airflow import _target
from handlers.airflow_api import AirflowApi
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.connections import airflow
from shared.errors import InputError
from shared.records import IncidentView
from shared.texts.remediations import airflow as texts

NAME = "pause_dag"
PERMISSIONS = _target.PERMISSIONS
DRY_RUN_PERMISSIONS = PERMISSIONS
asks_iam = _target.asks_iam

MOST_FAILURES = 20


@dataclass(frozen=True)
class Params:
    """`airflow` is the name of a connection in the settings."""

    airflow: str = parameter(_target.CONNECTION)
    min_failures: int = parameter(
        f"How many of its last runs have to have failed, 1 to {MOST_FAILURES}; of a flapping incident only the last one.",
        3,
    )

    def __post_init__(self) -> None:
        if not 1 <= self.min_failures <= MOST_FAILURES:
            raise InputError(texts.MIN_FAILURES(most=MOST_FAILURES, value=self.min_failures))


def target(incident: IncidentView, params: Params) -> str:
    """The DAG; limits count per DAG."""
    return f"{params.airflow}: {incident.labels.get('dag_id', '')}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to pause the DAG unless it is paused."""
    api, dag = _dag(context, params)
    if api.is_paused(dag):
        return Plan(texts.PAUSED_ALREADY(dag=dag), before=_state(paused=True))
    count = 1 if context.incident.flapping_since is not None else params.min_failures
    states = api.last_states(dag, count)
    if len(states) < count or "success" in states:
        return Plan(texts.TOO_FEW_FAILURES(dag=dag, count=count), before={**_state(paused=False), "last_runs": states})
    return Plan(
        texts.WOULD_PAUSE(dag=dag),
        calls=(api.pause(dag, paused=True),),
        done=texts.PAUSED(dag=dag),
        precondition=_state(paused=False),
        before=_state(paused=False),
        undo={"dag_id": dag},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Pauses the DAG, or unpauses it for an undo."""
    calls.make_all(context, plan, airflow.server(context.clients, params.airflow).session)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the DAG again. Pausing does not repair it, so its incident stays open."""
    api, dag = _dag(context, params)
    paused = api.is_paused(dag)
    if not paused and not plan.calls:
        return Verdict(Outcome.BY_EVENT, after=_state(paused=False))
    outcome, text = (Outcome.FIXED, texts.IS_PAUSED) if paused else (Outcome.NOT_FIXED, texts.IS_NOT_PAUSED)
    return Verdict(outcome, text, _state(paused=paused), resolves=False)


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to unpause the DAG unless it is unpaused already."""
    api, dag = _dag(context, params)
    if undo["dag_id"] != dag or not api.is_paused(dag):
        return Plan(texts.UNPAUSED_ALREADY(dag=dag), before=_state(paused=False))
    return Plan(
        texts.WOULD_UNPAUSE(dag=dag),
        calls=(api.pause(dag, paused=False),),
        done=texts.UNPAUSED(dag=dag),
        precondition=_state(paused=True),
        before=_state(paused=True),
    )


def _dag(context: ActionContext, params: Params) -> tuple[AirflowApi, str]:
    """The DAG of the incident and the API of its Airflow."""
    dag = _target.dag_of(context.incident)
    return _target.api_of(context, params.airflow), dag


def _state(*, paused: bool) -> dict[str, bool]:
    return {"is_paused": paused}
