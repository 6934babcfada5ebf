"""Custom jobs and pipeline runs are cancelled, against a real HTTP server that speaks the Vertex AI API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from demo.platform.vertex import VertexServer
from handlers.actions.vertex_ai import cancel_custom_job, cancel_pipeline_job
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import TargetRefusedError
from shared.model import Mode
from tests.support.incidents import incident
from tests.support.remediating import remediate

PROJECT, REGION = "example-project", "europe-west1"


@dataclass(frozen=True)
class Cancelled:
    """One of the two actions, its kind of job, and a job that runs."""

    action: Any
    collection: str
    id: str
    noun: str
    prefix: str

    @property
    def name(self) -> str:
        return f"projects/{PROJECT}/locations/{REGION}/{self.collection}/{self.id}"

    def run(self, vertex: VertexServer, mode: Mode = Mode.AUTO, **changes: Any) -> ActionResult:
        base = {"rule": "report/cost", "service": "vertex_ai", "resource": self.name, "labels": {}}
        settings = Settings(aiplatform_endpoint=vertex.url)
        return remediate(self.action, settings, incident(**{**base, **changes}), mode=mode)


CUSTOM_JOB = Cancelled(cancel_custom_job, "customJobs", "4815162342", "custom job", "JOB_STATE")
PIPELINE_RUN = Cancelled(
    cancel_pipeline_job, "pipelineJobs", "churn-train-20261123081512", "pipeline run", "PIPELINE_STATE"
)
both = pytest.mark.parametrize("one", [CUSTOM_JOB, PIPELINE_RUN], ids=lambda one: one.collection)


@pytest.fixture
def vertex() -> Iterator[VertexServer]:
    with VertexServer() as server:
        for one in (CUSTOM_JOB, PIPELINE_RUN):
            server.add(PROJECT, REGION, one.collection, one.id, state=f"{one.prefix}_RUNNING")
        yield server


@pytest.mark.permissions
@pytest.mark.parametrize("named_by", ["resource", "labels"])
@both
def test_a_job_that_runs_is_cancelled_once(vertex: VertexServer, one: Cancelled, named_by: str) -> None:
    labels = {"run": one.id, "location": REGION}
    rule = "vertex_ai/pipeline_task_failed" if one is PIPELINE_RUN else "vertex_ai/x"
    changes: dict[str, Any] = {"rule": rule, "resource": "train", "labels": labels} if named_by == "labels" else {}
    done = one.run(vertex, **changes)
    assert (done.changed, done.recovered, done.undo) == (True, False, None)
    assert done.text.en == f"cancelled {one.noun} {one.id}; {one.id} is {one.prefix}_CANCELLED"
    assert not one.run(vertex, **changes).changed
    assert vertex.changes == [(f"{one.name}:cancel", {})]


@pytest.mark.parametrize(
    ("one", "state"),
    [
        *((CUSTOM_JOB, state) for state in ("SUCCEEDED", "FAILED", "CANCELLING", "EXPIRED")),
        *((PIPELINE_RUN, state) for state in ("SUCCEEDED", "FAILED", "CANCELLING")),
    ],
)
def test_a_job_that_ends_or_has_ended_is_left_alone(vertex: VertexServer, one: Cancelled, state: str) -> None:
    (vertex.find(one.name) or {})["state"] = f"{one.prefix}_{state}"
    assert one.run(vertex).text.en.startswith(f"nothing to do: {one.noun} {one.id} is {one.prefix}_{state}")
    assert vertex.changes == []


@both
def test_a_dry_run_cancels_nothing(vertex: VertexServer, one: Cancelled) -> None:
    expected = f"would cancel {one.noun} {one.id}, which is {one.prefix}_RUNNING"
    assert one.run(vertex, Mode.DRY_RUN).text.en == expected
    assert vertex.changes == []


@pytest.mark.parametrize("wrong", ["a report with labels", "another resource", "another service"])
@both
def test_an_incident_that_names_no_job_is_refused(vertex: VertexServer, one: Cancelled, wrong: str) -> None:
    changes: dict[str, dict[str, Any]] = {
        "a report with labels": {"resource": "train", "labels": {"run": one.id, "location": REGION}},
        "another resource": {"resource": f"{one.name}:delete"},
        "another service": {"service": "x"},
    }
    with pytest.raises(TargetRefusedError, match=f"does not name a resource of {one.collection}"):
        one.run(vertex, **changes[wrong])
