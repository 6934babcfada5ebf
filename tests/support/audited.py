"""Builds audit entries, most of them about access, and evaluates a list of them into incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from demo import entries
from demo.entries import Entry, audit_entry
from shared.events import EarlierPolicy
from shared.model import Status
from tests.support.findings import at

ALICE, PIPELINE = "alice@example.com", "etl@example-project.iam.gserviceaccount.com"
VIEWER, EDITOR = "roles/storage.objectViewer", "roles/editor"
INVOKER = {"role": "roles/run.invoker", "members": ["allUsers"]}
SSH, WEB = ([{"IPProtocol": "tcp", "ports": [port]}] for port in ("22", "443"))
WORLD, INTERNAL = ["0.0.0.0/0"], ["10.0.0.0/8"]
TOPIC, ELSEWHERE = (f"pubsub.googleapis.com/projects/{name}/topics/t" for name in ("example-project", "elsewhere"))
SUBSCRIBER, FOREIGN = "google.pubsub.v1.Subscriber", "https://collect.example.net/in"
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


def hmac(minute: float, verb: str, key: str = "GOOG1E1", state: str = "") -> Entry:
    resource = f"projects/example-project/hmacKeys/{key}"
    more: dict[str, Any] = {"request": {"state": state}} if state else {}
    return audit(minute, "storage.googleapis.com", f"storage.hmacKeys.{verb}", resource, "audited_resource", **more)


def account_key(minute: float, verb: str, key: str = "k1") -> Entry:
    resource = "projects/-/serviceAccounts/1234"
    name = {"name": f"{resource}/keys/{key}"}
    shown: dict[str, Any] = {"response": name} if verb == "Create" else {"request": name}
    method = f"google.iam.admin.v1.{verb}ServiceAccountKey"
    entry = audit(minute, "iam.googleapis.com", method, resource, "service_account", **shown)
    entry["resource"]["labels"] |= {"email_id": "etl@example-project.iam.gserviceaccount.com"}
    return entry


def provider(minute: float, verb: str, mask: str = "", **fields: Any) -> Entry:
    resource = "projects/example-project/locations/global/workloadIdentityPools/ci/providers/github"
    method = f"google.iam.v1.WorkloadIdentityPools.{verb}WorkloadIdentityPoolProvider"
    request = {"workloadIdentityPoolProvider": fields, "updateMask": mask}
    return audit(minute, "iam.googleapis.com", method, resource, "audited_resource", request=request)


def admin(minute: float, verb: str, kind: str = "clusterrolebindings", namespace: str = "") -> Entry:
    """An entry about a Kubernetes binding named helm, which gives Bob the role cluster-admin."""
    where = f"namespaces/{namespace}/" if namespace else ""
    resource = f"rbac.authorization.k8s.io/v1/{where}{kind}/helm"
    method = f"io.k8s.authorization.rbac.v1.{kind}.{verb}"
    request = {"roleRef": {"name": "cluster-admin"}, "subjects": [{"name": "bob@example.com"}]}
    entry = audit(minute, "k8s.io", method, resource, "k8s_cluster", request=request)
    entry["resource"]["labels"] |= {"cluster_name": "main", "location": "eu"}
    return entry


def peering(minute: float, verb: str, name: str = "partner") -> Entry:
    resource = "projects/example-project/global/networks/default"
    method = f"v1.compute.networks.{verb}Peering"
    return audit(minute, "compute.googleapis.com", method, resource, "gce_network", request={"name": name})


def subscription(minute: float, method: str, topic: str = "") -> Entry:
    resource = "projects/example-project/subscriptions/orders"
    request = {"name": resource, "topic": f"projects/example-project/topics/{topic}"} if topic else {}
    return audit(
        minute, "pubsub.googleapis.com", f"{SUBSCRIBER}.{method}", resource, "pubsub_subscription", request=request
    )


def of_bucket(minute: float, verb: str, where: str = "example-project") -> Entry:
    method = f"storage.buckets.{verb}"
    entry = audit(minute, "storage.googleapis.com", method, "projects/_/buckets/exports", "gcs_bucket")
    entry["resource"]["labels"] |= {"bucket_name": "exports", "project_id": where}
    return {**entry, "logName": f"projects/{where}/logs/cloudaudit.googleapis.com%2Factivity"}


def push(minute: float, method: str, endpoint: str = "", mask: str = "", name: str = "orders") -> Entry:
    resource = f"projects/example-project/subscriptions/{name}"
    config = {"pushConfig": {"pushEndpoint": endpoint}} if endpoint else {"pushConfig": {}}
    request: dict[str, Any] = {"subscription": {"name": resource, **config}, "updateMask": mask} if mask else config
    return audit(minute, "pubsub.googleapis.com", method, resource, "pubsub_subscription", request=request)


def org_policy(minute: float, method: str, *rules: dict[str, Any], where: str = "projects/example-project") -> Entry:
    name = f"{where}/policies/iam.disableServiceAccountKeyCreation"
    called = f"google.cloud.orgpolicy.v2.OrgPolicy.{method}"
    request = {"policy": {"name": name, "spec": {"rules": list(rules)}}} if rules else {"name": name}
    return audit(minute, "orgpolicy.googleapis.com", called, name, "audited_resource", request=request)


def role(minute: float, *, gained: Sequence[str] = (), lost: Sequence[str] = (), method: str = "UpdateRole") -> Entry:
    delta = {"addedPermissions": list(gained), "removedPermissions": list(lost)}
    changes = {"permissionDelta": {name: values for name, values in delta.items() if values}}
    resource = "projects/example-project/roles/helper"
    called = f"google.iam.admin.v1.{method}"
    return audit(minute, "iam.googleapis.com", called, resource, "iam_role", serviceData=changes)


def play(
    rules: Engine, store: ErrorStore, history: Sequence[Entry], before: EarlierPolicy | None = None
) -> list[Incident]:
    """Evaluates the entries in this order; returns the incidents, earliest first.

    `before` is the policy that the history has from before the entries.
    """
    for entry in history:
        with store.transaction(at(0) + timedelta(hours=1)) as transaction:
            findings, recoveries = resolve_state(rules.evaluate(entry), transaction, lambda _: before)
            for finding in findings:
                transaction.record(finding, redact=())
            for recovery in recoveries:
                transaction.recover(recovery)
    with store.reading() as session:
        return list(session.scalars(select(Incident).order_by(Incident.opened_at, Incident.rule)))


def unresolved(rules: Engine, store: ErrorStore, history: Sequence[Entry]) -> list[bool]:
    """Evaluates the entries; returns for each incident, earliest first, whether it is unresolved."""
    return [one.status != Status.RESOLVED for one in play(rules, store, history)]


def job(minute: float, query: str, *, good: bool = True, target: str = "") -> Entry:
    """The end of a MERGE of a pipeline, good or failed; `target` is the table that it writes."""
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
