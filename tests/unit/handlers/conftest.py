"""An incident for tests; what matters to a test is said in the test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from shared.model import Kind, Severity, Status
from shared.records import IncidentView

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class MakeIncident(Protocol):
    def __call__(self, **changes: Any) -> IncidentView: ...


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def incident() -> MakeIncident:
    def make(**changes: Any) -> IncidentView:
        values: dict[str, Any] = {
            "id": 1,
            "fingerprint": "f" * 32,
            "rule": "storage/public_bucket",
            "title": "Bucket made public",
            "kind": Kind.IRREGULAR_ACCESS,
            "severity": Severity.HIGH,
            "service": "storage",
            "project": "example-project",
            "resource": "example-bucket",
            "principal": "alice@example.com",
            "summary": "allUsers may read example-bucket",
            "status": Status.OPEN,
            "opened_at": NOW,
            "last_seen_at": NOW,
            "occurrence_count": 1,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "resolved_at": None,
            "resolution": None,
            "quiet_seconds": None,
            "labels": {},
            "received_at": NOW,
        }
        return IncidentView(**{**values, **changes})

    return make
