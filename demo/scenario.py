"""What happens in the demo and when, and what Hinomi is expected to make of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from demo.entries import PROJECT
from demo.ledger import Ledger
from demo.load import Clock, Load
from demo.noise import NOISE
from demo.observer import Seen
from demo.platform.services import Platform
from demo.screen import Health
from demo.stage import Stage
from demo.world import (
    BUCKET,
    BUSY_MACHINE,
    INTRUDER,
    MACHINE,
    PIPELINE_NAME,
    SOURCE,
    TASK,
    Backlog,
    Composer,
    Intruder,
    Machines,
    Storage,
    Training,
    Warehouse,
)
from shared.model import IncidentKind, Severity, Status

MINUTES_PER_SECOND = 1.0
MINUTES_BEFORE = 15
MINUTES_AHEAD = 90
NOISE_EVERY = 0.25
LOAD_CHECK_EVERY = 2.0
SWEEP_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that breaks: `at` seconds into the script, and the incident that must come of it.

    The incident is of `service` and `kind` and names `word`. `repaired_by` is the handler rule that must repair
    it; without one the platform heals by itself. With `resolves` False a person has to look.
    """

    part: str
    at: float
    begin: Callable[[World], None]
    service: str
    kind: IncidentKind
    word: str
    repaired_by: str = ""
    resolves: bool = True

    def claims(self, seen: Seen) -> bool:
        """Whether an incident is about this fault."""
        return (seen.service, seen.kind) == (self.service, self.kind) and self.word in seen.words


@dataclass
class World:
    """All parts of the platform."""

    stage: Stage
    platform: Platform
    composer: Composer = field(init=False)
    storage: Storage = field(init=False)
    warehouse: Warehouse = field(init=False)
    machines: Machines = field(init=False)
    training: Training = field(init=False)
    intruder: Intruder = field(init=False)
    backlog: Backlog = field(init=False)

    def __post_init__(self) -> None:
        self._remember()
        self.composer = Composer(self.stage, self.platform)
        self.storage = Storage(self.stage, self.platform)
        self.warehouse = Warehouse(self.stage)
        self.machines = Machines(self.stage)
        self.training = Training(self.stage)
        self.intruder = Intruder(self.stage)
        self.backlog = self._backlog(self.stage.now)

    def _remember(self) -> None:
        """The services keep what they write to the log, so that their APIs tell of the same jobs."""
        ledger, publish = Ledger(self.platform), self.stage.publish

        def kept(entry: dict[str, Any]) -> None:
            ledger.note(entry)
            publish(entry)

        self.stage.publish = kept
        self.platform.bigquery.add_dataset(PROJECT, "mart")

    def _backlog(self, now: datetime) -> Backlog:
        speed = MINUTES_PER_SECOND * 60 / self.stage.pace
        clock = Clock(start=now - timedelta(minutes=MINUTES_AHEAD), real_start=now, speed=speed)
        load = Load(self.platform.monitoring, clock.start - timedelta(minutes=MINUTES_BEFORE))
        return Backlog(self.stage, load, clock)

    def step(self) -> None:
        """Everything that is due happens."""
        self.stage.step()
        self.composer.schedule()
        self.storage.watch()
        self.backlog.pass_time()


FAULTS = (
    Fault("Pub/Sub", 1, lambda world: world.backlog.crash(), "pubsub", IncidentKind.LOAD_ISSUE, "events-to-mart"),
    Fault(
        "Composer",
        2,
        lambda world: world.composer.fail(),
        "composer",
        IncidentKind.JOB_FAILURE,
        TASK,
        "rerun-airflow-task",
    ),
    Fault(
        "Cloud Storage",
        6,
        lambda world: world.storage.open_to_all(),
        "storage",
        IncidentKind.IRREGULAR_ACCESS,
        BUCKET,
        "close-public-bucket",
    ),
    Fault("BigQuery", 10, lambda world: world.warehouse.run_early(), "bigquery", IncidentKind.JOB_FAILURE, SOURCE),
    Fault("Compute Engine", 14, lambda world: world.machines.lose_host(), "compute", IncidentKind.JOB_FAILURE, MACHINE),
    Fault(
        "IAM",
        18,
        lambda world: world.intruder.try_doors(),
        "iam",
        IncidentKind.IRREGULAR_ACCESS,
        INTRUDER,
        resolves=False,
    ),
    Fault(
        "Vertex AI",
        21,
        lambda world: world.training.run_out_of_memory(),
        "vertex_ai",
        IncidentKind.JOB_FAILURE,
        PIPELINE_NAME,
    ),
    Fault("Monitoring", 24, lambda world: world.machines.get_busy(), "compute", IncidentKind.LOAD_ISSUE, BUSY_MACHINE),
)
SUBSCRIBER_BACK_AT = 22
BUILD_EVERY = 5.0
CALM = {
    "Composer": "Airflow environment etl",
    "Cloud Storage": "buckets of example-project",
    "BigQuery": "datasets staging and mart",
    "Compute Engine": "etl-worker-1 to 3",
    "Vertex AI": "training pipelines",
    "Pub/Sub": "subscription events-to-mart",
    "IAM": "who may do what",
    "Monitoring": "alert policies of Cloud Monitoring",
}


def begin(world: World) -> None:
    """Puts the whole script on the stage."""
    stage = world.stage
    for part, text in CALM.items():
        stage.screen.health(part, Health.WELL, text)
    for fault in FAULTS:
        stage.later(fault.at, partial(fault.begin, world))
    stage.later(SUBSCRIBER_BACK_AT, world.backlog.restart)
    stage.every(BUILD_EVERY, world.warehouse.build)
    stage.every(LOAD_CHECK_EVERY, world.backlog.tick)
    stage.every(SWEEP_EVERY, lambda: stage.publish({"tick": "sweep"}))
    noise = itertools.cycle(NOISE)
    stage.every(NOISE_EVERY, lambda: stage.publish(next(noise)(stage.now)))


def is_over(fault: Fault, incidents: Iterable[Seen]) -> bool:
    """Whether everything that is expected of a fault has happened."""
    own = [seen for seen in incidents if fault.claims(seen)]
    return bool(own) and (not fault.resolves or all(seen.status == Status.RESOLVED for seen in own))


def problems(incidents: Iterable[Seen], repairs: dict[int, set[str]]) -> list[str]:
    """What did not happen as expected; `repairs` are the handler rules that ran well, by incident."""
    seen = list(incidents)
    return [problem for fault in FAULTS for problem in _problems_of(fault, seen, repairs)] + _surprises(seen)


def _problems_of(fault: Fault, incidents: list[Seen], repairs: dict[int, set[str]]) -> list[str]:
    own = [seen for seen in incidents if fault.claims(seen)]
    if not own:
        return [f"{fault.part}: no incident of {fault.service} ({fault.kind}) names {fault.word}"]
    found = []
    if fault.resolves:
        still = [f"#{seen.id}" for seen in own if seen.status != Status.RESOLVED]
        found += [f"{fault.part}: incident {', '.join(still)} is not resolved"] if still else []
    if fault.repaired_by and not any(fault.repaired_by in repairs.get(seen.id, ()) for seen in own):
        found.append(f"{fault.part}: the handler rule {fault.repaired_by} did not repair it")
    return found


def _surprises(incidents: list[Seen]) -> list[str]:
    """Incidents of medium severity or above that no fault explains: noise was taken for trouble."""
    return [
        f"#{seen.id} {seen.rule} came from nothing that broke: {seen.summary}"
        for seen in incidents
        if seen.severity.rank >= Severity.MEDIUM.rank and not any(fault.claims(seen) for fault in FAULTS)
    ]
