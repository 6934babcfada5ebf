"""Log entries exported from BigQuery are converted to the form in which they were logged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.entries.bigquery_rows import as_log_entry, is_row, logged_names
from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from shared.config import ROOT

COMPILED = artifact.load(ROOT / "rules")
NAMES = logged_names(COMPILED)
LOG = "projects/example-project/logs"
BUCKET = {"project_id": "example-project", "bucket_name": "example-exports", "location": "eu"}
DELTAS = [{"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers", "condition": None}]
PUBLIC_BUCKET = {
    "logName": f"{LOG}/cloudaudit.googleapis.com%2Factivity",
    "resource": {"type": "gcs_bucket", "labels": BUCKET},
    "timestamp": "2026-11-23T06:00:00.250000Z",
    "severity": "NOTICE",
    "insertId": "abc1",
    "protoPayload": {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "serviceName": "storage.googleapis.com",
        "methodName": "storage.setIamPermissions",
        "resourceName": "projects/_/buckets/example-exports",
        "authenticationInfo": {"principalEmail": "carol@example.com"},
        "authorizationInfo": [{"permission": "storage.buckets.setIamPolicy", "granted": True}],
        "status": {},
        "serviceData": {
            "@type": "type.googleapis.com/google.iam.v1.logging.AuditData",
            "policyDelta": {"bindingDeltas": [{k: v for k, v in DELTAS[0].items() if v}]},
        },
    },
}
PUBLIC_BUCKET_IN_A_SINK: dict[str, Any] = {
    "logName": PUBLIC_BUCKET["logName"],
    "resource": {"type": "gcs_bucket", "labels": {**BUCKET, "dataset_id": None}},
    "textPayload": None,
    "timestamp": "2026-11-23 06:00:00.250000 UTC",
    "severity": "NOTICE",
    "insertId": "abc1",
    "protopayload_auditlog": {
        "serviceName": "storage.googleapis.com",
        "methodName": "storage.setIamPermissions",
        "resourceName": "projects/_/buckets/example-exports",
        "authenticationInfo": {"principalEmail": "carol@example.com", "principalSubject": None},
        "authorizationInfo": [{"permission": "storage.buckets.setIamPolicy", "granted": "true"}],
        "status": {},
        "servicedata_v1_iam": {"policyDelta": {"bindingDeltas": DELTAS}},
        "requestJson": None,
    },
}
PUBLIC_BUCKET_IN_ALL_LOGS: dict[str, Any] = {
    "log_name": PUBLIC_BUCKET["logName"],
    "resource": {"type": "gcs_bucket", "labels": json.dumps(BUCKET)},
    "text_payload": None,
    "timestamp": "2026-11-23 06:00:00.250000 UTC",
    "severity": "NOTICE",
    "insert_id": "abc1",
    "proto_payload": {
        "type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "audit_log": {
            "service_name": "storage.googleapis.com",
            "method_name": "storage.setIamPermissions",
            "resource_name": "projects/_/buckets/example-exports",
            "authentication_info": {"principal_email": "carol@example.com"},
            "authorization_info": [{"permission": "storage.buckets.setIamPolicy", "granted": True}],
            "status": {},
            "service_data": PUBLIC_BUCKET["protoPayload"]["serviceData"],  # type: ignore[index]
        },
    },
}


def rules(entry: dict[str, Any]) -> list[str]:
    """The rules that match an entry."""
    verdict = Engine(COMPILED, ()).evaluate(entry)
    return [finding.rule for finding in verdict.findings] if verdict else []


@pytest.mark.parametrize("row", [PUBLIC_BUCKET_IN_A_SINK, PUBLIC_BUCKET_IN_ALL_LOGS])
def test_an_audit_entry_is_unchanged(row: dict[str, Any]) -> None:
    assert is_row(row)
    assert not is_row(PUBLIC_BUCKET)
    assert as_log_entry(row, NAMES) == PUBLIC_BUCKET
    assert rules(as_log_entry(row, NAMES)) == rules(PUBLIC_BUCKET) == ["storage/bucket_made_public"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-23 06:00:00 UTC", "2026-11-23T06:00:00Z"),
        ("2026-11-23 06:00:00", "2026-11-23T06:00:00Z"),
        ("2026-11-23 06:00:00.123456+00:00", "2026-11-23T06:00:00.123456+00:00"),
        (1795413600, "2026-11-23T06:00:00Z"),
        ("1.7954136E9", "2026-11-23T06:00:00Z"),
        ("2026-11-23 06:00:00.5+00", "2026-11-23T06:00:00.5+00:00"),
        (1795413600.25, "2026-11-23T06:00:00.250000Z"),
        (1795413600250, "2026-11-23T06:00:00.250000Z"),
        ("1795413600250001", "2026-11-23T06:00:00.250001Z"),
        (1795413600250001000, "2026-11-23T06:00:00.250001Z"),
        ("1e99", "1e99Z"),
    ],
)
def test_a_time_is_read_as_bigquery_writes_it(written: object, read: str) -> None:
    row = {"logName": f"{LOG}/x", "timestamp": written, "textPayload": "x", "jsonPayload": None}
    assert is_row(row)
    assert as_log_entry(row, NAMES) == {"logName": f"{LOG}/x", "timestamp": read, "textPayload": "x"}


def test_texts_of_json_are_documents_and_text_that_is_a_number_is_one() -> None:
    row = {
        "timestamp": "2026-11-23 06:00:00 UTC",
        "httpRequest": {"status": "429", "requestSize": "12"},
        "operation": {"id": "1", "first": "true"},
        "protopayload_auditlog": {
            "status": {"code": "8", "message": "no capacity"},
            "metadataJson": '{"@type": "x", "jobChange": {"after": "DONE"}}',
            "requestJson": "no JSON",
            "servicedata_v1_bigquery": {"jobCompletedEvent": {"eventName": "query_job_completed"}},
        },
    }
    entry = as_log_entry(row, NAMES)
    payload = entry["protoPayload"]
    assert entry["httpRequest"] == {"status": 429, "requestSize": "12"}
    assert entry["operation"]["first"] is True
    assert payload["status"] == {"code": 8, "message": "no capacity"}
    assert payload["metadata"] == {"@type": "x", "jobChange": {"after": "DONE"}}
    assert payload["request"] == "no JSON"
    assert payload["serviceData"]["jobCompletedEvent"] == {"eventName": "query_job_completed"}


def test_names_in_lower_case_are_those_that_the_rules_know() -> None:
    row = {
        "logName": f"{LOG}/cloudscheduler.googleapis.com%2Fexecutions",
        "resource": {"type": "cloud_scheduler_job", "labels": {"job_id": "nightly"}},
        "timestamp": "2026-11-23 06:00:00 UTC",
        "labels": {"compute_googleapis_com_resource_name": "vm-1", "task_id": "merge", "other": "x"},
        "jsonpayload_logging_attemptfinished": {
            "_type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
            "status": "UNAVAILABLE",
            "debuginfo": "URL_ERROR",
            "mine": "as it is",
        },
    }
    entry = as_log_entry(row, NAMES)
    assert entry["labels"] == {"compute.googleapis.com/resource_name": "vm-1", "task-id": "merge", "other": "x"}
    assert entry["jsonPayload"] == {
        "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
        "status": "UNAVAILABLE",
        "debugInfo": "URL_ERROR",
        "mine": "as it is",
    }
    assert rules(entry) == ["scheduler/attempt_failed"]


@pytest.mark.parametrize(
    "document", [{"tick": "sweep", "time": "x"}, {"report": "dbt", "job": "a", "state": "ok"}, {"incident": {}}, {}]
)
def test_other_documents_are_unchanged(document: dict[str, Any]) -> None:
    assert not is_row(document)
