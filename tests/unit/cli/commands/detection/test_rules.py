from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.app import run
from tests.support.load import catalogue
from tests.support.rules import NEXT, RULE, folder, platform


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    failed, done = platform(job="daily", state="FAILED"), platform(second=1, job="daily", state="DONE")
    examples = {
        "match": [{"title": "fails", "entries": [failed]}],
        "no_match": [{"title": "is done", "entries": [done]}],
        "recovery": [{"title": "recovers", "entries": [failed, done]}],
    }
    return folder(tmp_path, {"test/job.yml": RULE + NEXT, "test/job.examples.json": json.dumps(examples)})


def hinomi(command: str, rules: Path, *more: str) -> int:
    return run(["rules", command, "--rules-dir", str(rules), *more])


def test_check_says_that_all_is_right(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hinomi("check", rules) == 0
    assert capsys.readouterr().out == "1 rule and 0 load checks are valid\n"


def test_check_reports_every_error_with_file_and_line(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(rules, {"test/job.yml": RULE.replace("medium", "grave").replace("quiet: 1h", "quiet: x")})
    assert hinomi("check", rules) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{rules}/test/job.yml:4: ")
    assert second.startswith(f"{rules}/test/job.yml:16: ")


def test_check_reports_a_rule_without_examples_and_examples_without_a_rule(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = (RULE + NEXT).replace("1111-4111", "2222-4111").replace("Job failed", "Other failed")
    folder(rules, {"test/other.yml": other, "test/gone.examples.json": "{}"})
    (rules / "test" / "job.examples.json").write_text("{}")
    assert hinomi("check", rules) == 2
    printed = [line.split(": ", 1) for line in capsys.readouterr().err.splitlines()]
    assert [where for where, _ in printed] == [
        *[f"{rules}/test/job.examples.json:1"] * 3,
        f"{rules}/test/other.yml:1",
        f"{rules}/test/gone.examples.json:1",
    ]


def test_check_refuses_a_rule_that_does_not_say_what_to_do_next(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_step = NEXT[: NEXT.index("    - en: Run")]
    for text in (RULE, RULE + one_step):
        folder(rules, {"test/job.yml": text})
        assert hinomi("check", rules) == 2
        assert capsys.readouterr().err == (
            f"{rules}/test/job.yml:1: the rule does not say what to do next: add two or three steps under 'next'\n"
        )


def test_check_refuses_a_threshold_that_does_not_say_what_to_do_next(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue(rules)
    assert hinomi("check", rules) == 2
    where, text = capsys.readouterr().err.split(": ", 1)
    assert (where, text.partition(":")[0]) == (
        f"{rules}/metrics/pubsub.yaml:1",
        "the threshold queue_age does not say what to do next",
    )
    file, step = rules / "metrics" / "pubsub.yaml", "{en: Look., ja: 確認します。, command: 'bq show {job}'}"
    file.write_text(f"{file.read_text()}        next: [{step}, {step}]\n")
    assert hinomi("check", rules) == 2
    error = capsys.readouterr().err
    assert "series of queue_age have no label 'job'" in error


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ('bq show "{jsonPayload.job}', "a quotation mark of this command is not closed"),
        ("gcloud logging read x | head", "'|' is not passed to a shell: write one command, or several steps"),
        ("bq show {jsonPayloud.job}", "jsonPayloud"),
    ],
)
def test_check_refuses_a_command_that_cannot_be_filled_in(
    rules: Path, capsys: pytest.CaptureFixture[str], command: str, message: str
) -> None:
    step = f"  next:\n    - en: Look.\n      ja: 確認します。\n      command: >-\n        {command}\n"
    folder(rules, {"test/job.yml": RULE + step})
    assert hinomi("check", rules) == 2
    assert message in capsys.readouterr().err


def test_test_refuses_a_command_with_a_value_that_entries_lack(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(rules, {"test/job.yml": RULE + NEXT.replace("{jsonPayload.job}", "{jsonPayload.run}")})
    assert hinomi("test", rules) == 1
    assert "step 1 of 'next' has no command: the entry lacks a value that the command needs" in capsys.readouterr().err


def test_check_knows_the_fields_of_an_audit_log(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(rules, {"test/job.yml": RULE.replace("jsonPayload.state", "protoPayload.methodNme")})
    assert hinomi("check", rules) == 2
    assert "did you mean 'methodName'?" in capsys.readouterr().err


def test_test_runs_every_example(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hinomi("test", rules) == 0
    assert capsys.readouterr().out == "3 examples of 1 rule, 0 failed\n"


def test_test_fails_with_the_example_that_does(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(rules, {"test/job.yml": RULE.replace("FAILED", "LOST")})
    assert hinomi("test", rules, "--json") == 1
    results = json.loads(capsys.readouterr().out)
    assert [(one["section"], one["passed"]) for one in results] == [
        ("match", False),
        ("no_match", True),
        ("recovery", False),
    ]


def test_list_shows_every_rule(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hinomi("list", rules) == 0
    assert "test/job" in capsys.readouterr().out
    assert hinomi("list", rules, "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["rule"], row["kind"], row["level"], row["title"]) == ("test/job", "job_failure", "medium", "Job failed")


def test_list_describes_the_rules_that_are_named(
    rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    described = RULE.replace("title: Job failed", "title: Job failed\ndescription: A job ended with an error.", 1)
    japanese = "  ja: {title: ジョブの失敗, description: ジョブが失敗しました。, summary: '{jsonPayload.job} の失敗'}\n"
    folder(rules, {"test/job.yml": described + NEXT + japanese})
    assert hinomi("list", rules, "test/*") == 0
    assert capsys.readouterr().out == "test/job: Job failed\n  A job ended with an error.\n\n"
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert hinomi("list", rules, "test/job") == 0
    assert "ジョブが失敗しました。" in capsys.readouterr().out
    assert hinomi("list", rules, "other") == 2


def test_compile_says_how_many_and_how_big(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hinomi("compile", rules) == 0
    assert capsys.readouterr().out.startswith(f"{rules}/compiled.json: 1 rule, ")
    assert json.loads((rules / "compiled.json").read_text())["rules"][0]["name"] == "test/job"


def test_explain_shows_the_failed_condition_and_the_nearest_rules(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "entry.json"
    file.write_text(json.dumps([platform(job="daily", state="DONE")] * 2), encoding="utf-8")
    assert hinomi("explain", rules, "test/job", str(file), "--limit", "1") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert (
        "test/job does not match: 1 of 3 conditions failed failed jsonPayload.state is 'FAILED' · found 'DONE'" in out
    )
    assert "Only the first entry is explained" in out
    assert hinomi("explain", rules, str(file), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["entry"], each["rule"], each["failed"]) for each in found] == [(1, "test/job", 1), (2, "test/job", 1)]


def test_explain_says_that_a_file_has_no_entries(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.json").write_text("")
    assert hinomi("explain", rules, "test/job", str(tmp_path / "empty.json")) == 0
    assert "No log entries in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["test/jib", "FILE"], "no detection rule is named 'test/jib': did you mean 'test/job'?"),
        (["a", "b", "FILE"], "name a rule and a file"),
        (["TICK"], "entry 1: not a log entry"),
        (["BAD"], "entry 1: "),
    ],
)
def test_explain_says_what_it_cannot_explain(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    texts = {"FILE": json.dumps(platform(job="a")), "TICK": '{"tick": "sweep"}', "BAD": '{"a": 1}'}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = [str(tmp_path / each) if each in texts else each for each in arguments]
    assert hinomi("explain", rules, *paths) == 2
    assert message in capsys.readouterr().err
