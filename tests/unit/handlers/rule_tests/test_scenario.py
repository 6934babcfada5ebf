"""Tests of handler rules follow chains, steps of an escalation, owners and persons on call."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from handlers.owners.recipients import Recipients
from handlers.rule_tests.check import DetectionRule, read_tests, run_test
from handlers.spec import HandlerSpec, Match
from shared.errors import InputError
from shared.model import IncidentKind, Mode, Severity, Trigger
from tests.support.incidents import NOW

AIRFLOW = {"airflow": "etl"}
CARD_ON = (Trigger.OPENED, Trigger.ESCALATED)
RULES = [
    HandlerSpec("a", "clear_airflow_task", params=AIRFLOW, mode=Mode.AUTO, then="b"),
    HandlerSpec("card", "teams", on=CARD_ON, mode=Mode.AUTO, to_owner=True),
    HandlerSpec("b", "clear_airflow_task", params=AIRFLOW, mode=Mode.APPROVE, then="off", after_success="retry"),
    HandlerSpec("off", "clear_airflow_task", params=AIRFLOW, mode=Mode.AUTO, enabled=False, then="page"),
    HandlerSpec("retry", "clear_airflow_task", params=AIRFLOW, mode=Mode.AUTO),
    HandlerSpec("page", "apprise", mode=Mode.AUTO, on_call="duty"),
    HandlerSpec("dry", "clear_airflow_task", Match(resource=("other",)), params=AIRFLOW, then="page"),
    HandlerSpec("second", "teams", on=(Trigger.UNACKNOWLEDGED,), after=timedelta(hours=1)),
    HandlerSpec("first", "teams", on=(Trigger.UNACKNOWLEDGED,), after=timedelta(minutes=15)),
]
DEFAULTS = {
    "owners": [{"owner": "sales", "match": {"resource": ["sales*"]}, "channel": "sales_team"}],
    "rotations": {
        "duty": {
            "people": ["alice", "bob"],
            "starts": "2026-11-02",
            "timezone": "Asia/Tokyo",
            "handover": "09:00",
            "every": "7d",
        }
    },
}
KNOWN = {"composer/task_failed": DetectionRule(IncidentKind.JOB_FAILURE, Severity.HIGH, "composer")}


def problems(tmp_path: Path, keys: str, resource: str = "sales.load") -> list[str]:
    file = tmp_path / "handlers.tests.yaml"
    incident = f"{{rule: composer/task_failed, resource: {resource}}}"
    text = f"tests:\n  - name: case\n    incident: {incident}\n    {keys}\n"
    file.write_text(text, encoding="utf-8")
    (test,) = read_tests(file)
    return [problem.en for problem in run_test(test, RULES, KNOWN, NOW, Recipients.of_defaults(DEFAULTS)).problems]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("expect: [a, card]\n    reasons: {b: only_a_step}", []),
        ("given: {failed: [a]}\n    expect: [a, card, b]\n    reasons: {b: matched}", []),
        ("given: {failed: [a, b]}\n    expect: [a, card, b, page]", []),
        ("given: {failed: [a], succeeded: [b]}\n    expect: [a, card, b, retry]", []),
        ("given: {failed: [a, retry], succeeded: [b]}\n    expect: [a, card, b, retry, card]", []),
        ("given: {failed: [a]}\n    expect: [a, card]", ["b runs, but is not expected"]),
        ("given: {failed: [a]}\n    expect: [a, b, card]", ["the rules run in a different order: a, card, b"]),
        ("expect: [a, a, card]", ["a runs only once"]),
        (
            "given: {failed: [a, retry], succeeded: [b]}\n    expect: [a, card, b, retry]",
            ["card runs 2 times, more often than expected"],
        ),
        ("given: {failed: [b]}\n    expect: [a, card]", ["b does not run, so it can neither fail nor succeed"]),
        ("given: {failed: [x]}\n    expect: [a, card]", ["there is no handler rule 'x'"]),
        ("expect: [a, card]\n    channels: {card: sales_team}", []),
        (
            "expect: [a, card]\n    channels: {card: default}",
            ["card notifies channel sales_team, not default"],
        ),
        (
            "given: {failed: [a, b], at: 2026-11-09T08:00+09:00}\n    expect: [a, card, b, page]\n    channels: {page: alice}",
            [],
        ),
        (
            "given: {failed: [a, b], at: 2026-11-09T10:00+09:00}\n    expect: [a, card, b, page]\n    channels: {page: bob}",
            [],
        ),
        ("on: unacknowledged\n    given: {unacknowledged_for: 20m}\n    expect: [first]", []),
        ("on: unacknowledged\n    given: {unacknowledged_for: 1h}\n    expect: [first, second]", []),
        (
            "on: unacknowledged\n    given: {unacknowledged_for: 20m}\n    expect: [first, second]",
            ["second does not run: its step is due after 1 h"],
        ),
    ],
)
def test_a_test_follows_what_becomes_of_a_run(tmp_path: Path, keys: str, found: list[str]) -> None:
    assert problems(tmp_path, keys) == found


def test_nothing_follows_a_dry_run(tmp_path: Path) -> None:
    keys = "given: {failed: [dry]}\n    expect: [a, card, dry]\n    channels: {card: default}"
    (found,) = problems(tmp_path, keys, resource="other")
    assert found.startswith("nothing follows a run of dry (mode dry_run)")


def test_a_time_without_a_zone_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Use a time with its zone, such as"):
        problems(tmp_path, "given: {at: 2026-11-29T03:00}\n    expect: []")
