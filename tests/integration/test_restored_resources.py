"""A public resource that was deleted and exists again, restored or newly created, is public again: another incident."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from demo.entries import Entry
from insights.access.earlier_policy import policy_before
from shared.events import EarlierPolicy
from tests.support.audited import EDITOR, VIEWER, add, audit, bucket, play, project, remove
from tests.support.findings import at
from tests.support.shipped_rules import compiled

DELETIONS = ("storage/bucket_deleted", "bigquery/dataset_deleted")
PUBLIC, GMAIL = add(VIEWER, "allUsers"), add(EDITOR, "user:bob@gmail.com")
DATASET = "projects/example-project/datasets/mart"
READ = [{"role": "roles/bigquery.dataViewer", "members": ["allUsers"]}]


def of_bucket(minute: float, verb: str, *deltas: dict[str, Any]) -> Entry:
    entry = bucket(minute, *deltas)
    entry["protoPayload"]["methodName"] = f"storage.buckets.{verb}"
    return entry


def plain_bucket(minute: float, verb: str) -> Entry:
    """A change to the bucket without a list of changed bindings."""
    entry = of_bucket(minute, verb)
    del entry["protoPayload"]["serviceData"]
    return entry


def dataset(minute: float, verb: str, bindings: list[dict[str, Any]] | None = None, *deltas: dict[str, Any]) -> Entry:
    """A call about a dataset, with its access list, if given, in the form that Google writes."""
    acl = {} if bindings is None else {"acl": {"policy": {"bindings": bindings}}}
    kind = {"Update": "datasetChange", "Insert": "datasetCreation", "Delete": "datasetDeletion"}.get(verb)
    shown: dict[str, Any] = {"dataset": {"datasetName": DATASET, **acl}}
    if deltas:
        shown["bindingDeltas"] = list(deltas)
    if verb == "Undelete" and bindings is not None:
        kind = "datasetCreation"
    method = f"google.cloud.bigquery.v2.DatasetService.{verb}Dataset"
    return audit(
        minute, "bigquery.googleapis.com", method, DATASET, "bigquery_dataset", metadata={kind: shown} if kind else {}
    )


def topic(minute: float, verb: str) -> Entry:
    resource = "projects/example-project/topics/orders"
    method = "google.iam.v1.IAMPolicy.SetIamPolicy" if verb == "Share" else f"google.pubsub.v1.Publisher.{verb}Topic"
    shown: dict[str, Any] = {}
    if verb == "Share":
        shown["request"] = {"policy": {"bindings": [{"role": "roles/pubsub.viewer", "members": ["allUsers"]}]}}
    return audit(minute, "pubsub.googleapis.com", method, resource, "pubsub_topic", **shown)


def of_project(minute: float, verb: str) -> Entry:
    resource = "projects/example-project"
    return audit(minute, "cloudresourcemanager.googleapis.com", f"{verb}Project", resource, "project")


AGAIN: dict[str, list[Entry]] = {
    "a public bucket that is deleted and restored": [
        bucket(0, PUBLIC),
        plain_bucket(5, "delete"),
        of_bucket(9, "restore"),
    ],
    "a public bucket that is restored by an entry without changes": [
        bucket(0, PUBLIC),
        plain_bucket(5, "delete"),
        plain_bucket(9, "restore"),
    ],
    "a public bucket that is created again with the grant": [
        of_bucket(0, "create", PUBLIC),
        plain_bucket(5, "delete"),
        of_bucket(9, "create", PUBLIC),
    ],
    "a bucket of which one of two public grants is left when it is restored": [
        bucket(0, PUBLIC, add(EDITOR, "allUsers")),
        bucket(3, remove(EDITOR, "allUsers")),
        plain_bucket(5, "delete"),
        of_bucket(9, "restore"),
    ],
    "a bucket of a personal account that is deleted and restored": [
        bucket(0, GMAIL),
        plain_bucket(5, "delete"),
        of_bucket(9, "restore"),
    ],
    "a public dataset that is restored without its list": [
        dataset(0, "Update", READ),
        dataset(5, "Delete"),
        dataset(9, "Undelete"),
    ],
    "a public dataset that is restored with its list": [
        dataset(0, "Update", READ),
        dataset(5, "Delete"),
        dataset(9, "Undelete", READ),
    ],
    "a dataset with a public grant that is restored": [
        dataset(0, "Update", READ, add("roles/bigquery.dataViewer", "allUsers")),
        dataset(5, "Delete"),
        dataset(9, "Undelete"),
    ],
    "a public dataset that is created again": [
        dataset(0, "Insert", READ),
        dataset(5, "Delete"),
        dataset(9, "Insert", READ),
    ],
    "a topic that is created again and shared": [
        topic(0, "Share"),
        topic(5, "Delete"),
        topic(7, "Create"),
        topic(9, "Share"),
    ],
    "a public project that is deleted and restored": [
        project(0, PUBLIC),
        of_project(5, "Delete"),
        of_project(9, "Undelete"),
    ],
}
ENDED: dict[str, list[Entry]] = {
    "a restored bucket whose grant was revoked before": [
        bucket(0, PUBLIC),
        bucket(3, remove(VIEWER, "allUsers")),
        plain_bucket(5, "delete"),
        of_bucket(9, "restore"),
    ],
    "a restored bucket that had been created again for nobody": [
        bucket(0, PUBLIC),
        plain_bucket(5, "delete"),
        of_bucket(7, "create"),
        of_bucket(8, "delete"),
        of_bucket(9, "restore"),
    ],
    "a restored dataset that was no longer public": [
        dataset(0, "Update", READ),
        dataset(3, "Update", []),
        dataset(5, "Delete"),
        dataset(9, "Undelete"),
    ],
    "a dataset that is restored without anybody public": [
        dataset(0, "Update", READ),
        dataset(5, "Delete"),
        dataset(9, "Undelete", []),
    ],
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


def states(rules: Engine, store: ErrorStore, history: list[Entry]) -> list[tuple[str, str]]:
    """The principal and the state of each incident about access, earliest first."""
    found = play(rules, store, history)
    return [(one.principal, str(one.status)) for one in found if one.rule not in DELETIONS]


@pytest.mark.parametrize("name", AGAIN)
def test_a_public_resource_that_exists_again_opens_an_incident(
    rules: Engine, sqlite_store: ErrorStore, name: str
) -> None:
    found = [state for _, state in states(rules, sqlite_store, AGAIN[name])]
    assert found[-1] == "open"
    assert set(found[:-1]) == {"resolved"}


@pytest.mark.parametrize("name", ENDED)
def test_a_restoration_opens_only_what_was_granted(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    assert {state for _, state in states(rules, sqlite_store, ENDED[name])} == {"resolved"}


def test_a_grant_that_arrives_after_the_restoration_counts(rules: Engine, sqlite_store: ErrorStore) -> None:
    granted, deleted, restored = AGAIN["a public bucket that is deleted and restored"]
    restored["protoPayload"]["authenticationInfo"]["principalEmail"] = "bob@example.com"
    found = states(rules, sqlite_store, [restored, deleted, granted])
    assert found == [("alice@example.com", "resolved"), ("bob@example.com", "open")]


def test_the_history_knows_the_grants_of_a_bucket_from_before_the_installation(
    rules: Engine, sqlite_store: ErrorStore
) -> None:
    before = EarlierPolicy(at(-600), [{"role": VIEWER, "members": ["allUsers", "user:bob@example.com"]}])
    found = play(rules, sqlite_store, [plain_bucket(5, "delete"), plain_bucket(9, "restore")], before)
    shown = [(one.rule, one.summary) for one in found if one.rule not in DELETIONS]
    assert shown == [
        ("storage/bucket_made_public", f"Bucket example-exports is public: allUsers got {VIEWER}"),
    ]


def test_an_entry_counts_more_than_an_older_grant_in_the_history(rules: Engine, sqlite_store: ErrorStore) -> None:
    before = EarlierPolicy(at(-600), [{"role": VIEWER, "members": ["allUsers"]}])
    revoked = [bucket(3, remove(VIEWER, "allUsers")), plain_bucket(5, "delete"), plain_bucket(9, "restore")]
    found = play(rules, sqlite_store, revoked, before)
    assert [one.rule for one in found if one.rule not in DELETIONS] == []


def test_a_deleted_bucket_had_the_bindings_that_ended_together(sqlite_schema_store: SchemaStore) -> None:
    name = "//storage.googleapis.com/example-exports"
    rows = [
        {"member": "allUsers", "valid_from": at(-90), "valid_to": at(-20)},
        {"member": "user:bob@example.com", "valid_from": at(-60), "valid_to": at(-20)},
        {"member": "user:eve@example.com", "valid_from": at(-80), "valid_to": at(-50)},
    ]
    with sqlite_schema_store.transaction() as session:
        session.add_all(Binding(resource=name, role=VIEWER, seen_by=1, **row) for row in rows)
    with sqlite_schema_store.reading() as session:
        deleted = policy_before(session, name, at(0), deleted=True)
        present = policy_before(session, name, at(0))
        earlier = policy_before(session, name, at(-30), deleted=True)
    both = [{"role": VIEWER, "members": [row["member"]]} for row in rows[:2]]
    assert deleted == EarlierPolicy(at(-60), both)
    assert present == EarlierPolicy(at(-20), [])
    assert earlier == EarlierPolicy(at(-50), both)
