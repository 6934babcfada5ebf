from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.app import run
from handlers.stages.model import StageName
from shared.config import ROOT, Settings
from shared.model import Mode
from tests.support.handling import BUCKET, Desk

pytestmark = pytest.mark.sqlite

RULES = """handlers:
  - {name: repair, action: remove_iam_member, match: {service: storage}, mode: auto}
  - {name: card, action: teams, match: {kind: job_failure}}
"""
FINDING = {
    "rule": "storage/bucket_made_public",
    "kind": "irregular_access",
    "severity": "high",
    "service": "storage",
    "resource": BUCKET,
    "fingerprint": "f",
}


@pytest.fixture
def rules(tmp_path: Path, error_db_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of handler rules, and the Error DB that the command line will use."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    file = tmp_path / "handlers.yaml"
    file.write_text(RULES, encoding="utf-8")
    return file


def shown(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    assert run(["handlers", *map(str, args)]) == 0
    return capsys.readouterr().out


def printed_json(capsys: pytest.CaptureFixture[str], *args: object) -> Any:
    return json.loads(shown(capsys, *args, "--json"))


def test_apply_warns_of_patterns_that_match_no_shipped_rule(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """handlers:
  - name: repair
    action: remove_iam_member
    match:
      service: [storage, bigqury]
      rule: [no/such_rule, 'storage/*', 'load/*', report/etl]
"""
    rules.write_text(text, encoding="utf-8")
    assert run(["handlers", "apply", str(rules)]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"{rules}:5: warning: no shipped service matches 'bigqury'",
        f"{rules}:6: warning: no shipped rule matches 'no/such_rule'",
    ]


def test_apply_does_not_warn_about_the_shipped_file(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules.write_text((ROOT / "rules" / "handlers.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert run(["handlers", "apply", str(rules)]) == 0
    assert capsys.readouterr().err == ""


def test_apply_says_what_it_added_changed_and_removed(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "apply", rules).splitlines()[:2] == ["added: repair", "added: card"]
    rules.write_text(RULES.replace("auto", "dry_run").replace("card", "message"), encoding="utf-8")
    assert shown(capsys, "apply", rules).splitlines()[:5] == [
        "removed: card",
        "changed: repair",
        "  - mode: auto",
        "added: message",
        "2 handler rules, 2 enabled, 3 changed",
    ]
    assert shown(capsys, "apply", rules) == "2 handler rules, 2 enabled, 0 changed\n"


def test_a_dry_run_of_apply_changes_nothing(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "would be added: repair" in shown(capsys, "apply", rules, "--dry-run")
    assert printed_json(capsys, "list") == []


def test_an_invalid_file_is_rejected_as_a_whole_with_every_error(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules.write_text("handlers:\n  - {name: a, action: b}\n  - {name: C, action: teams}\n", encoding="utf-8")
    assert run(["handlers", "apply", str(rules)]) == 2
    assert [line.split(":")[2] for line in capsys.readouterr().err.splitlines()] == ["2", "3"]
    assert printed_json(capsys, "list") == []


def test_list_shows_the_rules_in_their_order(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "apply", rules)
    assert [each["name"] for each in printed_json(capsys, "list")] == ["repair", "card"]
    assert "remove_iam_member: auto" in shown(capsys, "list")


def test_test_shows_for_every_rule_whether_it_would_run_or_why_not(
    rules: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    shown(capsys, "apply", rules)
    desk.public_bucket()
    decisions = printed_json(capsys, "test", 1)
    assert [(each["handler"], each["run"], each["reason"], each["target"]) for each in decisions] == [
        ("repair", True, "matched", BUCKET),
        ("card", False, "kind_differs", ""),
    ]
    text = shown(capsys, "test", 1)
    assert f"run      remove_iam_member on {BUCKET} (auto)" in text
    assert "match  kind job_failure does not match irregular_access" in text
    assert printed_json(capsys, "test", 1, "--on", "resolved")[0]["reason"] == "trigger_differs"


def test_test_runs_and_plans_nothing(rules: Path, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.public_bucket()
    shown(capsys, "apply", rules)
    shown(capsys, "test", 1)
    assert desk.runs() == []


def test_test_takes_a_file_of_handler_rules_that_is_not_applied(
    rules: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.public_bucket()
    assert [each["run"] for each in printed_json(capsys, "test", 1, "--rules", rules)] == [True, False]


@pytest.mark.parametrize("form", ["object", "array", "lines", "page"])
def test_test_takes_findings_from_a_file(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    file = tmp_path / "finding.json"
    one = json.dumps(FINDING)
    file.write_text(
        {"object": one, "array": f"[{one}]", "lines": f"{one}\n{one}\n", "page": f'{{"entries": [{one}]}}'}[form],
        encoding="utf-8",
    )
    decision = printed_json(capsys, "test", file, "--rules", rules)[0]
    assert [each["stage"] for each in decision.pop("stages")] == list(StageName)
    assert decision == {
        "handler": "repair",
        "run": True,
        "reason": "matched",
        "action": "remove_iam_member",
        "mode": str(Mode.AUTO),
        "target": BUCKET,
    }


def test_test_runs_the_rules_on_log_entries(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = json.loads((Settings().rules_dir / "storage/bucket_made_public.examples.json").read_text())
    file = tmp_path / "entries.json"
    file.write_text(json.dumps(examples["match"][0]["entries"]), encoding="utf-8")
    assert printed_json(capsys, "test", file, "--rules", rules)[0]["reason"] == "matched"


def test_test_shows_findings_in_the_language_of_the_settings(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    examples = json.loads((Settings().rules_dir / "storage/bucket_made_public.examples.json").read_text())
    file = tmp_path / "entries.json"
    file.write_text(json.dumps(examples["match"][0]["entries"]), encoding="utf-8")
    assert "が公開状態" in shown(capsys, "test", file, "--rules", rules)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "entry 1"),
        ("[1]", "not a JSON object"),
        ("nonsense", "neither JSON nor YAML"),
        ('{"rule": "a/b", "fingerprint": "f"}', "not a finding"),
    ],
)
def test_other_json_than_entries_and_findings_is_invalid_input(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    file = tmp_path / "file.json"
    file.write_text(text, encoding="utf-8")
    assert run(["handlers", "test", str(file), "--rules", str(rules)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "message"), [("99", "no incident 99"), ("none.json", "neither the id of an incident nor a file")]
)
def test_a_missing_incident_or_file_is_invalid_input(
    rules: Path, capsys: pytest.CaptureFixture[str], target: str, message: str
) -> None:
    assert run(["handlers", "test", target, "--rules", str(rules)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_runs_of_a_missing_incident_are_invalid_input(
    capsys: pytest.CaptureFixture[str], form: tuple[str, ...]
) -> None:
    assert run(["handlers", "runs", "--incident", "99", *form]) == 2
    assert "no incident 99" in capsys.readouterr().err


@pytest.mark.usefixtures("rules")
def test_an_incident_without_actions_is_said_to_have_none(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.public_bucket("e1")
    assert shown(capsys, "runs", "--incident", 1) == "No action has run for incident 1.\n"


@pytest.mark.both_databases
def test_runs_shows_results(rules: Path, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "apply", rules)
    desk.public_bucket("e1")
    desk.public_bucket("e2", bucket="missing-bucket")
    desk.work()
    capsys.readouterr()  # the worker's log
    assert [(each["incident_id"], each["state"]) for each in printed_json(capsys, "runs")] == [
        (2, "failed"),
        (1, "done"),
    ]
    assert [each["state"] for each in printed_json(capsys, "runs", "--incident", 1)] == ["done"]
    assert "removed allUsers" in " ".join(shown(capsys, "runs").split())
    assert run(["incidents", "show", "1"]) == 0
    page = capsys.readouterr().out
    assert f"run      remove_iam_member on {BUCKET} (auto)" in page
    calls = page.partition("Calls of repair (run 1)\n")[2].partition("\n\n")[0]
    assert calls.startswith("  PUT http://")
    assert f"/storage/v1/b/{BUCKET}/iam " in calls
    assert '"member": "allUsers"' in calls
    assert calls.endswith("→ 200, took effect")
    assert run(["incidents", "show", "1", "--json"]) == 0
    (made,) = json.loads(capsys.readouterr().out)["runs"][0]["calls"]
    assert (made["method"], made["status"], made["effect"], made["attempt"]) == ("PUT", 200, "made", 1)
    assert made["body"]["remove"][0]["member"] == "allUsers"


def test_the_shipped_rules_pass_their_tests_and_each_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    results = printed_json(capsys, "test", "--all")
    assert [result for result in results if not result["passed"]] == []
    assert "no test expects" not in shown(capsys, "test", "--all")


def test_a_failed_test_of_the_rules_is_shown_with_its_line(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = rules.with_name("handlers.tests.yaml")
    tests.write_text(
        "tests:\n  - {name: closed, incident: {rule: storage/bucket_made_public}, expect: [card]}\n", encoding="utf-8"
    )
    assert run(["handlers", "test", "--all", "--rules", str(rules)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{tests}:2: closed: card does not run: kind job_failure does not match irregular_access",
        f"{tests}:2: closed: repair runs, but is not expected",
        "warning: no test expects repair to run",
        "1 test of 2 handler rules, 1 failed",
    ]


def test_the_shipped_tests_pass_beside_rules_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped, rules = ROOT / "rules", tmp_path / "handlers.yaml"
    own = "\n  - {name: chat, match: {severity: medium}, action: webhook}\n"
    rules.write_text((shipped / "handlers.yaml").read_text(encoding="utf-8") + own, encoding="utf-8")
    shutil.copy(shipped / "handlers.tests.yaml", tmp_path)
    assert run(["handlers", "test", "--all", "--rules", str(rules)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == ["warning: no test expects chat to run", "13 tests of 5 handler rules, 0 failed"]
    tests = tmp_path / "handlers.own.tests.yaml"
    keys = "incident: {rule: storage/bucket_made_public}, expect: [close-public-access, teams-card, chat]"
    tests.write_text(f"tests:\n  - {{name: the room, {keys}}}\n", encoding="utf-8")
    assert run(["handlers", "test", "--all", "--rules", str(rules)]) == 0
    assert capsys.readouterr().out == "14 tests of 5 handler rules, 0 failed\n"


def test_the_shipped_tests_of_a_removed_rule_are_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped, rules = ROOT / "rules", tmp_path / "handlers.yaml"
    text = (shipped / "handlers.yaml").read_text(encoding="utf-8")
    rules.write_text(text.replace("name: clear-airflow-task", "name: clear-task"), encoding="utf-8")
    shutil.copy(shipped / "handlers.tests.yaml", tmp_path)
    assert run(["handlers", "test", "--all", "--rules", str(rules)]) == 0
    printed = capsys.readouterr().out.splitlines()
    tests = tmp_path / "handlers.tests.yaml"
    assert printed[0] == f"5 tests of {tests} skipped: the handler rules no longer include clear-airflow-task"
    assert printed[-1] == "8 tests of 4 handler rules, 0 failed"


@pytest.mark.parametrize("arguments", [[], ["1", "--all"]])
def test_an_incident_or_all_tests_are_needed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["handlers", "test", *arguments]) == 2
    assert "use --all" in capsys.readouterr().err
