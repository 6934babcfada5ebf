"""The action cancel_custom_job against a real HTTP server that speaks the Vertex AI API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.vertex import VertexServer
from handlers.actions.vertex_ai import cancel_custom_job
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import TargetRefusedError
from shared.model import Mode
from tests.support.incidents import incident
from tests.support.remediating import remediate

PROJECT, REGION, JOB = "example-project", "europe-west1", "4815162342"
NAME = f"projects/{PROJECT}/locations/{REGION}/customJobs/{JOB}"


@pytest.fixture
def vertex() -> Iterator[VertexServer]:
    with VertexServer() as server:
        server.add(PROJECT, REGION, "customJobs", JOB, state="JOB_STATE_RUNNING")
        yield server


def run(vertex: VertexServer, mode: Mode = Mode.AUTO, **changes: Any) -> ActionResult:
    base = {"rule": "report/cost", "service": "vertex_ai", "resource": NAME, "labels": {}}
    return remediate(
        cancel_custom_job, Settings(aiplatform_endpoint=vertex.url), incident(**{**base, **changes}), mode=mode
    )


@pytest.mark.permissions
@pytest.mark.parametrize(
    "changes", [{}, {"rule": "vertex_ai/x", "resource": "train", "labels": {"run": JOB, "location": REGION}}]
)
def test_a_job_that_runs_is_cancelled_once(vertex: VertexServer, changes: dict[str, Any]) -> None:
    done = run(vertex, **changes)
    assert (done.changed, done.recovered, done.undo) == (True, False, None)
    assert done.text.en == f"cancelled custom job {JOB}; {JOB} is JOB_STATE_CANCELLED"
    assert not run(vertex, **changes).changed
    assert vertex.changes == [(f"{NAME}:cancel", {})]


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLING", "EXPIRED"])
def test_a_job_that_ends_or_has_ended_is_left_alone(vertex: VertexServer, state: str) -> None:
    (vertex.find(NAME) or {})["state"] = f"JOB_STATE_{state}"
    assert run(vertex).text.en.startswith(f"nothing to do: custom job {JOB} is JOB_STATE_{state}")
    assert vertex.changes == []


def test_a_dry_run_cancels_nothing(vertex: VertexServer) -> None:
    assert run(vertex, Mode.DRY_RUN).text.en == f"would cancel custom job {JOB}, which is JOB_STATE_RUNNING"
    assert vertex.changes == []


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": "train", "labels": {"run": JOB, "location": REGION}},
        {"resource": f"{NAME}:delete"},
        {"service": "x"},
    ],
)
def test_an_incident_that_names_no_job_is_refused(vertex: VertexServer, changes: dict[str, Any]) -> None:
    with pytest.raises(TargetRefusedError, match="does not name a resource of customJobs"):
        run(vertex, **changes)
