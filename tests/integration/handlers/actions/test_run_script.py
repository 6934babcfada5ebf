"""A handler rule runs a user's script: a real process, its output on the incident, and no accidental second run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.app import run as command_line
from db.error_db.store import ErrorStore
from demo.platform.airflow import SimulatedAirflow
from handlers.actions import run_script
from handlers.cards.incident import IncidentCard, incident_message
from handlers.context import ActionContext, ActionResult
from handlers.remediations import runner
from handlers.remediations.model import Effect, Journal, Plan
from handlers.spec import HandlerSpec
from handlers.stages.model import Reason
from shared.clients import Clients
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.errors import ActionError
from shared.model import Mode, RunState, Trigger
from shared.secret import Secret
from shared.texts import Text
from shared.texts.locale import Locale
from tests.support.handling import BUCKET, Desk
from tests.support.incidents import NOW, incident
from tests.support.script_folder import add_script

pytestmark = [pytest.mark.sqlite, pytest.mark.server]

LABELS = {"dag_id": "load_mart"}
TOKEN = {"HINOMI_SCRIPT_SECRET_TOKEN": Secret("hunter2-token")}


def run(actions: Path, *, mode: Mode = Mode.AUTO, given: dict[str, Any] | None = None, **more: Any) -> ActionResult:
    settings = Settings(actions_dir=str(actions), environment=TOKEN)
    labels = more.pop("labels", LABELS)
    context = ActionContext(incident(labels=labels), Trigger.OPENED, mode, NOW, Clients(settings), settings, **more)
    return runner.run(run_script, context, run_script.Params("clear", given or {}))


def test_a_script_gets_its_parameters_and_its_output_is_in_the_result(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", 'echo "$1 $2 $PARAM_DAG_ID $PARAM_COUNT $HINOMI_INCIDENT_ID"; pwd')
    result = run(tmp_path, given={"count": 3})
    assert result.text.en == "clear succeeded"
    assert result.details is not None
    assert result.details["output"].split() == ["--dag=load_mart", "3", "load_mart", "3", "42", f"{tmp_path}/clear"]
    assert result.details["exit"] == 0


def test_a_dry_run_shows_the_command_and_runs_nothing(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", "touch ran", more="secrets: [TOKEN]")
    result = run(tmp_path, mode=Mode.DRY_RUN, labels={"dag_id": "load_mart"})
    expected = "would run clear: ./run.sh --dag=load_mart 1 (time limit 5 s) with the secrets TOKEN"
    assert (result.text.en, result.changed) == (expected, False)
    assert not (tmp_path / "clear" / "ran").exists()


@pytest.mark.parametrize(
    ("code", "message", "permanent"),
    [
        ("exit 3", "clear failed after .*: exit code 3", True),
        ("exit 75", "clear failed after .*: exit code 75", False),
        ("chmod -x run.sh; ./run.sh", "exit code 126, a command of the script is not executable", True),
        ("no_such_command", "exit code 127, a command of the script does not exist", True),
        ("sh -c 'kill -9 $$'", "exit code 137, a process of the script was killed", True),
        ("kill -TERM $$", "clear failed after .*: ended by signal 15", True),
        ("exec sleep 60", "clear was killed at its time limit of 1 s", True),
    ],
)
def test_a_script_that_fails_says_how_it_ended(code: str, message: str, tmp_path: Path, *, permanent: bool) -> None:
    add_script(tmp_path, "clear", f"echo first; {code}", more="time_limit: 1s")
    with pytest.raises(ActionError, match=message) as caught:
        run(tmp_path)
    assert caught.value.permanent is permanent
    assert caught.value.details["output"].startswith("first")


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        ("a;id", r"does not match \[\\w.-\]\+"),
        ("-x\n", "U+000A"),
        ("x" * 51, "has 51 characters"),
        ("", "no label.dag_id"),
    ],
)
def test_a_hostile_label_runs_nothing(label: str, problem: str, tmp_path: Path) -> None:
    add_script(tmp_path, "clear", "touch ran")
    with pytest.raises(ActionError) as caught:
        run(tmp_path, labels={"dag_id": label})
    assert caught.value.permanent
    assert problem.replace("\\", "") in caught.value.text.en.replace("\\", "")
    assert not (tmp_path / "clear" / "ran").exists()


@pytest.mark.parametrize("name", ["../clear", "/bin/sh", "clear/../clear", "Clear", "", "clear\n", "x" * 5000])
def test_only_a_script_of_the_folder_runs(name: str, tmp_path: Path) -> None:
    add_script(tmp_path, "clear", "touch ran")
    settings = Settings(actions_dir=str(tmp_path))
    context = ActionContext(incident(labels=LABELS), Trigger.OPENED, Mode.AUTO, NOW, Clients(settings), settings)
    with pytest.raises(ActionError, match="there is no valid script"):
        runner.run(run_script, context, run_script.Params(name))
    assert not (tmp_path / "clear" / "ran").exists()


def test_a_script_that_vanished_or_needs_a_missing_secret_says_so(tmp_path: Path) -> None:
    folder = add_script(tmp_path, "clear", more="secrets: [OTHER]")
    with pytest.raises(ActionError, match="HINOMI_SCRIPT_SECRET_OTHER is not set"):
        run(tmp_path)
    (folder / "run.sh").unlink()
    with pytest.raises(ActionError, match="there is no valid script 'clear'"):
        run(tmp_path)


def test_secrets_of_the_script_are_not_in_its_output_and_others_not_in_its_environment(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", 'echo "is $TOKEN here"; env', more="secrets: [TOKEN]")
    result = run(tmp_path)
    assert result.details is not None
    assert result.details["output"].startswith("is <redacted> here")
    assert "hunter2" not in json.dumps(result.details)
    assert "HINOMI_SCRIPT_SECRET" not in result.details["output"]


def earlier(*effects: Effect) -> Journal:
    """The journal that an earlier attempt left."""
    journal = Journal()
    journal.begin(Plan(Text.verbatim("would run"), done=Text.verbatim("clear succeeded")))
    journal.effects += effects
    return journal


@pytest.mark.parametrize("idempotent", [False, True])
def test_a_script_whose_result_is_unknown_runs_again_only_if_it_is_idempotent(
    tmp_path: Path, *, idempotent: bool
) -> None:
    add_script(tmp_path, "clear", "echo again", more=f"idempotent: {str(idempotent).lower()}")
    if idempotent:
        assert run(tmp_path, journal=earlier(Effect.UNKNOWN)).changed
        return
    with pytest.raises(ActionError, match="clear may have run: its worker stopped") as caught:
        run(tmp_path, journal=earlier(Effect.UNKNOWN))
    assert caught.value.permanent


def test_a_script_that_succeeded_before_its_worker_died_does_not_run_again(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", "touch ran", more="idempotent: true")
    assert "clear succeeded" in run(tmp_path, journal=earlier(Effect.MADE)).text.en
    assert not (tmp_path / "clear" / "ran").exists()


def test_a_script_that_asks_for_another_attempt_gets_it(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", "[ -e ready ] || exit 75")
    journal = earlier()
    with pytest.raises(ActionError, match="exit code 75"):
        run(tmp_path, journal=journal)
    (tmp_path / "clear" / "ready").touch()
    assert run(tmp_path, journal=journal).text.en == "clear succeeded"


def test_a_script_stops_when_another_worker_has_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_script, "LEASE_CHECK_SECONDS", 0)
    add_script(tmp_path, "clear", "exec sleep 60")
    with pytest.raises(ActionError, match="clear was stopped") as caught:
        run(tmp_path, may_continue=lambda: False)
    assert not caught.value.permanent


def test_the_undo_has_the_values_that_both_scripts_have(tmp_path: Path) -> None:
    add_script(tmp_path, "clear", more="undo: restore")
    more = "command: [./run.sh]\nparameters:\n  dag_id: {type: string, pattern: '.*'}"
    add_script(tmp_path, "restore", more=more)
    made = run(tmp_path).undo
    assert made == {"script": "restore", "parameters": {"dag_id": "load_mart"}}
    settings = Settings(actions_dir=str(tmp_path))
    context = ActionContext(incident(), Trigger.OPENED, Mode.AUTO, NOW, Clients(settings), settings)
    assert run_script.undo(context, run_script.Params("clear"), made).text.en.startswith("would run restore: ./run.sh")


def rule(**changes: Any) -> HandlerSpec:
    params = {"script": "clear", "parameters": {"dag_id": {"from": "resource"}}}
    return HandlerSpec(**{"name": "clear", "action": "run_script", "params": params, "mode": Mode.AUTO, **changes})


@pytest.fixture
def desk(store: ErrorStore, tmp_path: Path) -> Desk:
    return Desk(store, Settings(actions_dir=str(tmp_path)))


def test_the_output_is_on_the_incident_and_on_its_card(
    desk: Desk, error_db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_script(tmp_path, "clear", 'echo "restarting $PARAM_DAG_ID"; echo "no such {{DATE(1)}}"; exit 4')
    desk.apply(rule())
    desk.public_bucket()
    desk.work()
    (done,) = desk.runs()
    assert (done.state, done.error) == (RunState.FAILED, done.error)
    card = json.dumps(incident_message(_card(desk), Locale("ja", "UTC", NOW), ""), ensure_ascii=False)
    assert f"restarting {BUCKET}" in card
    assert "終了コード 4" in card
    assert "{{DATE" not in card
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    assert command_line(["incidents", "show", "1"]) == 0
    shown = capsys.readouterr().out
    assert f"Output of clear on clear: {BUCKET}" in shown
    assert f"  restarting {BUCKET}" in shown


def _card(desk: Desk) -> IncidentCard:
    return IncidentCard(desk.detail().incident, Trigger.OPENED, tuple(desk.runs()), None)


def test_a_run_is_not_started_twice_when_the_worker_dies(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_script(tmp_path, "clear", "echo once >> ran; exit 0")
    desk.apply(rule())
    desk.public_bucket()

    def dies(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(run_script, "_effect", dies)
        with pytest.raises(KeyboardInterrupt):
            desk.work()
    desk.wait(minutes=6)
    desk.work()
    (failed,) = desk.runs()
    assert failed.state is RunState.FAILED
    assert failed.error is not None
    assert failed.error.startswith("clear may have run")
    assert (tmp_path / "clear" / "ran").read_text(encoding="utf-8") == "once\n"


def test_a_long_script_keeps_its_lease(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_script, "LEASE_CHECK_SECONDS", 0)
    add_script(tmp_path, "clear", "while [ ! -e go ]; do sleep 0.01; done")
    desk.apply(rule())
    desk.public_bucket()
    others: list[int] = []
    check = run_script._LeaseCheck.__call__  # noqa: SLF001

    def later(self: Any) -> bool:
        stops = check(self)
        desk.wait(minutes=3)
        others.append(desk.work())
        if len(others) == 4:
            (tmp_path / "clear" / "go").touch()
        return stops

    monkeypatch.setattr(run_script._LeaseCheck, "__call__", later)  # noqa: SLF001
    desk.work()
    assert others[:4] == [0, 0, 0, 0]
    assert [each.state for each in desk.runs()] == [RunState.DONE]


def test_a_rule_that_names_an_unknown_script_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_script(tmp_path / "actions", "clear")
    file = tmp_path / "handlers.yaml"
    file.write_text(
        "handlers:\n"
        "  - {name: a, action: run_script, params: {script: claer}}\n"
        "  - {name: b, action: run_script, params: {script: clear, parameters: {count: 9}}}\n"
        "  - {name: c, action: run_script, params: {script: clear, parameters: {dag: x}}}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("HINOMI_ACTIONS_DIR", str(tmp_path / "actions"))
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", f"sqlite:///{tmp_path}/error.db")
    assert command_line(["handlers", "plan", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"hinomi: {file}:2: there is no valid script 'claer': did you mean 'clear'?",
        f"hinomi: {file}:3: the value 9 of 'count' is not within -5–5",
        f"hinomi: {file}:4: the script 'clear' has no parameter 'dag': did you mean 'dag_id'?",
    ]


@pytest.mark.parametrize(("code", "cleared"), [("exit 0", 1), ("exit 4", 0)])
def test_the_failed_task_is_retried_only_after_a_successful_script(
    store: ErrorStore, tmp_path: Path, code: str, cleared: int
) -> None:
    add_script(tmp_path, "clear", f'echo "made room for $PARAM_DAG_ID"; {code}')
    with SimulatedAirflow(3) as airflow:
        airflow.add_run("load_mart", "scheduled__2026-11-23", ["merge"])
        airflow.finish("load_mart", "scheduled__2026-11-23", "merge", "failed")
        connections = {"airflow": {"etl": AirflowConnection(airflow.url, "none")}}
        desk = Desk(store, Settings(actions_dir=str(tmp_path), connections=connections))
        retry = HandlerSpec("retry", "clear_airflow_task", mode=Mode.AUTO, params={"airflow": "etl"})
        page = HandlerSpec("page", "teams", mode=Mode.DRY_RUN)
        desk.apply(rule(params={"script": "clear"}, after_success="retry", then="page"), retry, page)
        labels = {"dag_id": "load_mart", "task_id": "merge", "run_id": "scheduled__2026-11-23"}
        desk.public_bucket(labels=labels)
        desk.work()
        desk.work()
        assert airflow.take_cleared() == [("load_mart", "scheduled__2026-11-23", "merge")] * cleared
    first, second = desk.runs()
    assert first.details is not None
    assert first.details["output"] == "made room for load_mart"
    assert second.handler_rule == ("retry" if cleared else "page")
    reason = second.decision[0]["reason"]
    assert reason == (Reason.STEP_AFTER_SUCCESS if cleared else Reason.STEP_AFTER)
