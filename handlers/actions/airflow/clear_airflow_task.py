"""Clears one failed task instance, so that Airflow runs it again and continues its DAG run.

It works with Airflow 2 and 3, on Composer or on your own servers. DAG, task, run and map index come from the
incident's labels `dag_id`, `task_id`, `run_id` and `map_index`. The action first asks Airflow what it would clear, and
continues only if that is exactly this task instance. For a report, the job must be the DAG, or DAG and task (`DAG.TASK`
or `DAG/TASK`), because the declaration of its reporter limits jobs, not labels. The incident is resolved when the
task's success arrives in the log.

The permissions let Hinomi into Composer's Airflow. Inside Airflow the caller needs a role that may clear tasks, such as `Op`;
`Viewer` is enough for a dry run. An Airflow with `HINOMI_AIRFLOW_<NAME>_AUTH` other than `google` needs no permissions.
"""

from __future__ import annotations

from handlers.actions.airflow import _target
from handlers.airflow_api import NOT_MAPPED, AirflowApi, TaskInstance
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.connections import airflow
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.lazy.dataclass import dataclass
from shared.records import IncidentView
from shared.texts import actions, handler_rules

NAME = "clear_airflow_task"
asks_iam = _target.asks_iam
PERMISSIONS = _target.PERMISSIONS
DRY_RUN_PERMISSIONS = PERMISSIONS

MOST_CLEARS = 10
LOOK_AGAIN_SECONDS = 300.0
VERIFY_SECONDS = 6 * 3600  # a task that loads data may take hours


@dataclass(frozen=True)
class Params:
    """`airflow` is the name of a connection in the settings; `max_clears` counts per task instance."""

    airflow: str = parameter(_target.CONNECTION)
    max_clears: int = parameter(
        f"Maximum number of times that the same task instance is cleared, 1 to {MOST_CLEARS}.", 2
    )

    def __post_init__(self) -> None:
        if not 1 <= self.max_clears <= MOST_CLEARS:
            raise InputError(handler_rules.MAX_CLEARS(most=MOST_CLEARS, value=self.max_clears))


def target(incident: IncidentView, params: Params) -> str:
    """The task instance; limits count per task instance."""
    return f"{params.airflow}: {_task(incident)}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to clear the task instance if it failed and the call would clear nothing else."""
    task = _task(context.incident)
    _target.check_report(context.incident, task.dag_id, task.task_id)
    api = _target.api_of(context, params.airflow)
    state = api.state(task)
    if state not in _target.FAILED:
        return Plan(actions.NOT_FAILED(task=task.text, state=_target.state_text(state)), before={"state": state})
    if context.earlier_runs >= params.max_clears:
        failed = actions.FAILED_AGAIN(count=context.earlier_runs, task=task.text)
        raise TargetRefusedError(failed, TargetRefusal.LIMIT_REACHED)
    _check_only_one(api, task)
    return Plan(
        actions.WOULD_CLEAR(task=task.text, state=_target.state_text(state)),
        calls=(api.clear(task),),
        done=actions.CLEARED(task=task.text, attempt=context.earlier_runs + 1, most=params.max_clears),
        precondition={"only_failed": True},
        before={"state": state},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Clears the task instance; Airflow does so only if it is still failed."""
    calls.make_all(context, plan, airflow.server(context.clients, params.airflow).session)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the task. Its success also arrives in the log, and then resolves the incident."""
    del plan
    state = _target.api_of(context, params.airflow).state(_task(context.incident))
    text, after = actions.IS_NOW(state=_target.state_text(state)), {"state": state}
    if state == "success":
        return Verdict(Outcome.FIXED, text, after, resolves=False)
    if state in _target.FAILED:
        return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=context.earlier_runs < params.max_clears)
    return Verdict(Outcome.NOT_YET, text, after, look_again_seconds=LOOK_AGAIN_SECONDS)


def _task(incident: IncidentView) -> TaskInstance:
    labels = incident.labels
    index = labels.get("map_index", "") or str(NOT_MAPPED)
    if not index.removeprefix("-").isdecimal():
        raise ActionError(actions.BAD_MAP_INDEX(value=index[:20]), permanent=True)
    return TaskInstance(labels.get("dag_id", ""), labels.get("task_id", ""), labels.get("run_id", ""), int(index))


def _check_only_one(api: AirflowApi, task: TaskInstance) -> None:
    """Checks the number of instances: Airflow 2 clears a mapped task by its name alone, which could be many."""
    count = api.count_to_clear(task)
    if count != 1:
        raise TargetRefusedError(actions.TOO_MANY_TASKS(count=count, task=task.text), TargetRefusal.OTHER_TARGET)
