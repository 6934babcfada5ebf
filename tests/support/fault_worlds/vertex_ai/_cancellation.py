"""A job of Vertex AI that runs too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.vertex import VertexServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

PROJECT, REGION = "example-project", "europe-west1"


@contextmanager
def running(collection: str, job: str, prefix: str) -> Iterator[World]:
    """A world with a running job of this kind; `prefix` is the beginning of its state names."""
    name = f"projects/{PROJECT}/locations/{REGION}/{collection}/{job}"

    def correct() -> None:
        server.remove(name)
        server.add(PROJECT, REGION, collection, job, state=f"{prefix}_SUCCEEDED")

    with VertexServer() as server:
        server.add(PROJECT, REGION, collection, job, state=f"{prefix}_RUNNING")
        yield World(
            server,
            Settings(aiplatform_endpoint=server.url),
            finding(
                rule="report/cost",
                kind=IncidentKind.LOAD_ISSUE,
                severity=Severity.HIGH,
                service="vertex_ai",
                resource=name,
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.changes),
            correct=correct,
            remove=lambda: server.remove(name),
        )
