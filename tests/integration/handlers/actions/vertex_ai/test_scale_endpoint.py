"""The action scale_endpoint against a real HTTP server that speaks the Vertex AI API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from demo.platform.http import Reply
from demo.platform.vertex import VertexServer
from handlers.actions.vertex_ai import scale_endpoint
from handlers.context import ActionResult
from handlers.remediations.model import Journal
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind
from tests.support.incidents import NOW, incident
from tests.support.remediating import calls_of, remediate

PROJECT, REGION = "example-project", "europe-west1"
NAME = f"projects/{PROJECT}/locations/{REGION}/endpoints/4815"


@pytest.fixture
def vertex() -> Iterator[VertexServer]:
    with VertexServer() as server:
        models = [
            {"id": "7", "dedicatedResources": {"minReplicaCount": 1, "maxReplicaCount": 2}},
            {"id": "8", "automaticResources": {"minReplicaCount": 3}},
            {"id": "9", "sharedResources": "x"},
        ]
        server.add(PROJECT, REGION, "endpoints", "4815", deployedModels=models)
        yield server


def run(vertex: VertexServer, **more: Any) -> ActionResult:
    base = {
        "rule": "load/vertex_endpoint_cpu",
        "kind": IncidentKind.LOAD_ISSUE,
        "service": "vertex_ai",
        "resource": f"{PROJECT}/{REGION}/endpoints/4815",
        "labels": {"location": REGION, "endpoint_id": "4815"},
    }
    changes = {name: more.pop(name) for name in base if name in more}
    more.setdefault("params", {"max_replicas": 4, "add_replicas": 2})
    return remediate(scale_endpoint, Settings(aiplatform_endpoint=vertex.url), incident(**{**base, **changes}), **more)


def most(vertex: VertexServer) -> list[int]:
    models = (vertex.find(NAME) or {})["deployedModels"][:2]
    return [next(iter(each[kind] for kind in each if kind != "id")).get("maxReplicaCount", 0) for each in models]


@pytest.mark.permissions
@pytest.mark.parametrize("resource", [f"{PROJECT}/{REGION}/endpoints/4815", NAME, "orders"])
def test_every_model_may_have_more_replicas_and_undo_restores_the_numbers(vertex: VertexServer, resource: str) -> None:
    done = run(vertex, resource=resource)
    assert (done.changed, done.recovered, most(vertex)) == (True, False, [4, 4])
    assert done.text.en.startswith("scaled endpoint 4815 to at most: 7 to 4 replicas, 8 to 4 replicas")
    assert [body["updateMask"] for _, body in vertex.changes] == [
        "dedicatedResources.maxReplicaCount",
        "automaticResources.maxReplicaCount",
    ]
    undone = run(vertex, resource=resource, undoes=done.undo)
    assert (undone.changed, most(vertex)) == (True, [2, 3])
    assert not run(vertex, resource=resource, undoes=done.undo).changed


def test_undo_of_a_run_that_failed_restores_only_the_models_that_it_scaled(vertex: VertexServer) -> None:
    """The other model was scaled by hand in the meantime."""
    journal, reply = Journal(), vertex.reply
    vertex.reply = lambda request: Reply(403) if "8" in str(request.body) else reply(request)  # type: ignore[method-assign]
    with pytest.raises(TargetRefusedError):
        run(vertex, journal=journal)
    vertex.reply = reply  # type: ignore[method-assign]
    (vertex.find(NAME) or {})["deployedModels"][1]["automaticResources"] = {"minReplicaCount": 3, "maxReplicaCount": 9}
    undone = run(vertex, undoes=journal.noted_undo, undone_calls=calls_of(journal))
    assert (undone.changed, most(vertex)) == (True, [2, 9])


def test_a_model_at_its_limit_is_left_alone(vertex: VertexServer) -> None:
    run(vertex, params={"max_replicas": 3})
    assert most(vertex) == [3, 0]
    with pytest.raises(TargetRefusedError, match="may have 2 replicas or more") as caught:
        run(vertex, params={"max_replicas": 2})
    assert caught.value.reason is TargetRefusal.LIMIT_REACHED


def test_an_interrupted_attempt_is_not_repeated_for_the_models_that_it_changed(vertex: VertexServer) -> None:
    noted = {"models": [{"id": "7", "most": 1}, {"id": "8", "most": 3}], "after": {"7": 2}}
    done = run(vertex, noted_undo=noted)
    assert most(vertex) == [2, 4]
    assert done.undo == {"models": noted["models"], "after": {"7": 2, "8": 4}}


def test_an_endpoint_that_somebody_changed_since_is_left_alone(vertex: VertexServer) -> None:
    done = run(vertex)
    endpoint = vertex.find(NAME) or {}
    endpoint["updateTime"] = (NOW + timedelta(minutes=1)).isoformat()
    assert run(vertex).text.en.startswith("nothing to do: endpoint 4815 was changed at")
    endpoint["deployedModels"][0]["dedicatedResources"]["maxReplicaCount"] = 9
    with pytest.raises(TargetRefusedError, match="were changed after the run"):
        run(vertex, undoes=done.undo)


@pytest.mark.parametrize(
    "changes", [{"resource": "a/b/endpoints/../x", "labels": {}}, {"labels": {}, "resource": "orders"}]
)
def test_an_incident_that_names_no_endpoint_is_refused(vertex: VertexServer, changes: dict[str, Any]) -> None:
    with pytest.raises(TargetRefusedError, match="does not name a resource of endpoints"):
        run(vertex, **changes)


def test_an_endpoint_without_replicas_of_its_own_is_refused(vertex: VertexServer) -> None:
    (vertex.find(NAME) or {})["deployedModels"] = []
    with pytest.raises(TargetRefusedError, match="has no model with replicas"):
        run(vertex)


@pytest.mark.parametrize("params", [{"max_replicas": 0}, {"max_replicas": 2, "add_replicas": 101}])
def test_the_numbers_are_limited(params: dict[str, int]) -> None:
    with pytest.raises(InputError, match="is not 1 to 100"):
        scale_endpoint.Params(**params)
