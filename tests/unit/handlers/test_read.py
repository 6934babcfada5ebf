from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from handlers.read import read
from handlers.spec import HandlerSpec, Match
from shared.config import ROOT
from shared.model import Mode, Severity, Trigger


def rules(tmp_path: Path, text: str) -> list[HandlerSpec]:
    found, errors = read_text(tmp_path, text)
    assert errors == []
    return found


def read_text(tmp_path: Path, text: str) -> tuple[list[HandlerSpec], list[str]]:
    file = tmp_path / "handlers.yaml"
    file.write_text(text, encoding="utf-8")
    found, errors = read(file)
    return found, [str(error).replace(str(file), "handlers.yaml") for error in errors]


def test_everything_that_a_rule_can_say(tmp_path: Path) -> None:
    text = """
handlers:
  - name: repair
    enabled: false
    match: {kind: irregular_access, service: [storage, iam], severity: high, labels: {team: 'data-*'}}
    on: [opened, escalated]
    action: remove_iam_member
    params: {allowed_domains: [example.com]}
    mode: auto
    cooldown: 90m
    budget: 5/h
"""
    assert rules(tmp_path, text) == [
        HandlerSpec(
            name="repair",
            action="remove_iam_member",
            match=Match(
                kind=("irregular_access",),
                service=("storage", "iam"),
                severity=Severity.HIGH,
                labels={"team": ("data-*",)},
            ),
            on=(Trigger.OPENED, Trigger.ESCALATED),
            params={"allowed_domains": ["example.com"]},
            mode=Mode.AUTO,
            cooldown=timedelta(minutes=90),
            budget=5,
            enabled=False,
        )
    ]


def test_a_step_of_an_escalation(tmp_path: Path) -> None:
    text = "handlers: [{name: page, on: unacknowledged, after: 15m, repeat: 1h, action: teams}]"
    (rule,) = rules(tmp_path, text)
    assert (rule.on, rule.after, rule.repeat) == (
        (Trigger.UNACKNOWLEDGED,),
        timedelta(minutes=15),
        timedelta(hours=1),
    )
    assert HandlerSpec.from_dict("page", rule.as_dict()) == rule


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("on: unacknowledged, action: teams", "after: on: unacknowledged needs after, such as 15m"),
        ("after: 15m, action: teams", "after: after requires on: unacknowledged"),
        ("on: unacknowledged, after: 1h, action: remove_iam_member", "after: only notifications can have"),
        ("on: unacknowledged, after: 1h, repeat: 1m, action: teams", "repeat: use 5m or more"),
        ("repeat: 1h, action: teams", "repeat: repeat needs after"),
        ("action: teams, hours: {timezone: UTC}", "use either open or quiet"),
        ("action: teams, hours: {open: sat, quiet: sun, timezone: UTC}", "use either open or quiet"),
        ("action: teams, hours: {open: sat}", "timezone"),
        ("action: teams, hours: {open: workdays, timezone: UTC}", "invalid window 'workdays'"),
        ("action: teams, hours: {open: sat, timezone: Tokyo}", "unknown time zone 'Tokyo'"),
        ("action: teams, hours: {open: sat, timezone: UTC, holidays: ['1.1.']}", "invalid day '1.1.'"),
        ("action: remove_iam_member, hours: {open: sat, timezone: UTC}", "only notifications can have hours"),
    ],
)
def test_an_incomplete_escalation_is_rejected(tmp_path: Path, keys: str, message: str) -> None:
    _, errors = read_text(tmp_path, f"handlers: [{{name: page, {keys}}}]")
    assert len(errors) == 1
    assert message in errors[0]


PRIMARY = "primary: {people: [alice], starts: 2026-11-30, timezone: UTC"


@pytest.mark.parametrize(
    ("rotation", "keys", "message"),
    [
        ("", "action: teams, on_call: primary", "there is no rotation 'primary'"),
        (f"{PRIMARY}}}", "action: remove_iam_member, on_call: primary", "on_call requires a notifier with channels"),
        (f"{PRIMARY}}}", "action: pubsub, on_call: primary", "on_call requires a notifier with channels"),
        (f"{PRIMARY}}}", "action: teams, params: {channel: a}, on_call: primary", "either on_call or params.channel"),
        (f"{PRIMARY}, every: 36h}}", "action: teams", "use whole days"),
        (f"{PRIMARY}, handover: noon}}", "action: teams", "invalid time 'noon'"),
        (
            f"{PRIMARY}, overrides: [{{person: b, from: 2026-12-02, until: 2026-12-01}}]}}",
            "action: teams",
            "until must",
        ),
        ("primary: {people: [Alice], starts: 2026-11-30, timezone: UTC}", "action: teams", "name of a channel"),
        ("primary: {people: [], starts: 2026-11-30, timezone: UTC}", "action: teams", "people"),
    ],
)
def test_a_rotation_with_a_mistake_is_rejected(tmp_path: Path, rotation: str, keys: str, message: str) -> None:
    _, errors = read_text(tmp_path, f"rotations: {{{rotation}}}\nhandlers: [{{name: page, {keys}}}]")
    assert len(errors) == 1
    assert message in errors[0]


def test_a_step_cannot_be_inherited(tmp_path: Path) -> None:
    _, (error,) = read_text(tmp_path, "defaults: {notifications: {on: unacknowledged}}\nhandlers: []")
    assert "unacknowledged cannot be inherited" in error


def test_a_repair_starts_as_a_dry_run_and_a_notification_is_sent(tmp_path: Path) -> None:
    text = "handlers: [{name: a, action: remove_iam_member}, {name: b, action: teams}]"
    assert [rule.mode for rule in rules(tmp_path, text)] == [Mode.DRY_RUN, Mode.AUTO]


def test_a_rule_runs_on_opened_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert rules(tmp_path, "handlers: [{name: a, action: teams}]")[0].on == (Trigger.OPENED,)


def test_all_errors_are_reported_together_each_with_its_line(tmp_path: Path) -> None:
    text = """handlers:
  - name: a
    action: remove_iam_membr
    params: {x: y}
    budget: 5
  - name: b
    action: teams
    on: [opned]
    cooldown: 4 hours
    budget: 5
    mode: careful
    enabled: perhaps
    params: {chanel: x}
  - name: b
    action: teams
    match:
      kind: jobfail
      severity: huge
      rule: []
      severty: high
  - name: Not A Name
    action: teams
    budget: 5
  - just text
"""
    expected = [
        (3, "action: invalid value 'remove_iam_membr': did you mean 'remove_iam_member'?"),
        (5, "budget: invalid value '5': use runs per hour, such as 5/h"),
        (8, "on: invalid value 'opned': did you mean 'opened'?"),
        (9, "cooldown: invalid duration '4 hours': use a number and a unit, such as 90s, 30m, 2h, 7d or 1w"),
        (10, "budget: invalid value '5': use runs per hour, such as 5/h"),
        (11, "mode: invalid value 'careful': use 'dry_run', 'auto' or 'approve'"),
        (12, "enabled: use true or false"),
        (13, "'teams' has no parameter 'chanel': use channel"),
        (17, "kind: invalid value 'jobfail': did you mean 'job_failure'?"),
        (18, "severity: invalid value 'huge': use 'informational', 'low', 'medium', 'high' or 'critical'"),
        (19, "rule: use at least one value"),
        (20, "unknown key 'severty': did you mean 'severity'?"),
        (21, "name: use a-z, 0-9, - and _"),
        (23, "budget: invalid value '5': use runs per hour, such as 5/h"),
        (24, "handlers: use a mapping of keys to values"),
    ]
    assert read_text(tmp_path, text)[1] == [f"handlers.yaml:{line}: {message}" for line, message in expected]


def test_two_rules_of_one_name_are_an_error(tmp_path: Path) -> None:
    text = "handlers:\n  - {name: a, action: teams}\n  - {name: a, action: teams}\n"
    assert read_text(tmp_path, text) == ([], ["handlers.yaml:3: name: 'a' is already used by another rule"])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ("{airflow: etl, max_clears: many}", "'max_clears' must be of type int, not 'many'"),
        ("{airflow: etl, max_clears: true}", "'max_clears' must be of type int, not True"),
        ("{airflow: etl, max_clears: 0}", "'max_clears' is 0: use 1 to 10"),
        ("{max_clears: 1}", "'clear_airflow_task' needs the parameter 'airflow'"),
        ("[etl]", "params: use a mapping of keys to values"),
    ],
)
def test_parameters_are_checked_against_the_action(tmp_path: Path, params: str, message: str) -> None:
    text = f"handlers:\n  - name: a\n    action: clear_airflow_task\n    params: {params}\n"
    assert read_text(tmp_path, text)[1] == [f"handlers.yaml:4: {message}"]


@pytest.mark.parametrize("text", ["", "[]", "handlers: 1", "handlers: []\nmore: 1", "x: [1"])
def test_a_file_of_another_form_is_an_error(tmp_path: Path, text: str) -> None:
    assert len(read_text(tmp_path, text)[1]) == 1


def test_a_key_that_is_there_twice_is_an_error(tmp_path: Path) -> None:
    errors = read_text(tmp_path, "handlers:\n  - name: a\n    action: teams\n    action: teams\n")[1]
    assert errors[0].startswith("handlers.yaml:4: the key 'action' appears twice")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert "cannot be read" in str(read(tmp_path / "none.yaml")[1][0])


def test_the_rules_that_ship_are_right_and_repair_nothing_by_themselves() -> None:
    found, errors = read(ROOT / "rules" / "handlers.yaml")
    assert errors == []
    assert {rule.mode for rule in found if rule.action != "teams"} == {Mode.DRY_RUN}


def test_the_rules_that_ship_name_rules_that_there_are() -> None:
    names = [f"{file.parent.name}/{file.stem}" for file in (ROOT / "rules").glob("*/*.yml")]
    patterns = [pattern for rule in read(ROOT / "rules" / "handlers.yaml")[0] for pattern in rule.match.rule]
    assert [pattern for pattern in patterns if not any(Path(name).match(pattern) for name in names)] == []


@pytest.mark.parametrize("key", ["match: {kind: }", "cooldown:", "on:"])
def test_a_key_without_a_value_is_an_error(tmp_path: Path, key: str) -> None:
    errors = read_text(tmp_path, f"handlers:\n  - name: a\n    action: teams\n    {key}\n")[1]
    assert [error.partition(": ")[0] for error in errors] == ["handlers.yaml:4"]
    assert "missing value" in errors[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("handlers:\n  - name: a\n    action: teams\n    mode: approve", 4),
        ("defaults:\n  notifications:\n    mode: approve\nhandlers: []", 3),
    ],
)
def test_only_a_remediation_waits_for_approval(tmp_path: Path, text: str, line: int) -> None:
    _, errors = read_text(tmp_path, text)
    assert [error.partition(": ")[0] for error in errors] == [f"handlers.yaml:{line}"]
    assert "only remediations can wait for approval" in errors[0]


STEP = "action: remove_iam_member"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"[{{name: a, {STEP}, then: b}}]", "the next step 'b' is not a handler rule"),
        (
            f"[{{name: a, {STEP}, then: b}}, {{name: b, {STEP}, then: a}}]",
            "the next steps form a circle: a → b → a",
        ),
        (f"[{{name: a, {STEP}, after_success: b}}]", "the next step 'b' is not a handler rule"),
        (
            f"[{{name: a, {STEP}, after_success: b}}, {{name: b, {STEP}, then: d}}, {{name: d, {STEP}, then: a}}]",
            "the next steps form a circle: a → b → d → a",
        ),
        ("[{name: a, action: teams, then: b}, {name: b, action: teams}]", "only a remediation has a next step"),
        (
            "[{name: a, action: teams, after_success: b}, {name: b, action: teams}]",
            "only a remediation has a next step",
        ),
        ("[{name: a, action: teams, brakes: {delay: 1m}}]", "these brakes are for remediations"),
    ],
)
def test_a_chain_ends_and_only_a_remediation_has_steps_and_brakes(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "handlers.yaml"
    path.write_text(f"handlers: {text}\n", encoding="utf-8")
    _, errors = read(path)
    assert message in str(errors[0])
