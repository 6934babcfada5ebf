"""Scripts are created, checked and run with `hinomi actions`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.app import run
from tests.support.script_folder import add_script

pytestmark = pytest.mark.server


@pytest.fixture
def actions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HINOMI_ACTIONS_DIR", str(tmp_path / "actions"))
    return tmp_path / "actions"


def test_a_new_script_is_valid_and_runs(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["actions", "new", "mend"]) == 0
    assert sorted(path.name for path in (actions / "mend").iterdir()) == ["action.yaml", "run.py", "tests.yaml"]
    capsys.readouterr()
    assert run(["actions", "check"]) == 0
    assert capsys.readouterr().out == "1 script checked, 3 tests, 0 failed\n"
    assert run(["actions", "run", "mend", "--param", "resource=orders"]) == 0
    assert capsys.readouterr().out.startswith(
        "would run: python run.py --resource=orders --attempts=2\nNothing was run"
    )
    assert run(["actions", "run", "mend", "--param", "resource=orders", "--apply"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "would repair orders in at most 2 attempts"
    assert lines[1].startswith("mend: exit code 0 after ")


def test_a_name_that_differs_in_signs_only_is_refused(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["actions", "new", "make_room"]) == 0
    assert run(["actions", "new", "make-room"]) == 2
    assert "'make-room' and 'make_room' would have the same Cloud Run job" in capsys.readouterr().err
    assert [each.name for each in actions.iterdir()] == ["make_room"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "X", "", "a b"])
def test_a_script_is_written_in_the_folder_only(actions: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["actions", "new", name]) == 2
    assert "use a-z, 0-9, - and _" in capsys.readouterr().err
    assert not actions.exists()


def test_an_existing_script_is_not_overwritten(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_script(actions, "clear")
    assert run(["actions", "new", "clear"]) == 2
    assert f"{actions}/clear already exists" in capsys.readouterr().err


def test_scripts_are_listed_with_limits_and_missing_secrets(
    actions: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["actions", "list"]) == 0
    assert f"No scripts in {actions}" in capsys.readouterr().out
    monkeypatch.setenv("HINOMI_SCRIPT_SECRET_KEY", "x")
    add_script(actions, "clear", more="secrets: [TOKEN, KEY]\nundo: clear")
    assert run(["actions", "list"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "./run.sh '--dag={dag_id}' '{count}'" in shown
    assert "string [\\w.-]+ ≤ 50, from label.dag_id" in shown
    assert "integer -5–5, default 1" in shown
    assert "TOKEN (HINOMI_SCRIPT_SECRET_TOKEN is not set here), KEY" in shown
    assert run(["actions", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["undo"] == "clear"


def test_a_failed_test_and_a_mistake_are_named_with_file_and_line(
    actions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_script(actions, "clear")
    (folder / "tests.yaml").write_text(
        "tests:\n"
        "  - {name: other, labels: {dag_id: a}, command: [./run.sh, --dag=b, '1']}\n"
        "  - {name: accepted, labels: {dag_id: a}, rejected: match}\n"
        "  - {name: rejected, labels: {dag_id: 'a;'}, command: [./run.sh]}\n",
        encoding="utf-8",
    )
    add_script(actions, "plain")
    assert run(["actions", "check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "plain has no tests (tests.yaml)",
        f"{folder}/tests.yaml:2: other: the command is ['./run.sh', '--dag=a', '1'], not ['./run.sh', '--dag=b', '1']",
        f"{folder}/tests.yaml:3: accepted: not rejected: ./run.sh --dag=a 1",
        f"{folder}/tests.yaml:4: rejected: rejected: the value 'a;' of 'dag_id' does not match [\\w.-]+",
        "2 scripts checked, 3 tests, 3 failed",
    ]
    (folder / "tests.yaml").write_text("tests:\n  - {name: a, incident: {kind: x}, command: []}\n", encoding="utf-8")
    assert run(["actions", "check"]) == 2
    assert f"{folder}/tests.yaml:2: incident: 'x' is not a valid IncidentKind" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["claer"], "there is no valid script 'claer': did you mean 'clear'?"),
        (["clear", "--param", "dag"], "'dag' is invalid: use NAME=VALUE"),
        (["clear", "--param", "dag=x"], "has no parameter 'dag': did you mean 'dag_id'?"),
        (["clear", "--param", "count=9", "--label", "dag_id=a"], "the value 9 of 'count' is not within -5–5"),
        (["clear"], "'dag_id' needs a value: use --param dag_id=VALUE"),
        (["broken"], "broken/action.yaml:"),
    ],
)
def test_a_try_with_wrong_input_runs_nothing(
    actions: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_script(actions, "clear", "touch ran")
    add_script(actions, "broken", more="command: [gone]")
    assert run(["actions", "run", *arguments, "--apply"]) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "ran").exists()


def test_the_exit_code_says_that_a_script_failed(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_script(actions, "clear", "printf 'a\\033[2Jb\\n'; exit 3")
    assert run(["actions", "run", "clear", "--label", "dag_id=a", "--apply"]) == 1
    assert capsys.readouterr().out.startswith("ab\nclear: exit code 3 after ")
