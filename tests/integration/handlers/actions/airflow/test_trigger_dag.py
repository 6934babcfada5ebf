"""The action trigger_dag against a real HTTP server that speaks the REST API of Airflow 3 and of Airflow 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.airflow import SimulatedAirflow
from handlers.actions.airflow import trigger_dag
from handlers.actions.airflow.trigger_dag import Params
from handlers.context import ActionResult
from handlers.remediations import runner
from handlers.remediations.model import Outcome
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.model import Mode
from tests.support.airflow_incidents import DAG, LABELS, RUN, context

CONF = {"table": {"from": "label.target", "pattern": "[a-z_.]+"}, "reason": "repair"}
TARGET = {**LABELS, "target": "raw.orders"}


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[SimulatedAirflow]:
    with SimulatedAirflow(request.param, "hinomi", "password") as server:
        server.add_run(DAG, RUN, ["merge"])
        server.add_run("reload", "earlier", ["load"])
        yield server


def run(airflow: SimulatedAirflow, params: Params | None = None, **more: Any) -> ActionResult:
    return runner.run(trigger_dag, context(airflow, **more), params or Params("etl"))


@pytest.mark.permissions
@pytest.mark.parametrize(("named", "dag"), [("reload", "reload"), ("", DAG)])
def test_the_dag_of_the_rule_or_of_the_incident_is_triggered_with_checked_values(
    airflow: SimulatedAirflow, named: str, dag: str
) -> None:
    outcome = run(airflow, Params("etl", named, CONF), labels=TARGET)
    (((triggered, name), conf),) = airflow.triggered().items()
    assert (triggered, conf) == (dag, {"table": "raw.orders", "reason": "repair"})
    assert name.startswith("hinomi__")
    assert outcome.changed
    assert not outcome.recovered


def test_each_attempt_of_a_run_has_the_same_id_and_each_run_another(airflow: SimulatedAirflow) -> None:
    run(airflow, run_id=7)
    assert run(airflow, run_id=7).text.en.startswith("nothing to do: load_mart of hinomi__")
    assert len(airflow.triggered()) == 1
    run(airflow, run_id=8)
    assert len(airflow.triggered()) == 2


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("success", Outcome.FIXED), ("failed", Outcome.NOT_FIXED), ("running", Outcome.NOT_YET)],
)
def test_the_state_of_the_run_is_the_result(airflow: SimulatedAirflow, state: str, outcome: Outcome) -> None:
    here = context(airflow)
    made = runner.run(trigger_dag, here, Params("etl"))
    airflow.end_run(*next(iter(airflow.triggered())), state)
    assert made.plan is not None
    verdict = trigger_dag.verify(here, Params("etl"), made.plan)
    assert (verdict.outcome, verdict.is_recovery) == (outcome, False)


def test_a_paused_dag_is_refused(airflow: SimulatedAirflow) -> None:
    airflow.pause(DAG)
    with pytest.raises(TargetRefusedError, match="is paused") as caught:
        run(airflow)
    assert caught.value.reason is TargetRefusal.OTHER_TARGET


@pytest.mark.parametrize(
    ("params", "labels", "reason"),
    [
        (Params("etl", conf=CONF), LABELS, "conf.table"),
        (Params("etl", conf=CONF), {**TARGET, "target": "raw.orders; DROP"}, "conf.table"),
        (Params("etl"), {**LABELS, "environment": "other"}, "does not serve"),
        (Params("etl"), {}, "no valid dag_id"),
        (Params("etl", ".."), LABELS, "no valid dag"),
        (Params("other"), {"dag_id": DAG}, "no Airflow connection is named 'other'"),
    ],
)
def test_a_wrong_value_or_another_airflow_is_refused_before_any_call(
    airflow: SimulatedAirflow, params: Params, labels: dict[str, str], reason: str
) -> None:
    with pytest.raises(ActionError, match=reason):
        run(airflow, params, labels=labels)
    assert airflow.requests == []


def test_a_dry_run_triggers_nothing(airflow: SimulatedAirflow) -> None:
    assert run(airflow, mode=Mode.DRY_RUN).text.en == f"would trigger DAG {DAG}"
    assert airflow.triggered() == {}


@pytest.mark.parametrize("conf", [{"a": {"from": "label."}}, {"a": {"from": "nothing"}}, {"a": {"from": 1}}])
def test_a_source_that_no_incident_has_is_rejected_with_the_rule(conf: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="a"):
        Params("etl", conf=conf)
