"""Airflow watched from outside: a server that answers like Airflow 2.11 and 3.3, and the Error DB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from collectors.metrics_analysis import detectors
from collectors.metrics_analysis.airflow import server_state
from collectors.metrics_analysis.airflow.server_state import Failures
from collectors.metrics_analysis.detectors import DetectorContext, Effect, airflow_state
from collectors.metrics_analysis.evidence import Tick
from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from demo.platform.airflow import SimulatedAirflow
from demo.platform.http import Reply
from shared.clients import Clients
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.model import Finding, Recovery
from shared.records import IncidentView
from shared.secret import Secret
from tests.support.function_process import push_body
from tests.support.incidents import NOW, incident
from tests.support.world import World, application_on

RUN = "scheduled__2026-11-22T03:00:00+00:00"


class Clock:
    """The clock of the Airflow."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[2, 3])
def server(request: pytest.FixtureRequest, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAirflow]:
    monkeypatch.setattr(server_state, "PAUSE_SECONDS", 0)
    with SimulatedAirflow(version=request.param, username="hinomi", password="made-up", clock=clock) as made:
        yield made


def settings(server: SimulatedAirflow, **more: Any) -> Settings:
    auth = "token" if server.version == 3 else "basic"
    connection = AirflowConnection(server.url, auth, "hinomi", Secret("made-up"))
    return Settings(connections={"airflow": {"onprem": connection}}, **more)


def detect(
    server: SimulatedAirflow, *unresolved: IncidentView, after: timedelta = timedelta(0), **more: Any
) -> list[Effect]:
    chosen, now = settings(server, **more), NOW + after
    context = DetectorContext(
        now,
        chosen,
        Clients(chosen),
        [],
        unresolved=lambda rule: [each for each in unresolved if each.rule == rule],
    )
    return detectors.detect(Tick("load-check", now), context, [airflow_state])  # type: ignore[list-item]


def only(effects: list[Effect]) -> Finding:
    (found,) = effects
    assert isinstance(found, Finding)
    return found


def next_run(server: SimulatedAirflow, time: datetime) -> dict[str, Any]:
    name = "next_dagrun_run_after" if server.version == 3 else "next_dagrun_create_after"
    return {name: time.isoformat()}


def opened(found: Finding) -> IncidentView:
    return incident(rule=found.rule, fingerprint=found.fingerprint, labels=found.labels)


@pytest.mark.permissions
def test_nothing_is_wrong_with_an_airflow_that_works(server: SimulatedAirflow) -> None:
    server.add_run("load_mart", RUN, ["merge"])
    server.finish("load_mart", RUN, "merge", "success")
    server.facts.schedules["load_mart"] = next_run(server, NOW + timedelta(hours=1))
    assert detect(server) == []


def test_tasks_that_nobody_starts_are_one_incident_for_their_dag_until_they_run(
    server: SimulatedAirflow, clock: Clock
) -> None:
    clock.now = NOW - timedelta(minutes=40)
    server.add_run("load_mart", RUN, ["merge", "check"])
    for task in ("merge", "check"):
        server.queue("load_mart", RUN, task)
    found = only(detect(server))
    assert (found.rule, found.labels) == ("airflow/waiting_long", {"environment": "onprem", "dag_id": "load_mart"})
    assert found.summary.startswith("2 tasks of DAG load_mart in onprem have been waiting to start since ")
    assert (found.since, found.resource) == (NOW - timedelta(minutes=10), "onprem/load_mart")
    assert "開始待ち: check, merge" in found.translations["ja"]["summary"]
    assert detect(server, airflow_waiting_minutes=60) == detect(server, airflow_waiting_minutes=0) == []
    for task in ("merge", "check"):
        server.finish("load_mart", RUN, task, "success")
    (over,) = detect(server, opened(found))
    assert isinstance(over, Recovery)
    assert (over.rule, over.fingerprint) == (found.rule, found.fingerprint)


def test_a_task_that_runs_for_more_than_a_day_is_an_incident(server: SimulatedAirflow, clock: Clock) -> None:
    clock.now = NOW - timedelta(hours=25)
    server.add_run("stream", RUN, ["wait"])
    assert only(detect(server)).rule == "airflow/running_long"
    assert detect(server, airflow_running_hours=48) == []


def add_past(server: SimulatedAirflow, dag: str, *, waited: float, ran: float) -> None:
    """Adds ten days of a daily task that was queued and ran for about the given number of minutes."""
    for day in range(1, 11):
        queued = NOW - timedelta(days=day)
        start = queued + timedelta(minutes=waited, seconds=day)
        server.add_past_run(dag, f"{RUN}-{day}", ["merge"], start, start + timedelta(minutes=ran, seconds=day), queued)


def test_a_task_that_runs_for_longer_than_it_does_is_an_incident_within_the_hour(
    server: SimulatedAirflow, clock: Clock
) -> None:
    add_past(server, "load_mart", waited=1, ran=20)
    add_past(server, "stream", waited=1, ran=30 * 60)
    clock.now = NOW - timedelta(hours=25)
    server.add_run("stream", RUN, ["merge"])
    assert detect(server) == []  # it usually runs for thirty hours
    clock.now = NOW - timedelta(minutes=35)
    server.add_run("load_mart", RUN, ["merge"])
    assert detect(server, after=timedelta(minutes=-10)) == []
    found = only(detect(server))
    assert (found.rule, found.resource) == ("airflow/running_long", "onprem/load_mart")
    assert found.summary.startswith("Task merge of DAG load_mart in onprem has been running since ")
    assert found.summary.endswith("(usually 20 min, at most 30 min)")
    assert found.translations["ja"]["summary"].endswith("(通常は 20 分、長くても 30 分)")
    assert found.since is not None
    assert abs(found.since - (NOW - timedelta(minutes=5))) < timedelta(minutes=1)
    assert detect(server, airflow_running_hours=0) == []


def test_a_task_that_waits_for_longer_than_it_does_is_an_incident_and_one_that_always_waits_is_none(
    server: SimulatedAirflow, clock: Clock
) -> None:
    add_past(server, "quick", waited=1, ran=20)
    add_past(server, "pooled", waited=60, ran=20)
    clock.now = NOW - timedelta(minutes=40)
    server.add_run("pooled", RUN, ["merge"])
    clock.now = NOW - timedelta(minutes=15)
    server.add_run("quick", RUN, ["merge"])
    for dag in ("pooled", "quick"):
        server.queue(dag, RUN, "merge")
    found = only(detect(server))
    assert (found.rule, found.labels["dag_id"]) == ("airflow/waiting_long", "quick")
    assert "(usually 1 min" in found.summary
    assert found.fields["limit_seconds"] < 15 * 60


def test_the_past_of_a_dag_is_read_once_an_hour(server: SimulatedAirflow, clock: Clock) -> None:
    add_past(server, "load_mart", waited=1, ran=20)
    clock.now = NOW - timedelta(minutes=20)
    server.add_run("load_mart", RUN, ["merge"])

    def asked() -> int:
        return sum(
            "load_mart" in request.parts and request.query.get("state") == "success" for request in server.requests
        )

    detect(server)
    first = asked()
    detect(server, after=timedelta(minutes=5))
    assert asked() == first
    detect(server, after=timedelta(minutes=70))
    assert asked() > first


def test_dags_that_are_not_started_at_their_time_are_one_incident_of_the_airflow(server: SimulatedAirflow) -> None:
    for number, minutes in enumerate((20, 30, 5)):
        server.facts.schedules[f"dag_{number}"] = next_run(server, NOW - timedelta(minutes=minutes))
    found = only(detect(server))
    assert (found.rule, found.resource) == ("airflow/not_scheduled", "onprem")
    assert "has not started 2 DAGs" in found.summary
    assert found.summary.endswith("dag_0, dag_1")


def test_a_paused_dag_that_used_to_run_is_an_incident_and_one_that_did_not_is_none(
    server: SimulatedAirflow,
) -> None:
    day = timedelta(days=1)
    for dag, last in (("daily", NOW - 2 * day), ("forgotten", NOW - 60 * day)):
        server.add_past_run(dag, RUN, ["merge"], last, last)
        server.facts.schedules[dag] = next_run(server, NOW - day)
        server.pause(dag)
    found = only(detect(server))
    assert (found.rule, found.labels["dag_id"], found.severity) == ("airflow/paused", "daily", "low")
    server.facts.schedules["daily"] = next_run(server, NOW + day)
    assert isinstance(detect(server, opened(found))[0], Recovery)


def test_components_without_a_heartbeat_and_files_that_cannot_be_imported_are_incidents(
    server: SimulatedAirflow,
) -> None:
    server.facts.unhealthy = {"scheduler": (NOW - timedelta(minutes=9)).isoformat()}
    server.facts.import_errors = {"/dags/load.py": "Traceback (most recent call last):\nImportError: no module x"}
    scheduler, file = detect(server)
    assert isinstance(scheduler, Finding)
    assert isinstance(file, Finding)
    assert (scheduler.rule, scheduler.resource, scheduler.severity) == ("airflow/unhealthy", "onprem/scheduler", "high")
    assert (file.rule, file.resource) == ("airflow/import_error", "onprem/load.py")
    assert file.summary.endswith("ImportError: no module x")
    server.facts.unhealthy, server.facts.import_errors = {}, {}
    over = detect(server, opened(scheduler), opened(file))
    assert sorted(each.rule for each in over if isinstance(each, Recovery)) == [
        "airflow/import_error",
        "airflow/unhealthy",
    ]


def test_a_lost_process_is_part_of_the_failure_of_its_task(server: SimulatedAirflow) -> None:
    event = {"event": "heartbeat timeout", "dag_id": "load", "task_id": "merge", "run_id": RUN, "when": NOW.isoformat()}
    server.facts.events = [
        {**event, "event": "success"},
        event,
        {**event, "when": (NOW - timedelta(hours=2)).isoformat()},
    ]
    found = only(detect(server))
    assert (found.rule, found.run, found.time) == ("airflow/zombie", RUN, NOW)
    assert only(detect(server, after=timedelta(minutes=5))).event_key == found.event_key
    assert len(found.links.part_of) == 2


def test_an_airflow_that_does_not_answer_is_an_incident_and_ends_no_other(server: SimulatedAirflow) -> None:
    waiting = incident(rule="airflow/waiting_long", labels={"environment": "onprem"}, fingerprint="f")
    server.fail_next(Reply(503, {}))
    assert [type(each) for each in detect(server, waiting)] == [Recovery]  # one failure may be chance
    server.fail_next(Reply(403, {"detail": "Forbidden"}))
    found = only(detect(server, waiting))
    assert (found.rule, found.severity) == ("airflow/unreachable", "high")
    assert "403" in found.summary
    assert isinstance(detect(server, opened(found))[0], Recovery)


def test_the_incidents_are_written_and_resolved(server: SimulatedAirflow, sqlite_store: ErrorStore) -> None:
    application = application_on(sqlite_store)
    vars(application)["settings"] = replace(application.settings, connections=settings(server).connections)
    world = World(application, sqlite_store.engine)

    def tick(minutes: float) -> None:
        now = NOW + timedelta(minutes=minutes)
        body = push_body(
            {"tick": "load-check", "time": now.isoformat()}, f"tick-{minutes}", publishTime=now.isoformat()
        )
        application.pipeline.handle(body, now)

    server.facts.unhealthy = {"scheduler": ""}
    tick(0)
    tick(5)
    first, *_ = world.rows(Incident.rule, Incident.status, Incident.occurrence_count)
    assert first == ("airflow/unhealthy", "open", 2)
    server.facts.unhealthy = {}
    tick(10)
    assert world.rows(Incident.rule, Incident.status)[0] == ("airflow/unhealthy", "resolved")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Failures(4, 4, 0, 1_000), False),  # too few
        (Failures(5, 100, 0, 1_000), True),  # one in a hundred at most was expected
        (Failures(5, 400, 0, 1_000), False),
        (Failures(30, 100, 200, 1_000), False),  # it always fails so often
        (Failures(70, 100, 200, 1_000), True),
        (Failures(50, 50, 0, 10), False),  # hardly anything is known
    ],
)
def test_tasks_fail_more_often_than_usual_only_if_far_more_do(counts: Failures, *, expected: bool) -> None:
    assert airflow_state.is_unusual(counts) is expected


def test_many_failures_are_an_incident_with_the_usual_share(server: SimulatedAirflow) -> None:
    for number in range(60):
        at = NOW - timedelta(days=1)
        server.add_past_run("hourly", f"old-{number}", ["merge"], at, at)
    for number in range(6):
        server.add_run("hourly", f"new-{number}", ["merge"])
        server.finish("hourly", f"new-{number}", "merge", "failed")
    found = only(detect(server))
    assert found.rule == "airflow/failing_often"
    assert "6 of 6 tasks failed in onprem in the last three hours; 0.0% failed in the week before" in found.summary


def test_one_dag_that_fails_more_often_is_an_incident_of_its_own_among_many_that_do_not(
    server: SimulatedAirflow,
) -> None:
    tasks = [f"t{number}" for number in range(10)]
    for number in range(26):
        lately, before = NOW - timedelta(hours=1), NOW - timedelta(days=1)
        server.add_past_run("busy", f"lately-{number}", tasks, lately, lately)
        server.add_past_run("sales.eu", f"before-{number}", ["merge", "check"], before, before)
    for number in range(6):
        server.add_run("sales.eu", f"new-{number}", ["merge"])
        server.finish("sales.eu", f"new-{number}", "merge", "failed")
    found = only(detect(server))
    assert (found.rule, found.labels["dag_id"]) == ("airflow/failing_often", "sales.eu")
    assert "6 of 6 tasks of DAG sales.eu failed in onprem in the last three hours" in found.summary
