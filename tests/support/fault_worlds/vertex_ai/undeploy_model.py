"""An endpoint whose new model fails."""

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
    """The model deployed an hour ago receives a tenth of the traffic."""

    models = [{"id": number, "createTime": at(minutes).isoformat()} for number, minutes in (("1", -9000), ("2", -60))]

    def correct() -> None:
        del models[1]

    with VertexServer() as server:
        server.add(PROJECT, REGION, "endpoints", "4815", deployedModels=models, trafficSplit={"1": 90, "2": 10})
        yield World(
            server,
            Settings(aiplatform_endpoint=server.url),
            finding(
                rule="load/vertex_prediction_errors",
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
        )
