"""The kinds of resources that a pattern of a handler rule can match."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from handlers.iam.kinds import KINDS
from handlers.iam.patterns import not_accepted
from handlers.iam.resources import PERMISSIONS_BY_SERVICE

ALL = {name for names in PERMISSIONS_BY_SERVICE.values() for name in names}
# The names under which incidents have a resource of each kind, and the beginning of its permissions.
NAMES = [
    ("projects/_/buckets/example-exports", "storage.buckets"),
    ("gs://example-exports/", "storage.buckets"),
    ("example-exports", "storage.buckets"),
    ("projects/_/buckets/services", "storage.buckets"),
    ("projects/_/buckets/b-1/managedFolders/a/b/", "storage.managedFolders"),
    ("example-project:mart", "bigquery.datasets"),
    ("projects/example-project/datasets/mart", "bigquery.datasets"),
    ("//bigquery.googleapis.com/projects/p-1/datasets/mart", "bigquery.datasets"),
    ("example-project.mart.orders", "bigquery.tables"),
    ("projects/p-1/datasets/mart/tables/orders", "bigquery.tables"),
    ("example-project", "resourcemanager.projects"),
    ("projects/example-project", "resourcemanager.projects"),
    ("folders/12", "resourcemanager.folders"),
    ("organizations/34", "resourcemanager.organizations"),
    ("etl@p-1.iam.gserviceaccount.com", "iam.serviceAccounts"),
    ("projects/-/serviceAccounts/123", "iam.serviceAccounts"),
    ("projects/p-1/serviceAccounts/etl@p-1.iam.gserviceaccount.com", "iam.serviceAccounts"),
    ("projects/p-1/topics/orders", "pubsub.topics"),
    ("//pubsub.googleapis.com/projects/p-1/subscriptions/s", "pubsub.subscriptions"),
    ("projects/123/secrets/db", "secretmanager.secrets"),
    ("projects/p-1/locations/eu/keyRings/r", "cloudkms.keyRings"),
    ("projects/p-1/locations/eu/keyRings/r/cryptoKeys/k", "cloudkms.cryptoKeys"),
    ("namespaces/p-1/services/hook", "run.services"),
    ("projects/p-1/locations/europe-west1/services/hook", "run.services"),
    ("namespaces/p-1/jobs/export", "run.jobs"),
    ("projects/p-1/locations/europe-west1/functions/f", "cloudfunctions.functions"),
    ("projects/p-1/locations/eu/repositories/images", "artifactregistry.repositories"),
    ("projects/p-1/zones/europe-west1-b/instances/vm", "compute.instances"),
    ("projects/p-1/zones/europe-west1-b/disks/d", "compute.disks"),
    ("projects/p-1/global/images/i", "compute.images"),
    ("projects/p-1/global/snapshots/s", "compute.snapshots"),
]


def patterns_of(name: str) -> set[str]:
    """Patterns that match a name: itself, with wildcards for its parts, and for its beginning or end."""
    parts = name.split("/")
    found = {name, f"?{name[1:]}", f"[{name[0]}]{name[1:]}", f"{name[:-1]}*", f"*{name[2:]}"}
    return found | {"/".join([*parts[:at], "*", *parts[at + 1 :]]) for at in range(len(parts)) if parts[at]}


@pytest.mark.parametrize(("name", "permission"), NAMES)
def test_a_pattern_keeps_the_permissions_of_each_resource_that_it_accepts(name: str, permission: str) -> None:
    for pattern in patterns_of(name):
        assert fnmatchcase(name, pattern)
        assert not any(one.startswith(f"{permission}.") for one in not_accepted([pattern])), pattern


def test_the_names_are_of_every_kind() -> None:
    assert {kind.permission for kind in KINDS} | {"storage.buckets", "storage.managedFolders", "bigquery.datasets"} == {
        permission for _, permission in NAMES
    }


@pytest.mark.parametrize(
    ("patterns", "kinds"),
    [
        (["gs://exports-*"], {"storage.buckets"}),
        (["projects/_/buckets/*"], {"storage.buckets", "storage.managedFolders"}),
        (["projects/*/topics/*"], {"pubsub.topics"}),
        (["*/topics/*", "projects/*/subscriptions/*"], {"pubsub.topics", "pubsub.subscriptions"}),
        (["projects/*/datasets/*"], {"bigquery.datasets", "bigquery.tables"}),
        (["projects/p/datasets/topics/tables/*"], {"bigquery.tables"}),
        (["projects/*/zones/*"], {"compute.instances", "compute.disks"}),
        (["projects/*/locations/*/services/*"], {"run.services"}),
        (["//secretmanager.googleapis.com/*"], {"secretmanager.secrets"}),
        (["*@p.iam.gserviceaccount.com"], {"iam.serviceAccounts", "storage.managedFolders"}),
        (["folders/*"], {"resourcemanager.folders"}),
        (["example-exports"], {"storage.buckets", "resourcemanager.projects"}),
        (["no/such/resource/at/all"], set()),
    ],
)
def test_a_pattern_that_shows_the_kind_brings_its_permissions_alone(patterns: list[str], kinds: set[str]) -> None:
    assert {name.rpartition(".")[0] for name in ALL - not_accepted(patterns)} == kinds


def test_a_rule_without_patterns_needs_everything() -> None:
    assert not_accepted([]) == frozenset()
    assert ALL - not_accepted(["*"]) == ALL
