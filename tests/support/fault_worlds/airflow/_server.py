"""An Airflow whose DAGs can be deleted, with one DAG."""

from __future__ import annotations

from demo.platform.airflow import SimulatedAirflow
from demo.platform.http import Request
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.model import Finding
from tests.support.fault_worlds import World

DAG, TASK, RUN = "load_mart", "merge_daily", "scheduled__2026-11-23"


class RemovableAirflow(SimulatedAirflow):
    """An Airflow whose DAGs can be deleted."""

    def delete(self) -> None:
        """Deletes every DAG."""
        with self.lock:
            self._state.instances.clear()
            self._state.runs.clear()


def settings_for(airflow: SimulatedAirflow) -> Settings:
    """Settings with this Airflow as the connection `etl`."""
    return Settings(connections={"airflow": {"etl": AirflowConnection(airflow.url, "none")}})


def clearing_world(airflow: RemovableAirflow, failure: Finding) -> World:
    """A world with the failed TASK, in which the action clears it."""
    cleared: list[object] = []

    def changes() -> int:
        cleared.extend(airflow.take_cleared())
        return len(cleared)

    return World(
        airflow,
        settings_for(airflow),
        failure,
        is_change=_clears,
        changes=changes,
        correct=lambda: airflow.finish(DAG, RUN, TASK, "success"),
        remove=airflow.delete,
        params={"airflow": "etl"},
    )


def _clears(request: Request) -> bool:
    return request.parts[-1] == "clearTaskInstances" and not request.body["dry_run"]
