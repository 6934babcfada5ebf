from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.compiler import compile_rules, examples
from collectors.metrics_analysis.sigma.engine import Engine
from tests.support.rules import BURST, DENIED, RULE, audit, folder, platform

FAILED = platform(job="daily", state="FAILED")
DONE = platform(second=5, job="daily", state="DONE")
GOOD: dict[str, list[dict[str, Any]]] = {
    "match": [{"title": "fails", "entries": [FAILED], "expect": {"resource": "daily"}}],
    "no_match": [{"title": "is done", "entries": [DONE]}],
    "recovery": [{"title": "recovers", "entries": [FAILED, DONE]}],
}


def problems(root: Path, written: Any, rule: str = RULE) -> list[str]:
    text = written if isinstance(written, str) else json.dumps(written)
    folder(root, {"test/rule.yml": rule, "test/rule.examples.json": text})
    artifact = compile_rules(root)
    engine = Engine(artifact)
    return [problem.en for case in examples.cases(root, artifact) if (problem := examples.problem(engine, case))]


def test_good_examples_have_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"match": []}, "there is no match example: write one"),
        ({"no_match": []}, "there is no no_match example: write one"),
        ({"recovery": []}, "the rule has a recovery condition and no recovery example: write one"),
        ({"match": [{"title": "x", "entries": [DONE]}]}, "the rule does not match"),
        (
            {"match": [{"title": "x", "entries": [FAILED], "expect": {"resource": "x"}}]},
            "resource is 'daily', expected 'x'",
        ),
        ({"no_match": [{"title": "x", "entries": [FAILED]}]}, "the rule matches: Job daily failed"),
        ({"recovery": [{"title": "x", "entries": [FAILED]}]}, "the incident is not resolved after the last entry"),
        ({"recovery": [{"title": "x", "entries": [DONE]}]}, "the rule does not match before the recovery"),
        (
            {"recovery": [{"title": "x", "entries": [FAILED, DONE], "expect": {"summary": "well"}}]},
            "summary is 'An entry of platform reports the recovery",
        ),
        ({"match": [{"title": "x", "entries": []}]}, "the example has no entries"),
        ({"match": [{"title": "x", "entries": [{"report": "x"}]}]}, "an entry is not a log entry"),
        ({"match": [{"entries": [FAILED]}]}, "an example must be an object with"),
        ({"matches": []}, "write the examples as an object with match, no_match, recovery"),
    ],
)
def test_an_example_with_another_result_is_reported(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    found = problems(tmp_path, {**GOOD, **change})
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_rule_without_examples_fails(tmp_path: Path) -> None:
    folder(tmp_path, {"test/rule.yml": RULE})
    artifact = compile_rules(tmp_path)
    (case,) = examples.cases(tmp_path, artifact)
    assert "no examples file" in examples.problem(Engine(artifact), case).en


def test_examples_that_are_not_json_fail(tmp_path: Path) -> None:
    assert "not JSON" in problems(tmp_path, "{")[0]


def test_another_rule_that_fires_too_must_be_named(tmp_path: Path) -> None:
    other = (
        RULE.replace("11111111", "99999999")
        .replace("Job failed", "Job seen")
        .replace("job and failed\n", "job and seen\n")
        .replace("  failed: {", "  seen: {insertId|exists: true}\n  failed: {")
    )
    folder(tmp_path, {"test/other.yml": other, "test/other.examples.json": json.dumps(GOOD)})
    assert any("other rules match too: test/other" in problem for problem in problems(tmp_path, GOOD))
    also = {**GOOD, "match": [{**GOOD["match"][0], "also": ["test/other"]}]}
    assert not any(case == "test/rule" for case in problems(tmp_path, also))


def test_a_correlation_has_its_examples_beside_its_file(tmp_path: Path) -> None:
    who = {"principalEmail": "alice@example.com"}
    entries = [audit(second=second, status={"code": 7}, authenticationInfo=who) for second in range(3)]
    written = {
        "match": [{"title": "three", "entries": entries, "expect": {"principal": "alice@example.com"}}],
        "no_match": [{"title": "two", "entries": entries[:2]}],
    }
    assert problems(tmp_path, written, f"{DENIED}---\n{BURST}") == []


def test_a_split_entry_is_joined_first(tmp_path: Path) -> None:
    rule = (
        RULE.replace("gcp.platform", "gcp.audit")
        .replace("jsonPayload", "protoPayload.request")
        .replace("/logs/platform", "activity")
    )
    parts = [
        {**audit(request=request), "split": {"uid": "u", "index": at, "totalSplits": 2}}
        for at, request in enumerate([{"job": "da"}, {"job": "ily", "state": "FAILED"}])
    ]
    match = [{"title": "split", "entries": parts, "expect": {"resource": "daily"}}]
    found = problems(tmp_path, {"match": match, "no_match": [{"title": "part", "entries": parts[1:]}]}, rule)
    assert found == ["the rule has a recovery condition and no recovery example: write one"]
