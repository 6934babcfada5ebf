"""The failed attempts of the tasks of a DAG run, as incidents recorded them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db import queries
from db.error_db.models import Occurrence
from shared.model import IncidentKind

MOST_INCIDENTS, MOST_FAILURES = 200, 500


def failed_attempts(session: Session, dag: str, run_id: str, since: datetime) -> dict[str, list[datetime]]:
    """The times at which tasks failed in a DAG run that started at `since`, earliest first, by `DAG.TASK`."""
    conditions = queries.IncidentFilter(kind=IncidentKind.JOB_FAILURE, service="composer", since=since)
    tasks = {
        view.id: view.labels["task_id"]
        for view in queries.incidents(session, conditions, limit=MOST_INCIDENTS)
        if view.labels.get("dag_id") == dag and view.labels.get("task_id")
    }
    failures: defaultdict[str, list[datetime]] = defaultdict(list)
    if not tasks:
        return failures
    of_run = Occurrence.incident_id.in_(sorted(tasks)), Occurrence.time >= since, Occurrence.run == run_id
    query = select(Occurrence.incident_id, Occurrence.time).where(*of_run).order_by(Occurrence.time)
    for number, time in session.execute(query.limit(MOST_FAILURES)):
        failures[f"{dag}.{tasks[number]}"].append(time)
    return failures
