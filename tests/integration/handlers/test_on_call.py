"""The person on call is notified; everybody who was notified learns of the resolution."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.app import run as command_line
from deploy.required_settings import required
from handlers.read import read_file
from handlers.versions.apply import StoredRuleSet, apply_file
from shared.model import RunState, Trigger
from tests.integration.handlers.test_timelines import task_failed, task_succeeded
from tests.support.timeline import Timeline, timeline

pytestmark = pytest.mark.sqlite

SUNDAY = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
FILE = """
rotations:
  primary: {people: [alice, bob], starts: 2026-11-23, timezone: UTC, handover: "00:00",
            overrides: [{person: carol, from: 2026-12-02 00:00, until: 2026-12-03 00:00}]}
handlers:
  - {name: phone, action: teams, on: unacknowledged, after: 10m, repeat: 30m, on_call: primary}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "handlers.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def scenario(error_db_url: str, file: Path) -> Iterator[Timeline]:
    """A scenario that begins half an hour before bob takes over from alice."""
    with timeline(error_db_url, "alice", "bob", begin=SUNDAY, tick="10m") as made:
        rules, errors = read_file(file)
        assert errors == []
        with made.application.store().transaction(SUNDAY) as transaction:
            specs = {rule.name: rule.as_dict() for rule in rules.rules}
            apply_file(transaction.session, StoredRuleSet(specs, rules.defaults), SUNDAY, by="alice")
        yield made


def test_a_handover_moves_the_reminders_and_the_resolution_goes_to_both(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("10m", "20m").sends("alice", "Not acknowledged")
    scenario.between("50m", "50m").sends("bob", "Not acknowledged")
    scenario.at("65m").arrives(task_succeeded)
    for person in ("alice", "bob"):
        scenario.between("65m", "65m").sends(person, "Resolved")
    scenario.play("70m")
    ended = [run for run in scenario.detail().runs if run.trigger is Trigger.RESOLVED]
    assert [(run.target, run.state) for run in ended] == [("teams:alice", RunState.DONE), ("teams:bob", RunState.DONE)]


def test_the_command_shows_the_person_and_the_next_handovers(
    scenario: Timeline,
    error_db_url: str,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    assert scenario.sent == []
    assert command_line(["oncall", "--at", "2026-11-30T12:00:00", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["rotation"], shown["person"]) == ("primary", "bob")
    assert [each["person"] for each in shown["handovers"]] == ["carol", "bob", "alice"]
    assert command_line(["oncall", "--at", "2026-12-02T12:00:00", "--handovers", "1"]) == 0
    text = capsys.readouterr().out
    assert "primary: carol is on call at 2026-12-02 12:00:00 UTC" in text
    assert "2026-12-03 00:00:00 UTC  bob" in text
    changed = file.read_text(encoding="utf-8").replace("people: [alice, bob]", "people: [bob, alice]")
    file.write_text(changed, encoding="utf-8")
    assert command_line(["handlers", "plan", str(file)]) == 0
    text = capsys.readouterr().out
    assert "rotation primary:\n  - {people: [alice, bob]" in text
    assert "Nothing changed" not in text
    assert command_line(["handlers", "export"]) == 0
    assert "rotations:\n  primary: {people: [alice, bob]" in capsys.readouterr().out


def test_the_channels_of_everybody_are_required(file: Path) -> None:
    needed = required(file, {})
    assert set(needed) == {f"HINOMI_TEAMS_WEBHOOK_URL_{name}" for name in ("ALICE", "BOB", "CAROL")}


def test_an_unknown_rotation_notifies_the_default_channel(error_db_url: str, file: Path) -> None:
    rules, _ = read_file(file)
    with timeline(error_db_url, tick="5m") as scenario:
        scenario.rules(*(replace(rule, after=timedelta(minutes=5)) for rule in rules.rules))
        scenario.at("1s").arrives(task_failed)
        scenario.between("5m", "10m").sends("default", "Not acknowledged")
        scenario.play("10m")
