"""The endpoint of an incident."""

from __future__ import annotations

from dataclasses import replace

from handlers.actions.vertex_ai import _api
from handlers.actions.vertex_ai._api import VertexResource
from shared.records import IncidentView


def name_of(incident: IncidentView) -> str:
    """The name of the endpoint. The resource of a load issue is `project/region/endpoints/number`."""
    parts = incident.resource.split("/")
    if len(parts) == 4 and parts[2] == "endpoints":
        return f"projects/{parts[0]}/locations/{parts[1]}/endpoints/{parts[3]}"
    return _api.name_of(incident, "endpoints", "endpoint_id")


def endpoint_of(incident: IncidentView) -> VertexResource:
    """The endpoint of the incident. Raises TargetRefusedError if the incident has none."""
    return _api.resource_of(replace(incident, resource=name_of(incident)), "endpoints", "endpoint_id")
