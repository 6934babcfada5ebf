"""From a failed task to its clears and their limit, through the Error DB and a real Airflow API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from db.error_db.store import ErrorStore
from demo.platform.airflow import SimulatedAirflow
from handlers.plan import plan
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.model import Mode, RunState, Trigger
from tests.support.findings import finding, only
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite

DAG, TASK, RUN = "load_mart", "merge_daily", "scheduled__2026-11-23T03:00:00+00:00"
CLEAR = HandlerSpec(
    name="clear",
    action="clear_airflow_task",
    on=(Trigger.OPENED, Trigger.REOCCURRED),
    params={"airflow": "etl"},
    mode=Mode.AUTO,
)


@pytest.fixture
def airflow() -> Iterator[SimulatedAirflow]:
    with SimulatedAirflow() as server:
        server.add_run(DAG, RUN, [TASK])
        yield server


@pytest.fixture
def desk(store: ErrorStore, airflow: SimulatedAirflow) -> Desk:
    desk = Desk(store, Settings(connections={"airflow": {"etl": AirflowConnection(airflow.url, "none")}}))
    desk.apply(CLEAR)
    return desk


def fail(desk: Desk, airflow: SimulatedAirflow, *, really: bool = True) -> None:
    """The task fails, its log entry arrives, and the handlers run."""
    airflow.finish(DAG, RUN, TASK, "failed" if really else "success")
    desk.wait(minutes=1)
    labels = {"dag_id": DAG, "task_id": TASK, "run_id": RUN, "map_index": "-1", "environment": "etl"}
    with desk.store.transaction(desk.now) as transaction:
        minutes = (desk.now.minute + 60 * desk.now.hour) - 12 * 60
        change = only(transaction.record(finding(minutes, service="composer", labels=labels), redact=()))
        assert change is not None
        plan([change], transaction, desk.now)
    desk.work()


def test_a_task_that_fails_every_time_is_cleared_twice_only(desk: Desk, airflow: SimulatedAirflow) -> None:
    for _ in range(2):
        fail(desk, airflow)
        assert airflow.take_cleared() == [(DAG, RUN, TASK)]
    fail(desk, airflow)
    assert airflow.take_cleared() == []
    assert [run.state for run in desk.runs()] == [RunState.DONE, RunState.DONE, RunState.FAILED]
    assert str(desk.runs()[2].error).endswith("failed again after it was cleared 2 times")


def test_a_run_that_changed_nothing_does_not_count_as_a_clear(desk: Desk, airflow: SimulatedAirflow) -> None:
    fail(desk, airflow, really=False)
    for _ in range(2):
        fail(desk, airflow)
        assert airflow.take_cleared() == [(DAG, RUN, TASK)]
    assert str(desk.runs()[2].result).startswith(f"cleared {DAG}.{TASK} of {RUN} (attempt 2 of 2)")


@pytest.mark.both_databases
def test_a_dry_run_does_not_count_as_a_clear(desk: Desk, airflow: SimulatedAirflow) -> None:
    desk.apply(HandlerSpec(name="clear", action=CLEAR.action, on=CLEAR.on, params=CLEAR.params))
    fail(desk, airflow)
    desk.apply(CLEAR)
    fail(desk, airflow)
    assert "(attempt 1 of 2)" in str(desk.runs()[1].result)


def test_an_incident_that_names_no_task_fails_and_says_why(desk: Desk) -> None:
    with desk.store.transaction(desk.now) as transaction:
        change = only(transaction.record(finding(labels={"dag_id": DAG, "environment": "etl"}), redact=()))
        assert change is not None
        plan([change], transaction, desk.now)
    desk.work()
    assert desk.runs()[0].error == "the incident has no valid task_id"


def test_a_missing_connection_names_the_setting(desk: Desk, airflow: SimulatedAirflow) -> None:
    desk.settings = Settings()
    fail(desk, airflow)
    assert desk.runs()[0].error == "no Airflow connection is named 'etl': set HINOMI_AIRFLOW_ETL_URL"
