"""A failed DAG run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.airflow._server import DAG, RUN, TASK, RemovableAirflow, clearing_world
from tests.support.findings import finding


@contextmanager
def world() -> Iterator[World]:
    """A DAG run with two tasks, one of which failed."""
    with RemovableAirflow(2) as airflow:
        airflow.add_run(DAG, RUN, [TASK, "other"])
        airflow.finish(DAG, RUN, "other", "success")
        airflow.finish(DAG, RUN, TASK, "failed")
        yield clearing_world(
            airflow,
            finding(
                rule="composer/dag_run_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="composer",
                resource=f"etl/{DAG}",
                labels={"dag_id": DAG, "run_id": RUN, "environment": "etl"},
            ),
        )
