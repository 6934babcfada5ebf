"""The scenario of the demo: failures with their times, and the incident that Hinomi must open for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from demo.entries import PROJECT, Entry
from demo.ledger import Ledger
from demo.load import Clock, Load
from demo.noise import NOISE
from demo.observer import ObservedIncident
from demo.platform.services import SimulatedServices
from demo.screen import Health
from demo.situations import connector, flapping, quality, review, storm, webhook
from demo.situations.connector import Connector
from demo.situations.flapping import UnstableSource
from demo.situations.forger import REPORTER, Forger
from demo.situations.quality import RowCountCheck
from demo.situations.review import PublishedDataset
from demo.situations.storm import Storm
from demo.situations.webhook import SecurityChannel
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
    TableBuilds,
    Training,
)
from shared.model import IncidentKind, Severity, Status

MINUTES_PER_SECOND = 1.0
MINUTES_BEFORE = 15
MINUTES_AHEAD = 90
NOISE_EVERY, NOISE_TIMES = 0.35, 5  # of each kind of normal activity, however long a slow machine needs
BACKLOG = 20
LOAD_CHECK_EVERY = 5.0  # minutes on the clock of the load: as often as in an installation
SWEEP_EVERY = 3.0


@dataclass(frozen=True, slots=True)
class PlannedFailure:
    """A failure, `at` seconds into the scenario, and the incident that must open for it.

    The incident has `service` and `kind` and names `word`. `repaired_by` is the handler rule that must repair it; without a
    rule the platform recovers by itself. With `resolves` False the incident waits for a person.
    """

    part: str
    at: float
    begin: Callable[[SimulatedPlatform], None]
    service: str
    kind: IncidentKind
    word: str
    repaired_by: str = ""
    resolves: bool = True

    def claims(self, seen: ObservedIncident) -> bool:
        """Whether an incident is about this failure."""
        return (seen.service, seen.kind) == (self.service, self.kind) and self.word in seen.words


@dataclass
class SimulatedPlatform:
    """The parts of the platform, and the services that they use."""

    stage: Stage
    services: SimulatedServices
    composer: Composer = field(init=False)
    storage: Storage = field(init=False)
    builds: TableBuilds = field(init=False)
    machines: Machines = field(init=False)
    training: Training = field(init=False)
    intruder: Intruder = field(init=False)
    backlog: Backlog = field(init=False)
    forger: Forger = field(init=False)
    storm: Storm = field(init=False)
    channel: SecurityChannel = field(init=False)
    dataset: PublishedDataset = field(init=False)
    connector: Connector = field(init=False)
    source: UnstableSource = field(init=False)
    check: RowCountCheck = field(init=False)

    def __post_init__(self) -> None:
        self._keep_what_is_logged()
        self.composer = Composer(self.stage, self.services)
        self.storage = Storage(self.stage, self.services)
        self.builds = TableBuilds(self.stage, self.services)
        self.machines = Machines(self.stage)
        self.training = Training(self.stage)
        self.intruder = Intruder(self.stage)
        self.storm = Storm(self.stage)
        self.channel = SecurityChannel(self.stage, self.services.security)
        self.dataset = PublishedDataset(self.stage, self.services.bigquery)
        self.connector = Connector(self.stage, self.services.connect)
        self.source = UnstableSource(self.stage)
        self.check = RowCountCheck(self.stage, lambda: SOURCE in self.services.loader.loaded)
        self.backlog = self._backlog(self.stage.now)
        self.forger = Forger(self.stage)

    def _keep_what_is_logged(self) -> None:
        """Lets the services store the jobs in their log, so that their APIs return the same ones."""
        ledger, publish = Ledger(self.services), self.stage.publish

        def publish_and_keep(entry: dict[str, Any]) -> None:
            ledger.note(entry)
            publish(entry)

        self.stage.publish = publish_and_keep
        self.services.bigquery.add_dataset(PROJECT, "mart")

    def _backlog(self, now: datetime) -> Backlog:
        speed = MINUTES_PER_SECOND * 60 / self.stage.time_scale
        clock = Clock(start=now - timedelta(minutes=MINUTES_AHEAD), real_start=now, speed=speed)
        load = Load(self.services.monitoring, clock.start - timedelta(minutes=MINUTES_BEFORE))
        return Backlog(self.stage, load, clock)

    def step(self) -> None:
        """Runs all due actions."""
        self.stage.step()
        self.composer.schedule()
        self.storage.watch()
        self.dataset.watch()
        self.backlog.pass_time()


FAILURES = (
    PlannedFailure(
        "Pub/Sub", 1, lambda simulated: simulated.backlog.crash(), "pubsub", IncidentKind.LOAD_ISSUE, "events-to-mart"
    ),
    PlannedFailure(
        "Composer",
        2,
        lambda simulated: simulated.composer.fail(),
        "composer",
        IncidentKind.JOB_FAILURE,
        TASK,
        "rerun-airflow-task",
    ),
    PlannedFailure(
        "Storage",
        6,
        lambda simulated: simulated.storage.open_to_all(),
        "storage",
        IncidentKind.IRREGULAR_ACCESS,
        BUCKET,
        "close-public-bucket",
    ),
    # The forged entries arrive while the real grant is open; only the report is noticed, as a rejected message.
    PlannedFailure(
        "Reports",
        6.3,
        lambda simulated: simulated.forger.forge(),
        "hinomi",
        IncidentKind.JOB_FAILURE,
        REPORTER,
        resolves=False,
    ),
    PlannedFailure(
        "BigQuery",
        10,
        lambda simulated: simulated.builds.run_early(),
        "bigquery",
        IncidentKind.JOB_FAILURE,
        SOURCE,
        "load-late-table",
    ),
    PlannedFailure(
        "Compute", 14, lambda simulated: simulated.machines.lose_host(), "compute", IncidentKind.JOB_FAILURE, MACHINE
    ),
    PlannedFailure(
        "IAM",
        18,
        lambda simulated: simulated.intruder.probe(),
        "iam",
        IncidentKind.IRREGULAR_ACCESS,
        INTRUDER,
        resolves=False,
    ),
    PlannedFailure(
        "Vertex AI",
        21,
        lambda simulated: simulated.training.run_out_of_memory(),
        "vertex_ai",
        IncidentKind.JOB_FAILURE,
        PIPELINE_NAME,
    ),
    PlannedFailure(
        "Monitoring",
        24,
        lambda simulated: simulated.machines.get_busy(),
        "compute",
        IncidentKind.LOAD_ISSUE,
        BUSY_MACHINE,
    ),
    PlannedFailure(
        webhook.PART,
        5,
        lambda simulated: simulated.channel.break_down(),
        "hinomi",
        IncidentKind.JOB_FAILURE,
        webhook.CHANNEL,
    ),
    PlannedFailure(
        review.PART,
        8,
        lambda simulated: simulated.dataset.publish(),
        "bigquery",
        IncidentKind.IRREGULAR_ACCESS,
        review.DATASET,
        review.RULE,
    ),
    PlannedFailure(
        connector.PART,
        16,
        lambda simulated: simulated.connector.fail(),
        connector.SERVICE,
        IncidentKind.JOB_FAILURE,
        connector.CONNECTOR,
        connector.RULE,
    ),
    PlannedFailure(
        quality.PART,
        10.5,
        lambda simulated: simulated.check.fail(),
        quality.REPORTER,
        IncidentKind.JOB_FAILURE,
        quality.CHECK,
    ),
    PlannedFailure(
        flapping.PART,
        12,
        lambda simulated: simulated.source.fail(),
        "composer",
        IncidentKind.JOB_FAILURE,
        flapping.DAG,
        resolves=False,
    ),
    PlannedFailure(
        storm.PART, 25, lambda simulated: simulated.storm.strike(), "composer", IncidentKind.JOB_FAILURE, storm.PREFIX
    ),
)
SUBSCRIBER_RESTARTS_AT = 22
BUILD_EVERY = 5.0
CALM = {
    "Composer": "Airflow environment etl",
    "Storage": "buckets of example-project",
    "BigQuery": "datasets staging and mart",
    "Compute": "VMs etl-worker-1 to 3",
    "Vertex AI": "training pipelines",
    "Pub/Sub": "subscription events-to-mart",
    "IAM": "calls of example-project",
    "Monitoring": "alert policies",
    "Reports": "declared reporters",
    connector.PART: f"connector {connector.CONNECTOR}",
    quality.PART: f"{quality.CHECK} of dbt",
    review.PART: f"dataset {review.DATASET}",
    webhook.PART: "workflow of the security channel",
    flapping.PART: "hourly synchronization",
    storm.PART: f"{storm.DAGS} DAGs that write to the warehouse",
}


def begin(simulated: SimulatedPlatform) -> None:
    """Schedules the whole scenario."""
    stage = simulated.stage
    for part, text in CALM.items():
        stage.screen.health(part, Health.HEALTHY, text)
    for failure in FAILURES:
        stage.later(failure.at, partial(failure.begin, simulated))
    stage.later(SUBSCRIBER_RESTARTS_AT, simulated.backlog.restart)
    stage.every(BUILD_EVERY, simulated.builds.build)
    stage.every(LOAD_CHECK_EVERY, simulated.backlog.tick)
    stage.every(SWEEP_EVERY, partial(_sweep, stage))
    stage.every(NOISE_EVERY, partial(_add_noise, stage, iter(NOISE * NOISE_TIMES)))


def _sweep(stage: Stage) -> None:
    """Cloud Scheduler requests a sweep. A slow machine, on which many messages wait, has fewer of them."""
    if stage.waiting() < BACKLOG:
        stage.publish({"tick": "sweep"})


def _add_noise(stage: Stage, noise: Iterator[Callable[[datetime], Entry]]) -> None:
    """Publishes the next entry of normal activity, later on a slow machine, on which many messages wait."""
    if stage.waiting() < BACKLOG and (entry := next(noise, None)):
        stage.publish(entry(stage.now))


def is_over(failure: PlannedFailure, incidents: Iterable[ObservedIncident]) -> bool:
    """Whether the incident of a failure has opened and, if required, resolved."""
    own = [seen for seen in incidents if failure.claims(seen)]
    return bool(own) and (not failure.resolves or all(seen.status == Status.RESOLVED for seen in own))


def problems(incidents: Iterable[ObservedIncident], repairs: dict[int, set[str]]) -> list[str]:
    """The deviations from the plan; `repairs` are the handler rules that succeeded, by incident."""
    seen = list(incidents)
    return [problem for failure in FAILURES for problem in _problems_of(failure, seen, repairs)] + _surprises(seen)


def _problems_of(failure: PlannedFailure, incidents: list[ObservedIncident], repairs: dict[int, set[str]]) -> list[str]:
    own = [seen for seen in incidents if failure.claims(seen)]
    if not own:
        return [f"{failure.part}: no incident of {failure.service} ({failure.kind}) names {failure.word}"]
    deviations = []
    if failure.resolves:
        still = [f"#{seen.id}" for seen in own if seen.status != Status.RESOLVED]
        deviations += [f"{failure.part}: incident {', '.join(still)} is not resolved"] if still else []
    if failure.repaired_by and not any(failure.repaired_by in repairs.get(seen.id, ()) for seen in own):
        deviations.append(f"{failure.part}: the handler rule {failure.repaired_by} did not repair it")
    return deviations


def _surprises(incidents: list[ObservedIncident]) -> list[str]:
    """Incidents of medium severity or above that no failure explains: ordinary activity was reported as a failure."""
    return [
        f"#{seen.id} {seen.rule} was opened without a failure: {seen.summary}"
        for seen in incidents
        if seen.severity.rank >= Severity.MEDIUM.rank and not any(failure.claims(seen) for failure in FAILURES)
    ]
