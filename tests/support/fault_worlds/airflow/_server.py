"""An Airflow whose DAGs can be deleted, with one DAG."""

from __future__ import annotations

from demo.platform.airflow import SimulatedAirflow
from shared.config import Settings
from shared.connections.airflow import AirflowConnection

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
