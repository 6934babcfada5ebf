"""A failed operation is not counted, whichever of its entries arrives first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.rule_state import MemoryRuleState, RuleState
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.store import ErrorStore
from shared.model import Finding, Recovery
from tests.support.rules import audit, engine
from tests.support.runs import NOW

CREATED = """
title: Machine created
name: created
id: 77777777-7777-4777-8777-777777777771
level: low
logsource: {product: gcp, service: gcp.audit}
detection:
  call: {protoPayload.methodName: insert}
  failed: {protoPayload.status.code|exists: true}
  condition: call and not failed
hinomi:
  kind: irregular_access
  resource: '{protoPayload.resourceName}'
  fingerprint: ['{protoPayload.resourceName}']
  summary: '{protoPayload.resourceName} was created'
  operation: {start: call}
"""
# A rule that only correlations count: it reads no status, or says which entry begins an operation.
ANY_CALL = CREATED[: CREATED.index("  failed")] + "  condition: call\nhinomi: {only: correlation}\n"
STARTED = CREATED[: CREATED.index("hinomi")] + "hinomi: {only: correlation, operation: {start: call}}\n"
MANY = """
title: Many machines created
id: 77777777-7777-4777-8777-777777777772
level: high
correlation:
  type: TYPE
  rules: [created]
  group-by: [protoPayload.authenticationInfo.principalEmail]
  timespan: 10m
  condition: {CONDITION}
hinomi:
  kind: irregular_access
  resource: '{resource.labels.project_id}'
  fingerprint: ['{protoPayload.authenticationInfo.principalEmail}']
  summary: '{count} machines created by {protoPayload.authenticationInfo.principalEmail}'
"""
MANY_RULE = "test/rule1"


def begun(name: str, second: int) -> dict[str, Any]:
    who = {"principalEmail": "alice@example.com"}
    entry = audit(second=second, methodName="insert", authenticationInfo=who, resourceName=name)
    return {**entry, "operation": {"id": f"op-{name}", "producer": "compute", "first": True}}


def ended(name: str, second: int, code: int) -> dict[str, Any]:
    entry = audit(second=second, methodName="insert", resourceName=name, status={"code": code, "message": "no quota"})
    return {**entry, "insertId": f"end-{name}", "operation": {"id": f"op-{name}", "producer": "compute", "last": True}}


A, B, C = begun("a", 10), begun("b", 20), begun("c", 30)
C_FAILED = ended("c", 40, 8)
D = begun("d", 50)


def by_another(entry: dict[str, Any], who: str) -> dict[str, Any]:
    """Turns the entry into that of another operation by another principal."""
    operation = {**entry["operation"], "id": entry["operation"]["id"] + who}
    payload = {**entry["protoPayload"]}
    if "authenticationInfo" in payload:
        payload["authenticationInfo"] = {"principalEmail": who}
    return {**entry, "protoPayload": payload, "operation": operation}


def rules(folder: Path, kind: str = "event_count", base: str = CREATED) -> Engine:
    condition = "gte: 3" + (", field: protoPayload.resourceName" if kind == "value_count" else "")
    return engine(folder, base, MANY.replace("TYPE", kind).replace("CONDITION", condition))


def standing(effects: Iterable[Finding | Recovery]) -> list[str]:
    """The event keys of the correlation's findings that were not withdrawn."""
    keys: list[str] = []
    for effect in effects:
        if effect.rule != MANY_RULE:
            continue
        if isinstance(effect, Finding):
            keys += [effect.event_key] if effect.event_key not in keys else []
        else:
            assert effect.failed is not None
            assert effect.failed.reason == "no quota"
            keys.remove(effect.event_key)
    return keys


def effects_of(made: Engine, state: RuleState, entries: Iterable[dict[str, Any]]) -> list[Finding | Recovery]:
    effects: list[Finding | Recovery] = []
    for entry in entries:
        findings, recoveries = resolve_state(made.evaluate(entry), state)
        effects += [*findings, *recoveries]
    return effects


@contextmanager
def states(name: str, store: ErrorStore) -> Iterator[RuleState]:
    """The state of correlations, in memory or in the Error DB."""
    if name == "memory":
        yield MemoryRuleState()
        return
    with store.transaction(NOW) as transaction:
        yield transaction


@pytest.mark.parametrize(
    ("kind", "base"),
    [("event_count", CREATED), ("value_count", CREATED), ("event_count", ANY_CALL), ("value_count", STARTED)],
    ids=["events", "values", "any call", "started"],
)
@pytest.mark.parametrize("name", ["memory", "database"])
def test_a_failed_operation_does_not_complete_a_window(
    tmp_path: Path, sqlite_store: ErrorStore, name: str, kind: str, base: str
) -> None:
    made = rules(tmp_path, kind, base)
    cases = [((A, B, C, C_FAILED), 0), ((A, B, C, C_FAILED, D), 1), ((A, B, C, D, C_FAILED), 1)]
    with states(name, sqlite_store) as state:
        for number, (entries, expected) in enumerate(cases):
            mine = [by_another(one, f"user{number}@example.com") for one in entries]
            assert len(standing(effects_of(made, state, mine))) == expected


@pytest.mark.parametrize("base", [CREATED, ANY_CALL, STARTED], ids=["finding", "any call", "started"])
def test_the_order_of_arrival_makes_no_difference(tmp_path: Path, base: str) -> None:
    made = rules(tmp_path, base=base)
    for order in permutations((A, B, C, C_FAILED)):
        assert standing(effects_of(made, MemoryRuleState(), order)) == []
    for order in permutations((A, B, C, C_FAILED, D)):
        assert len(standing(effects_of(made, MemoryRuleState(), order))) == 1


@pytest.mark.parametrize("name", ["memory", "database"])
def test_a_failure_that_arrives_first_or_twice_counts_once(tmp_path: Path, sqlite_store: ErrorStore, name: str) -> None:
    made = rules(tmp_path)
    with states(name, sqlite_store) as state:
        assert standing(effects_of(made, state, (C_FAILED, C_FAILED, A, B, C, C, C_FAILED))) == []
        assert len(standing(effects_of(made, state, (D, C_FAILED, C)))) == 1


def test_an_operation_that_succeeds_stays_counted(tmp_path: Path) -> None:
    done = {**ended("c", 40, 0)}
    done["protoPayload"] = {name: value for name, value in done["protoPayload"].items() if name != "status"}
    assert len(standing(effects_of(rules(tmp_path), MemoryRuleState(), (A, B, C, done)))) == 1


def test_an_earlier_full_window_of_the_same_slot_stays(tmp_path: Path) -> None:
    entries = (A, B, begun("x", 25), C, C_FAILED)
    assert len(standing(effects_of(rules(tmp_path), MemoryRuleState(), entries))) == 1


def test_the_incident_closes_and_a_further_operation_opens_it_again(tmp_path: Path, sqlite_store: ErrorStore) -> None:
    made = rules(tmp_path)
    changes: list[tuple[str, str]] = []
    for entry in (A, B, C, C_FAILED, D):
        with sqlite_store.transaction(NOW) as transaction:
            findings, recoveries = resolve_state(made.evaluate(entry), transaction)
            found = [change for one in findings for change in transaction.record(one, redact=())]
            found += [change for one in recoveries for change in transaction.recover(one)]
            changes += [
                (change.trigger, change.incident.status) for change in found if change.incident.rule == MANY_RULE
            ]
    assert changes == [("opened", "open"), ("resolved", "resolved"), ("opened", "open")]


FAILED_CALLS = ANY_CALL.replace(
    "condition: call", "failed: {protoPayload.status.code: 8}\n  condition: call and failed"
)


def test_a_rule_about_failures_counts_them(tmp_path: Path) -> None:
    failures = [ended(name, second, 8) for second, name in enumerate("abc")]
    for one in failures:
        one["protoPayload"]["authenticationInfo"] = {"principalEmail": "alice@example.com"}
    assert len(standing(effects_of(rules(tmp_path, base=FAILED_CALLS), MemoryRuleState(), failures))) == 1
