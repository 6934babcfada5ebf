"""Every error in a manifest is reported with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.scripts import catalogue, folder
from shared.config import Settings
from shared.errors import InputError
from tests.support.script_folder import add_script


def errors(actions: Path) -> list[str]:
    return [str(error).replace(f"{actions}/", "") for error in folder.read(actions).errors]


def test_a_manifest_is_read_and_survives_the_build(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", more="secrets: [TOKEN]\nundo: clear\nidempotent: true")
    read = folder.read(tmp_path)
    assert read.errors == ()
    script = read.scripts["clear"]
    assert (script.time_limit, script.secrets, script.parameters["count"].minimum) == (5, ("TOKEN",), -5)
    catalogue.write(tmp_path, read.scripts)
    assert catalogue.load(Settings(rules_dir=tmp_path)) == read.scripts


def test_a_folder_that_does_not_exist_has_no_scripts(tmp_path: Path) -> None:
    assert folder.read(tmp_path / "none") == folder.ScriptFolder()
    with pytest.raises(InputError, match="there is no valid script 'x': the installation has no scripts"):
        catalogue.find(Settings(actions_dir=str(tmp_path)), "x")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("comand: [x]", "unknown key 'comand': did you mean 'command'?"),
        ("command: []", "command: use at least one value"),
        ("command: ['{dag_id}']", "command: the program cannot come from a parameter"),
        ("command: [../other/run.sh]", "command: '../other/run.sh': use python, a file of the script's folder"),
        ("command: [-x]", "command: '-x': use python"),
        ("command: [gone.sh]", "command: there is no file 'gone.sh' in the script's folder"),
        ("command: [python, gone.py]", "command: there is no file 'gone.py'"),
        ("command: [./run.sh, '{dag}']", "command: there is no parameter 'dag': did you mean 'dag_id'?"),
        ("command: [./run.sh, '{dag_id!r}']", "write {name} for a parameter"),
        ("command: [./run.sh, '{dag_id.x}']", "write {name} for a parameter"),
        ("command: [./run.sh, '{']", "write {name} for a parameter"),
        ("command: [./run.sh, '']", "an argument is empty"),
        ("command: [/bin/sh, -c, 'echo {dag_id}']", "command: {dag_id} would be code of /bin/sh"),
        ("command: [/usr/bin/env, bash, -ec, 'echo {dag_id}']", "would be code of /usr/bin/env"),
        ("command: [python, -c, 'print({count})']", "would be code of python"),
        ("secrets: [PATH]", "secrets: 'PATH' is reserved"),
        ("secrets: [LD_PRELOAD]", "secrets: 'LD_PRELOAD' is reserved"),
        ("secrets: [A, A]", "secrets: 'A' is listed twice"),
        ("secrets: [token]", "use A-Z, 0-9 and _"),
        ("permissions: [owner]", "use an IAM permission, such as bigquery.jobs.create"),
        ("time_limit: 2d", "time_limit: use at most 24h"),
        ("time_limit: soon", "invalid duration 'soon'"),
        ("undo: clean", "undo: there is no valid script 'clean'"),
        ("name: clean", "name: 'clean' is not the name of the folder, clear"),
        ("name: Clear", "use a-z, 0-9, - and _"),
        ("name: clear-", "no - or _ at the end"),
        ("worker: On Premises", "use a-z, 0-9 and -, a letter first"),
    ],
)
def test_a_mistake_in_a_manifest_is_named(tmp_path: Path, more: str, problem: str) -> None:
    add_script(tmp_path, "clear", more=more)
    found = errors(tmp_path)
    expected = problem.removeprefix("undo: ")
    assert any(expected in error for error in found), found
    assert all(error.startswith("clear/action.yaml:") for error in found)
    assert folder.read(tmp_path).scripts == {}


@pytest.mark.parametrize(
    ("parameter", "problem"),
    [
        ("{type: string}", "missing key 'pattern'"),
        ("{type: string, pattern: '(?=a)'}", "not a regular expression of RE2"),
        ("{type: string, pattern: a, min: 1}", "min: not for a parameter of the type string"),
        ("{type: integer, pattern: a}", "pattern: not for a parameter of the type integer"),
        ("{type: integer, min: 2, max: 1}", "min: greater than max"),
        ("{type: integer, min: 2, default: 1}", "default: the value 1 of 'p' is not within"),
        ("{type: enum}", "missing key 'values'"),
        ("{type: enum, values: [a], default: b}", "default: the value 'b' of 'p' is not allowed"),
        ("{type: text}", "invalid value 'text': use 'string', 'integer', 'enum' or 'boolean'"),
        ("{type: boolean, from: label}", "an incident has no 'label'"),
        ("{type: string, pattern: a, max_length: 5000}", "max_length"),
    ],
)
def test_a_mistake_in_a_parameter_is_named(tmp_path: Path, parameter: str, problem: str) -> None:
    add_script(tmp_path, "clear", more=f"command: [./run.sh]\nparameters:\n  p: {parameter}")
    found = errors(tmp_path)
    assert any(problem in error for error in found), found


def test_a_file_that_is_not_executable_or_outside_is_named(tmp_path: Path) -> None:
    (add_script(tmp_path, "first") / "run.sh").chmod(0o644)
    script = add_script(tmp_path, "second") / "run.sh"
    script.unlink()
    script.symlink_to("/bin/sh")
    (tmp_path / "third").mkdir()
    first, second, third = errors(tmp_path)
    assert "'./run.sh' is not executable: run chmod +x" in first
    assert "'./run.sh' leads out of the folder of scripts" in second
    assert third.startswith("third/action.yaml: cannot be read")


def test_a_script_and_its_undo_have_the_same_worker(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", more="worker: onprem\nundo: restore")
    add_script(tmp_path, "restore")
    (found,) = errors(tmp_path)
    assert "undo: 'restore' needs the same worker" in found


def test_two_scripts_cannot_have_the_same_job(tmp_path: Path) -> None:
    add_script(tmp_path, "clear-dag")
    add_script(tmp_path, "clear_dag")
    (error,) = errors(tmp_path)
    assert "clear_dag/action.yaml:1: name: 'clear_dag' and 'clear-dag' would have the same Cloud Run job" in error


def test_an_undo_that_needs_more_than_the_script_has_is_named(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", more="undo: restore")
    add_script(
        tmp_path,
        "restore",
        more="command: [./run.sh]\nparameters:\n  dag_id: {type: string, pattern: a}\n  day: {type: integer}",
    )
    assert errors(tmp_path) == [
        "clear/action.yaml:8: undo: 'restore' needs the parameter 'day', which this script does not have"
    ]
