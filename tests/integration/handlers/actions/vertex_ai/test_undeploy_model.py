"""The action undeploy_model against a real HTTP server that speaks the Vertex AI API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from demo.platform.vertex import VertexServer
from handlers.actions.vertex_ai import undeploy_model
from handlers.context import ActionResult
from handlers.remediations.model import Effect, Journal, Plan
from shared.config import Settings
from shared.errors import InputError, TargetRefusedError
from shared.model import IncidentKind, Mode
from shared.texts import EMPTY
from tests.support.incidents import NOW, incident
from tests.support.remediating import remediate

PROJECT, REGION = "example-project", "europe-west1"
NAME = f"projects/{PROJECT}/locations/{REGION}/endpoints/4815"


@pytest.fixture
def vertex() -> Iterator[VertexServer]:
    with VertexServer() as server:
        server.add(PROJECT, REGION, "endpoints", "4815")
        deploy(server, {"new": (1, 10), "old": (100, 30), "older": (200, 60)})
        yield server


def deploy(server: VertexServer, models: dict[str, tuple[float, int]]) -> None:
    """The models of the endpoint, each with the hours since its deployment and its traffic."""
    deployed = [
        {"id": name, "model": f"models/{name}", "createTime": (NOW - timedelta(hours=hours)).isoformat()}
        for name, (hours, _) in models.items()
    ]
    split = {name: traffic for name, (_, traffic) in models.items() if traffic}
    (server.find(NAME) or {}).update(deployedModels=deployed, trafficSplit=split)


def run(vertex: VertexServer, **more: Any) -> ActionResult:
    view = incident(
        rule="load/vertex_prediction_errors",
        kind=IncidentKind.LOAD_ISSUE,
        service="vertex_ai",
        resource=f"{PROJECT}/{REGION}/endpoints/4815",
        labels={"location": REGION, "endpoint_id": "4815"},
        opened_at=NOW,
        last_seen_at=NOW,
    )
    return remediate(undeploy_model, Settings(aiplatform_endpoint=vertex.url), view, **more)


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("models", "split"),
    [
        ({"new": (1, 10), "old": (100, 30), "older": (200, 60)}, {"old": 33, "older": 67}),
        ({"new": (1, 100), "old": (100, 0), "older": (200, 0)}, {"old": 100}),
        ({"new": (1, 50), "old": (100, 50), "older": (200, 0)}, {"old": 100}),
    ],
)
def test_the_latest_model_is_undeployed_and_the_others_get_its_traffic(
    vertex: VertexServer, models: dict[str, tuple[float, int]], split: dict[str, int]
) -> None:
    deploy(vertex, models)
    done = run(vertex)
    assert (done.changed, done.recovered, done.undo) == (True, False, None)
    assert vertex.changes == [(f"{NAME}:undeployModel", {"deployedModelId": "new", "trafficSplit": split})]
    assert done.text.en.startswith("undeployed model new from endpoint 4815; traffic: ")
    assert run(vertex).changed is False


def test_a_dry_run_undeploys_nothing(vertex: VertexServer) -> None:
    assert run(vertex, mode=Mode.DRY_RUN).text.en.startswith("would undeploy model new, deployed at 2026-11-23T05:05")
    assert vertex.changes == []


@pytest.mark.parametrize(
    ("models", "message"),
    [({"new": (1, 100)}, "is the only one"), ({"new": (1, 0), "old": (100, 100)}, "has no traffic")],
)
def test_the_only_model_and_one_without_traffic_are_refused(
    vertex: VertexServer, models: dict[str, tuple[float, int]], message: str
) -> None:
    deploy(vertex, models)
    with pytest.raises(TargetRefusedError, match=message):
        run(vertex)


@pytest.mark.parametrize("hours", [25, -1])
def test_a_model_that_was_not_deployed_before_the_incident_is_left_alone(vertex: VertexServer, hours: float) -> None:
    deploy(vertex, {"new": (hours, 50), "old": (100, 50)})
    done = run(vertex)
    assert (done.changed, vertex.changes) == (False, [])
    assert done.text.en == "nothing to do: endpoint 4815 has no model that was deployed in the 24 h before the incident"


def test_an_attempt_that_follows_a_crash_undeploys_no_second_model(vertex: VertexServer) -> None:
    deploy(vertex, {"next": (2, 50), "old": (100, 50)})
    journal = Journal()
    journal.plan, journal.effects = Plan(EMPTY, done=EMPTY, details={"model": "new"}), [Effect.UNKNOWN]
    run(vertex, journal=journal)
    assert vertex.changes == []


def test_the_hours_are_limited() -> None:
    with pytest.raises(InputError, match="hours: 169"):
        undeploy_model.Params(hours=169)
