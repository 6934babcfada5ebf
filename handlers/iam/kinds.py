"""The kinds of resources with an IAM policy: the form of their names, their API and their permissions.

Formats: the REST references of the APIs, each with getIamPolicy and setIamPolicy, and the etag in the policy. Most read with GET and
`options.requestedPolicyVersion`; Resource Manager and BigQuery tables with POST and a body, service accounts with POST and
the query, Compute Engine with `optionsRequestedPolicyVersion` and a slash before the verb.
"""

from __future__ import annotations

import re
from enum import Enum

from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.texts import Template
from shared.texts.access import resource_names as nouns

MANAGER, IAM = "cloudresourcemanager.googleapis.com", "iam.googleapis.com"
STORAGE, BIGQUERY = "storage.googleapis.com", "bigquery.googleapis.com"
PUBSUB, COMPUTE = "pubsub.googleapis.com", "compute.googleapis.com"
RUN, FUNCTIONS = "run.googleapis.com", "cloudfunctions.googleapis.com"
SECRETS, KEYS = "secretmanager.googleapis.com", "cloudkms.googleapis.com"
REPOSITORIES = "artifactregistry.googleapis.com"

_PROJECT = r"projects/[a-z0-9.:-]+"
_PLACE = rf"{_PROJECT}/locations/[a-z0-9-]+"
_ID = r"[A-Za-z0-9_][A-Za-z0-9._~%+@-]*"


class Reading(Enum):
    """The way in which an API reads a policy of version 3."""

    GET = "options.requestedPolicyVersion"
    POST_QUERY = "POST with options.requestedPolicyVersion"
    POST_BODY = "POST with a body"
    COMPUTE = "optionsRequestedPolicyVersion"


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """A kind of resource. `permission` is the prefix of its two permissions, `path` that of its URLs."""

    host: str
    form: re.Pattern[str]
    noun: Template
    permission: str
    path: str = "v1"
    reading: Reading = Reading.GET

    @property
    def permissions(self) -> tuple[str, str]:
        """The permissions to read and to write the policy."""
        return f"{self.permission}.getIamPolicy", f"{self.permission}.setIamPolicy"


def _kind(
    host: str, form: str, noun: Template, permission: str, path: str = "v1", how: Reading = Reading.GET
) -> PolicyKind:
    return PolicyKind(host, lazy_pattern(form), noun, permission, path, how)


PROJECT = _kind(MANAGER, _PROJECT, nouns.PROJECT, "resourcemanager.projects", "v3", Reading.POST_BODY)
KINDS = (
    PROJECT,
    _kind(MANAGER, r"folders/\d+", nouns.FOLDER, "resourcemanager.folders", "v3", Reading.POST_BODY),
    _kind(MANAGER, r"organizations/\d+", nouns.ORGANIZATION, "resourcemanager.organizations", "v3", Reading.POST_BODY),
    _kind(
        BIGQUERY,
        rf"{_PROJECT}/datasets/\w+/tables/[\w$-]+",
        nouns.TABLE,
        "bigquery.tables",
        "bigquery/v2",
        Reading.POST_BODY,
    ),
    _kind(IAM, rf"{_PROJECT}/serviceAccounts/{_ID}", nouns.ACCOUNT, "iam.serviceAccounts", "v1", Reading.POST_QUERY),
    _kind(PUBSUB, rf"{_PROJECT}/topics/{_ID}", nouns.TOPIC, "pubsub.topics"),
    _kind(PUBSUB, rf"{_PROJECT}/subscriptions/{_ID}", nouns.SUBSCRIPTION, "pubsub.subscriptions"),
    _kind(SECRETS, rf"{_PROJECT}/secrets/{_ID}", nouns.SECRET, "secretmanager.secrets"),
    _kind(KEYS, rf"{_PLACE}/keyRings/{_ID}", nouns.KEY_RING, "cloudkms.keyRings"),
    _kind(KEYS, rf"{_PLACE}/keyRings/{_ID}/cryptoKeys/{_ID}", nouns.CRYPTO_KEY, "cloudkms.cryptoKeys"),
    _kind(RUN, rf"{_PLACE}/services/{_ID}", nouns.SERVICE, "run.services", "v2"),
    _kind(RUN, rf"{_PLACE}/jobs/{_ID}", nouns.JOB, "run.jobs", "v2"),
    _kind(FUNCTIONS, rf"{_PLACE}/functions/{_ID}", nouns.FUNCTION, "cloudfunctions.functions", "v2"),
    _kind(REPOSITORIES, rf"{_PLACE}/repositories/{_ID}", nouns.REPOSITORY, "artifactregistry.repositories"),
    *(
        _kind(COMPUTE, rf"{_PROJECT}/{form}/{_ID}", noun, f"compute.{name}", "compute/v1", Reading.COMPUTE)
        for name, form, noun in (
            ("instances", "zones/[a-z0-9-]+/instances", nouns.INSTANCE),
            ("disks", "zones/[a-z0-9-]+/disks", nouns.DISK),
            ("images", "global/images", nouns.IMAGE),
            ("snapshots", "global/snapshots", nouns.SNAPSHOT),
        )
    ),
)


def permissions_of(*hosts: str) -> tuple[str, ...]:
    """The permissions for every kind of resource of these APIs."""
    return tuple(name for kind in KINDS if kind.host in hosts for name in kind.permissions)
