"""A call with many changes opens one incident, which counts and lists them all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma import artifact, template
from collectors.metrics_analysis.sigma.engine import Engine
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


@pytest.mark.parametrize("count", [2, 20, 300])
def test_several_changes_of_one_call_are_one_fault_that_counts_and_lists_them(rules: Engine, count: int) -> None:
    (finding,) = rules.evaluate(grants(count)).findings
    assert finding.summary.startswith(f"{count} changes by one call: ")
    (deltas,) = finding.elements.values()
    assert {delta["role"] for delta in deltas} == {f"roles/storage.custom{number}" for number in range(count)}
    assert sorted(finding.changes.values()) == sorted(
        f"roles/storage.custom{number} allUsers" for number in range(count)
    )


def test_a_summary_that_cannot_list_all_changes_says_how_many_more_there_are(rules: Engine) -> None:
    (finding,) = rules.evaluate(grants(300)).findings
    listed = finding.summary.partition("got ")[2].split(", ")
    more = int(listed[-1].strip("+…"))
    assert listed[:-1] == [f"roles/storage.custom{number}" for number in range(300 - more)]
    assert finding.labels["role"].endswith(f", +{more}…")


def test_more_changes_than_a_policy_can_have_are_all_kept(rules: Engine) -> None:
    (finding,) = rules.evaluate(grants(4500)).findings
    (deltas,) = finding.elements.values()
    assert (len(deltas), len(finding.changes)) == (4500, 4500)
    assert finding.summary.startswith("4,500 changes by one call: ")


def test_values_without_a_list_of_elements_are_all_in_the_evidence(rules: Engine) -> None:
    case = json.loads((ROOT / "rules/gke/cluster_admin_granted.examples.json").read_text())["match"][0]
    (entry,) = case["entries"]
    entry["protoPayload"]["request"]["subjects"] = [{"kind": "User", "name": f"u{at}@example.com"} for at in range(600)]
    (finding,) = rules.evaluate(entry).findings
    names = finding.fields["protoPayload.request.subjects.name"]
    assert names == [*(f"u{at}@example.com" for at in range(500)), "+100…"]


def test_each_change_keeps_the_fingerprint_that_it_has_alone(rules: Engine) -> None:
    (alone,) = rules.evaluate(grants(1)).findings
    (several,) = rules.evaluate(grants(3)).findings
    assert alone.fingerprint in several.changes
    assert alone.links == several.links
    assert alone.changes == {}


def test_a_call_that_undoes_several_changes_is_one_recovery_of_each(rules: Engine) -> None:
    (finding,) = rules.evaluate(grants(3)).findings
    (recovery,) = rules.evaluate(grants(2, "REMOVE")).recoveries
    assert len(recovery.changes) == 2
    assert recovery.changes.keys() < finding.changes.keys()
    assert recovery.links == finding.links


def shown(value: str) -> str:
    return template.identity("{jsonPayload.x}", template.Scope({"jsonPayload": {"x": value}}))


@example("", " ")
@example("a", "a ")
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


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("{a}/{b}", {"a": "x/y", "b": "z"}, {"a": "x", "b": "y/z"}),
        ("{a}{b}", {"a": "xy", "b": "z"}, {"a": "x", "b": "yz"}),
        ("{a}", {"a": ["x", "y"]}, {"a": "x, y"}),
        ("{a}", {"a": ["x, y", "z"]}, {"a": ["x", "y, z"]}),
        ("{a}", {"a": "caf\u00e9"}, {"a": "cafe\u0301"}),
        ("{a}", {"a": "etl"}, {"a": "etl\u200b"}),
        ("{a}", {"a": "etl"}, {"a": "\u202eetl"}),
        ("{a}", {"a": "etl"}, {"a": "ETL"}),
        ("{a}", {"a": "etl"}, {"a": "etl\u0000"}),
        ("{a}", {"a": "x" * 300}, {"a": "x" * 301}),
        ("{a}", {"a": {"x": "1"}}, {"a": {"x": "1 "}}),
        ("{a}", {"a": {"x": "1"}}, {"a": '{"x":"1"}'}),
        ("{a} on {b}", {"a": "x on", "b": "y"}, {"a": "x", "b": "on y"}),
        ("{a}/topics/{b}", {"a": "p/topics", "b": "t"}, {"a": "p", "b": "topics/t"}),
        ("{member}", {"member": "user:\u212aate@example.com"}, {"member": "user:kate@example.com"}),
        ("{member}", {"member": "user:stra\u00dfe@example.com"}, {"member": "user:strasse@example.com"}),
    ],
)
def test_values_that_look_alike_are_different_faults(text: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    one, other = (template.identity(text, template.Scope(entry)) for entry in (first, second))
    assert one != other
    assert (one, other) == tuple(template.complete(text, template.Scope(entry)) for entry in (first, second))


def test_a_missing_value_is_not_the_other_value() -> None:
    first, second = (template.identity("{a} {b}", template.Scope(entry)) for entry in ({"a": "x"}, {"b": "x"}))
    assert first != second
