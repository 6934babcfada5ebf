"""The parts of the simulated data platform: how each lives, breaks and gets well again.

A part never speaks to Hinomi. It changes its own state, writes log entries as the real service does, and heals
by what really happens to it: a repair over its API, its next run, a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from demo.entries import (
    ENVIRONMENT,
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
from demo.platform.services import Platform
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
    """An Airflow whose task fails while the database that it reads from is away for a moment."""

    stage: Stage
    platform: Platform
    attempt: int = 3

    def __post_init__(self) -> None:
        self.run = f"scheduled__{self.stage.now:%Y-%m-%d}T03:00:00+00:00"
        self.platform.airflow.add_run(DAG, self.run, [TASK])

    def fail(self) -> None:
        """The last attempt of the task fails."""
        self.platform.airflow.finish(DAG, self.run, TASK, "failed")
        self._line("Task failed with exception\npsycopg2.OperationalError: orders-db: connection refused", "ERROR")
        self.stage.publish(airflow_task(self.stage.now, DAG, TASK, self.run, "FAILED", attempt=self.attempt))
        self._line("Task exited with return code 1")
        self.stage.breaks("Composer", f"task {DAG}.{TASK} failed for the third time: orders-db refused the connection")

    def schedule(self) -> None:
        """The scheduler takes up a task that somebody cleared over the REST API."""
        if self.platform.airflow.take_cleared():
            self.stage.later(1, self._run_again)

    def _run_again(self) -> None:
        self.attempt += 1
        self.stage.tells("Composer", f"Airflow runs {DAG}.{TASK} again, attempt {self.attempt}")
        self._line(f"Running <TaskInstance: {DAG}.{TASK} {self.run} [running]> on host airflow-worker-7xk2p")
        self.stage.later(3, self._succeed)

    def _succeed(self) -> None:
        self.platform.airflow.finish(DAG, self.run, TASK, "success")
        self.stage.publish(airflow_task(self.stage.now, DAG, TASK, self.run, "SUCCESS", attempt=self.attempt))
        self.stage.publish(airflow_run(self.stage.now, DAG, self.run, "successful"))
        self.stage.heals("Composer", f"task {DAG}.{TASK} succeeded in {ENVIRONMENT}")

    def _line(self, text: str, severity: str = "INFO") -> None:
        entry = airflow_worker(self.stage.now, DAG, TASK, self.run, text, attempt=self.attempt, severity=severity)
        self.stage.publish(entry)


@dataclass
class Storage:
    """A bucket with exports that nobody outside may read."""

    stage: Stage
    platform: Platform

    def __post_init__(self) -> None:
        readers = {"role": READER, "members": ["group:analysts@example.com", f"user:{GUEST}"]}
        self.platform.storage.add_bucket(BUCKET, [readers])

    def open_to_all(self) -> None:
        """Carol wants to share one file and opens the whole bucket."""
        self.platform.storage.grant(BUCKET, READER, PUBLIC)
        delta = {"action": "ADD", "role": READER, "member": PUBLIC}
        self.stage.publish(bucket_policy(self.stage.now, BUCKET, [delta], "carol@example.com"))
        self.stage.breaks("Cloud Storage", f"carol@example.com made gs://{BUCKET} readable for everybody")

    def watch(self) -> None:
        """The service writes the audit entry of every policy change that came over its API: only Hinomi's do."""
        for bucket, deltas in self.platform.storage.take_changes():
            self.stage.later(1, partial(self._log, bucket, deltas))

    def _log(self, bucket: str, deltas: list[Delta]) -> None:
        self.stage.publish(bucket_policy(self.stage.now, bucket, deltas, HINOMI))
        self.stage.heals("Cloud Storage", f"gs://{bucket} is private again, the analysts kept their role")


@dataclass
class Warehouse:
    """BigQuery, where a job builds a table every few seconds from another one, which is late today."""

    stage: Stage
    late: bool = False
    failed: bool = False

    def run_early(self) -> None:
        """The next run comes before the table that it reads."""
        self.late = True
        self.build()
        self.stage.later(7, self._arrive)

    def build(self) -> None:
        """One run of the job."""
        error = f"Not found: Table {PROJECT}:{SOURCE} was not found in location EU" if self.late else ""
        self.stage.publish(bigquery_job(self.stage.now, f"airflow_{uuid4().hex[:12]}", TABLE, error=error, code=5))
        if self.late and not self.failed:
            self.stage.breaks("BigQuery", f"the job that builds {TABLE} failed: {SOURCE} is not there yet")
        elif self.failed and not self.late:
            self.stage.heals("BigQuery", f"{SOURCE} came and the next run built {TABLE}")
        self.failed = self.late

    def _arrive(self) -> None:
        self.late = False


@dataclass
class Machines:
    """Virtual machines; one of them loses its host and is restarted, another one is busy for a while."""

    stage: Stage

    def lose_host(self) -> None:
        """The host of a VM crashes; Compute Engine restarts the VM elsewhere."""
        now = self.stage.now
        self.stage.publish(vm_event(now, MACHINE, "hostError", "Instance terminated by Compute Engine."))
        self.stage.breaks("Compute Engine", f"VM {MACHINE}: host error, terminated")
        self.stage.later(7, self._restart)

    def get_busy(self) -> None:
        """A VM computes without a break; Cloud Monitoring opens an incident and closes it when that is over."""
        started = self.stage.now
        self.stage.publish(monitoring_incident(started, BUSY_MACHINE, started, state="open"))
        self.stage.breaks("Monitoring", f"Cloud Monitoring alerts: CPU of {BUSY_MACHINE} at 97 %")

        def calm() -> None:
            self.stage.publish(monitoring_incident(self.stage.now, BUSY_MACHINE, started, state="closed"))
            self.stage.heals("Monitoring", f"CPU of {BUSY_MACHINE} back at 41 %")

        self.stage.later(9, calm)

    def _restart(self) -> None:
        self.stage.publish(vm_event(self.stage.now, MACHINE, "automaticRestart"))
        self.stage.heals("Compute Engine", f"VM {MACHINE} restarted on another host")


@dataclass
class Training:
    """A Vertex AI pipeline that trains every few seconds; one of its containers runs out of memory once."""

    stage: Stage

    def run_out_of_memory(self) -> None:
        """One run fails; the next one gets a larger machine."""
        self._end(
            "FAILED", "The replica workerpool0-0 ran out-of-memory and exited with a non-zero status of 9(SIGKILL)"
        )
        self.stage.breaks("Vertex AI", f"pipeline {PIPELINE_NAME} failed: out of memory")
        self.stage.later(8, self._succeed)

    def _succeed(self) -> None:
        self._end("SUCCEEDED")
        self.stage.heals("Vertex AI", f"the next run of {PIPELINE_NAME} succeeded")

    def _end(self, state: str, message: str = "") -> None:
        run = f"{PIPELINE_NAME}-{self.stage.now:%Y%m%d%H%M%S}"
        self.stage.publish(vertex_pipeline(self.stage.now, PIPELINE_NAME, run, state, message))


@dataclass
class Intruder:
    """Somebody with a stolen account tries what it may do."""

    stage: Stage
    tries: int = 14
    made: int = 0

    def try_doors(self) -> None:
        """One refused call, and soon the next."""
        service, method, what = TRIED[self.made % len(TRIED)]
        resource = f"projects/{PROJECT}/{what}".rstrip("/")
        permission = f"{service}.{method.rpartition('.')[2][0].lower()}{method.rpartition('.')[2][1:]}"
        self.stage.publish(denied_call(self.stage.now, service, method, resource, permission, INTRUDER))
        self.made += 1
        if self.made == 1:
            self.stage.breaks("IAM", f"{INTRUDER} tries one service after the other and is refused")
        if self.made < self.tries:
            self.stage.later(0.15, self.try_doors)


@dataclass
class Backlog:
    """A Pub/Sub subscription whose subscriber crashes; messages wait until it is back and has caught up."""

    stage: Stage
    load: Load
    clock: Clock
    down: bool = False

    def crash(self) -> None:
        """The subscriber is gone; what is published waits."""
        self.load.subscription.running = False
        self.down = True
        self.stage.breaks("Pub/Sub", "the subscriber of events-to-mart crashed, its messages wait")

    def restart(self) -> None:
        """The subscriber is back and takes the oldest messages first."""
        self.load.subscription.running = True
        self.stage.tells("Pub/Sub", f"the subscriber is back, {self.load.subscription.backlog:,} messages wait")

    def pass_time(self) -> None:
        """Brings the load up to now on its own clock, and tells when the backlog is gone."""
        self.load.advance(self.clock.at(self.stage.now))
        queue = self.load.subscription
        if self.down and queue.running and not queue.backlog:
            self.down = False
            self.stage.heals("Pub/Sub", "the backlog of events-to-mart is gone")

    def tick(self) -> None:
        """Cloud Scheduler asks for a load check, at the time of the load's clock."""
        self.stage.publish({"tick": "load-check", "time": stamp(self.clock.at(self.stage.now))})
