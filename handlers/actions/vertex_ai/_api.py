"""Jobs and endpoints over the Vertex AI API of their region.

Formats: docs.cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.pipelineJobs, ….customJobs and ….endpoints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.remediations import reads
from shared.errors import TargetRefusal, TargetRefusedError
from shared.texts.remediations import vertex_ai as texts

if TYPE_CHECKING:
    from handlers.context import ActionContext
    from shared.records import IncidentView

SERVICE = "aiplatform.googleapis.com"
_FORM = re.compile(
    r"projects/(?P<project>[a-z0-9.:-]+)/locations/(?P<location>[a-z]+-[a-z]+[0-9]+|global)"
    r"/(?P<kind>[A-Za-z]+)/(?P<id>[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])?)"
)


@dataclass(frozen=True, slots=True)
class VertexResource:
    """A job or an endpoint by its name."""

    project: str
    location: str
    kind: str
    id: str

    @property
    def parent(self) -> str:
        """The project and region of the resource, as in full names."""
        return f"projects/{self.project}/locations/{self.location}"

    @property
    def name(self) -> str:
        """The full name of the resource."""
        return f"{self.parent}/{self.kind}/{self.id}"


def name_of(incident: IncidentView, kind: str, label: str) -> str:
    """The name in the incident, for `target`: its resource, or its labels `location` and `label`.

    The labels of a report are not used, because they are free text.
    """
    labels = {} if incident.is_report else incident.labels
    if incident.resource.startswith("projects/") or not (labels.get("location") and labels.get(label)):
        return incident.resource
    return f"projects/{incident.project}/locations/{labels['location']}/{kind}/{labels[label]}"


def resource_of(incident: IncidentView, kind: str, label: str) -> VertexResource:
    """The job or endpoint of an incident. Raises TargetRefusedError if the incident has none of that kind."""
    name = name_of(incident, kind, label)
    match = _FORM.fullmatch(name)
    if incident.service != "vertex_ai" or match is None or match["kind"] != kind:
        raise TargetRefusedError(texts.NOT_NAMED(kind=kind, resource=name[:150]), TargetRefusal.OTHER_TARGET)
    return VertexResource(match["project"], match["location"], kind, match["id"])


def read(context: ActionContext, resource: VertexResource) -> dict[str, Any]:
    """The job or endpoint as the API returns it."""
    return reads.read(context.clients.http(), url(context, resource), texts.READ(name=resource.name))


def exists(context: ActionContext, resource: VertexResource) -> dict[str, Any] | None:
    """The job; None if there is none of that name."""
    return reads.read_if_any(context.clients.http(), url(context, resource), texts.READ(name=resource.name))


def url(context: ActionContext, resource: VertexResource) -> str:
    """The URL of a job or an endpoint."""
    return f"{base(context, resource)}/{resource.kind}/{quote(resource.id, safe='')}"


def base(context: ActionContext, resource: VertexResource) -> str:
    """The URL of the project and region."""
    return f"{context.clients.aiplatform_url(resource.location)}/v1/{quote(resource.parent, safe='/')}"
