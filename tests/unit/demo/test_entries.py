from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.metrics_analysis.evidence import LogEntry, understand
from collectors.metrics_analysis.rule_state import MemoryRuleState
from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from demo import entries, noise
from shared.config import ROOT
from shared.model import Finding, Recovery, Severity

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)
RUN = "scheduled__2026-11-23T03:00:00+00:00"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(artifact.load(ROOT / "rules"))


def seen(engine: Engine, *given: dict[str, Any]) -> tuple[list[Finding], list[Recovery]]:
    findings: list[Finding] = []
    recoveries: list[Recovery] = []
    state = MemoryRuleState()
    for entry in given:
        evidence = understand(entry, received=NOW)
        assert isinstance(evidence, LogEntry)
        found, recovered = resolve_state(engine.evaluate(evidence.entry), state)
        findings += found
        recoveries += recovered
    return findings, recoveries


def task(now: datetime, state: str) -> dict[str, Any]:
    return entries.airflow_task(now, "load_mart", "merge_daily", RUN, state, attempt=3)


def public(now: datetime, action: str) -> dict[str, Any]:
    delta = {"action": action, "role": "roles/storage.objectViewer", "member": "allUsers"}
    return entries.bucket_policy(now, "example-exports", [delta], "carol@example.com")


FAULTS = {
    "composer/task_failed": (task(NOW, "FAILED"), task(LATER, "SUCCESS")),
    "storage/bucket_made_public": (public(NOW, "ADD"), public(LATER, "REMOVE")),
    "bigquery/job_failed": (
        entries.bigquery_job(NOW, "airflow_1", "mart.orders_daily", error="Not found: Table", code=5),
        entries.bigquery_job(LATER, "airflow_2", "mart.orders_daily"),
    ),
    "compute/host_error": (
        entries.vm_event(NOW, "etl-worker-1", "hostError", "Instance terminated by Compute Engine."),
        entries.vm_event(LATER, "etl-worker-1", "automaticRestart"),
    ),
    "vertex_ai/pipeline_failed": (
        entries.vertex_pipeline(NOW, "churn-training", "churn-1", "FAILED", "out of memory"),
        entries.vertex_pipeline(LATER, "churn-training", "churn-2", "SUCCEEDED"),
    ),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_failure_is_detected_by_its_rule_and_by_no_other(engine: Engine, rule: str) -> None:
    findings, _ = seen(engine, FAULTS[rule][0])

    assert [finding.rule for finding in findings] == [rule]


@pytest.mark.parametrize("rule", FAULTS)
def test_a_recovery_resolves_the_incident_of_its_failure(engine: Engine, rule: str) -> None:
    findings, recoveries = seen(engine, *FAULTS[rule])

    assert findings[0].fingerprint in {recovery.fingerprint for recovery in recoveries}


def refused(number: int) -> dict[str, Any]:
    when = NOW + timedelta(seconds=number)
    return entries.denied_call(when, "bigquery", "TableDataService.List", "projects/p", "x.y.z", "mallory@example.org")


def test_many_denied_calls_are_a_burst(engine: Engine) -> None:
    findings, _ = seen(engine, *(refused(number) for number in range(14)))

    assert {finding.rule.split("/")[0] for finding in findings} == {"iam"}


@pytest.mark.parametrize("make", noise.NOISE)
def test_ordinary_activity_has_no_finding_of_medium_severity_or_above(
    engine: Engine, make: Callable[[datetime], dict[str, Any]]
) -> None:
    findings, _ = seen(engine, make(NOW))

    assert [finding.rule for finding in findings if finding.severity.rank >= Severity.MEDIUM.rank] == []


def test_every_entry_of_ordinary_life_is_a_log_entry_with_a_key_of_its_own() -> None:
    made = [make(NOW) for make in noise.NOISE * 2]

    assert len({entry["insertId"] for entry in made}) == len(made)
