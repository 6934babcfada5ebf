"""A platform with two weeks of history in the Schema DB: jobs in layers, their tables, metrics and accounts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.history import JobRunRow, MetricPoint, Row, SeriesKey, TableSizeRow
from shared.model import ErrorClass, IncidentKind, JobState, Severity, Status
from shared.records import IncidentView

PROJECT, ENVIRONMENT = "example-project", "etl"
END = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DAYS = 14
LAYERS = ("raw", "staging", "mart", "report")
SIZES = (8, 8, 10, 6)
MACHINES = tuple(f"worker-{number}" for number in range(4))
CLUSTERS = ("spark-a", "spark-b")
CPU = "compute.googleapis.com/instance/cpu/utilization"
QUEUE = "composer.googleapis.com/environment/task_queue_length"


@dataclass(frozen=True, slots=True)
class SimulatedJob:
    """A job: its account, what it reads and writes, and its times.

    `kind` is airflow, scheduled, pipeline, dataflow or cluster.
    """

    kind: str
    name: str
    account: str
    reads: tuple[str, ...]
    writes: str
    every: timedelta
    offset: timedelta
    seconds: float
    cluster: str = ""

    @property
    def service(self) -> str:
        """The job's service in the history."""
        return {"pipeline": "vertex_ai", "dataflow": "dataflow", "cluster": "dataproc"}.get(self.kind, "bigquery")

    @property
    def history_name(self) -> str:
        """The job's name in the history."""
        names = {"airflow": f"airflow:{self.name}.build", "scheduled": f"scheduled_query:{self.name}"}
        return names.get(self.kind, f"pipeline:{self.name}" if self.kind == "pipeline" else self.name)

    @property
    def definition(self) -> tuple[str, str, str]:
        """The service, method and resource of the call that deploys the job."""
        place = f"projects/{PROJECT}/locations/eu"
        return {
            "airflow": ("storage.googleapis.com", "storage.objects.create", f"//storage.googleapis.com/eu-west1-{ENVIRONMENT}-0a1b2c3d-bucket/dags"),
            "scheduled": ("bigquerydatatransfer.googleapis.com", "DataTransferService.UpdateTransferConfig", f"//bigquerydatatransfer.googleapis.com/{place}/transferConfigs/{self.name}"),
            "pipeline": ("aiplatform.googleapis.com", "PipelineService.UpdatePipeline", f"//aiplatform.googleapis.com/{place}/trainingPipelines/{self.name}"),
            "dataflow": ("dataflow.googleapis.com", "FlexTemplates.CreateTemplate", f"//dataflow.googleapis.com/{place}/templates/{self.name}"),
            "cluster": ("dataproc.googleapis.com", "WorkflowTemplateService.UpdateWorkflowTemplate", f"//dataproc.googleapis.com/{place}/workflowTemplates/{self.name}"),
        }[self.kind]  # fmt: skip

    def starts(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The starts of its runs in [since, until)."""
        start = since.replace(hour=0, minute=0, second=0) + self.offset
        while start < until:
            if start >= since:
                yield start
            start += self.every

    def run(self, start: datetime, state: JobState = JobState.SUCCEEDED, **changed: Any) -> list[JobRunRow]:
        """The rows of one run; for an Airflow task also the row of its BigQuery job."""
        seconds = float(changed.pop("seconds", self.seconds))
        end = start + timedelta(seconds=seconds)
        values: dict[str, Any] = {
            "service": self.service, "project": PROJECT, "run_id": f"{self.name}-{start:%Y%m%d%H%M%S}-{state}",
            "job_name": self.history_name, "state": state, "created_at": start, "start_at": start, "end_at": end,
            "principal": self.account, "destination": self.writes, "sources": list(self.reads),
            "slot_ms": round(seconds * 10_000), "statement_type": "MERGE",
        }  # fmt: skip
        rows = [JobRunRow(**{**values, **changed})]
        if self.kind == "airflow":
            run = f"{self.name}/scheduled__{start.isoformat()}"
            rows.append(
                JobRunRow("airflow", ENVIRONMENT, f"{run}/build", f"{self.name}.build", state, run, start, start, end)
            )
        return rows


@dataclass(slots=True)
class PlatformHistory:
    """All jobs and accounts of a platform, and the rows of its history."""

    rng: random.Random
    jobs: list[SimulatedJob] = field(default_factory=list)
    accounts: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.accounts = [f"{name}@{PROJECT}.iam.gserviceaccount.com" for name in ("ingest", "clean", "build", "report")]
        for layer, (name, size) in enumerate(zip(LAYERS, SIZES, strict=True)):
            for number in range(size):
                self.jobs.append(self._job(layer, name, number))

    def _job(self, layer: int, name: str, number: int) -> SimulatedJob:
        rng = self.rng
        above = [f"{PROJECT}.{LAYERS[layer - 1]}.t{each:02}" for each in range(SIZES[layer - 1])] if layer else []
        reads = tuple(rng.sample(above, k=min(len(above), rng.randint(1, 3))))
        kind = rng.choices(("airflow", "scheduled", "pipeline", "dataflow", "cluster"), (5, 3, 1, 1, 1))[0]
        hourly = rng.random() < 0.4
        return SimulatedJob(
            kind=kind,
            name=f"{name}-job-{number:02}" if kind != "airflow" else f"{name}_dag_{number:02}",
            account=self.accounts[layer],
            reads=reads,
            writes=f"{PROJECT}.{name}.t{number:02}",
            every=HOUR if hourly else DAY,
            offset=timedelta(minutes=8 * layer + rng.randint(0, 6)) + (timedelta(0) if hourly else 3 * HOUR),
            seconds=rng.uniform(30, 240),
            cluster=rng.choice(CLUSTERS) if kind == "cluster" else "",
        )

    def history(self) -> Iterator[Row]:
        """The rows of the two weeks before END."""
        for job in self.jobs:
            for start in job.starts(END - DAYS * DAY, END):
                late = timedelta(seconds=self.rng.uniform(0, 60))
                yield from job.run(start + late, seconds=job.seconds * self.rng.gauss(1, 0.06))
        for layer, size in zip(LAYERS, SIZES, strict=True):
            for number in range(size):
                rows = self.rng.randint(50_000, 5_000_000)
                for ago in range(DAYS, -1, -1):
                    rows = round(rows * self.rng.uniform(1.001, 1.02))
                    yield size_row(f"{PROJECT}.{layer}.t{number:02}", ago, rows, "columns")
        for key, usual in self.series().items():
            for step in range(DAYS * 24 * 2):
                yield MetricPoint(key, END - step * 30 * MINUTE, max(0.0, usual * self.rng.gauss(1, 0.12)))

    def series(self) -> dict[SeriesKey, float]:
        """The series of load with their usual value."""
        machines = {
            SeriesKey("compute", CPU, "ALIGN_MEAN", "10^2.%", PROJECT, name, "gce_instance", {"instance_id": name}): 0.4
            for name in (*MACHINES, *CLUSTERS)
        }
        labels = {"environment_name": ENVIRONMENT}
        queue = SeriesKey(
            "composer", QUEUE, "ALIGN_MEAN", "1", PROJECT, ENVIRONMENT, "cloud_composer_environment", labels
        )
        return machines | {queue: 6.0}


def size_row(table: str, days_ago: int, rows: int, schema: str) -> TableSizeRow:
    """The size of a table `days` days before END."""
    day, dataset = (END - days_ago * DAY).date(), table.rpartition(".")[0]
    return TableSizeRow(day, table, "bigquery", PROJECT, dataset, "BASE TABLE", rows, rows * 100, schema_key=schema)


def incident_of(job: SimulatedJob, at: datetime, error: ErrorClass | None, message: str) -> IncidentView:
    """The incident of a failed run of a job, as the rules create it."""
    values = {
        "airflow": ("composer/task_failed", "composer", f"{ENVIRONMENT}/{job.name}/build", "", {
            "dag_id": job.name, "task_id": "build", "run_id": f"scheduled__{at.isoformat()}", "environment": ENVIRONMENT,
            "location": "eu", "map_index": "-1", "try_number": "3"}),
        "scheduled": ("bigquery/job_failed", "bigquery", f"projects/{PROJECT}/jobs/scheduled_query_1", job.account, {
            "job": "scheduled_query_1", "location": "EU", "transfer_config": job.name, "statement": "MERGE",
            "target": "projects/{}/datasets/{}/tables/{}".format(*job.writes.split("."))}),
        "pipeline": ("vertex_ai/pipeline_failed", "vertex_ai", job.name, job.account, {
            "pipeline": job.name, "run": f"{job.name}-2026", "location": "eu"}),
        "dataflow": ("dataflow/job_failed", "dataflow", job.name, "", {"job": job.name, "run": "2026", "location": "eu"}),
        "cluster": ("dataproc/job_failed", "dataproc", job.name, job.account, {"job": job.name, "cluster": job.cluster}),
    }[job.kind]  # fmt: skip
    rule, service, resource, principal, labels = values
    return incident_view(
        rule=rule, service=service, resource=resource, principal=principal, labels=labels, opened_at=at, error=error,
        summary=f"{resource} failed: {message}" if job.kind != "airflow" else f"Task build of DAG {job.name} failed",
        reason=message or None if job.kind == "airflow" else None,
    )  # fmt: skip


def incident_view(**changed: Any) -> IncidentView:
    """An incident of the project; missing values are those of a job failure."""
    values: dict[str, Any] = {
        "id": 1, "fingerprint": "f", "title": "failed", "kind": IncidentKind.JOB_FAILURE, "severity": Severity.HIGH,
        "project": PROJECT, "status": Status.OPEN, "last_seen_at": changed["opened_at"], "occurrence_count": 1,
        "acknowledged_at": None, "acknowledged_by": None, "resolved_at": None, "resolution": None, "quiet_seconds": None,
        "received_at": changed["opened_at"],
    }  # fmt: skip
    return IncidentView(**{**values, **changed})
