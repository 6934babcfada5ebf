"""Instances and firewall rules over the Compute Engine API, with requests that take effect only once.

Formats: docs.cloud.google.com/compute/docs/reference/rest/v1/instances, …/disks, …/firewalls, and …/zoneOperations: an operation has
the `requestId` of its request as `clientOperationId`, so an attempt that follows a crash finds what the first one requested.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.remediations import reads
from handlers.remediations.model import Call
from shared.errors import TargetRefusal, TargetRefusedError
from shared.texts import Text
from shared.texts.remediations import compute as texts

if TYPE_CHECKING:
    from handlers.context import ActionContext
    from shared.records import IncidentView

SERVICE = "compute.googleapis.com"
# The states of an instance that has, or soon has, a running operating system; and of one that has none.
RUNNING, STARTING, STOPPED = "RUNNING", ("PROVISIONING", "STAGING", "REPAIRING"), "TERMINATED"
_PROJECT = r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{2,61}[a-z0-9]"
_NAME = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?|[0-9]{1,20}"
_INSTANCE = re.compile(rf"projects/(?P<project>{_PROJECT})/zones/(?P<zone>[a-z0-9-]+)/instances/(?P<name>{_NAME})")
_FIREWALL = re.compile(rf"projects/(?P<project>{_PROJECT})/global/firewalls/(?P<name>{_NAME})")


@dataclass(frozen=True, slots=True)
class ComputeResource:
    """An instance or a firewall rule: its path below compute/v1, and that of its operations."""

    path: str
    operations: str
    name: str


def instance_of(incident: IncidentView) -> ComputeResource:
    """The instance of an incident: its resource, or its labels `zone` and `instance` in the project of the incident.

    Raises TargetRefusedError when the incident names no instance.
    """
    path = instance_path(incident)
    match = _INSTANCE.fullmatch(path)
    if incident.service != "compute" or match is None:
        raise TargetRefusedError(texts.NO_INSTANCE(resource=path[:100]), TargetRefusal.OTHER_TARGET)
    return ComputeResource(path, f"projects/{match['project']}/zones/{match['zone']}/operations", match["name"])


def instance_path(incident: IncidentView) -> str:
    """The path of the instance as the incident names it, for `target`.

    The labels of a report are not used, because they are free text.
    """
    labels = {} if incident.is_report else incident.labels
    name = labels.get("instance") or labels.get("instance_id", "")
    if incident.resource.startswith("projects/") or not (labels.get("zone") and name):
        return incident.resource
    return f"projects/{incident.project}/zones/{labels['zone']}/instances/{name}"


def firewall_of(incident: IncidentView) -> ComputeResource:
    """The firewall rule that is the resource of an incident. Raises TargetRefusedError for another resource."""
    match = _FIREWALL.fullmatch(incident.resource)
    if incident.service != "compute" or match is None:
        raise TargetRefusedError(texts.NO_FIREWALL(resource=incident.resource[:100]), TargetRefusal.OTHER_TARGET)
    return ComputeResource(incident.resource, f"projects/{match['project']}/global/operations", match["name"])


def read(context: ActionContext, path: str) -> dict[str, Any]:
    """A resource as returned by the API."""
    return reads.read(context.clients.http(), _url(context, path), texts.READ(path=path))


def exists(context: ActionContext, path: str) -> dict[str, Any] | None:
    """The resource; None if there is none of that name."""
    return reads.read_if_any(context.clients.http(), _url(context, path), texts.READ(path=path))


def request(
    context: ActionContext,
    path: str,
    does: Text,
    *step: object,
    method: str = "POST",
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
    shows: dict[str, Any] | None = None,
) -> Call:
    """A call that changes something. `step` distinguishes the calls of a run; each step takes effect once."""
    more = {**(query or {}), "requestId": request_id(context, *step)}
    return Call(does, method, _url(context, path), body, query=more, shows={**(query or {}), **(shows or body or {})})


def request_id(context: ActionContext, *step: object) -> str:
    """The id of a request, the same for every attempt of the run, so that Compute Engine acts only once."""
    return str(uuid.UUID(context.run_key(*step)))


def operation(context: ActionContext, resource: ComputeResource, *step: object) -> dict[str, Any] | None:
    """The operation of a request of this run, among the latest of its zone; None if the request was never accepted."""
    query = {"orderBy": "creationTimestamp desc", "maxResults": "500"}
    url, does = _url(context, resource.operations), texts.READ(path=resource.operations)
    listed = reads.read(context.clients.http(), url, does, **query).get("items", ())
    expected = request_id(context, *step)
    return next((each for each in listed if each.get("clientOperationId") == expected and not each.get("error")), None)


def named(resource: ComputeResource, body: dict[str, Any]) -> dict[str, Any]:
    """The details of a plan with the name of the resource, as in the audit log, if the incident has only its number."""
    return {"resource": f"{resource.path.rpartition('/')[0]}/{body.get('name') or resource.name}"}


def _url(context: ActionContext, path: str) -> str:
    return f"{context.clients.compute_url}/compute/v1/{quote(path, safe='/:')}"
