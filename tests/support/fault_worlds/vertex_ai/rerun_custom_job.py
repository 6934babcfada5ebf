"""A custom job that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.vertex import VertexServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

PROJECT, REGION, RUN = "example-project", "europe-west1", "4711"
SPEC = {"workerPoolSpecs": [{"replicaCount": "1", "containerSpec": {"imageUri": "train"}}]}
CREATED = "2026-11-23T08:15:12+00:00"


@contextmanager
def world() -> Iterator[World]:
    """The job has the state failed."""

    def add(number: str, state: str) -> None:
        fields = {"displayName": "churn-train", "jobSpec": SPEC, "createTime": CREATED}
        server.add(PROJECT, REGION, "customJobs", number, state=f"JOB_STATE_{state}", **fields)

    with VertexServer() as server:
        add(RUN, "FAILED")
        yield World(
            server,
            Settings(aiplatform_endpoint=server.url),
            finding(
                rule="vertex_ai/custom_job_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.MEDIUM,
                service="vertex_ai",
                resource="churn-train",
                labels={"job": "churn-train", "run": RUN, "location": REGION},
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.changes),
            correct=lambda: add("4712", "SUCCEEDED"),
            remove=lambda: server.remove(f"projects/{PROJECT}/locations/{REGION}/customJobs/{RUN}"),
        )
