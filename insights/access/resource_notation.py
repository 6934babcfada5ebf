"""Converts a resource as a person writes it to the full resource name used in bindings.

Full resource names: docs.cloud.google.com/asset-inventory/docs/asset-names.
"""

from __future__ import annotations

import re

from shared.errors import InputError
from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE
from shared.texts.access import coverage as texts

_FULL = re.compile(r"//[a-z0-9.-]+\.[a-z]+(?:/[^/\s]+)+")
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z0-9][a-z0-9-]*")
_DATASET = re.compile(r"(?P<project>(?:[a-z0-9.-]+:)?[a-z0-9-]+)[.:](?P<dataset>\w+)(?:\.(?P<table>[^.\s]+))?")
_ABOVE = re.compile(r"(?:projects|folders|organizations)/[^/\s]+")
_BELOW = re.compile(r"projects/[^/\s]+((?:/[^/\s]+/[^/\s]+)+)")
# The services of collections below projects/P. `instances` alone may belong to Spanner, Bigtable or Cloud SQL.
_SERVICES = {
    "datasets": "bigquery",
    "datasets/tables": "bigquery",
    "datasets/routines": "bigquery",
    "topics": "pubsub",
    "subscriptions": "pubsub",
    "schemas": "pubsub",
    "serviceAccounts": "iam",
    "zones/instances": "compute",
    "zones/disks": "compute",
    "regions/subnetworks": "compute",
    "locations/environments": "composer",
    "locations/functions": "cloudfunctions",
    "locations/services": "run",
    "locations/keyRings": "cloudkms",
    "locations/keyRings/cryptoKeys": "cloudkms",
}


def resource_name(written: str) -> str:
    """The full resource name. Raises InputError that lists the accepted forms."""
    text = written.strip()
    if bucket := _bucket(text):
        return STORAGE + bucket
    if _FULL.fullmatch(text.rstrip("/")):
        return text.rstrip("/")
    if _ABOVE.fullmatch(text.rstrip("/")):
        return MANAGER + text.rstrip("/")
    if match := _BELOW.fullmatch(text):
        service = _SERVICES.get("/".join(match[1].split("/")[1::2]))
        if service:
            return f"//{service}.googleapis.com/{text}"
    elif _PROJECT.fullmatch(text):
        return f"{MANAGER}projects/{text}"
    elif match := _DATASET.fullmatch(text):
        table = f"/tables/{match['table']}" if match["table"] else ""
        return f"{BIGQUERY}projects/{match['project']}/datasets/{match['dataset']}{table}"
    raise InputError(texts.NO_RESOURCE(name=written, forms=texts.RESOURCE_FORMS))


def _bucket(text: str) -> str:
    """The bucket of gs://bucket/object, or of the form in audit logs; empty for any other text."""
    for start in ("gs://", "projects/_/buckets/"):
        if text.startswith(start):
            return text.removeprefix(start).partition("/")[0]
    return ""
