"""`hinomi rules sink-filter`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.app import run
from tests.support.rules import RULE, audit, folder, platform

ACCOUNT = "hinomi@example-project.iam.gserviceaccount.com"
READS = "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access"
COMMAND = ["rules", "sink-filter", "--rules"]


@pytest.fixture
def rules(tmp_path: Path) -> str:
    return str(folder(tmp_path / "rules", {"mine/job.yml": RULE}))


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HINOMI_SERVICE_ACCOUNTS", ACCOUNT)
    monkeypatch.setenv("HINOMI_PROJECTS", "example-project")  # whose bindings a collector reads
    read = {"methodName": "google.cloud.asset.v1.AssetService.SearchAllResources"}
    entries = [
        platform(second=1, job="nightly", state="FAILED"),
        platform(second=2, other="thing"),
        audit(second=3, authenticationInfo={"principalEmail": ACCOUNT}, **read) | {"logName": READS},
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return str(path)


def test_the_filter_is_printed_alone(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, rules]) == 0
    out = capsys.readouterr().out
    assert out.startswith("-- Hinomi, sink 1 of 1")
    assert "-- mine/job\n (NOT protoPayload:* AND jsonPayload.job:*" in out


def test_json_says_which_rules_a_sink_has(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([*COMMAND, rules, "--json"])
    (sink,) = json.loads(capsys.readouterr().out)
    assert (sink["name"], sink["rules"]) == ("hinomi-evidence-1", ["mine/job"])
    assert sink["characters"] == len(sink["filter"])


def test_a_file_of_an_earlier_run_that_no_sink_has_now_is_deleted(rules: str, tmp_path: Path) -> None:
    out = tmp_path / "sinks"
    out.mkdir()
    for name in ("hinomi-evidence-7.lql", "mine.lql"):
        (out / name).write_text("old", encoding="utf-8")
    assert run([*COMMAND, rules, "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["hinomi-evidence-1.lql", "mine.lql"]


def test_a_read_only_folder_is_invalid_input(rules: str, export: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, rules, "--out", export]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_measure_shows_the_share_that_would_be_exported(
    rules: str, export: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*COMMAND, rules, "--measure", export]) == 0
    out = capsys.readouterr().out
    assert "1 of 3 entries (33.3 %)" in out
    assert "in 1 message; 1 are Hinomi's own" in " ".join(out.split())
    assert "mine/job" in out


def test_measure_is_json_for_a_program(rules: str, export: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([*COMMAND, rules, "--measure", export, "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert (figures["entries"], figures["let_through"], figures["own"]) == (3, 1, 1)
    assert figures["rules"] == {"mine/job": 1}


def test_unreadable_entries_are_reported_and_the_rest_is_measured(
    rules: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps(platform(job="nightly")) + "\n{broken\n", encoding="utf-8")
    assert run([*COMMAND, rules, "--measure", str(path)]) == 2
    captured = capsys.readouterr()
    assert "1 of 1 entry" in captured.out
    assert "broken.jsonl:2" in captured.err
