"""An endpoint with too little CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.vertex import VertexServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import at, finding

PROJECT, REGION = "example-project", "europe-west1"
NAME = f"projects/{PROJECT}/locations/{REGION}/endpoints/4815"


@contextmanager
def world() -> Iterator[World]:
    """The model has at most two replicas."""

    def correct() -> None:
        (server.find(NAME) or {})["updateTime"] = at(1).isoformat()

    with VertexServer() as server:
        model = {"id": "7", "dedicatedResources": {"minReplicaCount": 1, "maxReplicaCount": 2}}
        server.add(PROJECT, REGION, "endpoints", "4815", deployedModels=[model])
        yield World(
            server,
            Settings(aiplatform_endpoint=server.url),
            finding(
                rule="load/vertex_endpoint_cpu",
                kind=IncidentKind.LOAD_ISSUE,
                severity=Severity.MEDIUM,
                service="vertex_ai",
                resource=f"{PROJECT}/{REGION}/endpoints/4815",
                labels={"location": REGION, "endpoint_id": "4815"},
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.changes),
            correct=correct,
            remove=lambda: server.remove(NAME),
            params={"max_replicas": 8},
        )
