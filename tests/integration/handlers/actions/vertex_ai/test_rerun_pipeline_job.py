"""The action rerun_pipeline_job against a real HTTP server that speaks the Vertex AI API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.vertex import VertexServer
from handlers.actions.vertex_ai import rerun_pipeline_job
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.identity.run_names import id_stem, stem
from shared.model import IncidentKind, Mode
from tests.support.incidents import incident
from tests.support.remediating import remediate

PROJECT, REGION, RUN = "example-project", "europe-west1", "churn-train-20261123081512"
PARENT = f"projects/{PROJECT}/locations/{REGION}/pipelineJobs"
SPEC: dict[str, Any] = {
    "displayName": "churn-train",
    "pipelineSpec": {"pipelineInfo": {"name": "churn-train"}, "root": {}},
    "runtimeConfig": {"parameterValues": {"day": "2026-11-22"}, "gcsOutputDirectory": "gs://example-pipelines"},
    "serviceAccount": "train@example-project.iam.gserviceaccount.com",
}


@pytest.fixture
def vertex() -> Iterator[VertexServer]:
    with VertexServer() as server:
        add(server)
        yield server


def add(server: VertexServer, number: str = RUN, state: str = "FAILED", hour: int = 8, **job: Any) -> None:
    created = f"2026-11-23T{hour:02}:15:12+00:00"
    output = {"jobDetail": {"x": 1}, "error": {"code": 9}, "createTime": created, "state": f"PIPELINE_STATE_{state}"}
    server.add(PROJECT, REGION, "pipelineJobs", number, **{**SPEC, **output, **job})


def run(vertex: VertexServer, **more: Any) -> ActionResult:
    base = {
        "rule": "vertex_ai/pipeline_failed",
        "kind": IncidentKind.JOB_FAILURE,
        "service": "vertex_ai",
        "resource": "churn-train",
        "labels": {"pipeline": "churn-train", "run": RUN, "location": REGION},
    }
    changes = {name: more.pop(name) for name in (*base, "project") if name in more}
    settings = Settings(aiplatform_endpoint=vertex.url)
    return remediate(rerun_pipeline_job, settings, incident(**{**base, **changes}), **more)


@pytest.mark.permissions
def test_a_failed_pipeline_runs_again_once_with_its_parameters_and_account(vertex: VertexServer) -> None:
    done = run(vertex)
    ((name, body),) = vertex.changes
    number = name.rpartition("/")[2]
    assert body == SPEC
    assert (done.changed, done.recovered, done.undo) == (True, False, None)
    assert done.text.en.startswith(f"started pipeline churn-train again as {number} (attempt 1 of 2)")
    assert (stem(number), id_stem(number), number.startswith(f"{RUN}-")) == ("churn-train", "churn-train", True)
    assert (run(vertex).changed, len(vertex.changes)) == (False, 1)


def test_the_id_of_the_next_run_is_no_longer_than_that_of_this_one(vertex: VertexServer) -> None:
    run(vertex)
    again = vertex.changes[0][0].rpartition("/")[2]
    (vertex.find(f"{PARENT}/{again}") or {})["state"] = "PIPELINE_STATE_FAILED"
    run(vertex, labels={"pipeline": "churn-train", "run": again, "location": REGION})
    assert len(vertex.changes[1][0].rpartition("/")[2]) == len(again)


@pytest.mark.parametrize(
    ("other", "starts"),
    [
        ({"state": "SUCCEEDED"}, 0),
        ({"state": "RUNNING"}, 0),
        ({"state": "CANCELLED"}, 1),
        ({"state": "SUCCEEDED", "hour": 7}, 1),
        ({"state": "SUCCEEDED", "runtimeConfig": {"parameterValues": {"day": "2026-11-23"}}}, 1),
        ({"state": "SUCCEEDED", "pipelineSpec": {"pipelineInfo": {"name": "churn-score"}}}, 1),
    ],
)
def test_a_later_run_with_the_same_parameters_is_enough(
    vertex: VertexServer, other: dict[str, Any], starts: int
) -> None:
    add(vertex, "churn-train-20261123091512", **{"hour": 9, **other})
    run(vertex)
    assert len(vertex.changes) == starts


def test_a_run_that_has_not_failed_is_left_alone(vertex: VertexServer) -> None:
    (vertex.find(f"{PARENT}/{RUN}") or {})["state"] = "PIPELINE_STATE_CANCELLED"
    done = run(vertex)
    assert (done.changed, vertex.changes) == (False, [])
    assert done.verdict is not None
    assert done.verdict.outcome == "by_event"


def test_a_dry_run_starts_nothing_and_shows_no_parameter(vertex: VertexServer) -> None:
    done = run(vertex, mode=Mode.DRY_RUN)
    assert done.text.en.startswith("would run pipeline churn-train again with the parameters of")
    assert done.plan is not None
    assert "2026-11-22" not in str(done.plan.as_dict())
    assert vertex.changes == []


def test_a_pipeline_that_was_run_again_as_often_as_allowed_is_for_a_person(vertex: VertexServer) -> None:
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
        {"resource": f"projects/{PROJECT}/locations/{REGION}/customJobs/1"},
    ],
)
def test_an_incident_that_names_no_run_is_refused(vertex: VertexServer, changes: dict[str, Any]) -> None:
    with pytest.raises(TargetRefusedError, match="does not name a resource of pipelineJobs"):
        run(vertex, **changes)


def test_the_number_of_reruns_is_limited() -> None:
    with pytest.raises(InputError, match="max_reruns: 11"):
        rerun_pipeline_job.Params(max_reruns=11)
