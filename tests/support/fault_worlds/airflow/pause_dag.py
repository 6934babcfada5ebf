"""A DAG that fails repeatedly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.http import Request
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.airflow._server import DAG, RUN, TASK, RemovableAirflow, settings_for
from tests.support.findings import finding


def _pauses(request: Request) -> bool:
    return request.method == "PATCH"


@contextmanager
def world() -> Iterator[World]:
    """A DAG that has failed once and is not paused."""
    with RemovableAirflow(3) as airflow:
        airflow.add_run(DAG, RUN, [TASK])
        airflow.finish(DAG, RUN, TASK, "failed")
        yield World(
            airflow,
            settings_for(airflow),
            finding(
                rule="composer/dag_run_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="composer",
                resource=f"etl/{DAG}",
                labels={"dag_id": DAG, "run_id": RUN, "environment": "etl"},
            ),
            is_change=_pauses,
            changes=lambda: airflow.patches,
            correct=lambda: airflow.pause(DAG),
            remove=airflow.delete,
            params={"airflow": "etl", "min_failures": 1},
        )
