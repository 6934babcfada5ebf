"""A failed task of Airflow 3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.airflow import SimulatedAirflow
from demo.platform.http import Request
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

DAG, TASK, RUN = "load_mart", "merge_daily", "scheduled__2026-11-23"


class RemovableAirflow(SimulatedAirflow):
    """An Airflow whose DAGs can be deleted."""

    def delete(self) -> None:
        """Deletes every DAG."""
        with self.lock:
            self._state.instances.clear()
            self._state.runs.clear()


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
            Settings(connections={"airflow": {"etl": AirflowConnection(airflow.url, "none")}}),
            finding(
                rule="composer/task_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="composer",
                resource=f"{DAG}.{TASK}",
                labels={"dag_id": DAG, "task_id": TASK, "run_id": RUN},
            ),
            is_change=_clears,
            changes=changes,
            correct=lambda: airflow.finish(DAG, RUN, TASK, "success"),
            remove=airflow.delete,
            params={"airflow": "etl"},
        )
