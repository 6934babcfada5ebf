"""Decides whether people are notified again of an incident, because its cause was found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from db.error_db.models import Incident
from db.error_db.periods import IncidentPeriod
from shared.model import Finding, Status

FOLLOW_UP = timedelta(minutes=10)  # time since the first message about an incident was received


def is_cause(finding: Finding, period: IncidentPeriod) -> bool:
    """Whether a failure that joins an incident is a cause of all its failures so far."""
    jobs = {failure.fingerprint for failure in period.failures}
    return len(jobs) > 1 and period.cause.fingerprint == finding.fingerprint


def due(incidents: Iterable[Incident], now: datetime) -> list[Incident]:
    """The incidents that were notified so recently that people are still looking for the cause.

    Not those that a person acknowledged, or that are resolved or flapping.
    """
    recent = (one for one in incidents if now - one.received_at <= FOLLOW_UP)
    return [one for one in recent if one.status == Status.OPEN and one.flapping_since is None]
