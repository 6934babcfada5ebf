"""A failed task of Airflow 3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.http import Request
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.airflow._server import DAG, RUN, TASK, RemovableAirflow, settings_for
from tests.support.findings import finding


def _clears(request: Request) -> bool:
    return request.parts[-1] == "clearTaskInstances" and not request.body["dry_run"]


@contextmanager
def world() -> Iterator[World]:
    """The task failed after its last attempt."""
    cleared: list[object] = []

    def changes() -> int:
        cleared.extend(airflow.take_cleared())
        return len(cleared)

    with RemovableAirflow(3) as airflow:
        airflow.add_run(DAG, RUN, [TASK])
        airflow.finish(DAG, RUN, TASK, "failed")
        yield World(
            airflow,
            settings_for(airflow),
            finding(
                rule="composer/task_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="composer",
                resource=f"{DAG}.{TASK}",
                labels={"dag_id": DAG, "task_id": TASK, "run_id": RUN, "environment": "etl"},
            ),
            is_change=_clears,
            changes=changes,
            correct=lambda: airflow.finish(DAG, RUN, TASK, "success"),
            remove=airflow.delete,
            params={"airflow": "etl"},
        )
