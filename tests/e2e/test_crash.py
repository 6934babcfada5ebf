"""kill -9 of a real server process at random moments under load; then every message is delivered again."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, func, select

from db.error_db import handler_rules
from db.error_db.models import ActionRun, Incident, Occurrence
from db.error_db.store import ErrorStore
from demo import entries
from demo.platform.airflow import SimulatedAirflow
from demo.platform.storage import StorageServer
from demo.platform.teams import TeamsServer
from handlers.read import read
from handlers.worker import ActionWorker
from main import Application
from shared import config
from shared.clients import Clients
from tests.support.function_process import FunctionProcess, push_body

DAGS = 12
RUNS = 4
BUCKETS = 6
FLOWS = 6
KILLS = 12
LEASE_OVER = timedelta(minutes=10)
LONGEST = 600.0  # seconds; no part of the deliveries takes that long

HANDLERS = """
handlers:
  - name: rerun-airflow-task
    match: {rule: composer/task_failed, labels: {dag_id: "dag*"}}
    on: [opened, reoccurred]
    action: clear_airflow_task
    params: {airflow: etl, max_clears: 2}
    mode: auto
    budget: 10000/h
  - name: close-bucket
    match: {rule: storage/bucket_made_public}
    action: remove_iam_member
    mode: auto
  - name: card
    match: {rule: storage/bucket_made_public}
    action: teams
"""
GRANT = {"role": "roles/storage.objectViewer", "member": "allUsers"}


@pytest.fixture
def airflow() -> Iterator[SimulatedAirflow]:
    server = SimulatedAirflow()
    for dag in range(DAGS):
        for run in range(RUNS):
            server.add_run(f"dag{dag}", f"run{run}", ["merge"])
            server.finish(f"dag{dag}", f"run{run}", "merge", "failed")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    with StorageServer() as server:
        for number in range(BUCKETS):
            server.add_bucket(f"bucket{number}", [{"role": GRANT["role"], "members": [GRANT["member"]]}])
        yield server


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


def messages(now: datetime) -> list[entries.Entry]:
    """The log entries of all faults, in random order.

    They are every failed run of every DAG, a second apart, so that each DAG has one incident with several occurrences;
    once, every bucket that was made public; and the DAGs of `flow`.
    """
    failed = [
        entries.airflow_task(now + timedelta(seconds=run), f"dag{dag}", "merge", f"run{run}", "FAILED", attempt=3)
        for run in range(RUNS)
        for dag in range(DAGS)
    ]
    public = [
        entries.bucket_policy(now, f"bucket{number}", [{"action": "ADD", **GRANT}], "carol@example.com")
        for number in range(BUCKETS)
    ]
    data = [*failed, *public, *(entry for number in range(FLOWS) for entry in flow(now, f"flow{number}", number))]
    return random.Random(3).sample(data, len(data))


def flow(now: datetime, dag: str, number: int) -> Iterator[entries.Entry]:
    """Entries of a DAG without a remediation: runs that fail and then succeed, and two that fail, which may succeed later.

    Each failure is a failure of the task and of the DAG run. A DAG with a higher number fails and recovers more often.
    """
    for at in range(number // 2 + 1):
        yield from run_of_flow(now + timedelta(minutes=4 * at), dag, f"first{at}", "FAILED", "failed")
        yield from run_of_flow(now + timedelta(minutes=4 * at + 1), dag, f"first{at}", "SUCCESS", "successful")
    yield from run_of_flow(now + timedelta(minutes=20), dag, "left", "FAILED", "failed")
    yield from run_of_flow(now + timedelta(minutes=21), dag, "mended", "FAILED", "failed")
    if number % 2:
        yield from run_of_flow(now + timedelta(minutes=22), dag, "mended", "SUCCESS", "successful")
        yield from run_of_flow(now + timedelta(minutes=23), dag, "left", "SUCCESS", "successful")


def run_of_flow(now: datetime, dag: str, run: str, task: str, state: str) -> Iterator[entries.Entry]:
    yield entries.airflow_task(now, dag, "merge", run, task, attempt=3)
    yield entries.airflow_run(now + timedelta(seconds=5), dag, run, state)


class Subscription(threading.Thread):
    """Delivers like Pub/Sub: until acknowledged, some messages twice."""

    def __init__(self, function: FunctionProcess, data: list[entries.Entry], seed: int) -> None:
        super().__init__()
        self.function = function
        self.delivered = 0
        self.queue = [(number, item) for number, item in enumerate(data)]
        self.queue += random.Random(seed).sample(self.queue, len(data) // 4)

    def run(self) -> None:
        while self.queue:
            number, item = self.queue.pop(0)
            if self.acknowledged(item, number):
                self.delivered += 1
            else:
                self.queue.append((number, item))

    def acknowledged(self, item: entries.Entry, number: int) -> bool:
        try:
            return self.function.post(push_body(item, str(number)))[0] == 200
        except (OSError, HTTPException):  # killed before or during its answer
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
    """Runs the sweep after the leases of killed processes have expired, until every card has arrived on the channel."""
    settings = config.load(environment)
    for minute in range(2 * BUCKETS):
        moment = now + timedelta(minutes=minute)
        ActionWorker(store, Clients(settings), settings, clock=itertools.repeat(moment).__next__).run_due(
            moment, limit=10_000
        )


def rows(engine: Engine, query: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(query).all())


class Undisturbed(NamedTuple):
    """The messages, and the Error DB after each was delivered once, in order of event time, without a kill."""

    data: list[entries.Entry]
    engine: Engine


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    data = messages(datetime.now(UTC) - timedelta(minutes=40))
    reference = in_order(data, f"sqlite:///{tmp_path_factory.mktemp('reference')}/reference.db")
    yield Undisturbed(data, reference)
    reference.dispose()


@dataclass
class Outside:
    """The servers outside Hinomi: the platforms to repair, and the channel for notifications."""

    airflow: SimulatedAirflow
    storage: StorageServer
    teams: TeamsServer


@pytest.fixture
def outside(airflow: SimulatedAirflow, storage: StorageServer, teams: TeamsServer) -> Outside:
    return Outside(airflow, storage, teams)


@pytest.mark.slow
def test_a_server_killed_at_random_moments_neither_loses_nor_duplicates_events(
    engine: Engine, store: ErrorStore, error_db_url: str, outside: Outside, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    data, reference = undisturbed
    apply_handlers(store, tmp_path, datetime.now(UTC))
    settings = {
        "HINOMI_ERROR_DB_URL": error_db_url,
        "HINOMI_AIRFLOW_ETL_URL": outside.airflow.url,
        "HINOMI_AIRFLOW_ETL_AUTH": "none",
        "HINOMI_STORAGE_ENDPOINT": outside.storage.url,
        "HINOMI_TEAMS_WEBHOOK_URL": outside.teams.webhook,
    }
    deliver_under_fire(settings, data)
    finish_what_the_dead_left(store, settings, datetime.now(UTC) + LEASE_OVER)

    check_tasks(engine, outside.airflow)
    check_buckets(engine, outside.storage)
    check_cards(engine, outside.teams)
    assert flows(engine) == flows(reference)
    assert len(flows(engine)) == FLOWS + 2  # two recover and fail again; the others flap
    count = select(func.count()).select_from(Occurrence)
    assert rows(engine, count) == rows(reference, count)


def in_order(data: list[entries.Entry], url: str) -> Engine:
    """The Error DB after each message was delivered once, in order of event time, without a kill."""
    application = Application(config.load({"HINOMI_ERROR_DB_URL": url}))
    for number, item in enumerate(sorted(data, key=lambda entry: str(entry["timestamp"]))):
        application.pipeline.handle(push_body(item, f"reference-{number}"), datetime.now(UTC))
    return application.store().engine


def flows(engine: Engine) -> list[Any]:
    """Title, state, count, times and unrepaired runs of the incidents without a remediation."""
    one = Incident
    seen = one.title, one.status, one.occurrence_count, one.opened_at, one.last_seen_at, one.resolved_at, one.unrepaired
    found = rows(engine, select(one.resource, *seen).where(one.resource.contains("flow")))
    return sorted((tuple(row) for row in found), key=str)


def deliver_under_fire(settings: dict[str, str], data: list[entries.Entry]) -> None:
    """Delivers every message at least twice. Each time another part of them is delivered, the server is killed soon after."""
    chance = random.Random(7)
    function = FunctionProcess(settings, forked=True)
    subscriptions = [Subscription(function, data, seed) for seed in (1, 2)]
    function.start()
    for subscription in subscriptions:
        subscription.start()
    for kill in range(KILLS):
        wait_for_deliveries(subscriptions, 2 * len(data) * kill // KILLS)
        time.sleep(chance.uniform(0.0, 0.1))
        function.kill()
        function.start()
    for subscription in subscriptions:
        subscription.join(LONGEST)
    for number, item in enumerate(data):
        assert function.push(item, f"again-{number}") == 200
    function.kill()


def wait_for_deliveries(subscriptions: list[Subscription], count: int) -> None:
    end = time.monotonic() + LONGEST
    while sum(one.delivered for one in subscriptions) < count:
        assert time.monotonic() < end
        time.sleep(0.005)


def check_tasks(engine: Engine, airflow: SimulatedAirflow) -> None:
    """Each failed task is an occurrence of its DAG's incident, and was cleared once."""
    mine = Incident.rule == "composer/task_failed", Incident.resource.contains("/dag")
    counts = select(Incident.occurrence_count).where(*mine)
    assert rows(engine, counts) == [(RUNS,)] * DAGS
    cleared = select(ActionRun.state).where(ActionRun.handler_rule == "rerun-airflow-task")
    assert Counter(rows(engine, cleared)) == {("done",): DAGS * RUNS}
    assert Counter(airflow.take_cleared()) == {
        (f"dag{d}", f"run{r}", "merge"): 1 for d in range(DAGS) for r in range(RUNS)
    }


def check_buckets(engine: Engine, storage: StorageServer) -> None:
    """Each bucket was closed once, its incident is resolved, and the undo is recorded in spite of all kills."""
    assert sorted(name for name, _ in storage.take_changes()) == [f"bucket{number}" for number in range(BUCKETS)]
    incidents = select(Incident.status).where(Incident.rule == "storage/bucket_made_public")
    assert rows(engine, incidents) == [("resolved",)] * BUCKETS
    repairs = rows(engine, select(ActionRun.state, ActionRun.undo).where(ActionRun.handler_rule == "close-bucket"))
    assert [(state, undo["add"]) for state, undo in repairs] == [("done", [GRANT])] * BUCKETS


def check_cards(engine: Engine, teams: TeamsServer) -> None:
    """Every incident has a card; a card is sent twice only if a kill came between the response and its record."""
    cards = rows(engine, select(ActionRun.state).where(ActionRun.handler_rule == "card"))
    assert cards == [("done",)] * BUCKETS
    told = str(teams.cards)
    assert [number for number in range(BUCKETS) if f"bucket{number}" not in told] == []
    assert len(teams.cards) <= BUCKETS + KILLS
