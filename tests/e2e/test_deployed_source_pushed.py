"""The real Pub/Sub emulator pushes to the deployed source, while processes are killed.

The emulator counts the attempts, and moves a message to the dead-letter topic. The database is migrated before, as by
the release job: the deployed source cannot migrate.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select, text

from cli.app import run
from db.engine import make_engine
from db.error_db.models import Incident
from demo import entries
from demo.platform.teams import TeamsServer
from tests.support import bus
from tests.support.bus import ATTEMPTS, Bus
from tests.support.function_process import FunctionProcess, free_port

pytestmark = [pytest.mark.slow, pytest.mark.emulator, pytest.mark.postgresql]

WAIT_SECONDS = 120.0
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@dataclass(frozen=True)
class World:
    """Pub/Sub, a Teams channel, the database, and the deployed source with its environment."""

    bus: Bus
    teams: TeamsServer
    engine: Engine
    settings: dict[str, str]
    main: Path
    programs: Path

    def function(self, **settings: str) -> FunctionProcess:
        """The deployed function, not started, with the settings of the world and these changes."""
        return FunctionProcess({**self.settings, **settings}, source=self.main, programs=self.programs)

    def publish(self, table: str) -> None:
        """Publishes the entry of a BigQuery job that failed to write `table`."""
        now = datetime.now(UTC)
        self.bus.publish(orjson.dumps(entries.bigquery_job(now, f"job-{table}", table, error="Not found", code=5)))

    def incidents(self) -> list[tuple[str, int]]:
        """The number of occurrences of each incident, by its rule."""
        with self.engine.connect() as connection:
            return [
                (rule, count) for rule, count in connection.execute(select(Incident.rule, Incident.occurrence_count))
            ]

    def cards(self, table: str) -> int:
        """The number of cards about the table."""
        return sum(table in json.dumps(card) for card in self.teams.cards)


@pytest.fixture
def world(
    pubsub_address: str,
    source: Path,
    programs: Path,
    postgres_url: str,
    schema_postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """Everything except the function. Handler rules are applied; the command line knows the topic and the subscription."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_address)
    engine = make_engine(postgres_url)
    with bus.opened() as opened, TeamsServer() as teams:
        settings = {
            "HINOMI_ERROR_DB_URL": postgres_url,
            "HINOMI_SCHEMA_DB_URL": schema_postgres_url,
            "HINOMI_TEAMS_WEBHOOK_URL": teams.webhook,
        }
        commands = {"HINOMI_EVIDENCE_TOPIC": opened.topic, "HINOMI_DEAD_LETTER_SUBSCRIPTION": opened.dead}
        for name, value in {**settings, **commands}.items():
            monkeypatch.setenv(name, value)
        assert run(["handlers", "apply"]) == 0
        yield World(opened, teams, engine, settings, source / "function" / "main.py", programs)
    engine.dispose()


def eventually(found: Callable[[], Any]) -> Any:
    """Calls `found` until its result is true or the time is over; returns the last result."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return result


@contextmanager
def held_in_the_middle(world: World) -> Iterator[None]:
    """Blocks every transaction at its first row. Inside the block, at least one transaction is waiting."""
    with world.engine.connect() as connection:
        connection.execute(text("LOCK TABLE fingerprint_state IN EXCLUSIVE MODE"))
        yield
        connection.rollback()


def test_a_function_killed_in_the_middle_of_a_message_notifies_once(world: World) -> None:
    with world.function() as function, held_in_the_middle(world):
        world.bus.push_to(function.url)
        world.publish("sales.orders")
        # A slow machine answers after the acknowledgement deadline: the message is delivered again, and both wait.
        assert eventually(lambda: waiting(world)) >= 1
        function.kill()
    assert world.incidents() == []

    with function:
        assert eventually(lambda: world.cards("sales.orders")) == 1
        world.publish("sales.returns")
        assert eventually(lambda: world.cards("sales.returns")) == 1
    assert world.incidents() == [("bigquery/job_failed", 1)] * 2
    assert len(world.teams.cards) == 2


def waiting(world: World) -> int:
    """The number of database sessions that wait for a lock."""
    with world.engine.connect() as connection:
        return int(connection.execute(text(WAITING)).scalar_one())


def test_a_message_that_always_fails_becomes_a_dead_letter_and_is_replayed_after_the_fix(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    away = f"postgresql+psycopg://hinomi@127.0.0.1:{free_port()}/hinomi"
    with world.function(HINOMI_ERROR_DB_URL=away) as broken:
        world.bus.push_to(broken.url)
        world.publish("sales.orders")
        (letter,) = eventually(lambda: letters(capsys))
    assert letter["reason"] == f"delivered {ATTEMPTS} times without success"
    assert (world.incidents(), world.teams.cards) == ([], [])

    with world.function() as fixed:
        world.bus.push_to(fixed.url)
        assert run(["dlq", "replay", letter["id"]]) == 0
        assert eventually(lambda: world.cards("sales.orders")) == 1
    assert world.incidents() == [("bigquery/job_failed", 1)]
    assert letters(capsys) == []


def letters(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The output of `hinomi dlq list`."""
    capsys.readouterr()
    assert run(["dlq", "list", "--json"]) == 0
    return list(json.loads(capsys.readouterr().out))
