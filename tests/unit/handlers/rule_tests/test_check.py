"""Tests of handler rules pass if the rules run as expected, and otherwise name the differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from handlers.rule_tests.check import DetectionRule, HandlerTest, files_of_tests, read_tests, run_test, untested
from handlers.spec import HandlerSpec, Match
from shared.errors import InputError
from shared.model import IncidentKind, Severity, Trigger
from tests.support.incidents import NOW

REPAIR = HandlerSpec("repair", "remove_iam_member", Match(service=("storage",)), budget=5)
CARD = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.REOCCURRED, Trigger.RESOLVED))
OFF = HandlerSpec("off", "teams", enabled=False)
KNOWN = {"storage/public": DetectionRule(IncidentKind.IRREGULAR_ACCESS, Severity.HIGH, "storage")}


def problems(tmp_path: Path, keys: str) -> list[str]:
    file = tmp_path / "handlers.tests.yaml"
    file.write_text(f"tests:\n  - name: case\n    incident: {{rule: storage/public}}\n    {keys}\n", encoding="utf-8")
    (test,) = read_tests(file)
    return [problem.en for problem in run_test(test, [REPAIR, CARD, OFF], KNOWN, NOW).problems]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("expect: [repair, card]", []),
        ("expect: [card, repair]", ["the rules run in a different order: repair, card"]),
        ("expect: [repair]", ["card runs, but is not expected"]),
        ("expect: [repair, card, off]", ["off does not run: the rule is disabled"]),
        ("expect: [repair, card, car]", ["there is no handler rule 'car': did you mean 'card'?"]),
        ("expect: [repair, card]\n    reasons: {off: disabled}", []),
        (
            "expect: [repair, card]\n    reasons: {off: silenced}",
            ["off does not run because of disabled, not silenced"],
        ),
        ("expect: []", ["repair runs, but is not expected", "card runs, but is not expected"]),
    ],
)
def test_a_test_says_what_differs(tmp_path: Path, keys: str, found: list[str]) -> None:
    assert problems(tmp_path, keys) == found


@pytest.mark.parametrize(
    ("given", "trigger", "reasons"),
    [
        ({"silenced": True}, "opened", {"repair": "silenced", "card": "silenced"}),
        ({"acknowledged": True}, "reoccurred", {"card": "acknowledged"}),
        ({"flapping": True}, "reoccurred", {"card": "flapping"}),
        ({"effect": True}, "opened", {"card": "same_fault"}),
        ({"runs_last_hour": 5}, "opened", {"repair": "budget_spent"}),
        ({}, "resolved", {"card": "not_notified"}),
        ({"notified": True, "silenced": True}, "resolved", {"card": "matched"}),
    ],
)
def test_every_given_fact_reaches_its_stage(
    tmp_path: Path, given: dict[str, Any], trigger: str, reasons: dict[str, str]
) -> None:
    facts = ", ".join(f"{name}: {str(value).lower()}" for name, value in given.items())
    named = ", ".join(f"{name}: {reason}" for name, reason in reasons.items())
    keys = f"on: {trigger}\n    given: {{{facts}}}\n    expect: []\n    reasons: {{{named}}}"
    assert [problem for problem in problems(tmp_path, keys) if "because of" in problem] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tests:\n  - {name: a, incident: {rule: other/x}, expect: []}", ":2: no detection rule is named 'other/x'"),
        ("tests:\n  - {name: a, incident: {rule: storage/public}}", ":2: missing key 'expect'"),
        ("tests:\n  - name: a\n    expct: []", ":3: unknown key 'expct'"),
    ],
)
def test_a_mistake_in_the_file_has_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "handlers.tests.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run_test(read_tests(file)[0], [CARD], KNOWN, NOW)
    assert message in str(caught.value)


def written(file: Path, text: str) -> list[HandlerTest]:
    file.write_text(text, encoding="utf-8")
    return read_tests(file)


def test_a_rule_that_no_test_expects_is_named(tmp_path: Path) -> None:
    (file,) = files_of_tests(tmp_path / "handlers.yaml")
    tests = written(file, "tests: [{name: a, incident: {rule: storage/public}, expect: [card]}]")
    assert file.name == "handlers.tests.yaml"
    assert untested([REPAIR, CARD, OFF], tests) == ["repair"]


def test_an_installation_has_tests_in_files_of_its_own(tmp_path: Path) -> None:
    for name in ("handlers.own.tests.yaml", "handlers.tests.yaml", "handlers.b.tests.yaml", "other.tests.yaml"):
        (tmp_path / name).touch()
    found = [file.name for file in files_of_tests(tmp_path / "handlers.yaml")]
    assert found == ["handlers.tests.yaml", "handlers.b.tests.yaml", "handlers.own.tests.yaml"]
    (tmp_path / "handlers.tests.yaml").unlink()
    assert [file.name for file in files_of_tests(tmp_path / "handlers.yaml")] == found[1:]


def test_rules_beside_those_of_the_file_take_no_part_in_its_tests(tmp_path: Path) -> None:
    test = "tests: [{name: a, incident: {rule: storage/public}, expect: [card, off]}]"
    (first,) = written(tmp_path / "a.tests.yaml", f"rules: [card]\n{test}")
    result = run_test(first, [REPAIR, CARD, OFF], KNOWN, NOW)
    assert result.ran == ("card",)
    (problem,) = result.problems
    assert problem.en.startswith("off is not among the `rules` of this file: add it there, or move the test")
    (second,) = written(tmp_path / "b.tests.yaml", test)
    assert run_test(second, [REPAIR, CARD, OFF], KNOWN, NOW).ran == ("repair", "card")


def test_a_test_of_a_removed_rule_has_no_meaning(tmp_path: Path) -> None:
    text = "rules: [card, repair]\ntests: [{name: a, incident: {rule: storage/public}, expect: [card, car]}]"
    (test,) = written(tmp_path / "a.tests.yaml", text)
    assert (test.removed(["card", "off"]), test.removed(["off"])) == ([], ["card"])  # `car` is a mistake instead
