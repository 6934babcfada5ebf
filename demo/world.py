"""The parts of the simulated data platform: how each works, fails and recovers.

A part never calls Hinomi. It changes its own state, writes log entries as the real service does, and recovers by
external events: a repair over its API, its next run, a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from demo.entries import (
    HINOMI,
    PROJECT,
    airflow_run,
    airflow_task,
    airflow_worker,
    bigquery_job,
    bucket_policy,
    denied_call,
    stamp,
    vertex_pipeline,
    vm_event,
)
from demo.load import Clock, Load, monitoring_incident
from demo.platform.policies import Delta
from demo.platform.services import SimulatedServices
from demo.stage import Stage

DAG, TASK = "load_mart", "merge_daily"
BUCKET, READER, PUBLIC = "example-exports", "roles/storage.objectViewer", "allUsers"
TABLE, SOURCE = "mart.orders_daily", "staging.orders"
GUEST = "dave@example.com"
MACHINE, BUSY_MACHINE = "etl-worker-1", "etl-worker-3"
PIPELINE_NAME = "churn-training"
INTRUDER = "mallory@example.org"
TRIED = (
    ("secretmanager", "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion", "secrets/db-password"),
    ("bigquery", "google.cloud.bigquery.v2.TableDataService.List", "datasets/finance/tables/salaries"),
    ("compute", "v1.compute.instances.list", "global/instances"),
    ("iam", "google.iam.admin.v1.ListServiceAccounts", ""),
)


@dataclass
class Composer:
    """An Airflow whose task fails while the database that it reads is unavailable for a moment."""

    stage: Stage
    services: SimulatedServices
    attempt: int = 3

    def __post_init__(self) -> None:
        # Of this hour: the runs of the hours before are in the past of the Airflow (demo/past.py).
        self.run = f"scheduled__{self.stage.now:%Y-%m-%dT%H}:00:00+00:00"
        self.services.airflow.add_run(DAG, self.run, [TASK])

    def fail(self) -> None:
        """The last attempt of the task fails."""
        self.services.airflow.finish(DAG, self.run, TASK, "failed")
        self._line("Task failed with exception\npsycopg2.OperationalError: orders-db: connection refused", "ERROR")
        self.stage.publish(airflow_task(self.stage.now, DAG, TASK, self.run, "FAILED", attempt=self.attempt))
        self._line("Task exited with return code 1")
        self.stage.fails("Composer", f"{DAG}.{TASK} failed in its third attempt")

    def schedule(self) -> None:
        """The scheduler takes up a task that was cleared over the REST API."""
        if self.services.airflow.take_cleared():
            self.stage.later(1, self._run_again)

    def _run_again(self) -> None:
        self.attempt += 1
        self.stage.progresses("Composer", f"Airflow starts attempt {self.attempt} of {DAG}.{TASK}")
        self._line(f"Running <TaskInstance: {DAG}.{TASK} {self.run} [running]> on host airflow-worker-7xk2p")
        self.stage.later(3, self._succeed)

    def _succeed(self) -> None:
        self.services.airflow.finish(DAG, self.run, TASK, "success")
        self.stage.publish(airflow_task(self.stage.now, DAG, TASK, self.run, "SUCCESS", attempt=self.attempt))
        self.stage.publish(airflow_run(self.stage.now, DAG, self.run, "successful"))
        self.stage.recovers("Composer", f"{DAG}.{TASK} succeeded")

    def _line(self, text: str, severity: str = "INFO") -> None:
        entry = airflow_worker(self.stage.now, DAG, TASK, self.run, text, attempt=self.attempt, severity=severity)
        self.stage.publish(entry)


@dataclass
class Storage:
    """A bucket with exports that must not be public."""

    stage: Stage
    services: SimulatedServices

    def __post_init__(self) -> None:
        readers = {"role": READER, "members": ["group:analysts@example.com", f"user:{GUEST}"]}
        self.services.storage.add_bucket(BUCKET, [readers])

    def open_to_all(self) -> None:
        """Carol wants to share one file and makes the whole bucket public."""
        self.services.storage.grant(BUCKET, READER, PUBLIC)
        delta = {"action": "ADD", "role": READER, "member": PUBLIC}
        self.stage.publish(bucket_policy(self.stage.now, BUCKET, [delta], "carol@example.com"))
        self.stage.fails("Storage", f"carol@example.com made gs://{BUCKET} public")

    def watch(self) -> None:
        """Writes the audit entry of every policy change over the API: only Hinomi makes such changes."""
        for bucket, deltas in self.services.storage.take_changes():
            self.stage.later(1, partial(self._log, bucket, deltas))

    def _log(self, bucket: str, deltas: list[Delta]) -> None:
        self.stage.publish(bucket_policy(self.stage.now, bucket, deltas, HINOMI))
        self.stage.recovers("Storage", f"gs://{bucket} is private again")


@dataclass
class TableBuilds:
    """BigQuery, where a job builds a table every few seconds from another one, which is late until a script loads it."""

    stage: Stage
    services: SimulatedServices
    late: bool = False
    failed: bool = False

    def run_early(self) -> None:
        """Runs the job before the table that it reads is ready."""
        self.late = True
        self.build()

    def build(self) -> None:
        """Runs the job once."""
        self.late = self.late and SOURCE not in self.services.loader.loaded
        error = f"Not found: Table {PROJECT}:{SOURCE} was not found in location EU" if self.late else ""
        self.stage.publish(bigquery_job(self.stage.now, f"airflow_{uuid4().hex[:12]}", TABLE, error=error, code=5))
        if self.late and not self.failed:
            self.stage.fails("BigQuery", f"job failed: table {SOURCE} does not exist")
        elif self.failed and not self.late:
            self.stage.recovers("BigQuery", f"{SOURCE} was loaded, {TABLE} is built")
        self.failed = self.late


@dataclass
class Machines:
    """Virtual machines: one loses its host and is restarted, another one is busy for a while."""

    stage: Stage

    def lose_host(self) -> None:
        """Crashes the host of a VM; Compute Engine restarts the VM elsewhere."""
        now = self.stage.now
        self.stage.publish(vm_event(now, MACHINE, "hostError", "Instance terminated by Compute Engine."))
        self.stage.fails("Compute", f"VM {MACHINE} stopped: host error")
        self.stage.later(7, self._restart)

    def get_busy(self) -> None:
        """Puts load on a VM; Cloud Monitoring opens an incident and closes it afterwards."""
        started = self.stage.now
        self.stage.publish(monitoring_incident(started, BUSY_MACHINE, started, state="open"))
        self.stage.fails("Monitoring", f"CPU of {BUSY_MACHINE} at 97 %")

        def calm() -> None:
            self.stage.publish(monitoring_incident(self.stage.now, BUSY_MACHINE, started, state="closed"))
            self.stage.recovers("Monitoring", f"CPU of {BUSY_MACHINE} back at 41 %")

        self.stage.later(9, calm)

    def _restart(self) -> None:
        self.stage.publish(vm_event(self.stage.now, MACHINE, "automaticRestart"))
        self.stage.recovers("Compute", f"VM {MACHINE} restarted on another host")


@dataclass
class Training:
    """A Vertex AI pipeline that trains every few seconds; one of its containers runs out of memory once."""

    stage: Stage

    def run_out_of_memory(self) -> None:
        """Fails one run; the next one gets a larger machine."""
        self._end(
            "FAILED", "The replica workerpool0-0 ran out-of-memory and exited with a non-zero status of 9(SIGKILL)"
        )
        self.stage.fails("Vertex AI", f"pipeline {PIPELINE_NAME} ran out of memory")
        self.stage.later(8, self._succeed)

    def _succeed(self) -> None:
        self._end("SUCCEEDED")
        self.stage.recovers("Vertex AI", f"next run of {PIPELINE_NAME} succeeded")

    def _end(self, state: str, message: str = "") -> None:
        run = f"{PIPELINE_NAME}-{self.stage.now:%Y%m%d%H%M%S}"
        self.stage.publish(vertex_pipeline(self.stage.now, PIPELINE_NAME, run, state, message))


@dataclass
class Intruder:
    """An attacker who tries out the permissions of a stolen account."""

    stage: Stage
    tries: int = 14
    made: int = 0

    def probe(self) -> None:
        """Makes one denied call, and schedules the next."""
        service, method, what = TRIED[self.made % len(TRIED)]
        resource = f"projects/{PROJECT}/{what}".rstrip("/")
        permission = f"{service}.{method.rpartition('.')[2][0].lower()}{method.rpartition('.')[2][1:]}"
        self.stage.publish(denied_call(self.stage.now, service, method, resource, permission, INTRUDER))
        self.made += 1
        if self.made == 1:
            self.stage.fails("IAM", f"{INTRUDER} probes services and is denied")
        if self.made < self.tries:
            self.stage.later(0.15, self.probe)


@dataclass
class Backlog:
    """A Pub/Sub subscription whose subscriber crashes; messages wait until it restarts and catches up."""

    stage: Stage
    load: Load
    clock: Clock
    down: bool = False

    def crash(self) -> None:
        """Stops the subscriber; published messages wait."""
        self.load.subscription.running = False
        self.down = True
        self.stage.fails("Pub/Sub", "the subscriber of events-to-mart crashed")

    def restart(self) -> None:
        """Restarts the subscriber, which takes the oldest messages first."""
        self.load.subscription.running = True
        self.stage.progresses("Pub/Sub", f"subscriber restarted, {self.load.subscription.backlog:,} messages wait")

    def pass_time(self) -> None:
        """Advances the load on its own clock to the present, and shows when the backlog is empty."""
        self.load.advance(self.clock.at(self.stage.now))
        queue = self.load.subscription
        if self.down and queue.running and not queue.backlog:
            self.down = False
            self.stage.recovers("Pub/Sub", "the backlog of events-to-mart is empty")

    def tick(self) -> None:
        """Cloud Scheduler requests a load check, at the time of the load's clock."""
        self.stage.publish({"tick": "load-check", "time": stamp(self.clock.at(self.stage.now))})
