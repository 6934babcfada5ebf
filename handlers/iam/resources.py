"""The resource of an incident, as an object whose policy can be read and written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from handlers.iam.dataset import Dataset
from handlers.iam.grant import PolicyGrant
from handlers.iam.kinds import (
    BIGQUERY,
    COMPUTE,
    FUNCTIONS,
    IAM,
    KEYS,
    KINDS,
    MANAGER,
    PUBSUB,
    REPOSITORIES,
    RUN,
    SECRETS,
    STORAGE,
    permissions_of,
)
from handlers.iam.policy import Bucket, ResourcePolicy
from shared.errors import TargetRefusal, TargetRefusedError
from shared.identity.iam_names import is_service_account
from shared.lazy.pattern import lazy_pattern
from shared.texts import Text, actions

if TYPE_CHECKING:
    from handlers.remediations.model import Call
    from shared.clients import Clients
    from shared.records import IncidentView

# The APIs of an incident that does not name one in its label `service`.
_APIS = {
    "storage": (STORAGE,),
    "bigquery": (BIGQUERY,),
    "iam": (MANAGER, IAM),
    "pubsub": (PUBSUB,),
    "compute": (COMPUTE,),
    "functions": (FUNCTIONS, RUN),
    "run": (RUN,),
    "secretmanager": (SECRETS,),
    "cloudkms": (KEYS,),
    "artifactregistry": (REPOSITORIES,),
}
# The permissions to change a policy, by the service of the incident or by its rule: rules of `iam` are about any API.
_ANY = (
    *permissions_of(IAM, PUBSUB, COMPUTE, FUNCTIONS, RUN, SECRETS, KEYS, REPOSITORIES, BIGQUERY),
    *Bucket.FOLDER_PERMISSIONS,
)
PERMISSIONS_BY_SERVICE: dict[str, tuple[str, ...]] = {
    "storage": Bucket.PERMISSIONS,
    "bigquery": Dataset.PERMISSIONS,
    "iam": permissions_of(MANAGER),
    "pubsub": permissions_of(PUBSUB),
    "compute": permissions_of(COMPUTE),
    "functions": permissions_of(FUNCTIONS, RUN),
    "run": permissions_of(RUN),
    "secretmanager": permissions_of(SECRETS),
    "cloudkms": permissions_of(KEYS),
    "artifactregistry": permissions_of(REPOSITORIES),
    "iam/credentials_made_public": permissions_of(IAM, SECRETS, KEYS),
    "iam/powerful_role_granted": (*_ANY, *Dataset.PERMISSIONS, *Bucket.PERMISSIONS),
    "iam/resource_made_public": _ANY,
    "platform/unintended_access": _ANY,
}
# The methods in the audit log, by service.
_GENERAL = "google.iam.v1.IAMPolicy.SetIamPolicy"
CALLS = (
    (STORAGE, "storage.setIamPermissions"),
    (MANAGER, "SetIamPolicy"),
    (BIGQUERY, "google.cloud.bigquery.v2.DatasetService.UpdateDataset"),
    (BIGQUERY, "google.cloud.bigquery.v2.DatasetService.PatchDataset"),
    *((host, _GENERAL) for host in (BIGQUERY, PUBSUB, SECRETS, KEYS)),
    (SECRETS, "google.cloud.secretmanager.v1.SecretManagerService.SetIamPolicy"),
    (KEYS, "SetIamPolicy"),
    (IAM, "google.iam.admin.v1.SetIAMPolicy"),
    *(
        (RUN, f"google.cloud.run.{version}.{kind}.SetIamPolicy")
        for version in ("v1", "v2")
        for kind in ("Services", "Jobs")
    ),
    (FUNCTIONS, "google.cloud.functions.v2.FunctionService.SetIamPolicy"),
    (REPOSITORIES, "google.devtools.artifactregistry.v1.ArtifactRegistry.SetIamPolicy"),
    *((COMPUTE, f"v1.compute.{kind}.setIamPolicy") for kind in ("instances", "disks", "images", "snapshots")),
)
_BUCKET = lazy_pattern(r"(?:projects/[^/]+/buckets/|buckets/|gs://)?(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])/?")
_FOLDER = lazy_pattern(
    r"projects/_/buckets/(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])/managedFolders/(?P<folder>[^\x00-\x1f]{1,1024})"
)
_DATASET = lazy_pattern(r"(?:projects/)?(?P<project>[a-z0-9.:-]+)[/.:](?:datasets/)?(?P<dataset>\w{1,1024})")
_TABLE = lazy_pattern(r"(?P<project>[a-z0-9:-]+)\.(?P<dataset>\w{1,1024})\.(?P<table>[\w$-]{1,1024})")
_PROJECT = lazy_pattern(r"(?:projects/)?(?P<project>[a-z0-9.:-]+)")
_EMAIL = lazy_pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[a-z0-9][a-z0-9.-]{1,150}")
_NAMESPACE = lazy_pattern(r"namespaces/(?P<project>[a-z0-9.:-]+)/(?P<rest>(?:services|jobs)/[a-z0-9-]+)")


class Policy(Protocol):
    """A resource with grants. `resource` is its full name, such as `//pubsub.googleapis.com/projects/p/topics/t`."""

    name: str
    resource: str

    @property
    def text(self) -> Text:
        """The resource in every language, such as "bucket example-exports"."""

    def read(self) -> dict[str, Any]:
        """The document with the grants, and its etag."""

    def grants(self, document: dict[str, Any]) -> list[PolicyGrant]:
        """The grants in a document."""

    def without(self, document: dict[str, Any], unwanted: Collection[PolicyGrant]) -> dict[str, Any]:
        """The document without these grants."""

    def including(self, document: dict[str, Any], grants: Collection[PolicyGrant]) -> dict[str, Any]:
        """The document with additional grants."""

    def write(self, document: dict[str, Any], shows: dict[str, Any]) -> Call:
        """The call that writes the document if it has not changed since it was read."""


def policy_of(clients: Clients, incident: IncidentView) -> Policy:
    """The resource of the incident over its API. The form of its name is checked, because the name comes from a log entry.

    Raises TargetRefusedError for resources of kinds without a policy.
    """
    resource, location = incident.resource, incident.labels.get("location", "")
    if resource.startswith("//"):
        return policy_named(clients, resource)
    policy = policy_at(clients, _apis(incident), resource, project=incident.project, location=location)
    if policy is None:
        no_policy = actions.NO_POLICY(resource=incident.resource[:100], service=incident.service)
        raise TargetRefusedError(no_policy, TargetRefusal.OTHER_TARGET)
    return policy


def policy_named(clients: Clients, name: str) -> Policy:
    """The resource with a full name such as `//storage.googleapis.com/b`. Raises TargetRefusedError as policy_of does."""
    host, _, resource = name.removeprefix("//").partition("/")
    policy = policy_at(clients, (host,), resource)
    if policy is None:
        raise TargetRefusedError(actions.NO_POLICY(resource=name[:100], service=host[:50]), TargetRefusal.OTHER_TARGET)
    return policy


def policy_at(
    clients: Clients, apis: Collection[str], resource: str, *, project: str = "", location: str = ""
) -> Policy | None:
    """The resource with that name in one of the APIs; None if the name has the form of none of them."""
    if BIGQUERY in apis and (match := _TABLE.fullmatch(resource)):
        resource = f"projects/{match['project']}/datasets/{match['dataset']}/tables/{match['table']}"
    if STORAGE in apis and (match := _BUCKET.fullmatch(resource)):
        return Bucket(clients.storage_url, clients.http(), match["bucket"])
    if STORAGE in apis and (match := _FOLDER.fullmatch(resource)):
        return Bucket(clients.storage_url, clients.http(), match["bucket"], match["folder"])
    if BIGQUERY in apis and (match := _DATASET.fullmatch(resource)):
        return Dataset(clients.bigquery_url, clients.http(), match["project"], match["dataset"])
    for name in _full_names(apis, resource, project, location):
        for kind in KINDS:
            if kind.host in apis and kind.form.fullmatch(name):
                return ResourcePolicy(clients.api_url(kind.host), clients.http(), kind, name)
    return None


def _apis(incident: IncidentView) -> tuple[str, ...]:
    """The API that the entry names, or those of the incident's service. Labels of a report are free."""
    api = "" if incident.is_report else incident.labels.get("service", "")
    return (api,) if api else _APIS.get(incident.service, ())


def _full_names(apis: Collection[str], resource: str, project: str, location: str) -> Iterator[str]:
    """The names that a resource may have in its API: audit entries and the history shorten some."""
    if IAM in apis and _EMAIL.fullmatch(resource) and is_service_account(resource):
        yield f"projects/{project}/serviceAccounts/{resource}"
    elif IAM in apis and resource.startswith("projects/-/"):
        yield resource.replace("projects/-/", f"projects/{project}/", 1)
    elif RUN in apis and (match := _NAMESPACE.fullmatch(resource)):
        yield f"projects/{match['project']}/locations/{location}/{match['rest']}"
    elif MANAGER in apis and "/" not in resource and _PROJECT.fullmatch(resource):
        yield f"projects/{resource}"
    else:
        yield resource
