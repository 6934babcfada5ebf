"""The action restart_connector against a real HTTP server that speaks the REST API of Kafka Connect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from db.error_db.runs import breakers
from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.messaging.kafka_connect import FAILED, ConnectServer
from handlers.actions.kafka import restart_connector
from handlers.actions.kafka.restart_connector import Params
from handlers.context import ActionContext, ActionResult
from handlers.errors import translated
from handlers.plan import plan
from handlers.remediations import runner
from handlers.spec import HandlerSpec
from shared.clients import Clients
from shared.config import Settings
from shared.connections import kafka_connect as connections
from shared.connections.kafka_connect import KafkaConnectConnection
from shared.errors import ActionError, InputError, TargetRefusedError
from shared.model import IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.records import SystemPlace
from shared.secret import Secret
from tests.support.findings import finding
from tests.support.handling import Desk
from tests.support.incidents import NOW, incident
from tests.support.mailbox import tls_context

NAME = "orders cdc"


@pytest.fixture
def connect() -> Iterator[ConnectServer]:
    with ConnectServer("Bearer t0ken") as server:
        server.add(NAME, tasks=2)
        server.add("other")
        server.set_state(NAME, FAILED, 1)
        server.set_state("other", FAILED, 0)
        yield server


def settings(connect: ConnectServer, **more: Any) -> Settings:
    connection = KafkaConnectConnection(connect.url, "bearer", secret=Secret("t0ken"), **more)
    return Settings(connections={"kafka_connect": {"cdc": connection}})


def run(
    connect: ConnectServer,
    labels: dict[str, str] | None = None,
    *,
    resource: str = NAME,
    mode: Mode = Mode.AUTO,
    rule: str = "report/kafka",
    cluster: str = "",
    projects: frozenset[str] = frozenset(),
) -> ActionResult:
    given = settings(connect, cluster=cluster)
    view = incident(kind=IncidentKind.JOB_FAILURE, service="kafka", labels=labels or {}, rule=rule, resource=resource)
    context = ActionContext(
        view, Trigger.OPENED, mode, NOW, Clients(given), given, system_places=frozenset(map(SystemPlace, projects))
    )
    with translated(restart_connector.NAME):
        return runner.run(restart_connector, context, Params(kafka_connect="cdc"))


def test_the_failed_task_is_restarted_and_nothing_else(connect: ConnectServer) -> None:
    outcome = run(connect)
    assert outcome.text.en == f"restarted task 1 of connector {NAME} (restart 1 of 3)"
    assert outcome.text.ja == f"コネクタ {NAME} のタスク 1 を再起動 (3 回中 1 回目)"
    assert not outcome.recovered
    assert connect.restarts == [(NAME, 1)]


def test_a_failed_connector_is_restarted_with_its_failed_tasks(connect: ConnectServer) -> None:
    connect.set_state(NAME, FAILED)
    assert run(connect).text.en == f"restarted connector {NAME} (restart 1 of 3)"
    assert connect.restarts == [(NAME, None), (NAME, 1)]


def test_a_dry_run_names_the_task_and_restarts_nothing(connect: ConnectServer) -> None:
    assert run(connect, mode=Mode.DRY_RUN).text.en == f"would restart task 1 of connector {NAME}, which failed"
    assert connect.restarts == []


@pytest.mark.parametrize(
    ("resource", "labels", "restarts"),
    [
        (NAME, {"task": "1"}, [(NAME, 1)]),
        (NAME, {"task": "0"}, []),
        (f"{NAME}/1", {}, [(NAME, 1)]),
        (f"{NAME}/0", {}, []),
        (f"{NAME}/1", {"connector": NAME, "task": "1"}, [(NAME, 1)]),
        (NAME, {"connector": NAME}, [(NAME, 1)]),
    ],
)
def test_the_task_of_the_incident_is_restarted(
    connect: ConnectServer, resource: str, labels: dict[str, str], restarts: list[tuple[str, int]]
) -> None:
    assert run(connect, labels, resource=resource).changed is bool(restarts)
    assert connect.restarts == restarts


@pytest.mark.parametrize(
    ("resource", "labels", "message"),
    [
        ("other", {"connector": NAME}, f"about the job other, but its labels name the connector {NAME}"),
        (f"{NAME}/0", {"connector": NAME, "task": "1"}, "about the job"),
        (f"{NAME}2", {"connector": NAME}, "about the job"),
        (NAME, {"task": "1; x"}, "not a number"),
        (NAME, {"task": "-1"}, "not a number"),
        ("..", {}, "no valid connector"),
        ("a\nb", {}, "no valid connector"),
        ("a" * 256, {}, "no valid connector"),
        (NAME, {"connect_cluster": "dev"}, "does not serve"),
        (NAME, {"cluster": "CDC"}, "does not serve"),
    ],
)
def test_another_connector_than_the_one_of_the_incident_is_rejected_before_any_call(
    connect: ConnectServer, resource: str, labels: dict[str, str], message: str
) -> None:
    with pytest.raises(ActionError, match=message) as caught:
        run(connect, labels, resource=resource)
    assert caught.value.permanent
    assert connect.requests == []


def test_a_connection_that_serves_a_cluster_of_any_project_is_refused_if_two_have_one(connect: ConnectServer) -> None:
    two = frozenset({"example-project", "dev-project"})
    with pytest.raises(TargetRefusedError, match=r"to one of dev-project/.*, example-project/"):
        run(connect, {"connect_cluster": "prod"}, cluster="prod", projects=two)
    assert connect.requests == []
    assert run(connect, {"connect_cluster": "prod"}, cluster="example-project/prod", projects=two).changed


@pytest.mark.parametrize("cluster", ["prod", "example-project/prod"])
def test_a_connection_serves_the_cluster_of_its_setting(connect: ConnectServer, cluster: str) -> None:
    assert run(connect, {"connect_cluster": "prod"}, cluster=cluster).changed


def test_a_cluster_of_another_project_is_not_served(connect: ConnectServer) -> None:
    with pytest.raises(TargetRefusedError, match="HINOMI_KAFKA_CONNECT_CDC_CLUSTER=prod"):
        run(connect, {"connect_cluster": "prod"}, cluster="elsewhere/prod")


def test_the_connector_of_a_log_entry_is_that_of_its_label(connect: ConnectServer) -> None:
    run(connect, {"connector": NAME}, rule="kafka/task_failed", resource="connect-worker-1")
    assert connect.restarts == [(NAME, 1)]


@pytest.mark.parametrize("name", ["../../admin", "x?y=1#z", "//evil.example/x", "%2e%2e"])
def test_a_name_is_escaped_in_the_path(connect: ConnectServer, name: str) -> None:
    with pytest.raises(TargetRefusedError, match="HTTP 404"):
        run(connect, {"connector": name}, rule="kafka/task_failed")
    assert [each.parts for each in connect.requests] == [("connectors", name, "status")]


@pytest.mark.parametrize("state", ["PAUSED", "STOPPED"])
def test_a_connector_that_a_person_stopped_is_left_alone(connect: ConnectServer, state: str) -> None:
    connect.set_state(NAME, state)
    assert run(connect).text.en == f"nothing to do: connector {NAME} is {state}, which a person requested"
    assert connect.restarts == []


@pytest.mark.parametrize("body", [{"name": "other", "connector": {"state": "FAILED"}, "tasks": []}, {"name": NAME}, []])
def test_a_server_that_answers_like_another_one_is_a_permanent_failure(connect: ConnectServer, body: Any) -> None:
    connect.fail_next(Reply(200, body))
    with pytest.raises(ActionError, match="does not answer like Kafka Connect") as caught:
        run(connect)
    assert caught.value.permanent


def test_a_certificate_of_your_own_authority_is_trusted_with_its_setting(
    connect: ConnectServer, tmp_path: Path
) -> None:
    context, certificate = tls_context(tmp_path)
    server: Any = connect._server  # noqa: SLF001 - the same server over TLS
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    address = connect.url.replace("http:", "https:")
    for trusted, ca in ((True, certificate.read_text()), (False, "")):
        connection = KafkaConnectConnection(address, "bearer", secret=Secret("t0ken"), ca=Secret(ca))
        clients = Clients(Settings(connections={"kafka_connect": {"cdc": connection}}))
        found = connections.server(clients, "cdc")
        if trusted:
            assert found.session.get(f"{found.url}/connectors/other/status").json()["name"] == "other"
        else:
            with pytest.raises(requests.exceptions.SSLError):
                found.session.get(f"{found.url}/connectors/other/status")


def test_a_missing_connection_names_the_setting() -> None:
    view = incident(resource=NAME, labels={}, service="kafka")
    context = ActionContext(view, Trigger.OPENED, Mode.AUTO, NOW, Clients(Settings()), Settings())
    with pytest.raises(ActionError, match="set HINOMI_KAFKA_CONNECT_CDC_URL"):
        runner.run(restart_connector, context, Params(kafka_connect="cdc"))


def test_limits_of_the_parameters_are_checked_with_the_rule(connect: ConnectServer) -> None:
    for wrong in ({"max_restarts": 11}, {"max_restarts": 0}, {"pause_seconds": 9}, {"pause_seconds": 3601}):
        with pytest.raises(InputError, match="must be a number from"):
            Params(kafka_connect="cdc", **wrong)
    assert [Params(kafka_connect="cdc").pause(count) for count in (1, 2, 3, 9)] == [60, 120, 240, 3600]
    assert (
        "no Kafka Connect connection is named 'x'"
        in restart_connector.problem(settings(connect), Params(kafka_connect="x")).en
    )


class Plant:
    """A connector that a handler rule restarts; the clock advances by seconds."""

    def __init__(self, store: ErrorStore, connect: ConnectServer, **rule: Any) -> None:
        self.connect = connect
        self.desk = Desk(store, settings(connect))
        made = {"mode": Mode.AUTO, "params": {"kafka_connect": "cdc"}, "on": (Trigger.OPENED, Trigger.REOCCURRED)}
        page = HandlerSpec("page", "teams", mode=Mode.DRY_RUN)
        self.desk.apply(HandlerSpec("restart", restart_connector.NAME, then="page", **{**made, **rule}), page)
        self.begun = self.desk.now
        self.report("e1")

    def report(self, event: str) -> None:
        """Records a report of the probe that the connector failed."""
        kind, severity = IncidentKind.JOB_FAILURE, Severity.HIGH
        found = finding(rule="report/kafka", kind=kind, severity=severity, service="kafka", resource=NAME)
        with self.desk.store.transaction(self.desk.now) as transaction:
            changes = transaction.record(replace(found, event_key=event, time=self.desk.now), redact=())
            plan(changes, transaction, self.desk.now)

    def wait(self, seconds: int) -> list[int]:
        """Runs the worker every twenty seconds; returns the times of restarts, in seconds since the beginning."""
        times = []
        for _ in range(seconds // 20):
            before = len(self.connect.restarts)
            self.desk.work()
            if len(self.connect.restarts) > before:
                times.append(int((self.desk.now - self.begun).total_seconds()))
            self.desk.wait(seconds=20)
        return times

    def ran(self) -> list[tuple[str, str, str | None]]:
        return [(run.handler_rule, run.state, run.verdict) for run in self.desk.runs()]


@pytest.mark.sqlite
def test_a_connector_that_fails_again_is_restarted_with_growing_pauses_and_then_a_person_is_notified(
    store: ErrorStore, connect: ConnectServer
) -> None:
    connect.failing = True
    plant = Plant(store, connect, cooldown=timedelta(hours=1))
    assert plant.wait(400) == [0, 120, 300]
    posts = [each.parts[2:] for each in connect.requests if each.method == "POST"]
    assert posts == [("tasks", "1", "restart"), ("restart",), ("restart",)]
    not_fixed = ("restart", RunState.DONE, "not_fixed")
    assert plant.ran() == [not_fixed, not_fixed, not_fixed, ("page", RunState.DONE, None)]
    assert plant.desk.detail().incident.status is Status.OPEN
    with store.reading() as session:
        breaker = breakers.find(session, "restart")
    assert breaker is not None
    assert (breaker.failures, breaker.opened_at is not None) == (1, True)
    result = plant.desk.runs()[2].result
    assert (
        result == f"restarted connector {NAME} (restart 3 of 3); connector RUNNING, task 0 RUNNING, task 1 FAILED now"
    )


@pytest.mark.sqlite
def test_a_connector_that_runs_for_a_minute_resolves_its_incident(store: ErrorStore, connect: ConnectServer) -> None:
    plant = Plant(store, connect)
    assert plant.wait(60) == [0]
    assert plant.desk.detail().incident.status is Status.OPEN
    plant.wait(40)
    assert plant.desk.detail().incident.status is Status.RESOLVED
    assert plant.ran() == [("restart", RunState.DONE, "fixed")]


@pytest.mark.sqlite
def test_reports_in_a_pause_restart_nothing_earlier(store: ErrorStore, connect: ConnectServer) -> None:
    connect.failing = True
    plant = Plant(store, connect)
    plant.wait(20)
    plant.report("e2")
    assert plant.wait(120) == [120]
    assert plant.desk.runs()[1].result == (
        f"nothing to do yet: connector {NAME} was restarted 20 s ago, and is restarted again 60 s after a restart"
    )


@pytest.mark.sqlite
def test_an_exhausted_budget_ends_the_restarts_and_the_chain_goes_on(store: ErrorStore, connect: ConnectServer) -> None:
    connect.failing = True
    plant = Plant(store, connect, budget=1)
    assert plant.wait(100) == [0]
    assert ("page", RunState.DONE, None) in plant.ran()
