"""Public access through SetIamPolicy calls of each service: the principal, the added members, and the revoking calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from demo.entries import Entry
from tests.support.audited import ALICE, add, audit, bucket, play, project, remove
from tests.support.shipped_rules import compiled

Binding = tuple[str, list[str]]
ALL, AUTHENTICATED, BOB = "allUsers", "allAuthenticatedUsers", "user:bob@example.com"
SET, PROJECT = "google.iam.v1.IAMPolicy.SetIamPolicy", "projects/example-project"
VIEWER, PUBLISHER, INVOKER = "roles/pubsub.viewer", "roles/pubsub.publisher", "roles/run.invoker"
ACCESSOR, READER, OWNER = "roles/secretmanager.secretAccessor", "roles/bigquery.dataViewer", "roles/owner"
CREATOR, OBJECTS, LEGACY = (
    "roles/iam.serviceAccountTokenCreator",
    "roles/storage.objectViewer",
    "roles/storage.legacyObjectReader",
)
AGENT = "serviceAccount:x@example-project.iam.gserviceaccount.com"
SOON = {"title": "t", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}
TOPIC, SECRET = f"{PROJECT}/topics/orders", f"{PROJECT}/secrets/db"
KEY = f"{PROJECT}/locations/eu/keyRings/r/cryptoKeys/k"
DATASET, TABLE = f"{PROJECT}/datasets/mart", f"{PROJECT}/datasets/mart/tables/orders"


def policy(
    minute: float,
    service: str,
    resource: str,
    bindings: Sequence[Binding] | None = None,
    *,
    deltas: Sequence[dict[str, Any]] = (),
    method: str = SET,
    who: str = ALICE,
) -> Entry:
    """A call with a whole policy, with the changes, or with both."""
    shown: dict[str, Any] = {}
    if bindings is not None:
        listed = [{"role": role, "members": members} for role, members in bindings]
        shown["request"] = {"policy": {"bindings": listed}}
    if deltas:
        shown["serviceData"] = {"policyDelta": {"bindingDeltas": list(deltas)}}
    return audit(minute, f"{service}.googleapis.com", method, resource, "audited_resource", who, **shown)


def topic(minute: float, *bindings: Binding, name: str = TOPIC, **more: Any) -> Entry:
    return policy(minute, "pubsub", name, bindings, **more)


def run(minute: float, *bindings: Binding, where: str = "eu", name: str = "", **more: Any) -> Entry:
    resource = name or "namespaces/example-project/services/hook"
    method = "google.cloud.run.v1.Services.SetIamPolicy"
    entry = policy(minute, "run", resource, bindings, method=method, **more)
    entry["resource"]["labels"] |= {"location": where}
    return entry


def secret(minute: float, *bindings: Binding, **more: Any) -> Entry:
    method = "google.cloud.secretmanager.v1.SecretManagerService.SetIamPolicy"
    return policy(minute, "secretmanager", SECRET, bindings or None, method=method, **more)


def key(minute: float, *deltas: dict[str, Any]) -> Entry:
    return policy(minute, "cloudkms", KEY, deltas=deltas, method="SetIamPolicy")


def account(minute: float, *deltas: dict[str, Any]) -> Entry:
    method = "google.iam.admin.v1.SetIAMPolicy"
    return policy(minute, "iam", "projects/-/serviceAccounts/1234", deltas=deltas, method=method)


def above(minute: float, kind: str, *deltas: dict[str, Any]) -> Entry:
    """A change on a folder or an organization."""
    resource = f"{kind}s/77"
    entry = policy(minute, "cloudresourcemanager", resource, deltas=deltas, method="SetIamPolicy")
    entry["resource"] = {"type": kind, "labels": {f"{kind}_id": "77"}}
    return {**entry, "logName": f"{resource}/logs/cloudaudit.googleapis.com%2Factivity"}


def whole_project(minute: float, *bindings: Binding, **more: Any) -> Entry:
    return policy(minute, "cloudresourcemanager", PROJECT, bindings, method="SetIamPolicy", **more)


def table(minute: float, *deltas: dict[str, Any]) -> Entry:
    change = {"tableChange": {"reason": "SET_IAM_POLICY", "bindingDeltas": list(deltas)}}
    return audit(minute, "bigquery.googleapis.com", SET, TABLE, "bigquery_dataset", metadata=change)


def dataset(minute: float, *bindings: Binding, deltas: Sequence[dict[str, Any]] = ()) -> Entry:
    listed = [{"role": role, "members": members} for role, members in bindings]
    change: dict[str, Any] = {"dataset": {"datasetName": DATASET, "acl": {"policy": {"bindings": listed}}}}
    if deltas:
        change["bindingDeltas"] = list(deltas)
    method = "google.cloud.bigquery.v2.DatasetService.UpdateDataset"
    metadata = {"datasetChange": change}
    return audit(minute, "bigquery.googleapis.com", method, DATASET, "bigquery_dataset", metadata=metadata)


def deleted(minute: float, service: str, method: str, resource: str) -> Entry:
    return audit(minute, f"{service}.googleapis.com", method, resource, "audited_resource")


def conflict(entry: Entry) -> Entry:
    """Turns the call into a failed one: its etag was outdated."""
    entry["protoPayload"]["status"] = {"code": 10, "message": "There were concurrent policy changes"}
    return entry


# By name: the entries; then rule, state, principal and a part of the summary or of the resolution of each incident.
CASES: dict[str, tuple[list[Entry], list[tuple[str, str, str, str]]]] = {
    "a topic that was public stays so when bob is added": (
        [topic(0, (VIEWER, [ALL])), topic(5, (VIEWER, [ALL, BOB]))],
        [("pubsub/policy_public", "open", "", "orders is open to everybody")],
    ),
    "a topic whose whole policy has nobody public": (
        [topic(0, (VIEWER, [ALL])), topic(5, (VIEWER, [BOB]), who="bob@example.com")],
        [("pubsub/policy_public", "resolved", "", "no longer open to everybody: SetIamPolicy by bob@example.com")],
    ),
    "an empty policy": ([topic(0, (VIEWER, [ALL])), topic(5)], [("pubsub/policy_public", "resolved", "", "")]),
    "a call without a policy": (
        [topic(0, (VIEWER, [ALL])), policy(5, "pubsub", TOPIC)],
        [("pubsub/policy_public", "open", "", "")],
    ),
    "an etag that is not current": (
        [topic(0, (VIEWER, [ALL])), conflict(topic(5, (VIEWER, [BOB])))],
        [("pubsub/policy_public", "open", "", "")],
    ),
    "the policy of another topic": (
        [topic(0, (VIEWER, [ALL])), topic(5, (VIEWER, [BOB]), name=f"{PROJECT}/topics/users")],
        [("pubsub/policy_public", "open", "", "")],
    ),
    "a policy from before the fault": (
        [topic(5, (VIEWER, [ALL])), topic(0, (VIEWER, [BOB]))],
        [("pubsub/policy_public", "open", "", "")],
    ),
    "a policy that arrives before the fault": (
        [topic(5, (VIEWER, [BOB])), topic(0, (VIEWER, [ALL]))],
        [("pubsub/policy_public", "resolved", "", "")],
    ),
    "another public role": (
        [topic(0, (VIEWER, [ALL])), topic(5, (PUBLISHER, [ALL]))],
        [("pubsub/policy_public", "open", "", PUBLISHER)],
    ),
    "one of two public roles": (
        [topic(0, (VIEWER, [ALL]), (PUBLISHER, [ALL])), topic(5, (PUBLISHER, [ALL]), deltas=[remove(VIEWER, ALL)])],
        [("pubsub/policy_public", "open", "", "")],
    ),
    "a change, then a whole policy": (
        [topic(0, (VIEWER, [ALL]), deltas=[add(VIEWER, ALL)]), topic(5, (VIEWER, [BOB]))],
        [("iam/resource_made_public", "resolved", ALICE, "SetIamPolicy by alice@example.com")],
    ),
    "a change that the shown policy lacks": (
        [topic(0, deltas=[add(VIEWER, ALL)])],
        [("iam/resource_made_public", "open", ALICE, "allUsers got roles/pubsub.viewer")],
    ),
    "the deletion of a topic": (
        [topic(0, (VIEWER, [ALL])), deleted(5, "pubsub", "google.pubsub.v1.Publisher.DeleteTopic", TOPIC)],
        [("pubsub/policy_public", "resolved", "", "DeleteTopic by alice@example.com")],
    ),
    "the deletion of a topic with a public binding": (
        [
            topic(0, (VIEWER, [ALL]), deltas=[add(VIEWER, ALL)]),
            deleted(5, "pubsub", "google.pubsub.v1.Publisher.DeleteTopic", TOPIC),
        ],
        [("iam/resource_made_public", "resolved", ALICE, "orders was deleted by alice@example.com")],
    ),
    "a service of the same name in another region": (
        [run(0, (INVOKER, [ALL])), run(5, (INVOKER, [BOB]), where="us")],
        [("functions/invoker_public", "open", "", "hook is open to everybody")],
    ),
    "a service by its other name": (
        [run(0, (INVOKER, [ALL])), run(5, (INVOKER, [BOB]), name=f"{PROJECT}/locations/eu/services/hook")],
        [("functions/invoker_public", "resolved", "", "")],
    ),
    "a job of the same name": (
        [run(0, (INVOKER, [ALL])), run(5, (INVOKER, [BOB]), name=f"{PROJECT}/locations/eu/jobs/hook")],
        [("functions/invoker_public", "open", "", "")],
    ),
    "one public member for another by one call": (
        [
            run(0, (INVOKER, [ALL]), deltas=[add(INVOKER, ALL)]),
            run(5, (INVOKER, [AUTHENTICATED]), deltas=[remove(INVOKER, ALL), add(INVOKER, AUTHENTICATED)]),
        ],
        [
            ("functions/invoker_made_public", "resolved", ALICE, "allUsers lost roles/run.invoker"),
            ("functions/invoker_made_public", "open", ALICE, "allAuthenticatedUsers got roles/run.invoker"),
        ],
    ),
    "a secret with a whole policy": (
        [secret(0, (ACCESSOR, [ALL])), secret(5, (ACCESSOR, [BOB]))],
        [("iam/resource_policy_public", "resolved", "", "no longer contains everybody: SetIamPolicy by alice")],
    ),
    "a secret with a change, then a whole policy": (
        [secret(0, deltas=[add(ACCESSOR, ALL)]), secret(5, (ACCESSOR, [BOB]))],
        [("iam/credentials_made_public", "resolved", ALICE, "SetIamPolicy by alice@example.com")],
    ),
    "a secret that stays public when bob is added": (
        [secret(0, deltas=[add(ACCESSOR, ALL)]), secret(5, (ACCESSOR, [ALL, BOB]), who="bob@example.com")],
        [("iam/credentials_made_public", "open", ALICE, "allUsers got")],
    ),
    "the deletion of a secret": (
        [
            secret(0, (ACCESSOR, [ALL])),
            deleted(5, "secretmanager", "google.cloud.secretmanager.v1.SecretManagerService.DeleteSecret", SECRET),
        ],
        [("iam/resource_policy_public", "resolved", "", "DeleteSecret by alice@example.com")],
    ),
    "a key": (
        [key(0, add("roles/cloudkms.viewer", AUTHENTICATED)), key(5, remove("roles/cloudkms.viewer", AUTHENTICATED))],
        [("iam/credentials_made_public", "resolved", ALICE, "allAuthenticatedUsers lost roles/cloudkms.viewer")],
    ),
    "a key with another condition": (
        [
            key(0, add("roles/cloudkms.viewer", ALL, condition=SOON)),
            key(5, remove("roles/cloudkms.viewer", ALL)),
        ],
        [("iam/credentials_made_public", "open", ALICE, "")],
    ),
    "a service account, by the name of a deleted member": (
        [account(0, add(CREATOR, AGENT)), account(5, remove(CREATOR, f"deleted:{AGENT}?uid=99"))],
        [("iam/powerful_role_granted", "resolved", ALICE, "")],
    ),
    "a folder, one owner for another by one call": (
        [
            above(0, "folder", add(OWNER, BOB)),
            above(5, "folder", remove(OWNER, BOB), add(OWNER, "user:carol@example.com")),
        ],
        [
            ("iam/primitive_role_granted", "resolved", ALICE, "user:bob@example.com lost roles/owner on folders/77"),
            ("iam/primitive_role_granted", "open", ALICE, "user:carol@example.com got roles/owner on folders/77"),
        ],
    ),
    "an organization, the same grant with a condition instead": (
        [
            above(0, "organization", add(OWNER, BOB)),
            above(5, "organization", remove(OWNER, BOB), add(OWNER, BOB, condition=SOON)),
        ],
        [
            ("iam/primitive_role_granted", "resolved", ALICE, ""),
            ("iam/primitive_role_granted", "open", ALICE, ""),
        ],
    ),
    "a folder and the organization of the same number": (
        [above(0, "folder", add(OWNER, BOB)), above(5, "organization", remove(OWNER, BOB))],
        [("iam/primitive_role_granted", "open", ALICE, "")],
    ),
    "a project with a whole policy": (
        [whole_project(0, ("roles/viewer", [ALL]), who="bob@example.com")],
        [("iam/resource_policy_public", "open", "", f"The policy of {PROJECT} contains everybody")],
    ),
    "a project with a change, then a whole policy": (
        [project(0, add("roles/viewer", ALL)), whole_project(5, (OWNER, [BOB]))],
        [("iam/public_member_added", "resolved", ALICE, "")],
    ),
    "a project that stays public when bob is added": (
        [
            project(0, add("roles/viewer", ALL)),
            whole_project(5, ("roles/viewer", [ALL, BOB]), deltas=[add("roles/viewer", BOB)], who="bob@example.com"),
        ],
        [("iam/public_member_added", "open", ALICE, "allUsers got roles/viewer")],
    ),
    "a table": (
        [table(0, add(READER, ALL)), table(5, remove(READER, ALL))],
        [("bigquery/dataset_made_public", "resolved", ALICE, "allUsers lost roles/bigquery.dataViewer")],
    ),
    "a table, then its whole policy": (
        [table(0, add(READER, ALL)), policy(5, "bigquery", TABLE, [(READER, [BOB])])],
        [("bigquery/dataset_made_public", "resolved", ALICE, "")],
    ),
    "a table with a whole policy": (
        [policy(0, "bigquery", TABLE, [(READER, [ALL])]), policy(5, "bigquery", TABLE, [(READER, [BOB])])],
        [("iam/resource_policy_public", "resolved", "", "")],
    ),
    "a dataset, one of two public members": (
        [
            dataset(0, (READER, [ALL, AUTHENTICATED])),
            dataset(5, (READER, [AUTHENTICATED]), deltas=[remove(READER, ALL)]),
        ],
        [("bigquery/dataset_policy_public", "open", "", "")],
    ),
    "a dataset, a change and then the whole list": (
        [dataset(0, (READER, [ALL]), deltas=[add(READER, ALL)]), dataset(5, (READER, [BOB]))],
        [("bigquery/dataset_made_public", "resolved", ALICE, "")],
    ),
    "a dataset, bob added to a public list": (
        [dataset(0, (READER, [ALL])), dataset(5, (READER, [ALL, BOB]), deltas=[add(READER, BOB)])],
        [("bigquery/dataset_policy_public", "open", "", "")],
    ),
    "a legacy role of a bucket": (
        [bucket(0, add(LEGACY, ALL)), bucket(5, remove(LEGACY, ALL))],
        [("storage/bucket_made_public", "resolved", ALICE, "allUsers lost roles/storage.legacyObjectReader")],
    ),
    "another legacy role of a bucket": (
        [bucket(0, add(LEGACY, ALL)), bucket(5, remove("roles/storage.legacyBucketReader", ALL))],
        [("storage/bucket_made_public", "open", ALICE, "")],
    ),
    "removed and added again by one call": (
        [bucket(0, add(OBJECTS, ALL)), bucket(5, remove(OBJECTS, ALL), add(OBJECTS, ALL))],
        [("storage/bucket_made_public", "open", ALICE, "")],
    ),
    "the deletion of a repository": (
        [
            policy(0, "artifactregistry", f"{PROJECT}/repositories/r", [("roles/artifactregistry.reader", [ALL])]),
            deleted(
                5,
                "artifactregistry",
                "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteRepository",
                f"{PROJECT}/repositories/r",
            ),
        ],
        [("iam/resource_policy_public", "resolved", "", "DeleteRepository by alice@example.com")],
    ),
    "the public policy of a model": (
        [policy(0, "aiplatform", f"{PROJECT}/locations/eu/models/1", [("roles/aiplatform.user", [ALL])])],
        [("iam/resource_policy_public", "open", "", "")],
    ),
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


@pytest.mark.parametrize("name", CASES)
def test_a_policy_shows_state_principal_and_end(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    history, expected = CASES[name]
    found = play(rules, sqlite_store, history)
    assert [(one.rule, one.status, one.principal) for one in found] == [case[:3] for case in expected]
    for one, (*_, text) in zip(found, expected, strict=True):
        assert text in f"{one.summary} | {one.resolution}"
