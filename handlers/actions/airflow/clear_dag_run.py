"""Clears a failed DAG run: its failed tasks run again, and the run continues.

DAG and run come from the incident's labels `dag_id` and `run_id`, in the Airflow of its environment, with Airflow 2
or 3. The run must have failed. The action first asks Airflow how many tasks the call clears, and continues up to
`max_tasks`. With `only_failed: false` the tasks that succeeded run again too, which is also the way for a run that
failed by its time limit, because it has no failed task. The incident is resolved when the run's success arrives in the
log. There is no undo, because the tasks have started.

Inside Airflow the caller needs a role that may clear tasks, such as `Op`; `Viewer` is enough for a dry run. An Airflow with
`HINOMI_AIRFLOW_<NAME>_AUTH` other than `google` needs no permissions.

For `composer/dag_run_failed`, `composer/task_failed` and `composer/task_failed_airflow3`:

```yaml
  - name: clear-dag-run
    match: {rule: composer/dag_run_failed}
    on: [opened, reoccurred]
    action: clear_dag_run
    params: {airflow: composer, max_clears: 1}
    brakes: {delay: 5m}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions.airflow import _target
from handlers.airflow_api import AirflowApi, DagRun
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.connections import airflow
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import actions, handler_rules
from shared.texts.remediations import airflow as texts

NAME = "clear_dag_run"
PERMISSIONS = _target.PERMISSIONS
DRY_RUN_PERMISSIONS = PERMISSIONS
asks_iam = _target.asks_iam

MOST_CLEARS = 10
MOST_TASKS = 1_000
LOOK_AGAIN_SECONDS = 300.0
VERIFY_SECONDS = 12 * 3600  # a run of a day's load may take hours


@dataclass(frozen=True)
class Params:
    """`airflow` is the name of a connection in the settings; `max_clears` counts per DAG run."""

    airflow: str = parameter(_target.CONNECTION)
    max_clears: int = parameter(f"Maximum number of times that the same run is cleared, 1 to {MOST_CLEARS}.", 2)
    only_failed: bool = parameter("Whether tasks that succeeded stay as they are.", default=True)
    max_tasks: int = parameter(f"Maximum number of tasks that one call may clear, 1 to {MOST_TASKS}.", 50)

    def __post_init__(self) -> None:
        if not 1 <= self.max_clears <= MOST_CLEARS:
            raise InputError(handler_rules.MAX_CLEARS(most=MOST_CLEARS, value=self.max_clears))
        if not 1 <= self.max_tasks <= MOST_TASKS:
            raise InputError(texts.MAX_TASKS(most=MOST_TASKS, value=self.max_tasks))


def target(incident: IncidentView, params: Params) -> str:
    """The DAG run; limits count per DAG run."""
    labels = incident.labels
    return f"{params.airflow}: {labels.get('dag_id', '')} of {labels.get('run_id', '')}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to clear the tasks of the run if it failed and at most the allowed number of them."""
    run = _target.run_of(context.incident)
    api = _target.api_of(context, params.airflow)
    state = api.run_state(run)
    if state != "failed":
        return Plan(actions.NOT_FAILED(task=run.text, state=_target.state_text(state)), before={"state": state})
    if context.earlier_runs >= params.max_clears:
        failed = actions.FAILED_AGAIN(count=context.earlier_runs, task=run.text)
        raise TargetRefusedError(failed, TargetRefusal.LIMIT_REACHED)
    count = _count(api, run, params)
    return Plan(
        texts.WOULD_CLEAR_RUN(run=run.text, count=count),
        calls=(api.clear_run(run, only_failed=params.only_failed),),
        done=texts.CLEARED_RUN(run=run.text, count=count, attempt=context.earlier_runs + 1, most=params.max_clears),
        precondition={"state": "failed", "only_failed": params.only_failed},
        before={"state": state, "tasks": count},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Clears the tasks."""
    calls.make_all(context, plan, airflow.server(context.clients, params.airflow).session)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the run. Its success also arrives in the log, and then resolves the incident."""
    del plan
    state = _target.api_of(context, params.airflow).run_state(_target.run_of(context.incident))
    text, after = actions.IS_NOW(state=_target.state_text(state)), {"state": state}
    if state == "success":
        return Verdict(Outcome.FIXED, text, after, resolves=False)
    if state == "failed":
        return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=context.earlier_runs < params.max_clears)
    return Verdict(Outcome.NOT_YET, text, after, look_again_seconds=LOOK_AGAIN_SECONDS)


def _count(api: AirflowApi, run: DagRun, params: Params) -> int:
    """The number of tasks that the call clears. Raises TargetRefusedError for none and for too many."""
    count = api.count_to_clear_run(run, only_failed=params.only_failed)
    if count == 0:
        raise TargetRefusedError(texts.NO_FAILED_TASK(run=run.text), TargetRefusal.OTHER_TARGET)
    if count > params.max_tasks:
        too_many = texts.TOO_MANY_TASKS(run=run.text, count=count, most=params.max_tasks)
        raise TargetRefusedError(too_many, TargetRefusal.LIMIT_REACHED)
    return count
