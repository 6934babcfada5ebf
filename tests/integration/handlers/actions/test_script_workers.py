"""A script whose manifest names a worker runs only on that worker, which takes its runs from the Error DB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from cli.app import run as command_line
from cli.own_health import problems
from db.error_db.store import ErrorStore
from handlers import approvals
from handlers.actions import run_script
from handlers.spec import HandlerSpec
from handlers.worker import ActionWorker
from shared.clients import Clients
from shared.config import Settings
from shared.errors import TransientError
from shared.model import Mode, RunState
from tests.support.handling import Desk
from tests.support.script_folder import add_script

pytestmark = pytest.mark.sqlite

WORKER = "worker: onprem"
LATE = {"minutes": 31}


@pytest.fixture
def desk(store: ErrorStore, tmp_path: Path) -> Desk:
    """The handlers of a function; scripts without a worker would run as Cloud Run jobs."""
    return Desk(store, Settings(actions_dir=str(tmp_path / "actions"), environment={}))


@pytest.fixture
def installation(store: ErrorStore, tmp_path: Path, error_db_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A function with the database and scripts that the commands use, at the current time."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("HINOMI_ACTIONS_DIR", str(tmp_path / "actions"))
    desk = Desk(store, Settings(error_db_url=error_db_url, actions_dir=str(tmp_path / "actions")))
    desk.now = datetime.now(UTC)
    return desk


def open_incident(desk: Desk, *rules: HandlerSpec, mode: Mode = Mode.AUTO) -> None:
    params = {"script": "clear", "parameters": {"dag_id": {"from": "resource"}}}
    desk.apply(HandlerSpec("clear", run_script.NAME, params=params, mode=mode), *rules)
    desk.public_bucket()


def on_premises(desk: Desk, name: str = "onprem", actions: Path | None = None) -> int:
    """Lets the worker take due runs; returns their number. It has a scripts folder of its own."""
    settings = Settings(actions_dir=str(actions or desk.settings.actions_folder))
    worker = ActionWorker(desk.store, Clients(settings), settings, lambda: desk.now, worker=name)
    return worker.run_due(desk.now)


def states(desk: Desk) -> list[tuple[str, RunState]]:
    return [(run.handler_rule, run.state) for run in desk.runs()]


@pytest.mark.both_databases
def test_the_function_leaves_the_run_to_its_worker_and_notifies_meanwhile(desk: Desk, tmp_path: Path) -> None:
    add_script(tmp_path / "actions", "clear", "echo made room", more=WORKER)
    open_incident(desk, HandlerSpec("card", "teams", mode=Mode.DRY_RUN))
    desk.work()
    desk.wait(minutes=5)
    desk.work()
    assert states(desk) == [("clear", RunState.PLANNED), ("card", RunState.DONE)]
    assert on_premises(desk, name="other") == 0
    assert on_premises(desk) == 1
    assert on_premises(desk) == 0
    run = desk.runs()[0]
    assert (run.state, run.attempts, run.worker) == (RunState.DONE, 1, "onprem")
    assert run.details is not None
    assert run.details["output"] == "made room"


def test_the_worker_takes_only_scripts_that_it_declares(desk: Desk, tmp_path: Path) -> None:
    add_script(tmp_path / "actions", "clear", more=WORKER)
    add_script(tmp_path / "mine", "other", more=WORKER)
    open_incident(desk)
    desk.work()
    assert on_premises(desk, actions=tmp_path / "mine") == 0
    (run,) = desk.runs()
    assert (run.state, run.attempts) == (RunState.PLANNED, 0)


def test_a_run_that_no_worker_takes_fails_and_the_next_step_runs(desk: Desk, tmp_path: Path) -> None:
    add_script(tmp_path / "actions", "clear", "touch ran", more=WORKER)
    params = {"script": "clear", "parameters": {"dag_id": {"from": "resource"}}}
    clear = HandlerSpec("clear", run_script.NAME, params=params, mode=Mode.AUTO, then="page")
    desk.apply(clear, HandlerSpec("page", "teams", mode=Mode.DRY_RUN))
    desk.public_bucket()
    desk.work()
    desk.wait(**LATE)
    desk.work()
    assert states(desk) == [("clear", RunState.FAILED), ("page", RunState.DONE)]
    error = "worker onprem, which runs clear, did not take the run in time: is `hinomi worker actions --name onprem` running?"
    assert desk.runs()[0].error == error
    assert on_premises(desk) == 0
    assert not (tmp_path / "actions" / "clear" / "ran").exists()


@pytest.mark.parametrize(("idempotent", "state"), [("true", RunState.DONE), ("false", RunState.FAILED)])
def test_after_a_kill_the_worker_claims_its_run_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idempotent: str, state: RunState
) -> None:
    add_script(tmp_path / "actions", "clear", "echo ran >> ran", more=f"{WORKER}\nidempotent: {idempotent}")
    open_incident(desk)
    desk.work()

    def dies(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(run_script, "_effect", dies)
        with pytest.raises(KeyboardInterrupt):
            on_premises(desk)
    assert on_premises(desk) == 0, "the lease is not over"
    desk.wait(minutes=6)
    desk.work()
    assert desk.runs()[0].state is RunState.RUNNING, "the function leaves it to the worker"
    on_premises(desk)
    assert desk.runs()[0].state is state
    lines = (tmp_path / "actions" / "clear" / "ran").read_text(encoding="utf-8").splitlines()
    assert len(lines) == (2 if state is RunState.DONE else 1)


def test_a_plan_is_approved_before_it_is_left_to_the_worker(desk: Desk, tmp_path: Path) -> None:
    add_script(tmp_path / "actions", "clear", more=WORKER)
    open_incident(desk, mode=Mode.APPROVE)
    desk.work()
    (run,) = desk.runs()
    assert (run.waits_for_approval, run.worker) == (True, None)
    assert run.plan("en").startswith("would run clear on worker onprem: ./run.sh")
    assert on_premises(desk) == 0
    with desk.store.transaction(desk.now) as transaction:
        approvals.approve(transaction.session, run.id, by="alice@example.com", now=desk.now)
    desk.work()
    assert on_premises(desk) == 1
    assert desk.runs()[0].state is RunState.DONE


def test_a_dry_run_needs_no_worker(desk: Desk, tmp_path: Path) -> None:
    add_script(tmp_path / "actions", "clear", more=WORKER)
    open_incident(desk, mode=Mode.DRY_RUN)
    desk.work()
    assert states(desk) == [("clear", RunState.DONE)]


def test_the_command_takes_the_runs_that_wait_and_the_doctor_reports_those_that_wait_long(
    installation: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_script(tmp_path / "actions", "clear", more=WORKER)
    installation.now -= timedelta(minutes=10)
    open_incident(installation)
    installation.work()
    found = problems(installation.settings) or []
    assert [each.what.partition(" since ")[0] for each in found] == ["1 run has waited for worker onprem"]
    assert [each.fix for each in found] == ["hinomi worker actions --name onprem"]
    assert command_line(["incidents", "show", "1"]) == 0
    assert "waits for worker onprem" in capsys.readouterr().out
    assert command_line(["worker", "actions", "--name", "onprem", "--once"]) == 0
    assert "Worker onprem takes the runs of clear." in capsys.readouterr().out
    assert states(installation) == [("clear", RunState.DONE)]
    assert command_line(["worker", "actions", "--name", "none", "--once"]) == 2
    assert "has `worker: none` in its manifest" in capsys.readouterr().err


def test_a_worker_that_is_asked_to_stop_ends_after_the_script_that_runs(
    installation: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_script(tmp_path / "actions", "clear", 'kill -TERM "$PPID"; echo made room', more=WORKER)
    open_incident(installation)
    installation.work()
    assert command_line(["worker", "actions", "--name", "onprem"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Worker onprem stopped."
    (run,) = installation.runs()
    assert (run.state, run.details and run.details["output"]) == (RunState.DONE, "made room")


def test_a_worker_reports_an_outage_of_the_database_once_and_goes_on(
    installation: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_script(tmp_path / "actions", "clear", 'kill -TERM "$PPID"', more=WORKER)
    open_incident(installation)
    installation.work()
    answers = [TransientError("the Error DB is unavailable")] * 3
    run_due = ActionWorker.run_due

    def unavailable(self: ActionWorker, now: datetime, **options: Any) -> int:
        if answers:
            raise answers.pop()
        return run_due(self, now, **options)

    monkeypatch.setattr(ActionWorker, "run_due", unavailable)
    monkeypatch.setattr(Event, "wait", lambda self, _seconds: self.is_set())
    assert command_line(["worker", "actions", "--name", "onprem"]) == 0
    assert capsys.readouterr().err == "hinomi: the Error DB is unavailable\n"
    assert states(installation) == [("clear", RunState.DONE)]
