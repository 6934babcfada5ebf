"""A failed task in Airflow 3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.airflow._server import DAG, RUN, TASK, RemovableAirflow, clearing_world
from tests.support.findings import finding


@contextmanager
def world() -> Iterator[World]:
    """A task that failed in its last attempt."""
    with RemovableAirflow(3) as airflow:
        airflow.add_run(DAG, RUN, [TASK])
        airflow.finish(DAG, RUN, TASK, "failed")
        yield clearing_world(
            airflow,
            finding(
                rule="composer/task_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="composer",
                resource=f"{DAG}.{TASK}",
                labels={"dag_id": DAG, "task_id": TASK, "run_id": RUN, "environment": "etl"},
            ),
        )
