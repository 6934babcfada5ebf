"""The prefilter may only skip rules that cannot match."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.compiler import compile_rules
from collectors.metrics_analysis.compiler.guards import endings, guards, needs_failure, parts, ways
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.sigma.origin import AUDIT_LOGS
from demo.noise import NOISE
from shared.config import ROOT

RULES = ROOT / "rules"


class Unfiltered(Engine):
    """An engine that evaluates every rule with a matching log source."""

    def candidates(self, entry: dict[str, Any]) -> Iterable[int]:
        payload = "audit" if "protoPayload" in entry else "platform"
        return [at for at, rule in enumerate(self._rules) if rule._spec["payload"] in (payload, "any")]  # noqa: SLF001


def texts(node: Any) -> set[str]:
    """All texts with which a compiled condition compares."""
    if isinstance(node, list):
        return set().union(*map(texts, node))
    return {node} if isinstance(node, str) else set()


def entries(artifact: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Generates entries from the texts of the rules, so that many rules nearly match."""
    words = sorted(set().union(*(texts(spec["condition"]) for spec in artifact["rules"])))
    word = st.sampled_from(words)
    odd = st.one_of(word, word, word, word.map(str.upper), st.lists(word, max_size=2), st.integers(0, 9), st.none())
    payload = st.fixed_dictionaries(
        {"serviceName": odd, "methodName": odd},
        optional={
            "status": st.fixed_dictionaries({"code": st.integers(0, 16)}),
            "resourceName": odd,
            "request": odd,
            "metadata": odd,
        },
    )
    resource = st.fixed_dictionaries({"type": odd, "labels": st.just({"project_id": "p"})})
    audit = st.sampled_from(AUDIT_LOGS).map(lambda log: f"projects/p/logs/cloudaudit.googleapis.com%2F{log}")
    log = st.sampled_from([one for one in words if one.startswith("/logs/")]).map(lambda end: f"projects/p{end}")
    return st.one_of(
        st.builds(lambda n, r, p: {"logName": n, "resource": r, "protoPayload": p}, audit, resource, payload),
        st.builds(lambda n, r, t: {"logName": n, "resource": r, "textPayload": t}, log, resource, word),
        st.builds(
            lambda n, r, s, m: {"logName": n, "resource": r, "severity": s, "jsonPayload": {"message": m}},
            *(log, resource, word, word),
        ),
    )


@cache
def artifact() -> dict[str, Any]:
    """The compiled rules."""
    return compile_rules(RULES)


@pytest.fixture(scope="module")
def engines() -> tuple[Engine, Engine]:
    return Engine(artifact()), Unfiltered(artifact())


@given(drawn=st.deferred(lambda: entries(artifact())))
def test_the_filtered_engine_has_the_findings_of_the_unfiltered_one(
    engines: tuple[Engine, Engine], drawn: dict[str, Any]
) -> None:
    filtered, unfiltered = engines
    entry = {"timestamp": "2026-01-01T00:00:00Z", "insertId": "x", **drawn}
    found, expected = filtered.evaluate(entry), unfiltered.evaluate(entry)
    assert found.findings == expected.findings
    assert found.recoveries == expected.recoveries
    assert found.counted == expected.counted
    assert found.starts == expected.starts
    assert found.facts == expected.facts
    assert [one.resource_key for one in found.recalls] == [one.resource_key for one in expected.recalls]


METHOD = "protoPayload.methodName"
SERVICE = "protoPayload.serviceName"


def text(path: str, *wanted: str, how: str = "is") -> list[Any]:
    return ["field", path, [["text", how, list(wanted), False]]]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (text(METHOD, "A", "b"), {METHOD: ["a", "b"]}),
        (text(METHOD, "a", how="ends"), {}),
        (text("severity", "error"), {}),
        (["and", [text(METHOD, "a"), text(SERVICE, "s")]], {METHOD: ["a"], SERVICE: ["s"]}),
        (["and", [text(METHOD, "a", "b"), text(METHOD, "b", "c")]], {METHOD: ["b"]}),
        (["or", [text(METHOD, "a"), ["and", [text(METHOD, "b"), text(SERVICE, "s")]]]], {METHOD: ["a", "b"]}),
        (["or", [text(METHOD, "a"), text(SERVICE, "s")]], {}),
        (["not", text(METHOD, "a")], {}),
        (["block", "any", "protoPayload.x", text(METHOD, "a")], {}),
        (["field", METHOD, [["text", "is", ["a"], False], ["number", "eq", 5]]], {}),
    ],
)
def test_only_conditions_of_every_match_are_a_guard(node: list[Any], expected: dict[str, list[str]]) -> None:
    assert guards(node) == expected


def test_a_rule_with_a_recovery_is_still_tried() -> None:
    assert guards(text(METHOD, "a"), text(METHOD, "b"), None) == {METHOD: ["a", "b"]}
    assert guards(text(METHOD, "a"), text(SERVICE, "s")) == {}


def test_conditions_that_have_nothing_in_common_are_indexed_one_by_one() -> None:
    one, other = text(METHOD, "a"), text(SERVICE, "s")
    assert [way["guards"] for way in ways(one, other, None)] == [{METHOD: ["a"]}, {SERVICE: ["s"]}]
    assert ways(one, text(METHOD, "b")) == ways(one) == []


def test_every_shipped_rule_is_skipped_for_most_entries(
    engines: tuple[Engine, Engine],
) -> None:
    rules = [rule._spec for rule in engines[0]._rules]  # noqa: SLF001
    indexed = [way for rule in rules for way in rule["ways"] or [rule]]
    assert all(way["guards"] or way["endings"] or way["failure"] for way in indexed)


LOG = "logName"


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (text(METHOD, "SetIamPolicy", how="ends"), {METHOD: ["setiampolicy"]}),
        (text(METHOD, "A", "b"), {METHOD: ["a", "b"]}),
        (text(METHOD, "a", how="contains"), {}),
        (text(SERVICE, "a", how="ends"), {}),
        (["and", [text(METHOD, "a", how="ends"), text(LOG, "l", how="ends")]], {METHOD: ["a"], LOG: ["l"]}),
        (["and", [text(METHOD, "a", how="ends"), text(METHOD, "b", how="ends")]], {METHOD: ["a"]}),
        (["or", [text(METHOD, "a", how="ends"), text(METHOD, "b")]], {METHOD: ["a", "b"]}),
        (["or", [text(METHOD, "a", how="ends"), text(LOG, "l")]], {}),
        (["not", text(METHOD, "a", how="ends")], {}),
        (["field", METHOD, [["text", "ends", ["a"], False], ["re", "b"]]], {}),
    ],
)
def test_only_ends_that_every_match_needs_are_asked_for(node: list[Any], expected: dict[str, list[str]]) -> None:
    assert endings(node) == expected


REFUSED: list[Any] = ["field", "protoPayload.status.code", [["number", "eq", 7]]]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (REFUSED, True),
        (["and", [text(METHOD, "a"), REFUSED]], True),
        (["or", [["and", [REFUSED, text(METHOD, "a")]], REFUSED]], True),
        (["or", [text(METHOD, "a"), REFUSED]], False),
        (["not", REFUSED], False),
        (["missing", "protoPayload.status.code"], False),
        (["block", "any", "protoPayload.x", REFUSED], False),
    ],
)
def test_only_rules_on_failures_need_the_code_of_a_failure(node: list[Any], *, expected: bool) -> None:
    assert needs_failure(node) is expected
    assert needs_failure(node, text(METHOD, "a"), None) is False


REQUEST, METADATA = ["exists", "protoPayload.request.policy"], text("protoPayload.metadata.jobChange.job", "a")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (REQUEST, ["request"]),
        (["and", [text(METHOD, "a"), METADATA]], ["metadata"]),
        (["or", [REQUEST, ["and", [METADATA, text(METHOD, "a")]]]], ["metadata", "request"]),
        (["or", [REQUEST, text(METHOD, "a")]], []),
        (["same", "protoPayload.request.a", "protoPayload.metadata.b", "is"], ["request"]),
        (["block", "any", "protoPayload.serviceData.policyDelta.bindingDeltas", text("member", "a")], ["serviceData"]),
        (["block", "none", "protoPayload.request.bindings", text("member", "a")], []),
        (["block", "all_or_empty", "protoPayload.request.bindings", text("member", "a")], []),
        (["not", REQUEST], []),
        (["missing", "protoPayload.request.policy"], []),
        (text("jsonPayload.request", "a"), []),
    ],
)
def test_only_rules_that_read_a_part_of_the_audit_log_need_it(node: list[Any], expected: list[str]) -> None:
    assert parts(node) == expected
    assert parts(node, text(METHOD, "a"), None) == []


BIGQUERY = text(SERVICE, "bigquery.googleapis.com")


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ([["and", [BIGQUERY, METADATA]], ["and", [BIGQUERY, text(METHOD, "undelete")]]], 2),
        ([["and", [BIGQUERY, METADATA]], ["and", [BIGQUERY, METADATA, REFUSED]]], 0),
        ([["and", [BIGQUERY, METADATA]], BIGQUERY], 0),
        ([["and", [BIGQUERY, METADATA, text(METHOD, "a")]], ["and", [BIGQUERY, text(METHOD, "undelete")]]], 0),
        ([["and", [BIGQUERY, METADATA]], None], 0),
    ],
)
def test_a_rule_that_reads_a_part_or_a_method_has_a_way_for_each(nodes: list[Any], found: int) -> None:
    assert len(ways(*nodes)) == found


def test_an_entry_that_matches_nothing_tries_few_rules(
    engines: tuple[Engine, Engine],
) -> None:
    """Rules for other methods and logs are skipped before any condition is tested."""
    engine = engines[0]
    now = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    tried = [len(list(engine.candidates(made(now)))) for made in NOISE]
    assert sum(tried) / len(tried) < 5
