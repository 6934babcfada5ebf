"""Findings and recoveries of one invented fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.records import IncidentChange

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def only(changes: Sequence[IncidentChange]) -> IncidentChange:
    """The change that a finding made; fails if there are several."""
    (change,) = changes
    return change


def at(minutes: float) -> datetime:
    """The time this many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


BASE = Finding(
    rule="bigquery/job_failed",
    title="BigQuery job failed",
    kind=IncidentKind.JOB_FAILURE,
    severity=Severity.MEDIUM,
    service="bigquery",
    resource="example-project/daily_load",
    principal="alice@example.com",
    summary="Job daily_load failed: Table not found",
    fingerprint="f" * 32,
    time=NOON,
    event_key="entry-0",
    project="example-project",
    log_url="https://console.cloud.google.com/logs/query",
    fields={"protoPayload.status.code": 5},
    labels={"job": "daily_load"},
)


def finding(minutes: float = 0, **changes: Any) -> Finding:
    """A finding `minutes` after noon, with a unique event key."""
    changes.setdefault("event_key", f"entry-{minutes}")
    return replace(BASE, time=at(minutes), **changes)


def recovery(minutes: float, **changes: Any) -> Recovery:
    """A recovery of the same fault `minutes` after noon."""
    base = Recovery(BASE.rule, BASE.fingerprint, at(minutes), f"recovery-{minutes}", "Job daily_load succeeded")
    return replace(base, **changes)
