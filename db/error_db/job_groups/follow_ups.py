"""Whether an incident that was notified is notified once more, because its cause is known now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from db.error_db.models import Incident
from db.error_db.periods import IncidentPeriod
from shared.model import Finding, Status

FOLLOW_UP = timedelta(minutes=10)  # time since the first message about an incident was received


def is_cause(finding: Finding, period: IncidentPeriod) -> bool:
    """Whether a failure that joins an incident is a cause of all failures in it so far."""
    jobs = {failure.fingerprint for failure in period.failures}
    return len(jobs) > 1 and period.cause.fingerprint == finding.fingerprint


def due(incidents: Iterable[Incident], now: datetime) -> list[Incident]:
    """Those of these incidents whose notification is so recent that its readers still look for the cause.

    Not those that a person acknowledged, or that are resolved or flapping.
    """
    recent = (one for one in incidents if now - one.received_at <= FOLLOW_UP)
    return [one for one in recent if one.status == Status.OPEN and one.flapping_since is None]
