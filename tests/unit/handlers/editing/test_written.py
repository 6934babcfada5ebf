"""Rules are written in the style of people, and reading them again gives the same rules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.editing.fields import with_fields
from handlers.editing.written import file_text, inline, rule_block, rule_text
from handlers.read import RuleFile, read_file, read_rule
from handlers.remediations.brakes import OWN, Brakes, Breaker
from shared.config import ROOT
from shared.errors import InputError
from shared.records import StoredRule

FULL = """defaults:
  remediations:
    match: {severity: high}
    mode: auto
    budget: 20/h
    brakes: {delay: 10m, total_budget: 60/h, breaker: {failures: 5}, deny: {resource: 'prod-*'}}
  notifications: {match: {severity: medium, project: 'prod-*'}, on: [opened, resolved], cooldown: 4h}
rotations:
  primary: {people: [alice, bob], starts: 2026-11-30, timezone: Asia/Tokyo, handover: 10:00, every: 2w,
    holidays: [2026-12-31], overrides: [{person: bob, from: 2026-12-24 09:00, until: 2026-12-25 09:00}]}
owners:
  - {owner: data, match: {layer: raw, labels: {team: [a, b]}}, tier: 1, runbook: 'https://wiki.example.com/x', channel: data}
  - {owner: platform, on_call: primary}
handlers:
  - {name: inherits, action: remove_iam_member}
  - {name: asks, action: remove_iam_member, mode: approve, approvers: ['*@example.com', bob], approve_within: 30m}
  - {name: page, action: teams, on: [unacknowledged], after: 15m, repeat: 1h}
  - {name: duty, action: apprise, on: [unacknowledged], after: 1h, on_call: primary}
  - {name: day, action: teams, hours: {quiet: 'daily 22:00-07:00', timezone: Asia/Tokyo, holidays: ['2026-12-31'], urgent: high}}
  - {name: brakes, action: remove_iam_member, then: none, after_success: card, brakes: {delay: none, principal_budget: 5/h, breaker: none, deny: {project: p}}}
  - {name: unlimited, action: remove_iam_member, brakes: {total_budget: none, deny: none}}
  - {name: none, action: remove_iam_member, budget: none, mode: dry_run, enabled: false}
  - {name: card, action: teams, match: {severity: informational, labels: {team: [data, 'on']}}, cooldown: none}
  - name: own
    action: teams
    match: {kind: job_failure, rule: ['composer/*', 'bigquery/[!a]*']}
    on: escalated
    params: {channel: night}
    mode: dry_run
    cooldown: 90m
    budget: 5/h
  - {name: owner, action: teams, to_owner: true}
"""


def read(tmp_path: Path, text: str) -> RuleFile:
    file = tmp_path / "handlers.yaml"
    file.write_text(text, encoding="utf-8")
    found, errors = read_file(file)
    assert errors == []
    return found


def states(file: RuleFile) -> list[StoredRule]:
    return [StoredRule(rule.name, rule.as_dict()) for rule in file.rules]


@pytest.mark.parametrize("text", [FULL, (ROOT / "rules" / "handlers.yaml").read_text(encoding="utf-8")])
def test_written_rules_are_read_again_as_they_were(tmp_path: Path, text: str) -> None:
    file = read(tmp_path, text)
    written = file_text(states(file), file.defaults)
    assert read(tmp_path, written) == file
    assert file_text(states(read(tmp_path, written)), file.defaults) == written
    for state in states(file):
        assert read_rule(rule_text(state, file.defaults), "x", file.defaults).as_dict() == state.spec


def test_rules_inherit_what_they_do_not_say(tmp_path: Path) -> None:
    inherits, _, _, _, _, brakes, _, none, card, own, _ = read(tmp_path, FULL).rules
    assert (str(inherits.match.severity), str(inherits.mode), inherits.budget) == ("high", "auto", 20)
    further = tuple(f"brakes.{name}" for name in ("breaker", "delay", "deny", "total_budget"))
    assert inherits.inherits == (*further, "budget", "match.severity", "mode")
    every = {"resource": (*OWN["resource"], "prod-*")}
    assert inherits.brakes == Brakes(timedelta(minutes=10), None, 60, Breaker(5, timedelta(hours=1)), every)
    assert brakes.brakes == Brakes(None, 5, 60, None, {**every, "project": ("p",)})
    assert (str(none.mode), none.budget) == ("dry_run", None)
    assert (str(card.match.severity), card.match.project, card.cooldown) == ("informational", ("prod-*",), None)
    assert (own.match.project, own.match.kind, own.on) == (("prod-*",), ("job_failure",), ("escalated",))


def test_a_rule_is_written_without_what_it_inherits(tmp_path: Path) -> None:
    file = read(tmp_path, FULL)
    assert rule_text(states(file)[0], file.defaults) == "name: inherits\non: [opened]\naction: remove_iam_member\n"


def test_a_rule_that_was_disabled_by_hand_has_a_comment() -> None:
    state = StoredRule("a", read_rule("{name: a, action: teams}", "a", {}).as_dict(), enabled=False)
    assert rule_text(state, {}).splitlines()[-1] == "# disabled: hinomi handlers enable a"


@pytest.mark.parametrize(("value", "text"), [("on", "on"), ("true", "'true'"), ("5", "'5'"), ("a: b", "'a: b'")])
def test_text_that_the_reader_would_take_for_something_else_is_quoted(value: str, text: str) -> None:
    assert inline(value) == text


@pytest.mark.parametrize(
    ("assignments", "changed"),
    [
        (["mode=auto"], {"mode": "auto"}),
        (["match.severity=high"], {"match": {"kind": "job_failure", "severity": "high"}}),
        (["match.labels.a.b/c=x*"], {"match": {"kind": "job_failure", "labels": {"a.b/c": "x*"}}}),
        (["on=[opened, resolved]"], {"on": ["opened", "resolved"]}),
        (["match.kind="], {"match": {}}),
        (["cooldown=", "budget=5/h"], {"budget": "5/h"}),
    ],
)
def test_fields_are_set_and_removed(assignments: list[str], changed: dict[str, Any]) -> None:
    block = {"name": "a", "match": {"kind": "job_failure"}}
    assert with_fields(block, assignments) == block | changed
    assert block == {"name": "a", "match": {"kind": "job_failure"}}


@pytest.mark.parametrize("assignment", ["mode", "=auto", "match.=x", "name.x=y", "mode=[", "match.kind=*a"])
def test_an_assignment_that_is_none_is_rejected(assignment: str) -> None:
    with pytest.raises(InputError):
        with_fields({"name": "a"}, [assignment])


def test_a_rule_of_its_own_is_checked_like_one_of_a_file() -> None:
    block = rule_block(StoredRule("a", read_rule("{name: a, action: teams}", "a", {}).as_dict()), {})
    text = "".join(f"{key}: {inline(value)}\n" for key, value in with_fields(block, ["mod=auto"]).items())
    with pytest.raises(InputError, match="unknown key 'mod': did you mean 'mode'"):
        read_rule(text, "a", {})
