"""Audit entries through the real Cloud Logging client: actions by the hour, exact grants, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest
from sqlalchemy import select

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import AuditSetting, Binding, BindingChange, Coverage, UserAction
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from demo.platform.logging.server import LoggingServer
from demo.platform.resourcemanager import ResourceManagerServer
from shared.config import Settings
from shared.history import PolicyRow
from tests.support.collecting import CollectingSite
from tests.support.history import TEN, at

pytestmark = pytest.mark.sqlite

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
def site(schema_store: SchemaStore, logging: LoggingServer, manager: ResourceManagerServer) -> CollectingSite:
    settings = Settings(
        logging_endpoint=logging.endpoint,
        resourcemanager_endpoint=manager.url,
        projects=("example-project",),
        history_first_days=1,
    )
    return CollectingSite(schema_store, settings)


def entry(minutes: float, log: str = "data_access", **payload: Any) -> dict[str, Any]:
    """A read of an object in a bucket, `minutes` after nine."""
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


def test_a_changed_quota_preference_is_an_action_on_its_quota_because_its_id_is_free_text(
    site: CollectingSite, logging: LoggingServer
) -> None:
    place = "projects/123456789012/locations/global"
    kind = "type.googleapis.com/google.api.cloudquotas.v1.UpdateQuotaPreferenceRequest"
    for minutes, preference in ((5, {"service": "bigquery.googleapis.com", "quotaId": "QueryUsagePerDay"}), (6, {})):
        call = {
            "serviceName": "cloudquotas.googleapis.com",
            "methodName": "google.api.cloudquotas.v1.CloudQuotas.UpdateQuotaPreference",
            "resourceName": f"{place}/quotaPreferences/less-for-march",
            "authorizationInfo": [],
            "request": {"@type": kind, "quotaPreference": {"quotaConfig": {"preferredValue": "10"}, **preference}},
        }
        logging.add(entry(minutes, "activity", **call))
    site.done("audit.actions")
    with site.store.reading() as session:
        assert sorted(session.scalars(select(UserAction.resource))) == [
            f"//cloudquotas.googleapis.com/{place}/quotaPreferences/less-for-march",
            f"//cloudquotas.googleapis.com/{place}/services/bigquery.googleapis.com/quotaInfos/QueryUsagePerDay",
        ]


def test_a_table_that_expired_is_an_action_of_the_system_and_other_system_events_are_none(
    site: CollectingSite, logging: LoggingServer
) -> None:
    table = {
        "serviceName": "bigquery.googleapis.com",
        "resourceName": "projects/example-project/datasets/staging/tables/orders",
        "authenticationInfo": {},
        "authorizationInfo": [],
    }
    logging.add(entry(5, "system_event", **table, methodName="InternalTableExpired"))
    logging.add(entry(6, "system_event", **table, methodName="InternalSomething"))
    site.done("audit.actions")
    (row,) = site.rows(UserAction)
    assert (row.principal, row.method, row.count) == ("system", "InternalTableExpired", 1)
    assert row.resource == "//bigquery.googleapis.com/projects/example-project/datasets/staging/tables/orders"


def test_calls_are_counted_by_hour_with_networks_and_denials(site: CollectingSite, logging: LoggingServer) -> None:
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


def test_an_hour_is_counted_again_when_entries_come_late(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add(entry(5))
    site.done("audit.actions")
    logging.add(entry(55))
    logging.add(entry(65))
    site.done("audit.actions", at(1))
    assert sorted((row.hour, row.count) for row in site.rows(UserAction)) == [(NINE, 2), (TEN, 1)]


def test_a_delta_becomes_a_grant_with_its_time_and_person(site: CollectingSite, logging: LoggingServer) -> None:
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


def test_the_delta_of_a_dataset_is_in_the_metadata(site: CollectingSite, logging: LoggingServer) -> None:
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


def test_a_denied_change_grants_nothing(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add(policy_change(12, add(), status={"code": 7}))
    site.done("audit.actions")
    assert site.rows(BindingChange) == []


def test_the_end_of_an_operation_is_not_counted_again(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add({**entry(1), "operation": {"id": "o", "first": True}})
    logging.add({**entry(2), "operation": {"id": "o", "last": True}})
    site.done("audit.actions")
    assert [row.count for row in site.rows(UserAction)] == [1]


@pytest.mark.both_databases
def test_a_repeat_changes_nothing(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add(entry(5))
    logging.add(policy_change(12, add()))
    site.done("audit.actions")
    before = [(row.id, row.valid_from) for row in site.rows(Binding)]
    site.done("audit.actions", at(1))
    assert [(row.id, row.valid_from) for row in site.rows(Binding)] == before
    assert len(site.rows(BindingChange)) == 1


def covered(site: CollectingSite) -> dict[str, tuple[datetime, datetime]]:
    return {row.subject: (row.since, row.until) for row in site.rows(Coverage)}


def test_logs_that_were_read_completely_are_evidence(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add(entry(5))
    site.done("audit.actions")
    both = ("admin_activity/projects/example-project", "data_access/projects/example-project")
    assert covered(site) == dict.fromkeys(both, (at(-24), TEN))


@pytest.mark.permissions
def test_without_permission_to_read_private_logs_data_access_has_no_evidence(
    site: CollectingSite, logging: LoggingServer, manager: ResourceManagerServer
) -> None:
    manager.denied.add("logging.privateLogEntries.list")
    logging.hides_private = True
    logging.add(entry(5))
    site.done("audit.actions")
    assert list(covered(site)) == ["admin_activity/projects/example-project"]
    assert site.rows(UserAction) == []


def test_a_permission_revoked_during_the_read_ends_the_evidence(
    site: CollectingSite, logging: LoggingServer, manager: ResourceManagerServer
) -> None:
    for hour in range(24):
        logging.add(entry(60 * -hour))  # 24 pages and more
    manager.revoke_after(5, "logging.privateLogEntries.list")
    site.done("audit.actions")
    found = covered(site)
    assert found["admin_activity/projects/example-project"] == (at(-24), TEN)
    assert at(-24) < found["data_access/projects/example-project"][1] < TEN


def test_switching_a_data_access_log_is_recorded_with_its_hour(site: CollectingSite, logging: LoggingServer) -> None:
    deltas = [
        {"action": "REMOVE", "service": "storage.googleapis.com", "logType": "DATA_READ"},
        {"action": "ADD", "service": "pubsub.googleapis.com", "logType": "DATA_READ", "exemptedMember": "user:a@b.c"},
    ]
    data = {
        "@type": "type.googleapis.com/google.iam.v1.logging.AuditData",
        "policyDelta": {"auditConfigDeltas": deltas},
    }
    logging.add(entry(12, "activity", methodName="SetIamPolicy", serviceData=data))
    site.done("audit.actions")
    switches = {name: times for name, times in covered(site).items() if name.startswith("audit_")}
    assert switches == {
        "audit_switch/projects/example-project/storage.googleapis.com": (NINE, TEN),
        "audit_exempted/projects/example-project/user:a@b.c": (NINE, TEN),
    }


def test_a_call_counts_for_every_resource_that_it_needed(site: CollectingSite, logging: LoggingServer) -> None:
    elsewhere = {"permission": "storage.objects.create", "resource": "projects/_/buckets/example-raw/objects/b.csv"}
    here = {"permission": "storage.objects.get", "resource": "projects/_/buckets/example-exports/objects/a.csv"}
    logging.add(entry(3, authorizationInfo=[here, elsewhere]))
    site.done("audit.actions")
    assert {row.resource: row.permissions for row in site.rows(UserAction)} == {
        BUCKET: ["storage.objects.create", "storage.objects.get"],
        "//storage.googleapis.com/example-raw": ["storage.objects.create"],
    }


def test_a_call_with_a_hidden_caller_is_stored_without_a_name(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add(entry(3, authenticationInfo={}))
    logging.add(entry(4, authenticationInfo={}, status={"code": 7}))
    logging.add(entry(5, authenticationInfo={}, authorizationInfo=[]))
    site.done("audit.actions")
    assert [(row.principal, row.count) for row in site.rows(UserAction)] == [("", 1)]


def test_a_quiet_week_costs_few_calls(site: CollectingSite, logging: LoggingServer) -> None:
    site.settings = replace(site.settings, history_first_days=7)
    logging.add(entry(5))
    result = site.done("audit.actions")
    assert len(logging.requests) == 7
    assert result.api_calls == 7 + 8
    assert covered(site)["admin_activity/projects/example-project"] == (at(-7 * 24), TEN)


def test_a_busy_hour_is_counted_over_all_its_pages(site: CollectingSite, logging: LoggingServer) -> None:
    for minute in range(50):
        logging.add(entry(minute / 2))
        logging.add(entry(-60 + minute / 2))
    site.done("audit.actions")
    assert [(row.hour, row.count) for row in site.rows(UserAction)] == [(at(-2), 50), (NINE, 50)]


def test_a_split_entry_counts_once_with_all_its_grants(site: CollectingSite, logging: LoggingServer) -> None:
    values = {
        "serviceName": "bigquery.googleapis.com",
        "methodName": "google.iam.v1.IAMPolicy.SetIamPolicy",
        "resourceName": "projects/example-project/datasets/mart",
    }
    for index, member in enumerate(("allUsers", "user:bob@example.com", "user:carol@example.com")):
        part = {"datasetChange": {"bindingDeltas": [add(member)]}}
        split = {"uid": "u", "index": index, "totalSplits": 3}
        logging.add({**entry(12, "activity", **values, metadata=part), "insertId": f"p{index}", "split": split})
    site.done("audit.actions")
    assert [row.count for row in site.rows(UserAction)] == [1]
    assert len(site.rows(Binding)) == 3


def test_a_grant_by_an_unknown_principal_is_stored(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add(policy_change(12, add("user:bob@example.com"), authenticationInfo={}))
    site.done("audit.actions")
    assert [(row.member, row.exact_from, row.granted_by) for row in site.rows(Binding)] == [
        ("user:bob@example.com", True, "")
    ]
    assert site.rows(UserAction) == []


def test_the_logs_of_the_organization_and_of_its_folders_are_read(
    schema_store: SchemaStore, logging: LoggingServer, manager: ResourceManagerServer
) -> None:
    place = ["projects/example-project", "folders/2", "organizations/1"]
    with schema_store.transaction() as session:
        write(session, 1, [PolicyRow("//storage.googleapis.com/b", "x/Bucket", "example-project", place, [], TEN)])
    manager.add_project("organizations/1")
    settings = Settings(
        logging_endpoint=logging.endpoint, resourcemanager_endpoint=manager.url, scope="organizations/1",
        history_first_days=1,
    )  # fmt: skip
    site = CollectingSite(schema_store, settings)
    values = {"serviceName": "cloudresourcemanager.googleapis.com", "resourceName": "folders/2"}
    logging.add({**entry(5, **values), "logName": "folders/2/logs/cloudaudit.googleapis.com%2Fdata_access"})
    logging.add({**entry(6), "logName": "organizations/1/logs/cloudaudit.googleapis.com%2Fdata_access"})
    site.done("audit.actions")
    levels = ("folders/2", "organizations/1")
    assert sorted(covered(site)) == [
        f"{kind}/{level}" for kind in ("admin_activity", "data_access") for level in levels
    ]
    assert sorted((row.project, row.resource) for row in site.rows(UserAction)) == [
        ("folders/2", "//cloudresourcemanager.googleapis.com/folders/2"),
        ("organizations/1", BUCKET),
    ]


@pytest.mark.both_databases
@pytest.mark.permissions
def test_audit_configurations_of_all_levels_are_stored(
    schema_store: SchemaStore, site: CollectingSite, manager: ResourceManagerServer
) -> None:
    place = ["projects/example-project", "folders/2", "organizations/1"]
    with schema_store.transaction() as session:
        write(session, 1, [PolicyRow("//storage.googleapis.com/b", "x/Bucket", "example-project", place, [], TEN)])
    manager.add_project("folders/2")
    manager.audit("example-project", LOGGED)
    site.done("audit.settings")
    site.done("audit.settings", at(1))
    with schema_store.reading() as session:
        query = select(AuditSetting.level, AuditSetting.service, AuditSetting.log_type).order_by(
            *AuditSetting.__table__.primary_key
        )
        found = [tuple(row) for row in session.execute(query)]
    assert found == [
        ("folders/2", "", ""),
        ("organizations/1", "", "unread"),
        ("projects/example-project", "", ""),
        *(
            ("projects/example-project", "storage.googleapis.com", kind)
            for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
        ),
    ]


def test_the_next_run_continues_at_the_hour_that_failed(site: CollectingSite, logging: LoggingServer) -> None:
    logging.add(entry(5))
    logging.fail(grpc.StatusCode.INTERNAL, times=1)
    assert site.run("audit.actions").outcome is SnapshotOutcome.FAILED
    site.done("audit.actions")
    assert len(site.rows(UserAction)) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_a_transient_error_is_retried(site: CollectingSite, logging: LoggingServer, code: grpc.StatusCode) -> None:
    logging.add(entry(5))
    logging.fail(code, times=1)
    site.done("audit.actions")
    assert len(site.rows(UserAction)) == 1


def test_an_entry_of_another_type_is_skipped(site: CollectingSite, logging: LoggingServer) -> None:
    strange = {"@type": "type.googleapis.com/google.cloud.bigquery.logging.v1.AuditData", "tableChange": {}}
    logging.add(entry(5, serviceData=strange))
    logging.add({**entry(6), "protoPayload": None, "textPayload": "no audit entry"})
    site.done("audit.actions")
    assert [row.count for row in site.rows(UserAction)] == [1]
