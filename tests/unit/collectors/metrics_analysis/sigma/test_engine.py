from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.metrics_analysis.compiler import compile_rules
from collectors.metrics_analysis.sigma.engine import Engine
from shared.model import IncidentKind, Severity
from tests.support.rules import BURST, DENIED, RULE, audit, engine, folder, platform

GRANT = r"""
title: Made public
id: 44444444-4444-4444-8444-444444444444
level: high
sigma-version: 3
fields: [protoPayload.request.note]
logsource: {product: gcp, service: gcp.audit}
detection:
  grant:
    protoPayload.deltas[any]: {action: ADD, member: [allUsers, allAuthenticatedUsers]}
  condition: grant
hinomi:
  kind: irregular_access
  resource: '{protoPayload.resourceName:tail}'
  fingerprint: ['{protoPayload.resourceName}']
  summary: '{protoPayload.deltas.member} got {protoPayload.deltas.role}, ticket {extracted.ticket}'
  labels: {member: '{protoPayload.deltas.member}'}
  extract: [{field: protoPayload.request.note, regex: 'ticket (?P<ticket>\w+)'}]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Engine:
    return engine(tmp_path, RULE, GRANT)


def test_a_finding_has_rule_time_resource_and_severity(rules: Engine) -> None:
    (finding,) = rules.evaluate(platform(job="daily", state="failed")).findings
    assert (finding.rule, finding.kind, finding.severity) == ("test/rule0", IncidentKind.JOB_FAILURE, Severity.MEDIUM)
    assert (finding.service, finding.resource, finding.summary) == ("test", "daily", "Job daily failed")
    assert finding.time == datetime(2026, 1, 2, 3, 0, 0, 500_000, tzinfo=UTC)
    assert (finding.project, finding.insert_id, finding.quiet_seconds) == ("example-project", "entry-0", 3600)
    log = {"logName": "projects/example-project/logs/platform"}
    assert finding.fields == {"jsonPayload.job": "daily", "jsonPayload.state": "failed", **log}


def test_the_finding_refers_to_the_bound_elements(rules: Engine) -> None:
    deltas = [
        {"action": "ADD", "member": "user:bob@example.com", "role": "roles/editor"},
        {"action": "ADD", "member": "allUsers", "role": "roles/viewer"},
        {"action": "REMOVE", "member": "allAuthenticatedUsers", "role": "roles/viewer"},
    ]
    entry = audit(deltas=deltas, resourceName="projects/_/buckets/b", request={"note": "see ticket 7A."})
    (finding,) = rules.evaluate(entry).findings
    assert finding.summary == "allUsers got roles/viewer, ticket 7A"
    assert finding.labels == {"member": "allUsers"}
    assert finding.elements == {"protoPayload.deltas": [deltas[1]]}
    assert finding.fields["protoPayload.request.note"] == "see ticket 7A."


def test_the_fingerprint_is_the_fault_and_not_the_event(rules: Engine) -> None:
    first, second, other = (
        rules.evaluate(platform(second=at, job=job, state="FAILED")).findings[0].fingerprint
        for at, job in enumerate(["daily", "daily", "weekly"])
    )
    assert first == second != other
    assert len(first) == 32


def test_a_recovery_has_the_fingerprint_of_its_fault(rules: Engine) -> None:
    verdict = rules.evaluate(platform(second=9, job="daily", state="DONE"))
    assert not verdict.findings
    failed = rules.evaluate(platform(job="daily", state="FAILED"))
    assert verdict.recoveries[0].fingerprint == failed.findings[0].fingerprint
    assert not failed.recoveries


def test_two_rules_with_one_fault_share_a_fingerprint(tmp_path: Path) -> None:
    shared = [RULE.replace("  kind:", "  fault: job\n  kind:")]
    shared.append(shared[0].replace("11111111", "55555555").replace("Job failed", "Job broke"))
    first, second = engine(tmp_path, *shared).evaluate(platform(job="daily", state="FAILED")).findings
    assert first.rule != second.rule
    assert first.fingerprint == second.fingerprint


def test_an_entry_that_matches_nothing_is_nothing_to_do(rules: Engine) -> None:
    assert not rules.evaluate(platform(other=1))
    assert not rules.evaluate(audit(methodName="x"))


def test_a_log_source_is_a_kind_of_payload(rules: Engine) -> None:
    payload = {"job": "daily", "state": "FAILED"}
    assert not rules.evaluate({**audit(), "jsonPayload": payload})


def test_a_rule_that_only_counts_makes_no_finding(tmp_path: Path) -> None:
    verdict = engine(tmp_path, DENIED, BURST).evaluate(audit(status={"code": 7}))
    assert not verdict.findings
    assert [event.rule for event in verdict.counted] == ["test/rule1"]


def test_a_rule_that_crashes_is_a_finding_and_the_others_still_run(tmp_path: Path) -> None:
    artifact = compile_rules(folder(tmp_path, {"test/good.yml": RULE, "test/grant.yml": GRANT}))
    broken = {**artifact["rules"][0], "name": "test/broken", "condition": ["no such node"], "guards": {}}
    artifact["rules"].insert(0, broken)
    crashed, found = Engine(artifact).evaluate(platform(job="daily", state="FAILED")).findings
    assert (crashed.rule, crashed.resource, crashed.service) == ("hinomi/rule_crashed", "test/broken", "hinomi")
    assert (crashed.kind, crashed.severity) == (IncidentKind.JOB_FAILURE, Severity.HIGH)
    assert "KeyError" in crashed.summary
    assert found.rule == "test/good"


def test_each_rule_that_crashes_is_its_own_fault(tmp_path: Path) -> None:
    artifact = compile_rules(folder(tmp_path, {"test/a.yml": RULE}))
    spec = {**artifact["rules"][0], "summary": "{broken"}
    artifact["rules"] = [{**spec, "name": name} for name in ("x/a", "x/b")]
    first, second = Engine(artifact).evaluate(platform(job="daily", state="FAILED")).findings
    assert first.rule == second.rule == "hinomi/rule_crashed"
    assert first.fingerprint != second.fingerprint


def test_an_artifact_is_plain_json(tmp_path: Path) -> None:
    artifact = compile_rules(folder(tmp_path, {"test/a.yml": RULE, "test/b.yml": GRANT}))
    assert json.loads(json.dumps(artifact)) == artifact


@pytest.mark.parametrize(
    "entry",
    [
        {"protoPayload": {"deltas": {"action": ["ADD"], "member": {"x": 1}}}, "resource": {}},
        {"jsonPayload": {"job": [], "state": [[["FAILED"]]]}, "resource": {"labels": []}},
        {"textPayload": "\ud800", "resource": {"type": ["x"]}},
        {"protoPayload": {"methodName": {"a": 1}, "serviceName": 5}, "resource": {"type": None}},
    ],
)
def test_odd_entries_crash_no_rule(rules: Engine, entry: dict[str, object]) -> None:
    verdict = rules.evaluate({"timestamp": "2026-01-01T00:00:00Z", **entry})
    assert all(finding.rule != "hinomi/rule_crashed" for finding in verdict.findings)
