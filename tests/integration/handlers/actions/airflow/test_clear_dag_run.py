"""The action clear_dag_run against a real HTTP server that speaks the REST API of Airflow 3 and of Airflow 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.airflow import SimulatedAirflow
from handlers.actions.airflow import clear_dag_run
from handlers.actions.airflow.clear_dag_run import Params
from handlers.context import ActionResult
from handlers.remediations import runner
from handlers.remediations.model import Outcome
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.model import Mode
from tests.support.airflow_incidents import DAG, LABELS, RUN, context


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[SimulatedAirflow]:
    """A failed run with a successful task, a failed one and one downstream of it; and another failed run."""
    with SimulatedAirflow(request.param, "hinomi", "password") as server:
        for name in (RUN, "other"):
            server.add_run(DAG, name, ["read", "merge", "publish"])
            server.finish(DAG, name, "read", "success")
            server.finish(DAG, name, "merge", "failed")
            server.finish(DAG, name, "publish", "upstream_failed")
        yield server


def run(airflow: SimulatedAirflow, params: Params | None = None, **more: Any) -> ActionResult:
    return runner.run(clear_dag_run, context(airflow, **more), params or Params("etl"))


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("only_failed", "tasks"), [(True, ["merge", "publish"]), (False, ["merge", "publish", "read"])]
)
def test_the_tasks_of_the_failed_run_are_cleared_and_no_others(
    airflow: SimulatedAirflow, tasks: list[str], *, only_failed: bool
) -> None:
    outcome = run(airflow, Params("etl", only_failed=only_failed))
    assert outcome.text.en.startswith(f"cleared {len(tasks)} tasks of {DAG} of {RUN} (attempt 1 of 2); it is running")
    assert sorted(airflow.take_cleared()) == [(DAG, RUN, task) for task in tasks]
    assert not outcome.recovered


@pytest.mark.parametrize(
    ("state", "outcome", "may_help"),
    [("success", Outcome.FIXED, False), ("failed", Outcome.NOT_FIXED, True), ("running", Outcome.NOT_YET, False)],
)
def test_the_state_of_the_run_is_the_result(
    airflow: SimulatedAirflow, state: str, outcome: Outcome, *, may_help: bool
) -> None:
    here = context(airflow)
    made = runner.run(clear_dag_run, here, Params("etl"))
    airflow.end_run(DAG, RUN, state)
    assert made.plan is not None
    verdict = clear_dag_run.verify(here, Params("etl"), made.plan)
    assert (verdict.outcome, verdict.is_recovery, verdict.may_help_again) == (outcome, False, may_help)


def test_a_run_that_continues_stays(airflow: SimulatedAirflow) -> None:
    airflow.end_run(DAG, RUN, "running")
    assert run(airflow).text.en == f"nothing to do: {DAG} of {RUN} is running now; it is running now"
    assert airflow.take_cleared() == []


@pytest.mark.parametrize(
    ("params", "earlier", "reason"),
    [
        (Params("etl", max_clears=1), 1, "failed again after it was cleared once"),
        (Params("etl", max_tasks=1), 0, "would affect 2 tasks, more than 1"),
    ],
)
def test_limits_refuse_a_clear(airflow: SimulatedAirflow, params: Params, earlier: int, reason: str) -> None:
    with pytest.raises(TargetRefusedError, match=reason) as caught:
        run(airflow, params, earlier_runs=earlier)
    assert caught.value.reason is TargetRefusal.LIMIT_REACHED
    assert airflow.take_cleared() == []


def test_a_run_that_failed_by_its_time_limit_names_the_parameter_that_clears_it(airflow: SimulatedAirflow) -> None:
    airflow.add_run(DAG, "late", ["read"])
    airflow.finish(DAG, "late", "read", "success")
    airflow.end_run(DAG, "late", "failed")
    labels = {**LABELS, "run_id": "late"}
    with pytest.raises(TargetRefusedError, match="only_failed: false"):
        run(airflow, labels=labels)
    assert run(airflow, Params("etl", only_failed=False), labels=labels).changed


def test_a_dry_run_counts_and_changes_nothing(airflow: SimulatedAirflow) -> None:
    text = run(airflow, mode=Mode.DRY_RUN).text.en
    assert text == f"would clear 2 tasks of {DAG} of {RUN}, which failed"
    assert airflow.take_cleared() == []


@pytest.mark.parametrize("given", [{"max_clears": 0}, {"max_clears": 11}, {"max_tasks": 0}, {"max_tasks": 1001}])
def test_the_limits_are_bounded(given: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(given))):
        Params("etl", **given)  # type: ignore[arg-type]
