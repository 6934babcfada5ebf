"""The function and a worker's machine, connected by the Pub/Sub emulator."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cli.worker_subscription import WorkerSubscription
from handlers.actions import run_script
from handlers.scripts.folder import read
from handlers.scripts.orders import ledger
from handlers.scripts.orders.runner import OrderRunner
from handlers.spec import HandlerSpec
from main import Application
from shared.config import Settings
from shared.model import Mode
from shared.records import RunView
from shared.secret import Secret
from tests.support.function_process import push_body
from tests.support.handling import Desk
from tests.support.script_folder import add_script

PROJECT, NAME = "example-project", "onprem"
KEY = "k3y-of-the-worker-with-32-characters"
ENVIRONMENT = {
    "HINOMI_WORKER_ONPREM_MEMBER": "serviceAccount:onprem@example-project.iam.gserviceaccount.com",
    "HINOMI_WORKER_ONPREM_KEY": KEY,
}
ORDERS, RESULTS = f"projects/{PROJECT}/topics/hinomi-orders-onprem", f"projects/{PROJECT}/topics/hinomi-results-onprem"
PULL_SECONDS, EMPTY_SECONDS = 10.0, 0.3


@dataclass
class Place:
    """The function and a worker's machine, connected by Pub/Sub. Both use the clock of the desk."""

    desk: Desk
    bus: WorkerSubscription
    actions: Path
    state: Path
    results: str
    notes: list[str] = field(default_factory=list)

    def open_incident(self, *rules: HandlerSpec, mode: Mode = Mode.AUTO) -> None:
        params = {"script": "clear", "parameters": {"dag_id": {"from": "resource"}}}
        self.desk.apply(HandlerSpec("clear", run_script.NAME, params=params, mode=mode, then="page"), *rules)
        self.desk.public_bucket()
        self.desk.work()

    def runner(self, machine: str = "onprem-a") -> Iterator[OrderRunner]:
        with ledger.opened(self.state / machine) as orders:
            yield OrderRunner(
                worker=NAME,
                machine=machine,
                scripts={one.name: one for one in read(self.actions).scripts.values() if one.worker == NAME},
                settings=Settings(actions_dir=str(self.actions)),
                key=Secret(KEY),
                ledger=orders,
                bus=self.bus,
                clock=lambda: self.desk.now,
                note=lambda text: self.notes.append(text.en),
            )

    def work(self, *, waits: bool = True) -> bool:
        """Runs one round of the worker as after a start; returns whether there was an order."""
        for runner in self.runner():
            runner.resume()
            received = self.bus.pull(PULL_SECONDS if waits else EMPTY_SECONDS)
            if received is not None:
                runner.take(runner.read(received.data), received.ack_id)
            return received is not None
        raise AssertionError

    def answers(self, count: int) -> list[bytes]:
        """Waits for `count` messages of the worker; returns them in the order of their arrival."""
        found: list[bytes] = []
        end = time.monotonic() + 30
        while len(found) < count and time.monotonic() < end:
            answer = self.bus.subscriber.pull(subscription=self.results, max_messages=10, timeout=PULL_SECONDS)
            found += [one.message.data for one in answer.received_messages]
            ids = [one.ack_id for one in answer.received_messages]
            self.bus.subscriber.acknowledge(subscription=self.results, ack_ids=ids)
        assert len(found) == count
        return found

    def deliver(self, *messages: bytes) -> list[str]:
        """Lets the function handle these messages; returns its answers."""
        app = Application(self.desk.settings, clock=lambda: self.desk.now)
        bodies = [push_body(json.loads(data)) for data in messages]
        return [app.pipeline.handle(body, self.desk.now, route=f"/results/{NAME}") for body in bodies]

    def hear(self, count: int) -> list[str]:
        return self.deliver(*self.answers(count))

    @property
    def run(self) -> RunView:
        return self.desk.runs()[0]

    @property
    def lines(self) -> list[str]:
        path = self.actions / "clear" / "ran"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def script(place: Place, code: str = "echo ran >> ran; echo made room", more: str = "") -> None:
    add_script(place.actions, "clear", code, more=f"worker: {NAME}\n{more}")
