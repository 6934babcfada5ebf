"""A pipeline run that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.vertex import VertexServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

PROJECT, REGION = "example-project", "europe-west1"
RUN = "churn-train-20261123081512"
NAME = f"projects/{PROJECT}/locations/{REGION}/pipelineJobs/{RUN}"
SPEC = {"pipelineInfo": {"name": "churn-train"}}
CREATED = "2026-11-23T08:15:12+00:00"


@contextmanager
def world() -> Iterator[World]:
    """The run has the state failed."""

    def add(number: str, state: str) -> None:
        server.add(
            PROJECT,
            REGION,
            "pipelineJobs",
            number,
            state=f"PIPELINE_STATE_{state}",
            pipelineSpec=SPEC,
            createTime=CREATED,
        )

    with VertexServer() as server:
        add(RUN, "FAILED")
        yield World(
            server,
            Settings(aiplatform_endpoint=server.url),
            finding(
                rule="vertex_ai/pipeline_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="vertex_ai",
                resource="churn-train",
                labels={"pipeline": "churn-train", "run": RUN, "location": REGION},
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.changes),
            correct=lambda: add("churn-train-20261123091512", "SUCCEEDED"),
            remove=lambda: server.remove(NAME),
        )
