"""The action pause_dag against a real HTTP server that speaks the REST API of Airflow 3 and of Airflow 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.airflow import SimulatedAirflow
from handlers.actions.airflow import pause_dag
from handlers.actions.airflow.pause_dag import Params
from handlers.context import ActionResult
from handlers.remediations import runner
from shared.errors import ActionError, InputError, TargetRefusedError
from shared.model import Mode
from tests.support.airflow_incidents import DAG, LABELS, context
from tests.support.incidents import NOW


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[SimulatedAirflow]:
    """A DAG with a successful run, three failed runs after it, and a running one."""
    with SimulatedAirflow(request.param, "hinomi", "password") as server:
        for number, state in enumerate(("success", "failed", "failed", "failed", "")):
            server.add_run(DAG, f"run_{number}", ["merge"])
            if state:
                server.finish(DAG, f"run_{number}", "merge", state)
        yield server


def run(airflow: SimulatedAirflow, min_failures: int = 3, **more: Any) -> ActionResult:
    return runner.run(pause_dag, context(airflow, **more), Params("etl", min_failures))


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("min_failures", "last", "flapping", "paused"),
    [
        (3, "", False, True),
        (4, "", False, False),
        (5, "", False, False),
        (4, "", True, True),
        (1, "success", False, False),
        (1, "success", True, False),
    ],
)
def test_a_dag_is_paused_if_its_last_runs_failed(
    airflow: SimulatedAirflow, min_failures: int, last: str, *, flapping: bool, paused: bool
) -> None:
    if last:
        airflow.finish(DAG, "run_4", "merge", last)
    # One failed run is several occurrences of an incident: its query, its task, itself.
    outcome = run(airflow, min_failures, flapping_since=NOW if flapping else None, occurrence_count=9)
    assert (outcome.changed, DAG in airflow.paused()) == (paused, paused)
    assert not outcome.recovered


def test_its_undo_unpauses_it_once(airflow: SimulatedAirflow) -> None:
    undo = run(airflow).undo
    assert undo == {"dag_id": DAG}
    assert run(airflow, undoes=undo).text.en == f"unpaused DAG {DAG}"
    assert airflow.paused() == set()
    assert not run(airflow, undoes=undo).changed


def test_a_dag_that_a_person_paused_stays_and_has_no_undo(airflow: SimulatedAirflow) -> None:
    airflow.pause(DAG)
    outcome = run(airflow)
    assert (outcome.changed, outcome.undo, airflow.patches) == (False, None, 0)


def test_a_dry_run_changes_nothing(airflow: SimulatedAirflow) -> None:
    assert run(airflow, mode=Mode.DRY_RUN).text.en == f"would pause DAG {DAG}"
    assert airflow.paused() == set()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": {**LABELS, "environment": "other"}}, "does not serve"),
        ({"labels": {**LABELS, "dag_id": ".."}}, "no valid dag_id"),
        ({"labels": {}}, "no valid dag_id"),
        ({"rule": "report/etl", "resource": "another_dag"}, "its labels name the DAG"),
    ],
)
def test_a_dag_that_the_incident_is_not_about_is_refused_before_any_call(
    airflow: SimulatedAirflow, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ActionError, match=reason):
        run(airflow, **changes)
    assert airflow.requests == []


def test_a_dag_that_does_not_exist_is_refused(airflow: SimulatedAirflow) -> None:
    with pytest.raises(TargetRefusedError, match="HTTP 404"):
        run(airflow, labels={**LABELS, "dag_id": "../x?y"})
    assert [each.parts[3] for each in airflow.requests if each.parts[2:3] == ("dags",)] == ["../x?y"]


@pytest.mark.parametrize("failures", [0, 21])
def test_the_number_of_failures_is_bounded(failures: int) -> None:
    with pytest.raises(InputError, match="min_failures"):
        Params("etl", failures)
