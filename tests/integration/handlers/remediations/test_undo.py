"""`hinomi handlers undo` reverses a remediation: plan first, as a separate run, with the brakes of the rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from cli.app import run as command_line
from db.error_db.runs import calls
from db.error_db.store import ErrorStore
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.http import Reply
from demo.platform.messaging.pubsub import PubSubServer
from demo.platform.storage import StorageServer
from handlers.plan import plan
from handlers.remediations import undo
from handlers.spec import HandlerSpec
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError, TargetRefusedError
from shared.model import Mode, RunState, Status
from tests.support.fault_worlds import world_of
from tests.support.handling import BUCKET, GRANT, Desk

pytestmark = pytest.mark.sqlite

ALICE = "alice@example.com"
OTHER = {"role": "roles/storage.admin", "members": ["group:data@example.com"]}
OTHER_GRANT = {"role": OTHER["role"], "member": "group:data@example.com"}
PUBLIC = {"role": GRANT["role"], "members": ["allUsers"]}


def apply(desk: Desk, **changes: Any) -> None:
    desk.apply(HandlerSpec(**{"name": "repair", "action": "remove_iam_member", "mode": Mode.AUTO, **changes}))


@pytest.fixture
def closed(desk: Desk, storage: StorageServer) -> Desk:
    """A formerly public bucket, which run 1 made private."""
    storage.add_bucket(BUCKET, [OTHER, PUBLIC])
    apply(desk)
    desk.public_bucket()
    desk.work()
    assert storage.policy(BUCKET)["bindings"] == [OTHER]
    return desk


def undo_run(desk: Desk, run_id: int = 1, by: str = ALICE) -> int:
    clients = Clients(desk.settings)
    with desk.store.transaction(desk.now) as transaction:
        run, incident, made = undo.find(transaction.session, run_id)
        plan = undo.plan_of(run, incident, made, clients=clients, settings=desk.settings, now=desk.now)
        return undo.start(transaction.session, run, incident, plan, by=by, now=desk.now)


def test_the_grant_is_restored_by_a_run_of_its_own_and_later_changes_stay(closed: Desk, storage: StorageServer) -> None:
    storage.grant(BUCKET, "roles/storage.objectViewer", "user:bob@example.com")
    assert undo_run(closed) == 2
    closed.work()
    first, second = closed.runs()
    viewers = {"role": GRANT["role"], "members": ["user:bob@example.com", "allUsers"]}
    assert storage.policy(BUCKET)["bindings"] == [OTHER, viewers]
    assert (first.undone_at, first.can_be_undone) == (closed.now, False)
    assert (second.state, second.undo_of, second.decided_by) == (RunState.DONE, 1, ALICE)
    assert second.result == f"granted allUsers as {GRANT['role']} on bucket {BUCKET} again"
    with closed.store.reading() as session:
        assert [(each.method, each.status) for each in calls.of_run(session, 2)] == [("PUT", 200)]
    assert closed.detail().incident.status is Status.RESOLVED


def test_a_run_is_undone_once(closed: Desk) -> None:
    undo_run(closed)
    with pytest.raises(InputError, match="run 1 is being undone by run 2"):
        undo_run(closed)
    closed.work()
    with pytest.raises(InputError, match="run 1 was already undone"):
        undo_run(closed)
    with pytest.raises(InputError, match="run 2 stored nothing to undo"):
        undo_run(closed, 2)
    with pytest.raises(InputError, match="there is no run 99"):
        undo_run(closed, 99)


def test_a_dry_run_has_nothing_to_undo(desk: Desk) -> None:
    apply(desk, mode=Mode.DRY_RUN)
    desk.public_bucket()
    with pytest.raises(InputError, match="run 1 is not finished"):
        undo_run(desk)
    desk.work()
    with pytest.raises(InputError, match="run 1 stored nothing to undo"):
        undo_run(desk)


def test_an_undo_is_refused_when_the_target_is_gone(closed: Desk) -> None:
    with StorageServer() as empty:
        closed.settings = Settings(storage_endpoint=empty.url)
        with pytest.raises(TargetRefusedError) as caught:
            undo_run(closed)
    assert caught.value.reason == "target_not_found"


def test_an_undo_whose_plan_changed_waits_for_an_approval(closed: Desk, storage: StorageServer) -> None:
    undo_run(closed)
    with closed.store.transaction(closed.now) as transaction:
        _set_fingerprint(transaction.session)
    closed.work()
    assert closed.runs()[1].waits_for_approval
    assert storage.policy(BUCKET)["bindings"] == [OTHER]


def _set_fingerprint(session: Any) -> None:
    from sqlalchemy import select

    from db.error_db.models import ActionRun

    row = session.scalars(select(ActionRun).where(ActionRun.undo_of == 1)).one()
    row.approval = {**row.approval, "fingerprint": "of other calls"}


def test_the_budget_and_the_approvers_of_the_rule_apply(closed: Desk) -> None:
    apply(closed, budget=1)
    with pytest.raises(InputError, match="not undone: budget exhausted"):
        undo_run(closed)
    closed.wait(minutes=61)
    apply(closed, budget=1, mode=Mode.APPROVE, approvers=("*@sre.example.com",))
    with pytest.raises(InputError, match="may not undo runs of this rule"):
        undo_run(closed)
    assert undo_run(closed, by="bob@sre.example.com") == 2


def test_the_cooldown_of_the_rule_counts_from_the_undo(closed: Desk, storage: StorageServer) -> None:
    apply(closed, cooldown=timedelta(hours=1))
    undo_run(closed)
    closed.work()
    closed.wait(minutes=5)
    closed.public_bucket("e2")
    assert [run.reason for run in closed.runs(2)] == ["cooldown"]
    assert PUBLIC in storage.policy(BUCKET)["bindings"]


def test_a_run_of_a_disabled_rule_can_be_undone(closed: Desk) -> None:
    apply(closed, enabled=False)
    undo_run(closed)
    closed.work()
    assert closed.runs()[0].undone_at is not None


def test_an_undo_whose_answer_was_lost_grants_once(closed: Desk, storage: StorageServer) -> None:
    undo_run(closed)
    storage.fail_next(Reply(200, storage.policy(BUCKET)), Reply(502))
    closed.work()
    storage.grant(BUCKET, GRANT["role"], "allUsers")
    closed.wait(minutes=1)
    closed.work()
    assert closed.runs()[1].state is RunState.DONE
    assert storage.policy(BUCKET)["bindings"] == [OTHER, PUBLIC]


@pytest.mark.parametrize(
    ("field", "name", "member"),
    [
        ("userByEmail", "mallory@example.org", "user:mallory@example.org"),
        ("groupByEmail", "all@example.org", "group:all@example.org"),
        ("iamMember", "allUsers", "allUsers"),
        ("specialGroup", "allAuthenticatedUsers", "allAuthenticatedUsers"),
    ],
)
def test_the_access_entry_of_a_dataset_is_restored(desk: Desk, field: str, name: str, member: str) -> None:
    entry = {"role": "roles/bigquery.dataViewer", field: name}
    with BigQueryServer() as bigquery:
        bigquery.add_dataset("p", "sales", [entry])
        desk.settings = Settings(bigquery_endpoint=bigquery.url)
        apply(desk, params={"allowed_domains": ["example.com"]})
        delta = {"action": "ADD", "role": entry["role"], "member": member}
        desk.public_bucket(service="bigquery", resource="p.sales", elements={"deltas": [delta]})
        desk.work()
        assert bigquery.access("p", "sales") == []
        undo_run(desk)
        desk.work()
        assert bigquery.access("p", "sales") == [entry]


def test_the_command_shows_the_plan_and_asks(
    closed: Desk,
    error_db_url: str,
    storage: StorageServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("HINOMI_STORAGE_ENDPOINT", storage.url)
    message = _speaking(capsys)
    shown = message("handlers", "undo", "1")
    assert f"would grant allUsers as {GRANT['role']} on bucket {BUCKET} again calls PUT {storage.url}" in shown
    assert shown.endswith("nothing was undone: confirm with --yes")
    assert "[undo: hinomi handlers undo 1]" in message("handlers", "runs")
    assert message("handlers", "undo", "1", "--yes", "--by", ALICE).endswith("run 2 undoes run 1 within a minute")
    closed.now = datetime.now(UTC) + timedelta(seconds=1)
    closed.work()
    assert f"(undo of run 1, by {ALICE})" in message("incidents", "show", "1")
    assert "was already undone" in message("handlers", "undo", "1", code=2)


@pytest.mark.both_databases
def test_the_audit_has_calls_answers_states_and_persons(
    closed: Desk, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("HINOMI_REDACT", "before.*")
    undo_run(closed)
    closed.work()
    capsys.readouterr()
    assert command_line(["handlers", "audit"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["run"], first["incident"]["resource"], first["verdict"]) == (1, BUCKET, "fixed")
    assert first["planned_calls"][0]["body"] == {"remove": [{"role": GRANT["role"], "member": "allUsers"}]}
    assert (first["before"], first["after"]) == ({"grants": "<redacted>"}, {"grants": [OTHER_GRANT]})
    assert first["undone_at"] is not None
    (call,) = second["calls"]
    assert (call["method"], call["effect"], call["status"]) == ("PUT", "made", 200)
    assert (second["undo_of"], second["decided_by"], second["state"]) == (1, ALICE, "done")
    assert command_line(["handlers", "audit", "--run", "2"]) == 0
    assert [json.loads(line)["run"] for line in capsys.readouterr().out.splitlines()] == [2]
    assert command_line(["handlers", "audit", "--since", "1d"]) == 0
    assert capsys.readouterr().out == ""


def _speaking(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def message(*arguments: str, code: int = 0) -> str:
        assert command_line(list(arguments)) == code
        printed = capsys.readouterr()
        return " ".join((printed.err if code else printed.out).split())

    return message


def test_undo_of_a_seek_that_failed_moves_no_subscription(store: ErrorStore) -> None:
    with world_of("seek_subscription") as world:
        desk = Desk(store, world.settings)
        desk.apply(HandlerSpec("repair", "seek_subscription", mode=Mode.AUTO, params=world.params))
        with store.transaction(desk.now) as transaction:
            plan(transaction.record(world.finding, redact=()), transaction, desk.now)
        reply, server = world.server.reply, cast("PubSubServer", world.server)
        server.reply = lambda request: Reply(403) if world.is_change(request) else reply(request)  # type: ignore[method-assign]
        desk.work()
        assert (desk.runs()[0].state, desk.runs()[0].can_be_undone) == (RunState.FAILED, True)
        assert len(server.snapshots) == 1
        server.reply = reply  # type: ignore[method-assign]
        undo_run(desk)
        desk.work()
        assert (server.snapshots, world.changes()) == ({}, 0)
    assert "did not move" in str(desk.runs()[1].result)
    assert desk.runs()[0].undone_at is not None
