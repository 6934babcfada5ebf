"""A pipeline run that takes too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.vertex import VertexServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

PROJECT, REGION = "example-project", "europe-west1"
NAME = f"projects/{PROJECT}/locations/{REGION}/pipelineJobs/churn-train-20261123081512"


@contextmanager
def world() -> Iterator[World]:
    """The run goes on."""

    def correct() -> None:
        server.remove(NAME)
        server.add(PROJECT, REGION, "pipelineJobs", "churn-train-20261123081512", state="PIPELINE_STATE_SUCCEEDED")

    with VertexServer() as server:
        server.add(PROJECT, REGION, "pipelineJobs", "churn-train-20261123081512", state="PIPELINE_STATE_RUNNING")
        yield World(
            server,
            Settings(aiplatform_endpoint=server.url),
            finding(
                rule="report/cost",
                kind=IncidentKind.LOAD_ISSUE,
                severity=Severity.HIGH,
                service="vertex_ai",
                resource=NAME,
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.changes),
            correct=correct,
            remove=lambda: server.remove(NAME),
        )
