"""A made-up incident, for testing a script or looking up an owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.model import IncidentKind, Severity, Status
from shared.records import IncidentView


def sample_incident(properties: Mapping[str, str], labels: Mapping[str, str]) -> IncidentView:
    """An open incident with these properties (of handlers.scripts.values.PROPERTIES) and labels."""
    now = datetime.now(UTC)
    return IncidentView(
        id=int(properties.get("id", "0")),
        fingerprint="test",
        rule=properties.get("rule", ""),
        title="",
        kind=IncidentKind(properties.get("kind", IncidentKind.JOB_FAILURE)),
        severity=Severity(properties.get("severity", Severity.MEDIUM)),
        service=properties.get("service", ""),
        project=properties.get("project", ""),
        resource=properties.get("resource", ""),
        principal=properties.get("principal", ""),
        summary="",
        status=Status.OPEN,
        opened_at=now,
        last_seen_at=now,
        occurrence_count=1,
        acknowledged_at=None,
        acknowledged_by=None,
        resolved_at=None,
        resolution=None,
        quiet_seconds=None,
        labels=dict(labels),
        received_at=now,
    )
