from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.rule_state import MemoryRuleState
from collectors.metrics_analysis.sigma.engine import Engine, RuleEvaluation
from collectors.metrics_analysis.stateful import resolve_state
from shared.events import OperationStart, ResourceUse
from shared.model import Finding
from tests.support.rules import BURST, DENIED, audit, engine

INSERT = """
title: Instance not created
id: 66666666-6666-4666-8666-666666666666
level: medium
logsource: {product: gcp, service: gcp.audit}
detection:
  call: {protoPayload.methodName: insert}
  failed: {protoPayload.status.code|gte: 1}
  condition: call and failed
hinomi:
  kind: job_failure
  resource: '{protoPayload.resourceName}'
  fingerprint: ['{protoPayload.resourceName}', '{protoPayload.request.zone}']
  summary: '{protoPayload.request.name} failed'
  operation: {start: call}
"""

OPENED = """
title: Rule opened
id: 66666666-6666-4666-8666-666666666667
level: medium
logsource: {product: gcp, service: gcp.audit}
detection:
  inserted: {protoPayload.methodName: insert}
  patched: {protoPayload.methodName: patch}
  open: {protoPayload.request.source: all}
  off: {protoPayload.request.disabled: true}
  condition: (inserted or patched) and open and not off
hinomi:
  kind: irregular_access
  resource: '{protoPayload.resourceName}'
  fingerprint: ['{protoPayload.resourceName}']
  summary: 'open to {protoPayload.request.source}'
  remember:
    key: ['{protoPayload.resourceName}']
    entries: inserted or patched
    complete: inserted
    fields: [protoPayload.request.source, protoPayload.request.disabled]
    mask: protoPayload.request.mask
    use: patched
    fill: true
"""


@pytest.fixture
def rules(tmp_path: Path) -> Engine:
    return engine(tmp_path, INSERT)


def first() -> dict[str, Any]:
    who = {"principalEmail": "alice@example.com"}
    request = {"@type": "insert", "name": "vm-1", "zone": "z"}
    caller = {"callerIp": "203.0.113.7"}
    entry = audit(methodName="insert", authenticationInfo=who, request=request, requestMetadata=caller)
    return {**entry, "operation": {"id": "op-1", "producer": "compute", "first": True}}


def last(**payload: Any) -> dict[str, Any]:
    entry = audit(second=5, methodName="insert", resourceName="vm-1", status={"code": 8}, **payload)
    return {**entry, "operation": {"id": "op-1", "producer": "compute", "last": True}}


def run(rules: Engine, *entries: dict[str, Any]) -> list[Finding]:
    state = MemoryRuleState()
    return [finding for entry in entries for finding in resolve_state(rules.evaluate(entry), state)[0]]


def test_the_end_of_an_operation_is_joined_with_its_start(rules: Engine) -> None:
    (finding,) = run(rules, first(), last(request={"@type": "insert"}))
    assert finding.principal == "alice@example.com"
    assert finding.summary == "vm-1 failed"
    assert finding.fields["protoPayload.requestMetadata.callerIp"] == "203.0.113.7"
    assert finding.time.second == 5


def test_the_fault_is_the_same_when_the_start_never_came(rules: Engine) -> None:
    (joined,), (alone,) = run(rules, first(), last()), run(rules, last())
    assert alone.principal == ""
    assert (joined.fingerprint, joined.event_key) == (alone.fingerprint, alone.event_key)


def test_what_the_end_says_itself_stays(rules: Engine) -> None:
    (finding,) = run(rules, first(), last(authenticationInfo={"principalEmail": "robot@example.com"}))
    assert finding.principal == "robot@example.com"


def test_an_operation_in_one_entry_waits_for_nothing(rules: Engine) -> None:
    entry = {**last(), "operation": {"id": "op-1", "producer": "compute", "first": True, "last": True}}
    verdict = rules.evaluate(entry)
    assert len(verdict.findings) == 1
    assert not verdict.starts


def test_only_fields_missing_from_the_end_are_kept(rules: Engine) -> None:
    (start,) = rules.evaluate(first()).starts
    assert start.operation_key == "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity|compute|op-1"
    assert set(start.start["protoPayload"]) == {"authenticationInfo", "request", "requestMetadata"}


def test_a_correlation_that_crashes_is_a_finding(tmp_path: Path) -> None:
    verdict = engine(tmp_path, DENIED, BURST).evaluate(audit(status={"code": 7}))
    broken = replace(verdict.counted[0], spec={**verdict.counted[0].spec, "limit": 1, "summary": "{"})
    (finding,), _ = resolve_state(RuleEvaluation(counted=[broken]), MemoryRuleState())
    assert (finding.rule, finding.resource) == ("hinomi/rule_crashed", "test/rule1")


def test_a_failed_join_keeps_the_fields_of_the_last_entry(rules: Engine) -> None:
    (pending,) = rules.evaluate(last()).pending
    state = MemoryRuleState()
    state.remember(OperationStart(pending.operation_key, pending.finding.time, {"protoPayload": 5}))
    alone, crashed = resolve_state(RuleEvaluation(pending=[pending]), state)[0]
    assert alone == pending.finding
    assert crashed.rule == "hinomi/rule_crashed"


def change(second: int, method: str, resource: str = "fw", **request: Any) -> dict[str, Any]:
    entry = audit(second=second, methodName=method, resourceName=resource, request=request)
    return {**entry, "insertId": f"{method}-{second}"}


@pytest.mark.parametrize(
    ("earlier", "patch", "summaries"),
    [
        ([change(1, "insert", source="all", disabled=True)], {"disabled": False}, ["open to all"]),
        ([change(1, "insert", source="all", disabled=True)], {"disabled": False, "source": "some"}, []),
        ([change(1, "insert", source="all"), change(2, "insert")], {"disabled": False}, []),
        ([change(1, "insert", source="all", disabled=True)], {"title": "x"}, []),
        ([change(1, "insert", source="all", mask="disabled,title")], {"disabled": False}, []),
        ([change(1, "insert", source="all", mask="title, source")], {"disabled": False}, ["open to all"]),
        ([change(1, "insert", source="all"), change(2, "patch", mask="source")], {"disabled": False}, []),
        ([change(9, "insert", source="all")], {"disabled": False}, []),
        ([change(1, "insert", "other", source="all")], {"disabled": False}, []),
        ([], {"disabled": False}, []),
    ],
)
def test_an_entry_is_completed_with_what_earlier_ones_showed(
    tmp_path: Path, earlier: list[dict[str, Any]], patch: dict[str, Any], summaries: list[str]
) -> None:
    state, opened = MemoryRuleState(), engine(tmp_path, OPENED)
    for entry in earlier:
        resolve_state(opened.evaluate(entry), state)
    findings, _ = resolve_state(opened.evaluate(change(5, "patch", **patch)), state)
    assert [finding.summary for finding in findings] == summaries


def test_a_recall_that_crashes_is_a_finding(tmp_path: Path) -> None:
    (recall,) = engine(tmp_path, OPENED).evaluate(change(5, "patch")).recalls
    broken = replace(recall, evaluate=lambda known: known["nothing"])
    (finding,), _ = resolve_state(RuleEvaluation(recalls=[broken]), MemoryRuleState())
    assert (finding.rule, finding.resource) == ("hinomi/rule_crashed", "test/rule0")


class StateWithUse(MemoryRuleState):
    """A state that has stored one entry, which arrived before the fields of its resource."""

    def __init__(self, use: ResourceUse) -> None:
        super().__init__()
        self._use = use

    def uses_after(self, resource_key: str, time: datetime) -> list[ResourceUse]:
        return [self._use] if (self._use.resource_key, self._use.time > time) == (resource_key, True) else []


def test_a_rule_that_crashes_on_an_entry_that_arrived_too_early_is_a_finding_and_the_fact_is_kept(
    tmp_path: Path,
) -> None:
    opened = engine(tmp_path, OPENED)
    (recall,) = opened.evaluate(change(5, "patch", disabled=False)).recalls
    state = StateWithUse(recall.use)
    (lesson,) = opened.evaluate(change(1, "insert", source="all")).facts
    broken = replace(lesson, evaluate=lambda _entry, known: known["nothing"])
    (finding,), _ = resolve_state(RuleEvaluation(facts=[broken]), state)
    assert (finding.rule, finding.resource) == ("hinomi/rule_crashed", "test/rule0")
    assert state.known(lesson.fact.resource_key, finding.time) != {}


CLOSED = OPENED.replace(
    "  remember:", "  operation: {start: call}\n  recovery: {condition: call and not failed and off}\n  remember:"
)
CLOSED = CLOSED.replace(
    "  condition: (ins",
    "  call: {protoPayload.methodName: patch}\n  failed: {protoPayload.status.code|gte: 1}\n  condition: (ins",
)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(("code", "resolves"), [(0, True), (10, False)])
def test_only_an_operation_that_succeeded_resolves(
    tmp_path: Path, order: tuple[int, int], code: int, *, resolves: bool
) -> None:
    rules, state = engine(tmp_path, CLOSED), MemoryRuleState()
    begun = audit(methodName="patch", resourceName="r", request={"disabled": True})
    ended = audit(second=5, methodName="patch", resourceName="r", status={"code": code} if code else {})
    operation = {"id": "op-1", "producer": "compute"}
    parts = [{**begun, "operation": {**operation, "first": True}}, {**ended, "operation": {**operation, "last": True}}]
    over = [one for at in order for one in resolve_state(rules.evaluate(parts[at]), state)[1]]
    assert [one.time.second for one in over] == ([5] if resolves else [])
