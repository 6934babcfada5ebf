"""The bucket of an incident over the Storage JSON API.

Formats: docs.cloud.google.com/storage/docs/json_api/v1/buckets and …/objects (list with softDeleted, bulkRestore).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.remediations.reads import read
from shared.errors import TargetRefusal, TargetRefusedError
from shared.texts.remediations import storage as texts

if TYPE_CHECKING:
    from handlers.context import ActionContext
    from shared.records import IncidentView

_BUCKET = re.compile(
    r"(?:projects/[^/]+/buckets/|gs://)?(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(?:/objects/.*)?"
)
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Deleted:
    """A soft-deleted object."""

    name: str
    time: datetime


def bucket_of(incident: IncidentView) -> str:
    """The name of the bucket: the incident's resource, or the bucket of the object that is the resource.

    Raises TargetRefusedError when the incident is about something else.
    """
    match = _BUCKET.fullmatch(incident.resource)
    if incident.service != "storage" or match is None:
        raise TargetRefusedError(texts.NO_BUCKET(resource=incident.resource[:100]), TargetRefusal.OTHER_TARGET)
    return match["bucket"]


def name_of(incident: IncidentView) -> str:
    """The name of the bucket for `target`, which must not raise."""
    match = _BUCKET.fullmatch(incident.resource)
    return match["bucket"] if match else incident.resource


def read_bucket(context: ActionContext, bucket: str) -> dict[str, Any]:
    """The metadata of the bucket, without its access control lists."""
    return read(context.clients.http(), url(context, bucket), texts.READ_BUCKET(bucket=bucket), projection="noAcl")


def soft_deleted(context: ActionContext, bucket: str, most: int) -> Iterator[Deleted]:
    """The soft-deleted objects by name; at most `most` pages are read. Raises ActionError."""
    fields = "nextPageToken,items(name,softDeleteTime)"
    for item in _pages(context, bucket, {"softDeleted": "true", "fields": fields}, most):
        if item.get("softDeleteTime"):
            yield Deleted(str(item["name"]), datetime.fromisoformat(str(item["softDeleteTime"])))


def live_between(context: ActionContext, bucket: str, first: str, last: str, most: int) -> set[str]:
    """The names of the live objects from `first` to `last`; at most `most` pages are read. Raises ActionError."""
    query = {"startOffset": first, "endOffset": f"{last}!", "fields": "nextPageToken,items(name)"}
    return {str(item["name"]) for item in _pages(context, bucket, query, most)}


def url(context: ActionContext, bucket: str) -> str:
    """The URL of the bucket."""
    return f"{context.clients.storage_url}/storage/v1/b/{quote(bucket, safe='')}"


def _pages(context: ActionContext, bucket: str, query: dict[str, str], most: int) -> Iterator[dict[str, Any]]:
    token = ""
    for _ in range(most):
        more = {"pageToken": token} if token else {}
        listed = {"maxResults": str(PAGE), **query, **more}
        page = read(context.clients.http(), f"{url(context, bucket)}/o", texts.LIST_OBJECTS(bucket=bucket), **listed)
        yield from page.get("items", ())
        token = page.get("nextPageToken", "")
        if not token:
            return
    raise TargetRefusedError(texts.TOO_MANY_LISTED(bucket=bucket, count=most * PAGE), TargetRefusal.LIMIT_REACHED)
