"""An incident of a failed DAG run in a simulated Airflow."""

from __future__ import annotations

from typing import Any

from demo.platform.airflow import SimulatedAirflow
from handlers.context import ActionContext
from shared.clients import Clients
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.model import IncidentKind, Mode, Trigger
from shared.secret import Secret
from tests.support.incidents import NOW, incident

DAG, RUN = "load_mart", "scheduled__2026-11-23T03:00:00+00:00"
LABELS = {"dag_id": DAG, "run_id": RUN, "environment": "etl"}
AUTH = {2: "basic", 3: "token"}


def context(airflow: SimulatedAirflow, *, mode: Mode = Mode.AUTO, **more: Any) -> ActionContext:
    """The context of an action run for a failed DAG run; `more` overrides fields of the incident or of the context."""
    connection = AirflowConnection(airflow.url, AUTH[airflow.version], "hinomi", Secret("password"))
    settings = Settings(connections={"airflow": {"etl": connection}})
    changes = {"rule": "composer/dag_run_failed", "labels": LABELS, "resource": f"etl/{DAG}"}
    names = ("labels", "rule", "resource", "occurrence_count", "flapping_since")
    changes |= {name: more.pop(name) for name in names if name in more}
    view = incident(kind=IncidentKind.JOB_FAILURE, service="composer", **changes)
    return ActionContext(view, Trigger.OPENED, mode, NOW, Clients(settings), settings, **more)
