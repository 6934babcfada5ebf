from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma.elements import merged, split_by_element
from collectors.metrics_analysis.sigma.engine import Engine, RuleEvaluation
from collectors.metrics_analysis.sigma.fields import parse
from collectors.metrics_analysis.sigma.matcher import MatchEvidence
from collectors.metrics_analysis.sigma.template import Scope, identity
from tests.support.rules import audit, engine

PUBLIC = r"""
title: Made public
id: 44444444-4444-4444-8444-444444444444
level: high
sigma-version: 3
logsource: {product: gcp, service: gcp.audit}
detection:
  grant:
    protoPayload.deltas[any]: {action: ADD, member: [allUsers, allAuthenticatedUsers]}
  revoke:
    protoPayload.deltas[any]: {action: REMOVE, member: [allUsers, allAuthenticatedUsers]}
  condition: grant
hinomi:
  kind: irregular_access
  resource: '{protoPayload.resourceName}'
  fingerprint: ['{protoPayload.resourceName}', '{protoPayload.deltas.role}', '{protoPayload.deltas.member}']
  summary: '{protoPayload.deltas.member} got {protoPayload.deltas.role}'
  recovery: {condition: revoke, summary: '{protoPayload.deltas.member} lost {protoPayload.deltas.role}'}
"""
A = {"member": "allUsers", "role": "roles/viewer"}
B = {"member": "allAuthenticatedUsers", "role": "roles/editor"}


@pytest.fixture
def rules(tmp_path: Path) -> Engine:
    return engine(tmp_path, PUBLIC)


def added(*grants: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"action": "ADD", **grant} for grant in grants]


def removed(*grants: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"action": "REMOVE", **grant} for grant in grants]


def verdict(rules: Engine, *deltas: dict[str, Any]) -> RuleEvaluation:
    return rules.evaluate(audit(resourceName="b", deltas=list(deltas)))


def test_each_bound_element_is_a_fault_of_its_own(rules: Engine) -> None:
    (finding,) = verdict(rules, *added(A, B)).findings
    assert list(finding.changes.values()) == ["roles/viewer allUsers", "roles/editor allAuthenticatedUsers"]
    assert finding.elements == {"protoPayload.deltas": added(A, B)}


def test_grants_of_one_entry_can_be_revoked_one_by_one_in_any_order(rules: Engine) -> None:
    faults = {name for finding in verdict(rules, *added(A, B)).findings for name in finding.changes}
    at_once = {name for over in verdict(rules, *removed(B, A)).recoveries for name in over.changes}
    one_by_one = {over.fingerprint for grant in (B, A) for over in verdict(rules, *removed(grant)).recoveries}
    assert faults == at_once == one_by_one
    assert len(faults) == 2


def test_one_entry_may_give_one_role_and_take_another(rules: Engine) -> None:
    given_and_taken = verdict(rules, *added(A), *removed(B))
    assert [finding.summary for finding in given_and_taken.findings] == ["allUsers got roles/viewer"]
    assert [over.summary for over in given_and_taken.recoveries] == ["allAuthenticatedUsers lost roles/editor"]


def test_a_grant_revoked_and_granted_by_one_entry_is_not_resolved(rules: Engine) -> None:
    swapped = verdict(rules, *removed(A), *added(A))
    assert len(swapped.findings) == 1
    assert not swapped.recoveries


def test_elements_of_the_same_fault_stay_together(rules: Engine) -> None:
    again = {**A, "note": "again"}
    (finding,) = verdict(rules, *added(A, again)).findings
    assert finding.elements == {"protoPayload.deltas": added(A, again)}


def test_a_binding_with_a_condition_is_another_fault(rules: Engine) -> None:
    for_a_while = {**A, "condition": {"expression": "request.time < x"}}
    (finding,) = verdict(rules, *added(A, for_a_while)).findings
    assert len(finding.changes) == 2


def test_without_the_array_in_its_fingerprint_a_rule_has_one_fault(tmp_path: Path) -> None:
    text = PUBLIC.replace(", '{protoPayload.deltas.role}', '{protoPayload.deltas.member}']", "]")
    (finding,) = verdict(engine(tmp_path, text), *added(A, B)).findings
    assert finding.summary == "allUsers, allAuthenticatedUsers got roles/viewer, roles/editor"


def test_an_outer_element_takes_its_inner_elements_along() -> None:
    one, other = {"name": "x", "in": [{"k": 1}, {"k": 2}]}, {"name": "y", "in": [{"k": 3}]}
    notes = MatchEvidence(
        values={"a.name": ["x", "y"], "a.in.k": [1, 2, 3], "z": ["kept"]},
        elements={parse("a"): [one, other], parse("a.in"): [*one["in"], *other["in"]]},
        paths={parse("a"): "a", parse("a.in"): "a.in"},
    )
    parts = split_by_element(notes, [[parse("a.name")], [parse("a.in.k")]])
    assert [part.elements[parse("a.in")] for part in parts] == [[{"k": 1}], [{"k": 2}], [{"k": 3}]]
    assert [part.values["a.name"] for part in parts] == [["x"], ["x"], ["y"]]
    assert all(part.values["z"] == ["kept"] for part in parts)
    whole = merged(parts)
    assert (whole.elements, whole.values) == (notes.elements, notes.values)


@given(st.permutations(["b", "a", "c"]))
def test_the_order_of_several_values_says_nothing_of_the_fault(names: list[str]) -> None:
    assert identity("{jsonPayload.names}", Scope({"jsonPayload": {"names": names}})) == "a, b, c"
