"""The action rerun_custom_job against a real HTTP server that speaks the Vertex AI API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.vertex import VertexServer
from handlers.actions.vertex_ai import rerun_custom_job
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind, Mode
from tests.support.incidents import incident
from tests.support.remediating import remediate

PROJECT, REGION, RUN = "example-project", "europe-west1", "4711"
PARENT = f"projects/{PROJECT}/locations/{REGION}/customJobs"
POOL = {
    "machineSpec": {"machineType": "n1-standard-4"},
    "replicaCount": "1",
    "containerSpec": {"args": ["--day=2026-11-22"]},
}
SPEC: dict[str, Any] = {
    "displayName": "churn-train",
    "jobSpec": {"workerPoolSpecs": [POOL], "serviceAccount": "train@example-project.iam.gserviceaccount.com"},
}


@pytest.fixture
def vertex() -> Iterator[VertexServer]:
    with VertexServer(page_rows=2) as server:
        add(server, labels={"team": "ml", "goog-reserved": "x"})
        yield server


def add(server: VertexServer, number: str = RUN, state: str = "FAILED", hour: int = 8, **job: Any) -> None:
    output = {"createTime": f"2026-11-23T{hour:02}:15:12+00:00", "error": {"code": 9}, "state": f"JOB_STATE_{state}"}
    server.add(PROJECT, REGION, "customJobs", number, **{**SPEC, **output, **job})


def run(vertex: VertexServer, **more: Any) -> ActionResult:
    base = {
        "rule": "vertex_ai/custom_job_failed",
        "kind": IncidentKind.JOB_FAILURE,
        "service": "vertex_ai",
        "resource": "churn-train",
        "labels": {"job": "churn-train", "run": RUN, "location": REGION},
    }
    changes = {name: more.pop(name) for name in (*base, "project") if name in more}
    settings = Settings(aiplatform_endpoint=vertex.url)
    return remediate(rerun_custom_job, settings, incident(**{**base, **changes}), **more)


@pytest.mark.permissions
def test_a_failed_job_runs_again_once_with_its_specification_labels_and_account(vertex: VertexServer) -> None:
    done = run(vertex)
    ((name, body),) = vertex.changes
    key = body["labels"].pop("hinomi_run")
    assert (body, len(key)) == ({**SPEC, "labels": {"team": "ml"}}, 32)
    assert (done.changed, done.recovered, done.undo) == (True, False, None)
    assert done.text.en.startswith("started custom job churn-train again (attempt 1 of 2)")
    assert (done.details or {})["job"] == name
    assert (run(vertex).changed, len(vertex.changes)) == (False, 1)


@pytest.mark.parametrize(
    ("other", "starts"),
    [
        ({"state": "SUCCEEDED"}, 0),
        ({"state": "RUNNING", "displayName": "churn-train-20261123091512"}, 0),
        ({"state": "CANCELLED"}, 1),
        ({"state": "SUCCEEDED", "hour": 7}, 1),
        ({"state": "SUCCEEDED", "displayName": "churn-score"}, 1),
        ({"state": "SUCCEEDED", "jobSpec": {"workerPoolSpecs": [{**POOL, "containerSpec": {"args": []}}]}}, 1),
    ],
)
def test_a_later_job_that_does_the_same_is_enough(vertex: VertexServer, other: dict[str, Any], starts: int) -> None:
    for number in ("1", "2"):
        add(vertex, number, "FAILED", hour=9)
    add(vertex, "4712", **{"hour": 9, **other})
    run(vertex)
    assert len(vertex.changes) == starts


@pytest.mark.parametrize(
    ("state", "outcome", "helps_again"),
    [("SUCCEEDED", "fixed", False), ("FAILED", "not_fixed", True), ("RUNNING", "not_yet", False)],
)
def test_the_state_of_the_new_job_is_the_verdict(
    vertex: VertexServer, state: str, outcome: str, *, helps_again: bool
) -> None:
    run(vertex)
    (vertex.find(vertex.changes[0][0]) or {})["state"] = f"JOB_STATE_{state}"
    verdict = run(vertex).verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.may_help_again) == (outcome, helps_again)
    assert not (verdict.outcome == "fixed" and verdict.resolves)


def test_a_job_of_a_pipeline_and_one_that_has_not_failed_are_left_alone(vertex: VertexServer) -> None:
    job = vertex.find(f"{PARENT}/{RUN}") or {}
    job["labels"] = {"vertex-ai-pipelines-run-billing-id": "1"}
    with pytest.raises(TargetRefusedError, match="run the pipeline again"):
        run(vertex)
    job |= {"labels": {}, "state": "JOB_STATE_CANCELLED"}
    done = run(vertex)
    assert (done.changed, vertex.changes) == (False, [])


def test_a_dry_run_starts_nothing_and_shows_no_argument(vertex: VertexServer) -> None:
    done = run(vertex, mode=Mode.DRY_RUN)
    assert done.text.en == f"would run custom job churn-train again, as {RUN} was"
    assert done.plan is not None
    assert "2026-11-22" not in str(done.plan.as_dict())
    assert vertex.changes == []


def test_a_job_that_was_run_again_as_often_as_allowed_is_for_a_person(vertex: VertexServer) -> None:
    with pytest.raises(TargetRefusedError, match="failed again after it was run again 2 times") as caught:
        run(vertex, earlier_runs=2)
    assert caught.value.reason is TargetRefusal.LIMIT_REACHED


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": {"run": RUN}},
        {"labels": {"run": "../x", "location": REGION}},
        {"labels": {"run": RUN, "location": "evil.example/x"}},
        {"rule": "report/etl"},
        {"service": "bigquery"},
    ],
)
def test_an_incident_that_names_no_job_is_refused(vertex: VertexServer, changes: dict[str, Any]) -> None:
    with pytest.raises(TargetRefusedError, match="does not name a resource of customJobs"):
        run(vertex, **changes)


def test_the_number_of_reruns_is_limited() -> None:
    with pytest.raises(InputError, match="max_reruns: 11"):
        rerun_custom_job.Params(max_reruns=11)
