"""Only what undoes a fault resolves it: the same binding, the same window, the resource itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from demo import entries
from demo.entries import Entry, audit_entry
from shared.config import ROOT
from shared.model import Status
from tests.support.findings import at

ALICE, PIPELINE = "alice@example.com", "etl@example-project.iam.gserviceaccount.com"
VIEWER, EDITOR = "roles/storage.objectViewer", "roles/editor"
FOR_A_WHILE = {"title": "t", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}
UNTIL_LATER = {"title": "u", "expression": "request.time < timestamp('2028-01-01T00:00:00Z')"}
TABLE = "projects/example-project/datasets/mart/tables/orders"
INVOKER = {"role": "roles/run.invoker", "members": ["allUsers"]}
SSH, WEB = ([{"IPProtocol": "tcp", "ports": [port]}] for port in ("22", "443"))
WORLD, INTERNAL = ["0.0.0.0/0"], ["10.0.0.0/8"]
TOPIC, ELSEWHERE = (f"pubsub.googleapis.com/projects/{name}/topics/t" for name in ("example-project", "elsewhere"))
EXCLUDED = [{"name": "all", "filter": "logName:*"}]
DEVELOPER = {"role": "roles/run.developer", "members": ["user:bob@example.com"]}


def add(role: str, member: str, **more: Any) -> dict[str, Any]:
    return {"action": "ADD", "role": role, "member": member, **more}


def remove(role: str, member: str, **more: Any) -> dict[str, Any]:
    return {**add(role, member, **more), "action": "REMOVE"}


def audit(
    minute: float, service: str, method: str, resource: str, kind: str, who: str = ALICE, **payload: Any
) -> Entry:
    named = {"serviceName": service, "methodName": method, "resourceName": resource, "status": {}}
    log = "data_access" if kind == "bigquery_project" else "activity"
    return audit_entry(at(minute), log, "NOTICE", kind, {}, **{**named, **entries.caller(who), **payload})


def bucket(minute: float, *deltas: dict[str, Any], name: str = "example-exports") -> Entry:
    return entries.bucket_policy(at(minute), name, list(deltas), ALICE)


def project(minute: float, *deltas: dict[str, Any]) -> Entry:
    data = {"policyDelta": {"bindingDeltas": list(deltas)}}
    resource = "projects/example-project"
    return audit(minute, "cloudresourcemanager.googleapis.com", "SetIamPolicy", resource, "project", serviceData=data)


def service(minute: float, *bindings: dict[str, Any], deltas: Sequence[dict[str, Any]] = ()) -> Entry:
    changes: dict[str, Any] = {"policyDelta": {"bindingDeltas": list(deltas)}} if deltas else {}
    return audit(
        minute,
        "run.googleapis.com",
        "google.cloud.run.v1.Services.SetIamPolicy",
        "namespaces/example-project/services/hook",
        "cloud_run_revision",
        request={"policy": {"bindings": list(bindings)}},
        serviceData=changes,
    )


def firewall(minute: float, method: str, **request: Any) -> Entry:
    resource = "projects/example-project/global/firewalls/allow-ssh"
    entry = audit(
        minute,
        "compute.googleapis.com",
        f"v1.compute.firewalls.{method}",
        resource,
        "gce_firewall_rule",
        request=request,
    )
    entry["operation"] = {"id": f"op-{minute}", "producer": "compute.googleapis.com", "first": True, "last": True}
    return entry


def opened(minute: float) -> Entry:
    return firewall(minute, "insert", sourceRanges=["0.0.0.0/0"], alloweds=SSH, direction="INGRESS")


def closed(minute: float) -> Entry:
    return firewall(minute, "insert", sourceRanges=["0.0.0.0/0"], alloweds=SSH, direction="INGRESS", disabled=True)


def sink(minute: float, method: str, *, mask: str = "", **fields: Any) -> Entry:
    name = "projects/example-project/sinks/export"
    request: dict[str, Any] = {"sinkName": name, "updateMask": mask} if mask else {"parent": "projects/example-project"}
    if fields:
        request["sink"] = {"name": "export", **fields}
    called = f"google.logging.v2.ConfigServiceV2.{method}Sink"
    return audit(minute, "logging.googleapis.com", called, name, "logging_sink", request=request)


def exporting(minute: float, **fields: Any) -> Entry:
    return sink(minute, "Create", **{"destination": TOPIC, "filter": "severity>=ERROR", **fields})


def job(minute: float, query: str, *, good: bool = True, target: str = "") -> Entry:
    config = {"type": "QUERY", "queryConfig": {"query": query, "statementType": "MERGE", "destinationTable": target}}
    status = {"jobState": "DONE"} if good else {"jobState": "DONE", "errorResult": {"code": 5, "message": "Not found"}}
    return audit(
        minute,
        "bigquery.googleapis.com",
        "google.cloud.bigquery.v2.JobService.InsertJob",
        f"projects/example-project/jobs/job_{minute}",
        "bigquery_project",
        PIPELINE,
        metadata={"jobChange": {"after": "DONE", "job": {"jobConfig": config, "jobStatus": status}}},
    )


def task(minute: float, state: str, run: str) -> Entry:
    return entries.airflow_task(at(minute), "load_mart", "merge_daily", run, state, attempt=3)


def merge(day: str) -> str:
    return f"CALL mart.load_orders(DATE '{day}')"


def role(minute: float, *, gained: Sequence[str] = (), lost: Sequence[str] = (), method: str = "UpdateRole") -> Entry:
    delta = {"addedPermissions": list(gained), "removedPermissions": list(lost)}
    changes = {"permissionDelta": {name: values for name, values in delta.items() if values}}
    resource = "projects/example-project/roles/helper"
    called = f"google.iam.admin.v1.{method}"
    return audit(minute, "iam.googleapis.com", called, resource, "iam_role", serviceData=changes)


ACT_AS, GET_TOKEN = "iam.serviceAccounts.actAs", "iam.serviceAccounts.getAccessToken"
CAROL, RUN = "user:carol@example.com", "scheduled__2026-11-23T03:00:00+00:00"
BOTH = (add(EDITOR, CAROL), add(EDITOR, "user:dave@example.com"))
RESOLVING: dict[str, list[Entry]] = {
    "the binding under the name of a deleted member": [
        project(0, add(EDITOR, CAROL)),
        project(5, remove(EDITOR, "deleted:user:carol@example.com?uid=11")),
    ],
    "the binding in another case": [
        project(0, add(EDITOR, "user:Carol@example.com")),
        project(5, remove(EDITOR, CAROL)),
    ],
    "the binding with its condition": [
        bucket(0, add(VIEWER, "allUsers", condition=FOR_A_WHILE)),
        bucket(5, remove(VIEWER, "allUsers", condition=FOR_A_WHILE)),
    ],
    "both bindings of one call, one after the other": [
        project(0, *BOTH),
        project(5, remove(EDITOR, CAROL)),
        project(9, remove(EDITOR, "user:dave@example.com")),
    ],
    "two bindings of two calls at once": [
        project(0, BOTH[0]),
        project(1, BOTH[1]),
        project(5, *({**delta, "action": "REMOVE"} for delta in BOTH)),
    ],
    "the removal that arrives first": [bucket(5, remove(VIEWER, "allUsers")), bucket(0, add(VIEWER, "allUsers"))],
    "the whole policy without everybody, after an entry with changes": [
        service(0, INVOKER, deltas=[add("roles/run.invoker", "allUsers")]),
        service(5, DEVELOPER),
    ],
    "the deletion of the service": [
        service(0, INVOKER),
        audit(
            5,
            "run.googleapis.com",
            "google.cloud.run.v1.Services.DeleteService",
            "namespaces/example-project/services/hook",
            "cloud_run_revision",
        ),
    ],
    "the source of a firewall rule": [opened(0), firewall(5, "patch", sourceRanges=["10.0.0.0/8"])],
    "the ports of a firewall rule": [
        opened(0),
        firewall(5, "patch", alloweds=[{"IPProtocol": "tcp", "ports": ["443"]}]),
    ],
    "a sink that is created again as it was": [exporting(0), sink(5, "Delete"), exporting(9)],
    "an emptied sink that is created again as it was": [
        exporting(0),
        sink(5, "Update", mask="exclusions", destination=TOPIC, exclusions=EXCLUDED),
        sink(6, "Delete"),
        exporting(9),
    ],
    "a sink that is created again as it was after a change of its filter": [
        exporting(0),
        sink(2, "Update", mask="filter", filter="severity>=INFO"),
        sink(3, "Update", mask="filter", filter="false"),
        sink(5, "Delete"),
        exporting(9, filter="severity>=INFO"),
    ],
    "a sink without a filter that is created again": [
        exporting(0, filter=""),
        sink(5, "Delete"),
        sink(9, "Create", destination=TOPIC),
    ],
    "each permission that a role gained": [
        role(0, gained=[ACT_AS, GET_TOKEN]),
        role(5, lost=[GET_TOKEN]),
        role(9, lost=[ACT_AS]),
    ],
    "the deletion of a role": [role(0, gained=[ACT_AS, GET_TOKEN]), role(5, method="DeleteRole")],
    "the query of the same day": [job(0, merge("2026-11-22"), good=False), job(5, merge("2026-11-22"))],
    "a query without a day": [job(0, "CALL p()", good=False), job(5, "CALL p()")],
    "a backfill of the same logical date": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "backfill__2026-11-23T03:00:00+00:00"),
    ],
    "the same logical date in another zone": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "manual__2026-11-23T12:00:00+09:00"),
    ],
}
NOT_RESOLVING: dict[str, list[Entry]] = {
    "a binding with another condition": [
        bucket(0, add(VIEWER, "allUsers", condition=FOR_A_WHILE)),
        bucket(5, remove(VIEWER, "allUsers", condition=UNTIL_LATER)),
    ],
    "another member": [bucket(0, add(VIEWER, "allUsers")), bucket(5, remove(VIEWER, "allAuthenticatedUsers"))],
    "another bucket": [bucket(0, add(VIEWER, "allUsers")), bucket(5, remove(VIEWER, "allUsers"), name="other")],
    "one of two bindings of one call": [project(0, *BOTH), project(5, remove(EDITOR, CAROL))],
    "the description of a firewall rule": [opened(0), firewall(5, "patch", description="x")],
    "both halves of the internet": [opened(0), firewall(5, "patch", sourceRanges=["0.0.0.0/1", "128.0.0.0/1"])],
    "a sink that is created again with another destination": [
        exporting(0),
        sink(5, "Delete"),
        exporting(9, destination=ELSEWHERE),
    ],
    "a sink that is created twice with another destination": [
        exporting(0),
        sink(5, "Delete"),
        exporting(9, destination=ELSEWHERE),
        sink(10, "Delete"),
        exporting(11, destination=ELSEWHERE),
    ],
    "a destination that an update mask left out": [
        exporting(0),
        sink(2, "Update", mask="description", destination=ELSEWHERE, description="x"),
        sink(5, "Delete"),
        exporting(9, destination=ELSEWHERE),
    ],
    "a sink that is created again with another filter": [
        exporting(0),
        sink(5, "Delete"),
        exporting(9, filter="severity>=ERROR AND resource.type=gce_instance"),
    ],
    "a sink of an organization that is created again without its children": [
        exporting(0, includeChildren=True),
        sink(5, "Delete"),
        exporting(9),
    ],
    "a sink of which no earlier entry is known": [sink(5, "Delete"), exporting(9)],
    "a sink that is created again disabled": [exporting(0), sink(5, "Delete"), exporting(9, disabled=True)],
    "a firewall rule that was disabled when it was created": [closed(0), firewall(5, "patch", disabled=False)],
    "a port for administrators after a public web port": [
        firewall(0, "insert", sourceRanges=WORLD, alloweds=WEB),
        firewall(5, "patch", alloweds=SSH),
    ],
    "one of two permissions that a role gained": [role(0, gained=[ACT_AS, GET_TOKEN]), role(5, lost=[ACT_AS])],
    "another partition of a range": [
        job(0, "x", good=False, target=f"{TABLE}$10"),
        job(5, "x", target=f"{TABLE}$20"),
    ],
    "the query of the next day": [job(0, merge("2026-11-22"), good=False), job(5, merge("2026-11-23"))],
    "the partition of the next hour": [
        job(0, "x", good=False, target=f"{TABLE}$2026112303"),
        job(5, "x", target=f"{TABLE}$2026112304"),
    ],
    "the run of the next hour": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "scheduled__2026-11-23T04:00:00+00:00"),
    ],
    "a backfill of January": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "backfill__2026-01-01T03:00:00+00:00"),
    ],
}

# A fault that comes again after it was resolved is another one.
REOPENING: dict[str, list[Entry]] = {
    "a firewall rule that is enabled again": [
        opened(0),
        firewall(5, "patch", disabled=True),
        firewall(9, "patch", disabled=False),
    ],
    "a firewall rule that is enabled again by an update": [
        opened(0),
        firewall(5, "patch", disabled=True),
        firewall(9, "update", sourceRanges=WORLD, alloweds=SSH, direction="INGRESS"),
    ],
    "a firewall rule that is narrowed and opened again": [
        opened(0),
        firewall(5, "patch", sourceRanges=INTERNAL),
        firewall(9, "patch", sourceRanges=WORLD),
    ],
}
UNHARMED: dict[str, list[Entry]] = {
    "a harmless firewall rule that is enabled": [
        firewall(0, "insert", sourceRanges=WORLD, alloweds=WEB, disabled=True),
        firewall(5, "patch", disabled=False),
    ],
    "a firewall rule that was narrowed while it was disabled": [
        closed(0),
        firewall(5, "patch", sourceRanges=INTERNAL),
        firewall(9, "patch", disabled=False),
    ],
    "a firewall rule of which no earlier entry is known": [firewall(5, "patch", disabled=False)],
    "a source for everybody of a web port": [
        firewall(0, "insert", sourceRanges=INTERNAL, alloweds=WEB),
        firewall(5, "patch", sourceRanges=WORLD),
    ],
    "a firewall rule that is deleted and created again for others": [
        closed(0),
        firewall(5, "delete"),
        firewall(7, "insert", sourceRanges=INTERNAL, alloweds=SSH),
        firewall(9, "patch", disabled=False),
    ],
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(artifact.load(ROOT / "rules"))


def unresolved(rules: Engine, store: ErrorStore, history: Sequence[Entry]) -> list[bool]:
    for entry in history:
        evaluation = rules.evaluate(entry)
        with store.transaction(at(0) + timedelta(hours=1)) as transaction:
            findings, recoveries = resolve_state(evaluation, transaction)
            for finding in findings:
                transaction.record(finding, redact=())
            for recovery in recoveries:
                transaction.recover(recovery)
    with store.reading() as session:
        return [one.status != Status.RESOLVED for one in session.scalars(select(Incident))]


@pytest.mark.parametrize("name", RESOLVING)
def test_the_event_that_undoes_a_fault_resolves_it(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    found = unresolved(rules, sqlite_store, RESOLVING[name])
    assert found
    assert not any(found)


@pytest.mark.parametrize("name", NOT_RESOLVING)
def test_an_event_that_does_not_undo_a_fault_leaves_it_open(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    assert unresolved(rules, sqlite_store, NOT_RESOLVING[name]) == [True]


@pytest.mark.parametrize("name", REOPENING)
def test_a_fault_that_comes_again_opens_another_incident(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    assert unresolved(rules, sqlite_store, REOPENING[name]) == [False, True]


@pytest.mark.parametrize("name", UNHARMED)
def test_a_harmless_change_opens_no_incident(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    assert unresolved(rules, sqlite_store, UNHARMED[name]) == []
