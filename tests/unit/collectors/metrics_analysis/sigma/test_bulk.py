"""One call with many changes: one incident that counts and lists them all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma import artifact, template
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.sigma.finding import MAX_FINDINGS
from demo import entries
from shared.config import ROOT
from tests.support.findings import NOON


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(artifact.load(ROOT / "rules"))


def grants(count: int, action: str = "ADD") -> dict[str, Any]:
    roles = [f"roles/storage.custom{number}" for number in range(count)]
    deltas = [{"action": action, "role": role, "member": "allUsers"} for role in roles]
    return entries.bucket_policy(NOON, "example-exports", deltas, "carol@example.com")


def test_up_to_a_limit_each_change_is_an_incident_of_its_own(rules: Engine) -> None:
    assert len(rules.evaluate(grants(MAX_FINDINGS)).findings) == MAX_FINDINGS


@pytest.mark.parametrize("count", [MAX_FINDINGS + 1, 300])
def test_with_more_it_is_one_that_counts_and_lists_them(rules: Engine, count: int) -> None:
    (finding,) = rules.evaluate(grants(count)).findings
    assert finding.summary.startswith(f"{count} changes by one call: ")
    (deltas,) = finding.elements.values()
    assert {delta["role"] for delta in deltas} == {f"roles/storage.custom{number}" for number in range(count)}


def test_only_what_undoes_all_of_them_resolves_it(rules: Engine) -> None:
    (finding,) = rules.evaluate(grants(300)).findings

    def undone(count: int) -> bool:
        recoveries = rules.evaluate(grants(count, "REMOVE")).recoveries
        assert len(recoveries) >= count
        return any((one.fingerprint, one.run) == (finding.fingerprint, finding.run) for one in recoveries)

    assert undone(300)
    assert not undone(299)
    assert not undone(2)


def shown(value: str) -> str:
    return template.identity("{jsonPayload.x}", template.Scope({"jsonPayload": {"x": value}}))


@given(st.text(), st.text())
def test_two_values_that_differ_anywhere_are_two_faults(first: str, second: str) -> None:
    prefix = "a" * 290
    assert (shown(first) == shown(second)) == (first == second)
    assert (shown(prefix + first) == shown(prefix + second)) == (first == second)


@given(st.lists(st.text(min_size=1), max_size=4), st.lists(st.text(min_size=1), max_size=4))
def test_two_lists_of_different_values_are_two_faults(first: list[str], second: list[str]) -> None:
    def of(values: list[str]) -> str:
        return template.identity("{jsonPayload.x}", template.Scope({"jsonPayload": {"x": values}}))

    assert (of(first) == of(second)) == (set(first) == set(second))
