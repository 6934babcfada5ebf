"""One rule notifies the owner of each incident, and messages and commands name the owner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cli.app import run as command_line
from deploy.required_settings import required
from handlers.cards.incident import IncidentCard, incident_message
from handlers.context import ActionContext
from handlers.messages.cloud_event import incident_event
from handlers.messages.plain_text import as_plain_text
from handlers.owners.table import owners_of, with_owner
from handlers.read import read_file
from handlers.versions.apply import StoredRuleSet, apply_file, defaults_of
from shared import config
from shared.clients import Clients
from shared.model import Mode, RunState, Trigger
from shared.texts.locale import Locale
from tests.integration.handlers.test_timelines import bucket_made_public, task_failed, task_succeeded
from tests.support.timeline import BEGIN, Timeline, timeline

pytestmark = pytest.mark.sqlite

FILE = """
rotations:
  primary: {people: [alice], starts: 2026-11-23, timezone: UTC}
owners:
  - {owner: marts, match: {resource: '*/load_mart/*'}, tier: 1, runbook: 'https://wiki.example.com/m', channel: marts}
  - {owner: composer team, match: {service: composer}, channel: composer}
  - {owner: bucket owner, match: {resource: 'gs://example-bucket'}, tier: gold}
  - {owner: storage, match: {service: storage}, on_call: primary}
  - {owner: lab, match: {project: 'lab-*'}}
handlers:
  - {name: card, action: teams, on: [opened, resolved], to_owner: true}
  - {name: lead, action: teams, on: unacknowledged, after: 30m, to_owner: true}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "handlers.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def scenario(error_db_url: str, file: Path) -> Iterator[Timeline]:
    settings = {"HINOMI_LINK_HOSTS": "wiki.example.com"}
    with timeline(error_db_url, "marts", "composer", "alice", tick="5m", settings=settings) as made:
        apply(made, file)
        yield made


def apply(scenario: Timeline, file: Path) -> None:
    """Applies the file like `hinomi handlers apply`."""
    rules, errors = read_file(file)
    assert errors == []
    with scenario.application.store().transaction(scenario.now) as transaction:
        specs = {rule.name: rule.as_dict() for rule in rules.rules}
        apply_file(transaction.session, StoredRuleSet(specs, rules.defaults), scenario.now, by="alice")


def test_each_owner_has_the_messages_about_its_resources(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.at("1s").arrives(bucket_made_public)
    scenario.between("1s", "1s").sends("marts", "Owner: marts (tier 1)", "https://wiki.example.com/m")
    scenario.between("1s", "1s").sends("alice", "Owner: bucket owner (tier gold)")
    scenario.at("10m").acknowledges(2)
    scenario.between("30m", "35m").sends("marts", "Not acknowledged")
    scenario.at("40m").arrives(task_succeeded)
    scenario.between("40m", "40m").sends("marts", "Resolved")
    scenario.play("45m")


def test_a_resolution_goes_to_everybody_who_was_notified(scenario: Timeline, file: Path) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "1s").sends("marts", "Airflow task")
    moved = file.read_text(encoding="utf-8").replace("'*/load_mart/*'", "'*/other/*'")
    other = file.with_name("moved.yaml")
    other.write_text(moved, encoding="utf-8")
    scenario.at("5m").does("owners change", lambda: apply(scenario, other))
    scenario.between("30m", "35m").sends("composer", "Owner: composer team", "Not acknowledged")
    scenario.at("40m").arrives(task_succeeded)
    scenario.between("40m", "40m").sends("marts", "Resolved")
    scenario.between("40m", "40m").sends("composer", "Resolved")
    scenario.play("45m")


def test_the_broken_channel_of_an_owner_is_tried_again(scenario: Timeline) -> None:
    scenario.at("0s").breaks("marts", status=404)
    scenario.at("1s").arrives(task_failed)
    scenario.at("20m").works("marts")
    scenario.between("20m", "40m").sends("marts", "Owner: marts (tier 1)")
    scenario.play_only("41m")
    sent = next(each for each in scenario.sent if each.channel == "marts")
    assert sent.time >= BEGIN + timedelta(minutes=20)
    states = {run.state for run in scenario.detail().runs if run.target == "teams:marts" and run.handler_rule == "card"}
    assert states == {RunState.DONE}


def test_commands_and_events_name_the_owner(
    scenario: Timeline, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.play_only("2s")
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    assert command_line(["incidents", "show", "1"]) == 0
    shown = capsys.readouterr().out
    assert "marts (tier 1), by resource */load_mart/*" in shown
    assert "https://wiki.example.com/m" not in shown
    assert "Link omitted, because its host is not known: wiki.example.com" in " ".join(shown.split())
    assert command_line(["incidents", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["owner"]["name"] == "marts"
    assert command_line(["owners", "who", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["owner"]["name"], [each["name"] for each in found["less_specific"]]) == ("marts", ["composer team"])

    incident, settings = scenario.detail().incident, config.load(scenario.environment)
    with scenario.application.store().reading() as session:
        owners = owners_of(defaults_of(session))
    context = ActionContext(incident, Trigger.OPENED, Mode.AUTO, BEGIN, Clients(settings), settings, owners=owners)
    data = incident_event(context, "webhook:default", Locale("en", "UTC", BEGIN))["data"]
    assert data["incident"]["owner"] == {
        "name": "marts",
        "tier": "1",
        "runbook": "https://wiki.example.com/m",
        "matched": "resource */load_mart/*",
    }
    assert data["links"]["runbook"] == "https://wiki.example.com/m"
    card = incident_message(
        IncidentCard(with_owner(incident, owners), Trigger.OPENED), Locale("ja", "Asia/Tokyo", BEGIN), ""
    )
    assert "オーナー: marts (tier 1)" in as_plain_text(card)


def test_the_commands_show_who_owns_what(
    scenario: Timeline, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scenario.sent == []
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    assert command_line(["owners", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(text in listed for text in ("composer team", "resource */load_mart/*", "on call: primary", "gold"))
    assert command_line(["owners", "who", "gs://example-bucket"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "gs://example-bucket is owned by bucket owner, tier gold: resource gs://example-bucket"
    assert lines[1].startswith("also matches, less specific: storage, on call: primary: service storage")
    assert "bucket owner has no channel: rules with to_owner notify on call: primary" in lines[2]
    assert command_line(["owners", "who", "prod/x/y"]) == 0
    assert "has no owner" in (text := capsys.readouterr().out)
    assert "add --service" in text
    assert command_line(["owners", "who", "lab-1"]) == 0
    assert "lab-1 is owned by lab: project lab-*" in capsys.readouterr().out
    assert command_line(["owners", "who", "99"]) == 2
    assert command_line(["handlers", "list"]) == 0
    assert "to the owner" in capsys.readouterr().out


def test_the_channels_of_all_owners_are_required(file: Path) -> None:
    names = ("", "_MARTS", "_COMPOSER", "_ALICE")
    assert set(required(file, {})) == {f"HINOMI_TEAMS_WEBHOOK_URL{name}" for name in names}
