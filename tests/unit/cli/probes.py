"""Entries for the rules in tests/data/rules, and an analysis with these rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cli.entries.analysis import Analysis, AnalyzedEffect
from collectors.metrics_analysis.compiler import compile_rules
from shared.config import Settings
from shared.model import Finding

RULES = Path(__file__).resolve().parents[2] / "data" / "rules"
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
NOW = START + timedelta(days=1)


@cache
def artifact() -> dict[str, Any]:
    """The compiled test rules."""
    return compile_rules(RULES)


def entry(minute: float, **payload: Any) -> dict[str, Any]:
    """A log entry, the given number of minutes after the start."""
    time = START + timedelta(minutes=minute)
    return {
        "logName": "projects/example-project/logs/probe",
        "timestamp": time.isoformat().replace("+00:00", "Z"),
        "insertId": f"{minute}-{sorted(payload.items())}"[:60],
        "resource": {"type": "global", "labels": {"project_id": "example-project"}},
        "jsonPayload": payload,
    }


def failed(minute: float, probe: str = "a", **more: Any) -> dict[str, Any]:
    """A failure of a probe."""
    return entry(minute, probe=probe, state="failed", message="no answer", **more)


def fine(minute: float, probe: str = "a") -> dict[str, Any]:
    """The recovery that the probe expects."""
    return entry(minute, probe=probe, state="ok")


def operation(minute: float, half: str, name: str = "op-1") -> dict[str, Any]:
    """The first or the last entry of a long-running operation that fails."""
    payload: dict[str, Any] = {"methodName": "probe.insert", "serviceName": "probe", "resourceName": "probes/vm-1"}
    if half == "first":
        payload["authenticationInfo"] = {"principalEmail": "alice@example.com"}
    else:
        payload["status"] = {"code": 8, "message": "no capacity"}
    made = entry(minute)
    del made["jsonPayload"]
    made["logName"] = "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity"
    return {**made, "protoPayload": payload, "operation": {"id": name, "producer": "probe", half: True}}


def analysis(**settings: Any) -> Analysis:
    """An analysis with the test rules."""
    return Analysis(artifact(), replace(Settings(), **settings), NOW)


def analysed(entries: Iterable[dict[str, Any]], **settings: Any) -> list[AnalyzedEffect]:
    """Analyses the entries; returns all findings and recoveries."""
    running = analysis(**settings)
    found = [one for line, value in enumerate(entries, 1) for one in running.take(line, value)]
    return [*found, *running.finish()]


def findings(entries: Iterable[dict[str, Any]], **settings: Any) -> list[tuple[int, Finding]]:
    """Analyses the entries; returns the findings, each with the number of its entry."""
    found = analysed(entries, **settings)
    return [(one.line, one.effect) for one in found if isinstance(one.effect, Finding)]
