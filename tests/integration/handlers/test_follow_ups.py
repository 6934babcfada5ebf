"""People are notified of an incident again when its cause is found within minutes, or when a failure reopens it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from db.error_db import silences
from db.error_db.models import ActionRun, Incident
from demo.entries import Entry
from handlers.spec import HandlerSpec
from main import Application
from shared import config
from shared.model import Mode, RunState, Trigger
from tests.support.job_entries import DAY, ERROR, NEXT_RUN, NOW, airflow_query, at, dag_run, task
from tests.support.world import World

CARD = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.RESOLVED), mode=Mode.AUTO)
CLEAR = HandlerSpec.from_dict(
    "clear",
    {"action": "clear_airflow_task", "params": {"airflow": "etl"}, "mode": "dry_run", "on": ["opened"], "match": {}},
)
WHY = "Task failed with exception\nTraceback (most recent call last):\n  File \"x.py\", line 4\nKeyError: 'orders'"


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The function on one SQLite database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('follow_ups') / 'error.db'}"
    application = Application(config.load({"HINOMI_ERROR_DB_URL": url}))
    yield World(application, application.store().engine)
    application.store().engine.dispose()


@pytest.fixture
def world(on_sqlite: World) -> World:
    """An empty database with a rule for cards and one for repairs."""
    on_sqlite.clear()
    on_sqlite.apply(NOW, CARD, CLEAR)
    return on_sqlite


def reason(minutes: float, run: str | None = None) -> Entry:
    """The log line in which a task says why it failed."""
    entry = task(minutes, **({"run": run} if run else {}))
    return {**entry, "severity": "ERROR", "textPayload": WHY}


def deliver(world: World, state: RunState = RunState.DONE) -> None:
    """Marks all planned runs as sent."""
    with world.engine.begin() as connection:
        connection.execute(update(ActionRun).where(ActionRun.state != RunState.SKIPPED).values(state=state, error=None))


def cards(world: World) -> list[str]:
    """The triggers of the planned cards."""
    runs = world.rows(ActionRun.handler_rule, ActionRun.trigger, ActionRun.state)
    return [trigger for rule, trigger, state in runs if rule == "card" and state != RunState.SKIPPED]


def test_the_query_behind_a_notified_task_is_notified_once(world: World) -> None:
    world.send(task(0))
    deliver(world)
    world.send(airflow_query(1, error=ERROR), dag_run(2), reason(3), airflow_query(4, error=ERROR))
    assert cards(world) == ["opened", "cause_found"]
    assert ERROR in world.rows(Incident.summary)[0][0]


def test_a_reason_after_a_notified_failure_is_notified_once(world: World) -> None:
    world.send(task(0))
    deliver(world)
    world.send(reason(1), reason(2))
    assert cards(world) == ["opened", "cause_found"]
    assert "KeyError" in world.rows(Incident.reason)[0][0]
    assert [rule for (rule,) in world.rows(ActionRun.handler_rule)].count("clear") == 1


@pytest.mark.parametrize(
    "entries",
    [
        [airflow_query(0, error=ERROR), task(1), dag_run(2)],
        [reason(0), task(1)],
        [task(0), airflow_query(15, error=ERROR)],
        [task(0), task(3, "SUCCESS"), reason(4)],
    ],
    ids=["effects", "a reason that comes first", "a cause after a quarter of an hour", "a resolved incident"],
)
def test_nothing_else_is_a_follow_up(world: World, entries: list[Entry]) -> None:
    for entry in entries:
        world.send(entry)
        deliver(world)
    assert "cause_found" not in cards(world)


def test_a_card_that_waits_shows_the_cause_itself(world: World) -> None:
    world.send(task(0))
    deliver(world, RunState.PLANNED)
    world.send(airflow_query(1, error=ERROR))
    assert cards(world) == ["opened"]


def test_an_acknowledged_incident_has_no_follow_up(world: World) -> None:
    world.send(task(0))
    deliver(world)
    with world.application.store().transaction(at(1)) as transaction:
        transaction.acknowledge(1, by="alice", time=at(1))
    world.send(reason(2))
    assert cards(world) == ["opened"]


def test_a_silenced_incident_has_no_follow_up(world: World) -> None:
    world.send(task(0))
    deliver(world)
    times = {"starts_at": NOW, "expires_at": at(DAY), "now": NOW}
    with world.application.store().transaction(NOW) as transaction:
        silences.add(transaction.session, matcher={"kind": "job_failure"}, owner="bob", reason="work", **times)
    world.send(airflow_query(2, error=ERROR))
    assert cards(world) == ["opened"]


def test_a_failure_that_arrives_after_the_end_reopens_the_incident(world: World) -> None:
    world.send(task(0), task(10, "SUCCESS"))
    deliver(world)
    world.send(task(5, run=NEXT_RUN))
    assert cards(world) == ["opened", "resolved", "reopened"]
    assert world.rows(Incident.status, Incident.opened_at, Incident.resolved_at) == [("open", NOW, None)]
    assert list(world.rows(Incident.unrepaired)[0][0]) == [NEXT_RUN]
    world.send(task(6), task(20, "SUCCESS", NEXT_RUN))
    assert cards(world)[3:] == ["resolved"]
