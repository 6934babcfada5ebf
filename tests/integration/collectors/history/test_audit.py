"""Audit entries through the real Cloud Logging client: actions by the hour, exact grants, evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import grpc
import pytest

from collectors.history_analysis.results import Outcome
from db.schema_db.models import Binding, BindingChange, Coverage, UserAction
from db.schema_db.store import SchemaStore
from demo.platform.logging import LoggingServer
from demo.platform.resourcemanager import ResourceManagerServer
from shared.config import Settings
from tests.support.collecting import Site
from tests.support.history import TEN, at

NINE = at(-1)
VIEWER = "roles/storage.objectViewer"
BUCKET = "//storage.googleapis.com/example-exports"
LOGGED = [
    {
        "service": "storage.googleapis.com",
        "auditLogConfigs": [{"logType": kind} for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")],
    }
]


@pytest.fixture
def logging() -> Iterator[LoggingServer]:
    server = LoggingServer(page_size=3)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def manager() -> Iterator[ResourceManagerServer]:
    with ResourceManagerServer() as server:
        server.add_project("example-project")
        yield server


@pytest.fixture
def site(schema_store: SchemaStore, logging: LoggingServer, manager: ResourceManagerServer) -> Site:
    settings = Settings(
        logging_endpoint=logging.endpoint,
        resourcemanager_endpoint=manager.url,
        projects=("example-project",),
        history_first_days=1,
    )
    return Site(schema_store, settings)


def entry(minutes: float, log: str = "data_access", **payload: Any) -> dict[str, Any]:
    """Somebody read an object of a bucket, so many minutes after nine."""
    time = NINE + timedelta(minutes=minutes)
    return {
        "logName": f"projects/example-project/logs/cloudaudit.googleapis.com%2F{log}",
        "insertId": f"i{minutes}",
        "timestamp": time.isoformat(),
        "resource": {"type": "gcs_bucket", "labels": {"bucket_name": "example-exports", "project_id": "example-project"}},
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "storage.googleapis.com",
            "methodName": "storage.objects.get",
            "resourceName": "projects/_/buckets/example-exports/objects/a.csv",
            "authenticationInfo": {"principalEmail": "Alice@example.com"},
            "authorizationInfo": [{"permission": "storage.objects.get", "granted": True}],
            "requestMetadata": {"callerIp": "203.0.113.7"},
            **payload,
        },
    }  # fmt: skip


def policy_change(minutes: float, *deltas: dict[str, Any], **payload: Any) -> dict[str, Any]:
    data = {"@type": "type.googleapis.com/google.iam.v1.logging.AuditData", "policyDelta": {"bindingDeltas": deltas}}
    values = {
        "methodName": "storage.setIamPermissions",
        "resourceName": "projects/_/buckets/example-exports",
        "serviceData": data,
    }
    return entry(minutes, "activity", **values, **payload)


def add(member: str = "allUsers", **more: Any) -> dict[str, Any]:
    return {"action": "ADD", "role": VIEWER, "member": member, **more}


def test_calls_are_counted_by_hour_with_networks_and_denials(site: Site, logging: LoggingServer) -> None:
    for minute in range(7):
        logging.add(entry(minute))
    logging.add(entry(30, status={"code": 7}, requestMetadata={"callerIp": "2001:db8::1"}))
    logging.add(entry(70))
    site.done("audit.actions")
    (found,) = site.rows(UserAction)
    assert (found.hour, found.principal, found.resource) == (NINE, "alice@example.com", BUCKET)
    assert (found.count, found.denied, found.permissions) == (8, 1, ["storage.objects.get"])
    assert found.networks == ["2001:db8::/48", "203.0.113.0/24"]
    assert (found.first_at, found.last_at) == (NINE, NINE + timedelta(minutes=30))


def test_an_hour_is_counted_again_when_entries_come_late(site: Site, logging: LoggingServer) -> None:
    logging.add(entry(5))
    site.done("audit.actions")
    logging.add(entry(55))
    logging.add(entry(65))
    site.done("audit.actions", at(1))
    assert sorted((row.hour, row.count) for row in site.rows(UserAction)) == [(NINE, 2), (TEN, 1)]


def test_a_delta_becomes_a_grant_with_its_time_and_person(site: Site, logging: LoggingServer) -> None:
    condition = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until 2027"}
    logging.add(policy_change(12, add("user:Bob@example.com", condition=condition)))
    site.done("audit.actions")
    (found,) = site.rows(Binding)
    assert (found.resource, found.member, found.role) == (BUCKET, "user:bob@example.com", VIEWER)
    assert (found.valid_from, found.exact_from, found.granted_by) == (
        NINE + timedelta(minutes=12),
        True,
        "alice@example.com",
    )
    assert found.condition["title"] == "until 2027"


def test_the_delta_of_a_dataset_is_in_the_metadata(site: Site, logging: LoggingServer) -> None:
    values = {
        "serviceName": "bigquery.googleapis.com",
        "methodName": "google.iam.v1.IAMPolicy.SetIamPolicy",
        "resourceName": "projects/example-project/datasets/mart",
        "metadata": {
            "@type": "type.googleapis.com/google.cloud.audit.BigQueryAuditMetadata",
            "datasetChange": {"reason": "SET_IAM_POLICY", "bindingDeltas": [add("allAuthenticatedUsers")]},
        },
    }
    logging.add(entry(12, "activity", **values))
    site.done("audit.actions")
    assert [(row.resource, row.member) for row in site.rows(Binding)] == [
        ("//bigquery.googleapis.com/projects/example-project/datasets/mart", "allAuthenticatedUsers")
    ]


def test_a_refused_change_grants_nothing(site: Site, logging: LoggingServer) -> None:
    logging.add(policy_change(12, add(), status={"code": 7}))
    site.done("audit.actions")
    assert site.rows(BindingChange) == []


def test_the_end_of_an_operation_is_not_counted_again(site: Site, logging: LoggingServer) -> None:
    logging.add({**entry(1), "operation": {"id": "o", "first": True}})
    logging.add({**entry(2), "operation": {"id": "o", "last": True}})
    site.done("audit.actions")
    assert [row.count for row in site.rows(UserAction)] == [1]


def test_a_repeat_changes_nothing(site: Site, logging: LoggingServer) -> None:
    logging.add(entry(5))
    logging.add(policy_change(12, add()))
    site.done("audit.actions")
    before = [(row.id, row.valid_from) for row in site.rows(Binding)]
    site.done("audit.actions", at(1))
    assert [(row.id, row.valid_from) for row in site.rows(Binding)] == before
    assert len(site.rows(BindingChange)) == 1


def test_evidence_is_complete_where_the_configuration_says_so(
    site: Site, logging: LoggingServer, manager: ResourceManagerServer
) -> None:
    manager.audit("example-project", LOGGED)
    logging.add(entry(5))
    site.done("audit.actions")
    found = {row.subject: (row.since, row.until) for row in site.rows(Coverage)}
    assert found["data_access/example-project/storage.googleapis.com"] == (at(-24), TEN)
    assert found["data_access/example-project/bigquery.googleapis.com"] == (at(-24), TEN)
    assert found["admin_activity/example-project"] == (at(-24), TEN)
    assert "data_access/example-project/pubsub.googleapis.com" not in found


def test_without_the_configuration_an_hour_with_entries_is_evidence(site: Site, logging: LoggingServer) -> None:
    logging.add(entry(5))
    site.done("audit.actions")
    found = {row.subject: (row.since, row.until) for row in site.rows(Coverage)}
    assert found["data_access/example-project/storage.googleapis.com"] == (NINE, TEN)


def test_it_goes_on_at_the_hour_that_failed(site: Site, logging: LoggingServer) -> None:
    logging.add(entry(5))
    logging.fail(grpc.StatusCode.INTERNAL, times=1)
    assert site.run("audit.actions").outcome is Outcome.FAILED
    site.done("audit.actions")
    assert len(site.rows(UserAction)) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_an_answer_that_may_pass_is_asked_again(site: Site, logging: LoggingServer, code: grpc.StatusCode) -> None:
    logging.add(entry(5))
    logging.fail(code, times=1)
    site.done("audit.actions")
    assert len(site.rows(UserAction)) == 1


def test_an_entry_of_another_type_does_no_harm(site: Site, logging: LoggingServer) -> None:
    strange = {"@type": "type.googleapis.com/google.cloud.bigquery.logging.v1.AuditData", "tableChange": {}}
    logging.add(entry(5, serviceData=strange))
    logging.add({**entry(6), "protoPayload": None, "textPayload": "no audit entry"})
    site.done("audit.actions")
    assert [row.count for row in site.rows(UserAction)] == [1]
