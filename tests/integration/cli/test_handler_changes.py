"""Changing handler rules by file and by command: each change is a version, and none is lost silently."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli import database
from cli.app import run
from db.error_db import handler_rules
from handlers.spec import HandlerSpec
from shared import config
from shared.records import StoredRule
from tests.support.incidents import NOW
from tests.support.report_world import add_incident

pytestmark = pytest.mark.sqlite

FILE = """handlers:
  - {name: repair, action: remove_iam_member, budget: 20/h}
  - {name: card, action: teams}
"""


class Terminal:
    """The command line with the file of rules and an Error DB."""

    def __init__(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file = file
        self._capsys = capsys

    def __call__(self, *args: str, code: int = 0) -> str:
        assert run(["handlers", *args]) == code
        printed = self._capsys.readouterr()
        return printed.err if code else printed.out

    def apply(self, text: str, *options: str) -> str:
        self.file.write_text(text, encoding="utf-8")
        return self("apply", str(self.file), *options)

    def names(self) -> list[str]:
        return [rule["name"] for rule in json.loads(self("list", "--json"))]

    def history(self, *options: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self("history", *options, "--json"))
        return found


@pytest.fixture
def hinomi(
    tmp_path: Path, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    return Terminal(tmp_path / "handlers.yaml", capsys)


@pytest.mark.both_databases
def test_every_change_is_a_version_with_who_why_and_how_to_go_back(
    hinomi: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    hinomi.apply(FILE, "--by", "alice")
    added = hinomi("add", "night", "--set", "action=teams", "--before", "card", "--by", "bob", "--note", "night shift")
    assert added == "added: night\nversion 2\n"
    assert hinomi("edit", "repair", "--set", "mode=auto", "--set", "budget=", "--by", "bob").splitlines() == [
        "changed: repair",
        "  - budget: 20/h",
        "  + mode: auto",
        "version 3",
    ]
    hinomi("disable", "card")
    hinomi("remove", "night")
    assert hinomi.names() == ["repair", "card"]
    found = [(each["version"], each["source"], each["changes"]) for each in hinomi.history()]
    assert found == [
        (5, "command", {"night": "removed"}),
        (4, "command", {"card": "disabled"}),
        (3, "command", {"repair": "changed"}),
        (2, "command", {"night": "added"}),
        (1, "file", {"repair": "added", "card": "added"}),
    ]
    assert [(each["changed_by"], each["note"]) for each in hinomi.history("night")][1] == ("bob", "night shift")
    assert hinomi("diff", "2", "3").splitlines()[0] == "changed: repair"
    restored = hinomi("rollback", "2", "--yes")
    assert ("version 6" in restored, "would be" in restored) == (True, False)
    assert hinomi.names() == ["repair", "night", "card"]
    assert hinomi.history("--limit", "1")[0]["note"] == "to version 2"
    assert hinomi("history", "nigth") == "No version changed the handler rule 'nigth'.\nDid you mean 'night'?\n"
    assert "\n    added: repair, card\n" in hinomi("history")
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert "バージョン 2 に戻す" in hinomi("history", "--limit", "1")
    assert "\n    追加: repair、card\n" in hinomi("history")


def test_a_file_never_replaces_what_was_changed_elsewhere_without_saying_so(hinomi: Terminal) -> None:
    hinomi.apply(FILE)
    hinomi("edit", "repair", "--set", "mode=auto", "--by", "bob")
    hinomi("add", "night", "--set", "action=teams", "--by", "bob")
    hinomi("remove", "card", "--by", "bob")
    text = FILE.replace("20/h", "30/h")
    kept = hinomi.apply(text)
    assert [line.partition(" (bob")[0] for line in kept.splitlines()[:3]] == [
        "kept: repair was changed elsewhere",
        "not added again: card was removed elsewhere",
        "kept: night was added elsewhere",
    ]
    assert hinomi.names() == ["repair", "night"]
    assert json.loads(hinomi("plan", str(hinomi.file), "--json"))["kept"]["night"] == "added"
    assert "would be removed: night" in hinomi("plan", str(hinomi.file), "--overwrite")
    hinomi.apply(text, "--overwrite")
    assert hinomi.names() == ["repair", "card"]


def test_a_file_that_cannot_be_written_is_invalid_input(hinomi: Terminal, tmp_path: Path) -> None:
    assert "cannot be written: Is a directory" in hinomi("export", "--out", str(tmp_path), code=2)


def test_the_exported_file_is_a_view_of_the_rules(hinomi: Terminal, tmp_path: Path) -> None:
    hinomi.apply("defaults:\n  remediations: {cooldown: 1h}\n" + FILE)
    hinomi("add", "more", "--set", "action=remove_iam_member")
    hinomi("disable", "card")
    hinomi("export", "--out", str(tmp_path / "view.yaml"))
    text = (tmp_path / "view.yaml").read_text(encoding="utf-8")
    assert "remediations: {cooldown: 1h}" in text
    assert text.count("cooldown") == 1
    assert hinomi("plan", str(tmp_path / "view.yaml")) == "Nothing changed.\n"


def test_a_rule_that_is_disabled_by_hand_stays_disabled_until_it_is_enabled(hinomi: Terminal) -> None:
    hinomi.apply(FILE)
    hinomi("disable", "repair")
    assert "changed: repair" in hinomi.apply(FILE.replace("20/h", "30/h"))
    assert json.loads(hinomi("list", "--json"))[0]["enabled"] is False
    assert hinomi("enable", "repair").splitlines()[0] == "enabled: repair"


def test_a_rule_is_edited_in_the_editor(hinomi: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    hinomi.apply(FILE)
    monkeypatch.setenv("VISUAL", "sed -i s/20/25/")
    assert "+ budget: 25/h" in hinomi("edit", "repair")
    assert hinomi("edit", "card") == "Nothing changed.\n"
    monkeypatch.setenv("VISUAL", "sed -i s/25/many/")
    assert "runs per hour" in hinomi("edit", "repair", code=2)
    monkeypatch.setenv("VISUAL", "false")
    assert "the editor failed" in hinomi("edit", "repair", code=2)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("edit repari --set mode=auto", "no handler rule is named 'repari': did you mean 'repair'"),
        ("edit repair --set mod=auto", "unknown key 'mod': did you mean 'mode'"),
        ("edit repair --set name=other", "cannot change"),
        ("add card --set action=teams", "the handler rule 'card' exists"),
        ("rollback 99", "no version 99"),
        ("diff 1 99", "no version 99"),
    ],
)
def test_a_change_that_cannot_be_made_says_why_and_changes_nothing(
    hinomi: Terminal, command: str, message: str
) -> None:
    hinomi.apply(FILE)
    assert message in hinomi(*command.split(), code=2)
    assert len(hinomi.history()) == 1


def test_without_a_change_there_is_no_version(hinomi: Terminal) -> None:
    assert hinomi("history") == "No versions yet: `hinomi handlers apply` records the first one.\n"
    hinomi.apply(FILE)
    hinomi.apply(FILE)
    assert hinomi("enable", "card") == "Nothing changed.\n"
    assert len(hinomi.history()) == 1
    assert hinomi("history", "other") == "No version changed the handler rule 'other'.\n"


def test_changes_of_rotations_and_owners_are_shown_and_rolled_back(hinomi: Terminal) -> None:
    owners = "owners: [{owner: data, match: {service: bigquery}, channel: data}]\n"
    assert "owners:\n  + {owner: data, match: {service: bigquery}, channel: data}" in hinomi.apply(owners + FILE)
    changed = hinomi.apply(owners.replace("owner: data", "owner: marts") + FILE)
    assert "  - {owner: data, match" in changed
    assert "  + {owner: marts, match" in changed
    assert "no difference" not in hinomi("diff", "1", "2")
    assert "+ {owner: marts" in hinomi("diff", "1", "2")
    assert [each["shared"] for each in hinomi.history()] == [["owners"], ["owners"]]
    assert "changed for all rules: owners" in hinomi("history")
    assert "+ {owner: data" in hinomi("rollback", "1", "--yes")
    assert "{owner: data," in hinomi("export")


CHAIN = """owners: [{owner: data, match: {service: bigquery}, channel: data}]
handlers:
  - {name: repair, action: remove_iam_member, then: card}
  - {name: card, action: teams}
"""


def test_everything_is_edited_in_the_editor_and_kept_when_a_file_is_applied(
    hinomi: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    hinomi.apply(CHAIN)
    monkeypatch.setenv(
        "VISUAL", "sed -i -e s/data,/marts,/ -e 's/then: card/then: mail/' -e 's/name: card/name: mail/'"
    )
    edited = hinomi("edit", "--by", "bob", "--note", "marts own it").splitlines()
    assert edited[:3] == ["removed: card", "changed: repair", "  - then: card"]
    assert edited[-3:-1] == [
        "  - {owner: data, match: {service: bigquery}, channel: data}",
        "  + {owner: marts, match: {service: bigquery}, channel: data}",
    ]
    assert hinomi.names() == ["repair", "mail"]
    kept = hinomi.apply(CHAIN.replace("bigquery", "composer"))
    assert "kept: owners were changed elsewhere (bob" in kept
    assert "{owner: marts, match: {service: bigquery}" in hinomi("export")
    assert json.loads(hinomi("plan", str(hinomi.file), "--json"))["kept_shared"] == ["owners"]
    hinomi.apply(CHAIN, "--overwrite")
    assert "{owner: data, match: {service: bigquery}" in hinomi("export")
    monkeypatch.setenv("VISUAL", "sed -i s/bigquery/[/")
    assert "handlers.yaml:" in hinomi("edit", code=2)
    assert "--set needs the name of a rule" in hinomi("edit", "--set", "mode=auto", code=2)


def test_a_rule_of_a_file_has_values_of_its_own_where_the_defaults_were_changed_elsewhere(
    hinomi: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "defaults:\n  remediations: {cooldown: 1h}\n" + FILE
    hinomi.apply(text)
    monkeypatch.setenv("VISUAL", "sed -i s/1h/2h/")
    assert "defaults of remediations:" in hinomi("edit")
    added = text + "  - {name: more, action: remove_iam_member}\n"
    assert "kept: remediations were changed elsewhere" in hinomi.apply(added)
    exported = hinomi("export")
    assert "remediations: {cooldown: 2h}" in exported
    assert exported.count("cooldown: 1h") == 1
    assert "kept: repair was changed elsewhere" in hinomi.apply(added)
    assert hinomi.names() == ["repair", "card", "more"]


def test_a_script_of_another_machine_prevents_no_other_edit(hinomi: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    hinomi.apply(FILE)
    spec = HandlerSpec("script", "run_script", params={"script": "elsewhere"}).as_dict()
    with database.opened(config.load()) as store, store.transaction(NOW) as transaction:
        rules = [*handler_rules.states(transaction.session), StoredRule("script", spec)]
        handler_rules.save(transaction.session, rules, handler_rules.Author("bob", "command"), NOW)
    monkeypatch.setenv("VISUAL", "sed -i s/20/25/")
    assert "changed: repair" in hinomi("edit")
    monkeypatch.setenv("VISUAL", "sed -i s/elsewhere/nowhere/")
    assert "there is no valid script 'nowhere'" in hinomi("edit", code=2)


def test_no_command_breaks_a_chain(hinomi: Terminal) -> None:
    hinomi.apply(CHAIN)
    assert "repair, then: the next step 'card' is not a handler rule" in hinomi("remove", "card", code=2)
    assert "the next step 'mail' is not" in hinomi("edit", "repair", "--set", "then=mail", code=2)
    hinomi("edit", "repair", "--set", "then=")
    hinomi("remove", "card")
    hinomi.file.write_text(CHAIN.replace("then: card", "budget: 3/h, then: card"), encoding="utf-8")
    assert "kept: repair was changed elsewhere" in hinomi("plan", str(hinomi.file))


def test_a_file_is_simulated_on_past_incidents_before_it_is_applied(
    hinomi: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    hinomi.apply("handlers:\n  - {name: card, action: teams, on: [opened]}\n")
    with database.opened(config.load()) as store, store.transaction(datetime.now(UTC)) as transaction:
        for number in range(3):
            opened = datetime.now(UTC) - timedelta(days=1 + 9 * number)
            add_incident(transaction.session, opened, resource=f"//storage.googleapis.com/b{number}")
    hinomi.file.write_text(
        "handlers:\n  - {name: card, action: teams, on: [opened], match: {resource: '*b1'}}\n"
        "  - {name: repair, action: remove_iam_member, on: [opened], mode: auto}\n"
    )
    page = " ".join(hinomi("simulate", str(hinomi.file)).split())
    assert (
        "With the change, these rules would have matched 3 incidents, run 3 remediations and 0 dry runs, and sent 1 message. "
        "Without it, they would have matched 3 incidents, run 0 remediations and 0 dry runs, and sent 3 messages."
        in page
    )
    assert "card 1 (now 3) 1 (now 3)" in page
    assert "Simulated on 3 incidents since" in page
    shorter = json.loads(hinomi("simulate", str(hinomi.file), "--days", "5", "--json"))
    assert (shorter["incidents"], shorter["after"]["remediations"], shorter["after"]["messages"]) == (1, 1, 0)
    hinomi.apply(hinomi.file.read_text(), "--yes")
    assert hinomi("simulate", str(hinomi.file)).startswith("The file has the rules that are in use")
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert "自動修復 3 回" in hinomi("simulate", str(hinomi.file), "--all")
