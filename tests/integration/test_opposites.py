"""Entries that undo or repeat what a rule detected: metadata keys, restored resources, errors that a script handles."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.store import ErrorStore
from demo.entries import Entry
from shared.model import Status, Trigger
from tests.support.audited import audit, of_bucket, play
from tests.support.findings import at
from tests.support.shipped_rules import compiled

STARTUP, SHUTDOWN, SSH, LOGIN = "startup-script", "shutdown-script", "ssh-keys", "enable-oslogin"
VM, PROJECT = "projects/example-project/zones/eu-a/instances/etl-1", "projects/example-project"
ADDED, CHANGED, REMOVED = "addedMetadataKeys", "modifiedMetadataKeys", "deletedMetadataKeys"
BOB = "bob@example.com"
SCRIPT, COMMON = "compute/startup_script_changed", "compute/project_metadata_changed"


def done(minute: float, entry: Entry) -> Entry:
    """The last entry of an operation."""
    return {**entry, "operation": {"id": f"op-{minute}", "producer": "compute.googleapis.com", "last": True}}


def vm(minute: float, keys: dict[str, list[str]], who: str = BOB) -> Entry:
    method, metadata = "v1.compute.instances.setMetadata", {"instanceMetadataDelta": keys}
    return done(minute, audit(minute, "compute.googleapis.com", method, VM, "gce_instance", who, metadata=metadata))


def common(minute: float, keys: dict[str, list[str]], who: str = BOB) -> Entry:
    method, metadata = "v1.compute.projects.setCommonInstanceMetadata", {"projectMetadataDelta": keys}
    return done(minute, audit(minute, "compute.googleapis.com", method, PROJECT, "gce_project", who, metadata=metadata))


def deleted_vm(minute: float, **status: int) -> Entry:
    method = "v1.compute.instances.delete"
    return done(minute, audit(minute, "compute.googleapis.com", method, VM, "gce_instance", status=status))


def account(minute: float, verb: str) -> Entry:
    method = f"google.iam.admin.v1.{verb}ServiceAccount"
    return audit(minute, "iam.googleapis.com", method, "projects/-/serviceAccounts/1234", "service_account")


def dataset(minute: float, method: str = "", **metadata: object) -> Entry:
    name, called = f"{PROJECT}/datasets/mart", f"google.cloud.bigquery.v2.DatasetService.{method}"
    return audit(minute, "bigquery.googleapis.com", called, name, "bigquery_dataset", metadata=metadata)


def query(minute: float, job: str, kind: str, *, good: bool = True, script: str = "", target: str = "") -> Entry:
    """The end of a query, or of a statement of a script."""
    config = {
        "query": f"{kind} of {'it' if script else 'everything'}",
        "statementType": kind,
        "destinationTable": target,
    }
    status = {"jobState": "DONE"} if good else {"jobState": "DONE", "errorResult": {"code": 11, "message": "1 / 0"}}
    stats = {"parentJobName": f"{PROJECT}/jobs/{script}"} if script else {}
    ended = {"jobConfig": {"type": "QUERY", "queryConfig": config}, "jobStatus": status, "jobStats": stats}
    method, metadata = "google.cloud.bigquery.v2.JobService.InsertJob", {"jobChange": {"after": "DONE", "job": ended}}
    name, who = f"{PROJECT}/jobs/{job}", "etl@example-project.iam.gserviceaccount.com"
    return audit(minute, "bigquery.googleapis.com", method, name, "bigquery_project", who, metadata=metadata)


FIRST, NEXT = "bquxjob_5fa8f4c2_18a2b3c4d5e", "bquxjob_7be1d0aa_18a2b3c9f01"
FAILED = query(0, "script_job_0", "MERGE", good=False, script=FIRST, target=f"{PROJECT}/datasets/mart/tables/orders")
JOB = "bigquery/job_failed"

# By name: the entries; then rule and state of each incident.
CASES: dict[str, tuple[list[Entry], list[tuple[str, str]]]] = {
    "a script that is removed": ([vm(0, {ADDED: [STARTUP]}), vm(5, {REMOVED: [STARTUP]})], [(SCRIPT, "resolved")]),
    "a script that is changed again": (
        [vm(0, {CHANGED: [STARTUP]}), vm(5, {CHANGED: [STARTUP]})],
        [(SCRIPT, "open")],
    ),
    "another script that is removed": (
        [vm(0, {ADDED: [STARTUP]}), vm(5, {REMOVED: [SHUTDOWN]})],
        [(SCRIPT, "open")],
    ),
    "one of two scripts of one call": (
        [vm(0, {ADDED: [SHUTDOWN], CHANGED: [STARTUP]}), vm(5, {REMOVED: [SHUTDOWN]})],
        [(SCRIPT, "open")],
    ),
    "two scripts of one call, one after the other": (
        [
            vm(0, {ADDED: [SHUTDOWN, "team"], CHANGED: [STARTUP]}),
            vm(5, {REMOVED: [SHUTDOWN]}),
            vm(6, {REMOVED: [STARTUP]}),
        ],
        [(SCRIPT, "resolved")],
    ),
    "a script that another one replaces": (
        [vm(0, {ADDED: [STARTUP]}), vm(5, {ADDED: [SHUTDOWN], REMOVED: [STARTUP]})],
        [(SCRIPT, "resolved"), (SCRIPT, "open")],
    ),
    "a VM that is deleted": ([vm(0, {ADDED: [STARTUP, SHUTDOWN]}), deleted_vm(5)], [(SCRIPT, "resolved")]),
    "a VM whose deletion fails": ([vm(0, {ADDED: [STARTUP]}), deleted_vm(5, code=8)], [(SCRIPT, "open")]),
    "keys of a project that somebody else removes": (
        [common(0, {CHANGED: [SSH]}), common(5, {REMOVED: [SSH]}, "carol@example.com")],
        [(COMMON, "resolved")],
    ),
    "a guard that is set again, perhaps to false": (
        [common(0, {REMOVED: [LOGIN]}), common(5, {ADDED: [LOGIN]})],
        [(COMMON, "open")],
    ),
    "a guard that is removed with a script": (
        [common(0, {ADDED: [STARTUP]}), common(5, {REMOVED: [STARTUP, LOGIN]})],
        [(COMMON, "resolved"), (COMMON, "open")],
    ),
    "an account that is restored": ([account(0, "Undelete")], [("iam/service_account_restored", "open")]),
    "an account that is deleted again": (
        [account(0, "Delete"), account(3, "Undelete"), account(5, "Delete")],
        [("iam/service_account_restored", "resolved")],
    ),
    "an error that the script handles": ([FAILED, query(5, FIRST, "SCRIPT")], [(JOB, "resolved")]),
    "an error that the script handles, in the other order": (
        [query(5, FIRST, "SCRIPT"), FAILED],
        [(JOB, "resolved")],
    ),
    "an error that the script does not handle": ([FAILED, query(5, FIRST, "SCRIPT", good=False)], [(JOB, "open")]),
    "a script that succeeds the next time": (
        [FAILED, query(5, FIRST, "SCRIPT", good=False), query(60, NEXT, "SCRIPT")],
        [(JOB, "resolved")],
    ),
    "another script that succeeds": ([FAILED, query(5, NEXT, "SCRIPT")], [(JOB, "open")]),
    "a bucket that is restored": (
        [of_bucket(0, "delete"), of_bucket(5, "restore")],
        [("storage/bucket_deleted", "resolved")],
    ),
    "a dataset that is restored": (
        [dataset(0, "DeleteDataset", datasetDeletion={"reason": "DELETE"}), dataset(5, "UndeleteDataset")],
        [("bigquery/dataset_deleted", "resolved")],
    ),
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


@pytest.mark.parametrize("name", CASES)
def test_an_entry_that_undoes_what_a_rule_found_resolves_it(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    history, expected = CASES[name]
    assert [(one.rule, str(one.status)) for one in play(rules, sqlite_store, history)] == expected


@pytest.mark.parametrize(
    ("who", "triggers", "status"),
    [(BOB, [Trigger.REOCCURRED], Status.ACKNOWLEDGED), ("carol@example.com", [Trigger.OPENED], Status.OPEN)],
)
def test_an_acknowledged_change_is_notified_again_when_another_principal_makes_it(
    rules: Engine, sqlite_store: ErrorStore, who: str, triggers: list[Trigger], status: Status
) -> None:
    [incident] = play(rules, sqlite_store, [common(0, {CHANGED: [SSH]})])
    now = at(0) + timedelta(hours=1)
    with sqlite_store.transaction(now) as transaction:
        transaction.acknowledge(incident.id, by="alice@example.com", time=now)
        findings, _ = resolve_state(rules.evaluate(common(70, {CHANGED: [SSH]}, who)), transaction)
        changes = [change for one in findings for change in transaction.record(one, redact=())]
    assert [change.trigger for change in changes] == triggers
    assert [(one.incident.status, one.incident.principal) for one in changes] == [(status, who)]
