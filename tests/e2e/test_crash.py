"""kill -9 of a real server process at random moments under load, then every message again."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from db.error_db import handler_rules
from db.error_db.models import ActionRun, Incident, Occurrence
from db.error_db.store import ErrorStore
from demo import entries
from demo.platform.airflow import AirflowServer
from handlers.read import read
from handlers.worker import Worker
from shared import config
from shared.clients import Clients
from tests.support.function_process import FunctionProcess, push_body

DAGS = 12
RUNS = 4
KILLS = 8
LEASE_OVER = timedelta(minutes=10)

HANDLERS = """
handlers:
  - name: rerun-airflow-task
    match: {rule: composer/task_failed}
    on: [opened, reoccurred]
    action: clear_airflow_task
    params: {airflow: etl, max_clears: 2}
    mode: auto
    budget: 10000/h
"""


@pytest.fixture
def airflow() -> Iterator[AirflowServer]:
    server = AirflowServer()
    for dag in range(DAGS):
        for run in range(RUNS):
            server.add_run(f"dag{dag}", f"run{run}", ["merge"])
            server.finish(f"dag{dag}", f"run{run}", "merge", "failed")
    server.start()
    yield server
    server.stop()


def messages(now: datetime) -> list[entries.Entry]:
    """Every failed run of every DAG, a second apart, so that each DAG is one incident of several occurrences."""
    return [
        entries.airflow_task(now + timedelta(seconds=run), f"dag{dag}", "merge", f"run{run}", "FAILED", attempt=3)
        for run in range(RUNS)
        for dag in range(DAGS)
    ]


class Subscription(threading.Thread):
    """Delivers like Pub/Sub: until acknowledged, some messages twice."""

    def __init__(self, function: FunctionProcess, data: list[entries.Entry], seed: int) -> None:
        super().__init__()
        self.function = function
        self.queue = [(number, item) for number, item in enumerate(data)]
        self.queue += random.Random(seed).sample(self.queue, len(data) // 4)

    def run(self) -> None:
        while self.queue:
            number, item = self.queue.pop(0)
            if not self.acknowledged(item, number):
                self.queue.append((number, item))

    def acknowledged(self, item: entries.Entry, number: int) -> bool:
        try:
            return self.function.post(push_body(item, str(number)))[0] == 200
        except OSError:
            time.sleep(0.05)
            return False


def apply_handlers(store: ErrorStore, folder: Path, now: datetime) -> None:
    file = folder / "handlers.yaml"
    file.write_text(HANDLERS)
    rules, errors = read(file)
    assert not errors
    with store.transaction(now) as transaction:
        handler_rules.replace(transaction.session, {rule.name: rule.as_dict() for rule in rules}, now)


def finish_what_the_dead_left(store: ErrorStore, environment: dict[str, str], now: datetime) -> None:
    """What the sweep does once the leases of the dead are over."""
    settings = config.load(environment)
    Worker(store, Clients(settings), settings, clock=lambda: now).run_due(now, limit=10_000)


def rows(engine: Engine, query: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(query).all())


@pytest.mark.slow
def test_a_server_that_is_killed_at_random_moments_loses_nothing_and_doubles_nothing(
    engine: Engine, store: ErrorStore, error_db_url: str, airflow: AirflowServer, tmp_path: Path
) -> None:
    chance = random.Random(7)
    now = datetime.now(UTC)
    apply_handlers(store, tmp_path, now)
    data = messages(now - timedelta(minutes=5))
    settings = {
        "HINOMI_ERROR_DB_URL": error_db_url,
        "HINOMI_AIRFLOW_ETL_URL": airflow.url,
        "HINOMI_AIRFLOW_ETL_AUTH": "none",
    }
    function = FunctionProcess(settings)
    subscriptions = [Subscription(function, data, seed) for seed in (1, 2)]
    function.start()
    for subscription in subscriptions:
        subscription.start()
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 1.2))
        function.kill()
        function.start()
    for subscription in subscriptions:
        subscription.join(timeout=120)
    for number, item in enumerate(data):
        assert function.push(item, f"again-{number}") == 200
    function.kill()
    finish_what_the_dead_left(store, settings, datetime.now(UTC) + LEASE_OVER)

    incidents = rows(engine, select(Incident.fingerprint, Incident.occurrence_count))
    assert len(incidents) == DAGS
    assert {count for _, count in incidents} == {RUNS}
    assert rows(engine, select(func.count()).select_from(Occurrence)) == [(len(data),)]
    assert Counter(rows(engine, select(ActionRun.state))) == {("done",): len(data)}
    assert Counter(airflow.take_cleared()) == {
        (f"dag{d}", f"run{r}", "merge"): 1 for d in range(DAGS) for r in range(RUNS)
    }
