"""The Airflow environment, DAG and run of an incident, checked before anything is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from handlers.airflow_api import AirflowApi, DagRun, check_id
from shared.connections import airflow
from shared.connections._served import choices
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.records import SystemPlace
from shared.texts import Text, actions

if TYPE_CHECKING:
    from handlers.context import ActionContext
    from shared.config import Settings
    from shared.records import IncidentView

# Composer lets a caller into Airflow's API with these, also one who only reads; his Airflow role decides what he may do
# inside (Op by default, Viewer is enough for a dry run): cloud.google.com/composer/docs/composer-3/access-airflow-api
COMPOSER = "composer"  # the service whose incidents are about an environment
PERMISSIONS = ("composer.environments.get", "composer.dags.execute")
CONNECTION = "The connection: `<NAME>` of `HINOMI_AIRFLOW_<NAME>_URL` in lower case (settings.md)."
FAILED = ("failed", "upstream_failed")


class NamesAirflow(Protocol):
    """Parameters with the name of a connection."""

    @property
    def airflow(self) -> str:
        """The name of the Airflow connection."""


def asks_iam(settings: Settings, params: NamesAirflow) -> bool:
    """Whether the Airflow is configured and uses Google authentication; otherwise these IAM permissions are not needed."""
    connection = airflow.configured(settings).get(params.airflow)
    return connection is not None and connection.auth == "google"


def dag_of(incident: IncidentView) -> str:
    """The DAG of the incident's labels. Raises ActionError if the labels lack it, and for a report about another job."""
    dag_id = incident.labels.get("dag_id", "")
    check_id("dag_id", dag_id)
    check_report(incident, dag_id, incident.labels.get("task_id", ""))
    return dag_id


def run_of(incident: IncidentView) -> DagRun:
    """The run of the incident's labels. Raises ActionError if the labels lack it, and for a report about another job."""
    return DagRun(dag_of(incident), incident.labels.get("run_id", ""))


def check_report(incident: IncidentView, dag_id: str, task_id: str = "") -> None:
    """Checks that a report is about the DAG of its labels: a reporter's declaration limits the job, not the labels."""
    tasks = (f"{dag_id}.{task_id}", f"{dag_id}/{task_id}") if task_id else ()
    environment = incident.labels.get("environment", "")
    whole = (f"{environment}/{name}" for name in (dag_id, *tasks)) if environment else ()
    if incident.is_report and incident.resource not in (dag_id, *tasks, *whole):
        raise TargetRefusedError(actions.OTHER_JOB(job=incident.resource, dag=dag_id), TargetRefusal.OTHER_TARGET)


def api_of(context: ActionContext, name: str) -> AirflowApi:
    """The API of the connection. Raises an error if it does not exist or does not serve the environment of the incident.

    A DAG of the same name in another Airflow is another DAG. A log entry of Composer names its environment; a report
    without an environment could come from anybody.
    """
    connection = airflow.configured(context.settings).get(name)
    incident = context.incident
    environment = incident.labels.get("environment") or incident.labels.get("airflow_environment", "")
    is_nameless = not environment and incident.service == COMPOSER and not incident.is_report
    if connection is not None and is_nameless:
        raise TargetRefusedError(actions.NO_ENVIRONMENT, TargetRefusal.OTHER_TARGET)
    if connection is not None and not airflow.serves(connection, name, environment, _place(incident)):
        setting = airflow.ENVIRONMENT.of(name)
        other = actions.OTHER_AIRFLOW(environment=environment, name=name, setting=setting)
        raise TargetRefusedError(other, TargetRefusal.OTHER_TARGET)
    if connection is not None:
        _check_project(context, connection, name, environment)
    try:
        return AirflowApi(airflow.server(context.clients, name))
    except InputError as error:
        raise ActionError(actions.NO_AIRFLOW(name=name, setting=airflow.URL.of(name)), permanent=True) from error


def _check_project(context: ActionContext, connection: airflow.AirflowConnection, name: str, environment: str) -> None:
    """Checks that the connection serves the environment's place, if several places have one of that name.

    Known places are those with incidents and those with metrics in the history. If several projects are monitored and
    the history lacks the environment of the incident, another project may have one of that name too.
    """
    is_composer = context.incident.service == COMPOSER and not context.incident.is_report
    in_history = context.environment_places(environment) if is_composer and environment else frozenset()
    known = context.system_places | in_history
    setting = airflow.ENVIRONMENT.of(name)
    if airflow.serves_any(connection, name, environment, known):
        values = ", ".join(choices(environment, known))
        several = actions.AMBIGUOUS_SYSTEM(named=environment, name=name, setting=setting, values=values)
        raise TargetRefusedError(several, TargetRefusal.OTHER_TARGET)
    projects = {*context.settings.projects, context.incident.project, context.settings.scope} - {""}
    monitored = frozenset(map(SystemPlace, projects))
    is_unknown = is_composer and all(place.project != context.incident.project for place in in_history)
    if is_unknown and airflow.serves_any(connection, name, environment, monitored):
        unclear = actions.UNKNOWN_PROJECT(named=environment, name=name, setting=setting)
        raise TargetRefusedError(unclear, TargetRefusal.OTHER_TARGET)


def _place(incident: IncidentView) -> SystemPlace:
    """The location of the environment, which may differ from the location of a query."""
    is_composer = incident.service == COMPOSER and not incident.is_report
    return SystemPlace(incident.project, incident.labels.get("location", "") if is_composer else "")


def state_text(state: str | None) -> str | Text:
    """The state in Airflow as text; a cleared task has none until the scheduler sees it."""
    return state or actions.WAITING
