"""A failed DAG, and a DAG that repairs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.http import Reply, Request
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.airflow._server import DAG, RUN, TASK, RemovableAirflow, settings_for
from tests.support.findings import finding


class RepairedAirflow(RemovableAirflow):
    """An Airflow that adds the DAG run before the action's request creates it, once `repair` was called."""

    repaired = False

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        run = request.parts[-1]
        if self.repaired and run.startswith("hinomi__"):
            self.add_run(DAG, run, [TASK])
            self.repaired = False
        return super().answer(request)

    def repair(self) -> None:
        """Lets the DAG run exist before the next request for it."""
        self.repaired = True


def _triggers(request: Request) -> bool:
    return request.method == "POST" and request.parts[-1] == "dagRuns"


@contextmanager
def world() -> Iterator[World]:
    """The DAG is not paused, so it can be triggered."""
    with RepairedAirflow(3) as airflow:
        airflow.add_run(DAG, RUN, [TASK])
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
            is_change=_triggers,
            changes=lambda: len(airflow.triggered()),
            correct=airflow.repair,
            remove=airflow.delete,
            params={"airflow": "etl", "conf": {"run": {"from": "label.run_id"}}},
        )
