"""A worker with a subscription runs the function's orders once each and needs no database (on the Pub/Sub emulator)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.app import run as command_line
from cli.own_health import problems
from db.error_db.runs import calls, worker_answers
from handlers import approvals
from handlers.scripts.orders.message import read_order, signed
from handlers.spec import HandlerSpec
from main import Application
from shared.errors import InputError
from shared.model import Mode, RunState
from shared.secret import Secret
from tests.support.function_process import push_body
from tests.support.script_folder import add_script
from tests.support.script_orders import (
    EMPTY_SECONDS,
    KEY,
    NAME,
    ORDERS,
    PROJECT,
    PULL_SECONDS,
    Place,
    script,
)

pytestmark = [pytest.mark.emulator, pytest.mark.sqlite]


def test_an_order_runs_on_the_worker_and_its_output_is_on_the_incident(place: Place) -> None:
    script(place)
    place.open_incident(HandlerSpec("card", "teams", mode=Mode.DRY_RUN))
    assert place.run.result == "ordered worker onprem to run clear; worker onprem has not started the script yet"
    with place.desk.store.reading() as session:
        (call,) = calls.of_run(session, place.run.id)
    assert (call.body or {})["parameters"] == {"dag_id": "example-bucket", "count": "1"}
    assert place.work()
    started, ended = place.answers(2)
    place.deliver(started)
    assert place.run.result == "ordered worker onprem to run clear; worker onprem is running the script"
    place.deliver(ended)
    assert (place.run.state, place.run.verdict) == (RunState.DONE, "by_event")
    assert place.run.result == "ordered worker onprem to run clear; it succeeded"
    assert place.run.after is not None
    assert (place.run.after["output"], place.run.after["exit"]) == ("made room", 0)
    assert place.lines == ["ran"]


def test_an_order_has_names_and_values_but_no_program_no_host_and_no_secret(place: Place) -> None:
    script(place, more="secrets: [KAFKA_PASSWORD]")
    place.open_incident()
    received = place.bus.pull(PULL_SECONDS)
    assert received is not None
    content = json.loads(received.data)
    assert content["parameters"] == {"dag_id": "example-bucket", "count": "1"}
    assert set(content) == {
        *("order", "worker", "script", "parameters", "run", "incident", "target", "issued", "expires", "signature"),
    }
    assert KEY not in received.data.decode()
    assert "run.sh" not in received.data.decode()


def test_a_plan_is_approved_before_it_is_ordered(place: Place) -> None:
    script(place)
    place.open_incident(mode=Mode.APPROVE)
    assert place.run.waits_for_approval
    assert place.run.plan("en").startswith("would order worker onprem to run clear: ./run.sh --dag=example-bucket")
    assert place.bus.pull(EMPTY_SECONDS) is None
    with place.desk.store.transaction(place.desk.now) as transaction:
        approvals.approve(transaction.session, place.run.id, by="alice@example.com", now=place.desk.now)
    place.desk.work()
    assert place.work()


def test_an_order_that_is_delivered_twice_runs_once_and_its_result_counts_once(place: Place) -> None:
    script(place)
    place.open_incident()
    received = place.bus.pull(PULL_SECONDS)
    assert received is not None
    place.bus.publisher.publish(ORDERS, received.data).result(timeout=30)
    place.bus.subscriber.modify_ack_deadline(
        subscription=place.bus.name, ack_ids=[received.ack_id], ack_deadline_seconds=0
    )
    assert [place.work(), place.work()] == [True, True]
    place.hear(3)  # started, ended, and ended again
    assert place.lines == ["ran"]
    assert place.run.result == "ordered worker onprem to run clear; it succeeded"


def test_a_publication_whose_response_was_lost_is_repeated_with_the_same_order(place: Place) -> None:
    script(place)
    place.open_incident()
    first = place.bus.pull(PULL_SECONDS)
    with place.desk.store.transaction(place.desk.now) as transaction:
        transaction.session.connection().exec_driver_sql("UPDATE action_calls SET effect = 'unknown'")
        transaction.session.connection().exec_driver_sql("UPDATE action_runs SET state = 'planned', verify_at = NULL")
    place.desk.work()
    second = place.bus.pull(PULL_SECONDS)
    assert first is not None
    assert second is not None
    ids = {read_order(one.data, NAME, Secret(KEY)).id for one in (first, second)}
    assert len(ids) == 1


@pytest.mark.parametrize("idempotent", ["", "idempotent: true\n"], ids=["once", "idempotent"])
def test_with_two_machines_only_an_idempotent_script_is_ordered_again(place: Place, idempotent: str) -> None:
    """No machine knows what the other one ran: if the order is published again, it may run on the second machine too."""
    script(place, more=idempotent)
    for machine in ("onprem-a", "onprem-b"):
        for runner in place.runner(machine):
            runner.stay_alive()
    place.hear(2)
    place.open_incident()
    assert place.bus.pull(PULL_SECONDS) is not None
    with place.desk.store.transaction(place.desk.now) as transaction:
        transaction.session.connection().exec_driver_sql("UPDATE action_calls SET effect = 'unknown'")
        transaction.session.connection().exec_driver_sql("UPDATE action_runs SET state = 'planned', verify_at = NULL")
    place.desk.work()
    waits = PULL_SECONDS if idempotent else EMPTY_SECONDS
    assert (place.bus.pull(waits) is not None) == bool(idempotent)
    assert "worker onprem has not started the script yet" in (place.run.result or "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"script": "other"}, "the signature is missing, or not of the key of this worker"),
        ({"signature": None}, "the signature is missing, or not of the key of this worker"),
        ({"expires": "2099-01-01T00:00:00+00:00"}, "the signature is missing, or not of the key of this worker"),
    ],
)
def test_a_forged_order_is_ignored(place: Place, changes: dict[str, Any], reason: str) -> None:
    script(place)
    place.open_incident()
    received = place.bus.pull(PULL_SECONDS)
    assert received is not None
    forged = json.dumps({**json.loads(received.data), **changes}).encode()
    for runner in place.runner():
        with pytest.raises(InputError) as error:
            runner.read(forged)
        assert str(error.value) == reason
    assert place.lines == []


def test_a_worker_refuses_what_it_does_not_declare_and_the_next_step_runs(place: Place) -> None:
    script(place)
    place.open_incident(HandlerSpec("page", "teams", mode=Mode.DRY_RUN))
    add_script(place.actions, "mine", more=f"worker: {NAME}")
    (place.actions / "clear" / "action.yaml").unlink()
    assert place.work()
    refusal = place.answers(1)
    script_again = place.actions / "clear"
    (script_again / "run.sh").unlink()
    script_again.rmdir()
    script(place)
    place.deliver(*refusal)
    assert place.run.verdict == "not_fixed"
    assert place.run.result == (
        "ordered worker onprem to run clear; worker onprem refused, and nothing ran: worker onprem declares no script 'clear' "
        "in its own actions/"
    )
    assert [run.handler_rule for run in place.desk.runs()] == ["clear", "page"]


def test_the_worker_checks_parameters_by_its_own_manifest(place: Place) -> None:
    script(place)
    place.open_incident()
    manifest = place.actions / "clear" / "action.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("[\\w.-]+", "orders"), encoding="utf-8")
    assert place.work()
    place.hear(1)
    assert "the value 'example-bucket' of 'dag_id' does not match orders" in (place.run.result or "")
    assert place.lines == []


def test_an_order_that_expired_does_not_run_and_nobody_waits_for_it(place: Place) -> None:
    script(place)
    place.open_incident(HandlerSpec("page", "teams", mode=Mode.DRY_RUN))
    place.desk.wait(minutes=36)
    place.desk.work()
    assert place.run.result == (
        "ordered worker onprem to run clear; worker onprem did not start clear in time, and the order has expired: "
        "is `hinomi worker actions --name onprem` running?"
    )
    assert [run.handler_rule for run in place.desk.runs()] == ["clear", "page"]
    assert place.work()
    place.hear(1)
    assert place.lines == []
    assert "reported later: the order expired" in (place.run.result or "")


def test_a_result_that_never_arrives_is_said_and_one_that_arrives_late_is_added(place: Place) -> None:
    script(place)
    place.open_incident()
    place.work()
    started, ended = place.answers(2)
    place.deliver(started)
    place.desk.wait(minutes=6)
    place.desk.work()
    assert place.run.verdict == "not_fixed"
    assert "started clear, but reported no result: it may have run" in (place.run.result or "")
    place.deliver(ended)
    assert (place.run.result or "").endswith("reported later: exit code 0")
    assert place.run.after is not None
    assert place.run.after["output"] == "made room"


def test_a_failed_script_is_a_failed_remediation_and_one_that_asks_for_another_attempt_gets_it(place: Place) -> None:
    script(place, "test -f room && echo made room || { touch room; exit 75; }")
    place.open_incident()
    place.work()
    place.hear(2)
    assert [run.state for run in place.desk.runs()] == [RunState.DONE, RunState.PLANNED]
    place.desk.wait(minutes=2)
    place.desk.work()
    assert place.work()
    place.hear(2)
    assert [run.verdict for run in place.desk.runs()] == ["not_fixed", "by_event"]


def test_a_message_without_the_key_or_on_another_path_is_rejected(place: Place) -> None:
    script(place)
    place.open_incident()
    place.work()
    _, ended = place.answers(2)
    content = json.loads(ended)
    unsigned = {name: value for name, value in content.items() if name != "signature"}
    another = signed({**unsigned, "order": "0" * 32}, Secret(KEY))
    stranger = signed(unsigned, Secret("x" * 32))
    assert place.deliver(json.dumps(unsigned).encode(), stranger, another) == [
        "rejected: the message is not signed with the key of worker onprem",
        "rejected: the message is not signed with the key of worker onprem",
        "rejected: the message answers an order that this installation did not send to worker onprem",
    ]
    app = Application(place.desk.settings, clock=lambda: place.desk.now)
    for route in ("/evidence", "/reports", "/ticks", "/results/other"):
        assert app.pipeline.handle(push_body(content), place.desk.now, route=route).startswith("rejected: ")
    assert place.run.result == "ordered worker onprem to run clear; worker onprem has not started the script yet"
    for other in ({"report": "airflow", "job": "x"}, {"tick": "sweep"}):
        answer = app.pipeline.handle(push_body(other), place.desk.now, route=f"/results/{NAME}")
        assert "which takes only a message of a worker" in answer


def test_the_output_of_a_script_that_resolved_its_incident_is_kept(place: Place) -> None:
    script(place)
    place.open_incident()
    place.work()
    place.desk.recover()
    place.hear(2)
    assert place.run.verdict == "fixed"
    assert place.run.after is not None
    assert place.run.after["output"] == "made room"


def test_the_command_takes_the_orders_that_wait_and_the_doctor_says_whether_the_worker_is_alive(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def found() -> list[str]:
        return [each.what for each in problems(place.desk.settings) or []]

    assert found() == ["worker onprem has never reported"]
    script(place)
    place.open_incident()
    monkeypatch.setenv("HINOMI_ACTIONS_DIR", str(place.actions))
    command = ["worker", "actions", "--name", NAME, "--project", PROJECT, "--once", "--every", "1"]
    command += ["--state", str(tmp_path / "kept")]
    assert command_line(command) == 2
    assert "the worker onprem has no key: set HINOMI_WORKER_ONPREM_KEY" in capsys.readouterr().err
    monkeypatch.setenv("HINOMI_WORKER_ONPREM_KEY", KEY)
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert command_line(command) == 0
    out = capsys.readouterr().out
    assert (
        "Worker onprem takes the runs of clear from projects/example-project/subscriptions/hinomi-orders-onprem." in out
    )
    assert "exit code 0" in out
    place.hear(3)
    assert found() == []
    with place.desk.store.reading() as session:
        (worker,) = worker_answers.workers(session)
    assert (worker.name, worker.is_subscribed, worker.scripts) == (NAME, True, ("clear",))
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", place.desk.settings.error_db_url)
    capsys.readouterr()
    assert command_line(["worker", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (
        listed.items()
        >= {"worker": NAME, "alive": True, "takes_runs_from": "subscription", "scripts": ["clear"]}.items()
    )
    assert listed["machine"].endswith(f":{tmp_path / 'kept'}")
    later = datetime.now(UTC) - timedelta(hours=1)
    with place.desk.store.transaction(later) as transaction:
        worker_answers.note_alive(transaction.session, NAME, ("clear",), is_subscribed=True, now=later)
    (problem,) = problems(place.desk.settings) or []
    assert problem.what.startswith("worker onprem has not reported since ")
    assert problem.fix == f"hinomi worker actions --name onprem --project {PROJECT}"


def test_two_processes_do_not_share_a_folder(place: Place) -> None:
    script(place)
    for _ in place.runner():
        with pytest.raises(InputError, match="another worker uses"):
            next(place.runner())


def test_another_worker_with_the_same_key_does_not_take_the_order(place: Place) -> None:
    script(place)
    place.open_incident()
    received = place.bus.pull(PULL_SECONDS)
    assert received is not None
    with pytest.raises(InputError, match="the order is for worker 'onprem'"):
        read_order(received.data, "other", Secret(KEY))
