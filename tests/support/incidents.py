"""A realistic incident and its action runs, for handlers and cards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.model import IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.records import IncidentView, RunView

NOW = datetime(2026, 11, 23, 6, 5, 12, tzinfo=UTC)

_INCIDENT = IncidentView(
    id=42,
    fingerprint="6f1c0f0e9a7b4d1d8c2e5f3a7b9d1c4e",
    rule="storage/bucket_made_public",
    title="Bucket made public",
    kind=IncidentKind.IRREGULAR_ACCESS,
    severity=Severity.HIGH,
    service="storage",
    project="example-project",
    resource="example-exports",
    principal="alice@example.com",
    summary="Bucket example-exports is public: allUsers got roles/storage.objectViewer",
    status=Status.OPEN,
    opened_at=NOW - timedelta(minutes=3, seconds=7),
    last_seen_at=NOW - timedelta(minutes=3, seconds=7),
    occurrence_count=1,
    acknowledged_at=None,
    acknowledged_by=None,
    resolved_at=None,
    resolution=None,
    quiet_seconds=None,
    labels={"runbook": "https://docs.example.com/runbooks/public-bucket"},
    received_at=NOW - timedelta(minutes=3),
    evidence={
        "fields": {
            "protoPayload.methodName": "storage.setIamPermissions",
            "protoPayload.serviceData.policyDelta.bindingDeltas.member": "allUsers",
            "protoPayload.authenticationInfo.principalEmail": "alice@example.com",
            "protoPayload.requestMetadata.callerIp": "203.0.113.24",
            "protoPayload.requestMetadata.callerSuppliedUserAgent": "google-cloud-sdk gcloud/540.0.0",
        },
        "elements": {
            "protoPayload.serviceData.policyDelta.bindingDeltas": [
                {"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers"}
            ]
        },
        "labels": {},
    },
    log_url="https://console.cloud.google.com/logs/query;query=insertId%3D%221qk8z2e3n4m%22?project=example-project",
)

_RUN = RunView(
    id=7,
    incident_id=42,
    occurrence_id=None,
    handler_rule="close-public-access",
    trigger=Trigger.OPENED,
    cause="op:storage/1",
    action="remove_iam_member",
    target="storage/example-exports",
    params={},
    mode=Mode.AUTO,
    state=RunState.DONE,
    reason=None,
    not_before=NOW,
    attempts=1,
    result="removed allUsers from roles/storage.objectViewer on example-exports",
    error=None,
    undo={"add": "allUsers"},
    details=None,
    created_at=NOW,
    started_at=NOW,
    finished_at=NOW,
)


def incident(**changes: Any) -> IncidentView:
    """An open incident about a bucket made public, with some properties changed."""
    return replace(_INCIDENT, **changes)


def action_run(**changes: Any) -> RunView:
    """A completed repair of that incident, with some properties changed."""
    return replace(_RUN, **changes)
