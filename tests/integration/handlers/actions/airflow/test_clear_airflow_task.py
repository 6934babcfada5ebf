"""The action clear_airflow_task against a real HTTP server that speaks the REST API of Airflow 3 and of Airflow 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from demo.platform.airflow import TOKEN, SimulatedAirflow
from demo.platform.http import Reply
from handlers.actions.airflow import clear_airflow_task
from handlers.actions.airflow.clear_airflow_task import Params
from handlers.context import ActionContext, ActionResult
from handlers.errors import translated
from handlers.remediations import runner
from shared.clients import Clients
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.errors import ActionError, InputError
from shared.model import IncidentKind, Mode, Trigger
from shared.secret import Secret
from tests.support.incidents import NOW, incident

DAG, TASK, RUN = "load_mart", "group.merge daily", "scheduled__2026-11-23T03:00:00+00:00"
LABELS = {"dag_id": DAG, "task_id": TASK, "run_id": RUN, "map_index": "-1", "environment": "etl"}
AUTH = {2: "basic", 3: "token"}


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[SimulatedAirflow]:
    with SimulatedAirflow(request.param, "hinomi", "password") as server:
        server.add_run(DAG, RUN, [TASK, "other"])
        server.finish(DAG, RUN, TASK, "failed")
        server.finish(DAG, RUN, "other", "failed")
        yield server


def run(
    airflow: SimulatedAirflow,
    *,
    mode: Mode = Mode.AUTO,
    labels: dict[str, str] | None = None,
    report: str = "",
    **more: Any,
) -> ActionResult:
    connection = AirflowConnection(airflow.url, AUTH[airflow.version], "hinomi", Secret("password"))
    settings = Settings(connections={"airflow": {"etl": connection}})
    view = incident(kind=IncidentKind.JOB_FAILURE, service="composer", labels=labels or LABELS)
    view = replace(view, rule="report/airflow", resource=report) if report else view
    context = ActionContext(view, Trigger.OPENED, mode, NOW, Clients(settings), settings, **more)
    with translated("clear_airflow_task"):
        return runner.run(clear_airflow_task, context, Params(airflow="etl"))


def test_a_failed_task_is_cleared_and_nothing_else(airflow: SimulatedAirflow) -> None:
    outcome = run(airflow)
    assert outcome.changed
    assert not outcome.recovered
    assert "attempt 1 of 2" in outcome.text.en
    assert airflow.take_cleared() == [(DAG, RUN, TASK)]
    assert airflow.state(DAG, RUN, "other") == "failed"


def test_a_task_that_has_recovered_is_not_cleared(airflow: SimulatedAirflow) -> None:
    airflow.finish(DAG, RUN, TASK, "success")
    outcome = run(airflow)
    assert not outcome.changed
    assert outcome.text.en.startswith("nothing to do")
    assert airflow.take_cleared() == []


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(airflow: SimulatedAirflow) -> None:
    outcome = run(airflow, mode=Mode.DRY_RUN)
    assert outcome.text.en.startswith(f"would clear {DAG}.{TASK} of {RUN}")
    assert airflow.state(DAG, RUN, TASK) == "failed"


def test_after_the_maximum_of_clears_it_fails_permanently(airflow: SimulatedAirflow) -> None:
    with pytest.raises(ActionError, match="failed again after it was cleared 2 times") as caught:
        run(airflow, earlier_runs=2)
    assert caught.value.permanent
    assert airflow.take_cleared() == []


def test_a_task_that_airflow_does_not_know_is_a_permanent_failure(airflow: SimulatedAirflow) -> None:
    with pytest.raises(ActionError, match="HTTP 404") as caught:
        run(airflow, labels={**LABELS, "task_id": "gone"})
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("job", "cleared"),
    [(DAG, True), (f"{DAG}.{TASK}", True), (f"{DAG}/{TASK}", True), ("daily_load", False), (f"{DAG}2", False)],
)
def test_a_report_about_another_job_than_the_dag_in_its_labels_clears_nothing(
    airflow: SimulatedAirflow, job: str, *, cleared: bool
) -> None:
    if cleared:
        assert run(airflow, report=job).changed
        return
    with pytest.raises(ActionError, match=f"about the job {job}, but its labels name the DAG {DAG}") as caught:
        run(airflow, report=job)
    assert caught.value.permanent
    assert airflow.requests == []


@pytest.mark.permissions
def test_an_unavailable_airflow_is_retried_after_its_retry_after(airflow: SimulatedAirflow) -> None:
    airflow.fail_next(Reply(503, headers={"Retry-After": "7"}))
    with pytest.raises(ActionError, match="HTTP 503") as caught:
        run(airflow)
    assert not caught.value.permanent


def test_a_redirect_is_not_followed(airflow: SimulatedAirflow) -> None:
    token = [Reply(201, {"access_token": TOKEN})] if airflow.version == 3 else []
    airflow.fail_next(*token, Reply(302, headers={"Location": "http://127.0.0.1:1/"}))
    with pytest.raises(ActionError, match="HTTP 302"):
        run(airflow)


@pytest.mark.parametrize("dag_id", ["", "..", ".", "a" * 251, "a\nb"])
def test_an_impossible_airflow_id_is_rejected_before_any_call(airflow: SimulatedAirflow, dag_id: str) -> None:
    with pytest.raises(ActionError, match="no valid dag_id"):
        run(airflow, labels={**LABELS, "dag_id": dag_id})
    assert airflow.requests == []


@pytest.mark.parametrize("dag_id", ["../../admin", "x?y=1#z", "//evil.example/x", "a@evil.example:80", "%2e%2e"])
def test_an_id_is_escaped_in_the_path(airflow: SimulatedAirflow, dag_id: str) -> None:
    with pytest.raises(ActionError, match="HTTP 404"):
        run(airflow, labels={**LABELS, "dag_id": dag_id})
    assert [each.parts[3] for each in airflow.requests if each.parts[2:3] == ("dags",)] == [dag_id]


def test_one_index_of_a_mapped_task_is_cleared_in_airflow_3() -> None:
    with SimulatedAirflow(3, "hinomi", "password") as airflow:
        airflow.add_run(DAG, RUN, [TASK], mapped=3)
        for index in range(3):
            airflow.finish(DAG, RUN, TASK, "failed", map_index=index)
        run(airflow, labels={**LABELS, "map_index": "1"})
        assert [airflow.state(DAG, RUN, TASK, map_index=index) for index in range(3)] == ["failed", "queued", "failed"]


def test_airflow_2_is_not_asked_to_clear_more_than_one_index() -> None:
    with SimulatedAirflow(2, "hinomi", "password") as airflow:
        airflow.add_run(DAG, RUN, [TASK], mapped=2)
        for index in range(2):
            airflow.finish(DAG, RUN, TASK, "failed", map_index=index)
        with pytest.raises(ActionError, match="would affect 2 task instances"):
            run(airflow, labels={**LABELS, "map_index": "1"})
        assert airflow.take_cleared() == []


def test_the_number_of_clears_is_bounded_in_the_rule_too() -> None:
    with pytest.raises(InputError, match="max_clears"):
        Params(airflow="etl", max_clears=11)


def test_the_target_is_the_task_instance() -> None:
    assert clear_airflow_task.target(incident(labels=LABELS), Params(airflow="etl")) == f"etl: {DAG}.{TASK} of {RUN}"


@pytest.mark.parametrize(
    ("environment", "cleared"), [("etl", True), ("", False), ("dev", False), ("ETL", False), ("etl2", False)]
)
def test_a_task_of_another_environment_is_not_cleared(
    airflow: SimulatedAirflow, environment: str, *, cleared: bool
) -> None:
    labels = {**LABELS, "environment": environment}
    if cleared:
        run(airflow, labels=labels)
    else:
        with pytest.raises(ActionError, match=r"does not serve|has no environment name"):
            run(airflow, labels=labels)
    assert bool(airflow.take_cleared()) is cleared
