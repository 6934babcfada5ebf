"""Jobs of Vertex AI, Dataflow and Compute Engine, read page by page over REST."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.store import SchemaStore
from demo.platform.compute import ComputeServer
from demo.platform.dataflow import DataflowServer
from demo.platform.http import Reply, google_error
from demo.platform.vertex import VertexServer
from shared.config import Settings
from tests.support.collecting import CollectingSite
from tests.support.history import at

pytestmark = pytest.mark.sqlite

PROJECT, PLACE = "example-project", "europe-west1"
TRAINING = "churn-training"


@pytest.fixture
def vertex() -> Iterator[VertexServer]:
    with VertexServer(page_rows=2) as server:
        yield server


@pytest.fixture
def dataflow() -> Iterator[DataflowServer]:
    with DataflowServer(page_rows=2) as server:
        yield server


@pytest.fixture
def compute() -> Iterator[ComputeServer]:
    with ComputeServer(page_rows=2) as server:
        yield server


@pytest.fixture
def site(
    schema_store: SchemaStore, vertex: VertexServer, dataflow: DataflowServer, compute: ComputeServer
) -> CollectingSite:
    settings = Settings(
        projects=(PROJECT,),
        vertex_locations=(PLACE,),
        aiplatform_endpoint=vertex.url,
        dataflow_endpoint=dataflow.url,
        compute_endpoint=compute.url,
        history_first_days=1,
    )
    return CollectingSite(schema_store, settings)


def add_pipeline(vertex: VertexServer, number: int, state: str = "SUCCEEDED", hours: float = -1) -> None:
    vertex.add(
        PROJECT,
        PLACE,
        "pipelineJobs",
        f"{TRAINING}-2026112306{number:04}",
        displayName=f"{TRAINING}-2026112306{number:04}",
        state=f"PIPELINE_STATE_{state}",
        createTime=at(hours).isoformat(),
        startTime=at(hours).isoformat(),
        serviceAccount="train@example-project.iam.gserviceaccount.com",
        **({"endTime": at(hours + 0.5).isoformat()} if state != "RUNNING" else {}),
        **({"error": {"code": 9, "message": "out of\nmemory"}} if state == "FAILED" else {}),
    )


def test_pipelines_and_custom_jobs_have_one_name_for_all_runs(site: CollectingSite, vertex: VertexServer) -> None:
    for number in range(5):
        add_pipeline(vertex, number)
    vertex.add(
        PROJECT, PLACE, "customJobs", "77", displayName="tune", state="JOB_STATE_RUNNING", createTime=at(-1).isoformat()
    )
    site.done("vertex_ai.jobs")
    assert len(site.jobs()) == 6
    assert {job.job_name for job in site.jobs().values()} == {f"{PLACE}/pipeline:{TRAINING}", f"{PLACE}/job:tune"}


@pytest.mark.both_databases
@pytest.mark.permissions
def test_a_failed_pipeline_has_its_reason_and_principal(site: CollectingSite, vertex: VertexServer) -> None:
    add_pipeline(vertex, 1, "FAILED")
    site.done("vertex_ai.jobs")
    (job,) = site.jobs().values()
    assert (job.state, job.error, job.end_at) == ("failed", "out of memory", at(-0.5))
    assert job.principal == "train@example-project.iam.gserviceaccount.com"


def test_a_running_pipeline_is_read_again(site: CollectingSite, vertex: VertexServer) -> None:
    add_pipeline(vertex, 1, "RUNNING")
    site.done("vertex_ai.jobs")
    vertex._jobs.clear()  # noqa: SLF001
    add_pipeline(vertex, 1)
    site.done("vertex_ai.jobs", at(5))
    assert {job.state for job in site.jobs().values()} == {"succeeded"}


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("DONE", "succeeded"),
        ("FAILED", "failed"),
        ("CANCELLED", "cancelled"),
        ("DRAINING", "running"),
        ("QUEUED", "queued"),
    ],
)
def test_dataflow_jobs_have_their_final_state(
    site: CollectingSite, dataflow: DataflowServer, state: str, expected: str
) -> None:
    times = {"createTime": at(-1).isoformat(), "currentStateTime": at(-0.5).isoformat()}
    dataflow.add(PROJECT, "2026-11-23_01", "events-to-mart-20261123-0600", state, location=PLACE, **times)
    site.done("dataflow.jobs")
    (job,) = site.jobs().values()
    assert (job.state, job.job_name) == (expected, f"{PLACE}/events-to-mart")
    assert (job.end_at is None) == (expected in ("running", "queued"))


def test_dataflow_jobs_that_ended_before_the_window_are_left_out(
    site: CollectingSite, dataflow: DataflowServer
) -> None:
    for number in range(5):
        time = at(-1 if number % 2 else -72).isoformat()
        dataflow.add(PROJECT, f"job-{number}", "batch", "DONE", createTime=time, currentStateTime=time)
    site.done("dataflow.jobs")
    assert sorted(site.jobs()) == ["job-1", "job-3"]


def test_jobs_of_an_unavailable_region_are_read_later(site: CollectingSite, dataflow: DataflowServer) -> None:
    for number in range(5):
        region = "us-central1" if number == 2 else PLACE
        time = at(-1).isoformat()
        dataflow.add(PROJECT, f"job-{number}", "batch", "DONE", createTime=time, currentStateTime=time, location=region)
    dataflow.failed = ["us-central1"]
    result = site.run("dataflow.jobs")
    assert (result.outcome, result.transient) == (SnapshotOutcome.FAILED, True)
    assert result.error == "jobs of us-central1 could not be listed; the rows of the others are stored"
    assert len(site.jobs()) == 4
    dataflow.failed = []
    site.done("dataflow.jobs", at(3))
    assert {job.job_name for job in site.jobs().values()} == {f"{PLACE}/batch", "us-central1/batch"}
    assert len(site.jobs()) == 5


@pytest.mark.parametrize("repeat", [at(0), at(3)])
def test_operations_of_an_unavailable_zone_are_read_later(
    site: CollectingSite, compute: ComputeServer, repeat: datetime
) -> None:
    for number in range(5):
        zone = f"zones/{PLACE}-{'bc'[number % 2]}"
        time = at(-1).isoformat()
        compute.add(PROJECT, zone, str(number), "start", f"instances/etl-{number}", insertTime=time, endTime=time)
    compute.unreachable = [f"zones/{PLACE}-b"]
    result = site.run("compute.operations")
    assert (result.outcome, result.transient) == (SnapshotOutcome.FAILED, True)
    assert result.error == f"operations of zones/{PLACE}-b could not be listed; the rows of the others are stored"
    assert sorted(site.jobs()) == ["1", "3"]
    compute.unreachable = []
    site.done("compute.operations", repeat)
    assert len(site.jobs()) == 5


@pytest.mark.both_databases
def test_a_zone_reported_as_unreachable_is_missing(site: CollectingSite, compute: ComputeServer) -> None:
    warning = {"code": "UNREACHABLE", "message": "The scope cannot be reached."}
    compute.fail_next(Reply(200, {"items": {"zones/us-east1-b": {"warning": warning}}}))
    assert "zones/us-east1-b" in site.run("compute.operations").error


def test_operations_of_all_zones_are_read(site: CollectingSite, compute: ComputeServer) -> None:
    for number in range(5):
        compute.add(
            PROJECT,
            f"zones/{PLACE}-{'bc'[number % 2]}",
            str(number),
            "start",
            f"instances/etl-{number}",
            user="carol@example.com",
            insertTime="2026-11-23T01:00:00.000-08:00",
            endTime="2026-11-23T01:00:30.000-08:00",
        )
    site.done("compute.operations")
    job = site.jobs()["4"]
    assert len(site.jobs()) == 5
    assert (job.job_name, job.principal, job.state) == ("instances.start", "carol@example.com", "succeeded")
    assert (job.destination, job.created_at) == (f"zones/{PLACE}-b/instances/etl-4", at(-1))


def test_a_failed_operation_has_its_reason(site: CollectingSite, compute: ComputeServer) -> None:
    errors = {"errors": [{"code": "QUOTA_EXCEEDED", "message": "Quota 'CPUS' exceeded."}]}
    compute.add(PROJECT, "global", "1", "insert", "images/x", insertTime=at(-1).isoformat(), error=errors)
    site.done("compute.operations")
    assert site.jobs()["1"].error == "QUOTA_EXCEEDED: Quota 'CPUS' exceeded."


@pytest.mark.permissions
def test_a_denied_call_is_reported_in_googles_words(site: CollectingSite, compute: ComputeServer) -> None:
    compute.fail_next(google_error(403, "Required 'compute.globalOperations.list' permission", "PERMISSION_DENIED"))
    result = site.run("compute.operations")
    assert (result.outcome, result.transient) == (SnapshotOutcome.FAILED, False)
    assert result.error.endswith("HTTP 403 Required 'compute.globalOperations.list' permission")


def test_a_rate_limit_is_waited_out(site: CollectingSite, compute: ComputeServer) -> None:
    compute.add(PROJECT, "global", "1", "insert", "images/x", insertTime=at(-1).isoformat())
    compute.fail_next(Reply(429, {"error": {"message": "Rate limit"}}, {"Retry-After": "0"}))
    assert site.done("compute.operations").api_calls == 2
