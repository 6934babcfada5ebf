"""A remediation in mode approve shows its plan, starts when an authorized person approves, and is denied by default."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from cli.app import run as command_line
from cli.views.handlers import mode_of
from demo.platform.storage import StorageServer
from demo.platform.teams import TeamsServer
from handlers import approvals
from handlers.remediations import audit
from handlers.remediations.audit import AuditFilter
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.errors import InputError, PersonRefusedError
from shared.model import Mode, RunState, Status, Trigger
from shared.records import RunView
from shared.secret import Secret
from tests.support.handling import BUCKET, Desk

pytestmark = pytest.mark.sqlite

ALICE = "alice@example.com"


def rule(**changes: Any) -> HandlerSpec:
    first = {"name": "repair", "action": "remove_iam_member", "mode": Mode.APPROVE, "approvers": ("*@example.com",)}
    return HandlerSpec(**{**first, **changes})


def approve(desk: Desk, run_id: int = 1, by: str = ALICE) -> None:
    with desk.store.transaction(desk.now) as transaction:
        approvals.approve(transaction.session, run_id, by=by, now=desk.now)


def deny(desk: Desk, run_id: int = 1, by: str = ALICE) -> None:
    with desk.store.transaction(desk.now) as transaction:
        approvals.deny(transaction.session, run_id, by=by, reason="a public site", now=desk.now)


def is_public(storage: StorageServer) -> bool:
    return bool(storage.policy(BUCKET)["bindings"])


def asked(desk: Desk, *rules: HandlerSpec) -> RunView:
    """A run that waits for approval."""
    desk.apply(*(rules or (rule(),)))
    desk.public_bucket()
    desk.work()
    return desk.runs()[0]


@pytest.mark.both_databases
def test_the_plan_waits_and_runs_once_it_is_approved(desk: Desk, storage: StorageServer) -> None:
    waiting = asked(desk)
    assert (waiting.waits_for_approval, waiting.approval_until) == (True, desk.now + timedelta(hours=1))
    assert waiting.plan("en").startswith("would remove allUsers")
    assert "削除する予定" in waiting.plan("ja")
    desk.wait(minutes=30)
    assert desk.work() == 0
    assert is_public(storage)
    approve(desk)
    assert desk.work() == 1
    run = desk.runs()[0]
    assert (run.state, run.mode, run.decided_by, run.decided_at) == (RunState.DONE, Mode.AUTO, ALICE, desk.now)
    assert run.plan("en").startswith("would remove")
    assert not is_public(storage)
    assert desk.detail().incident.status is Status.RESOLVED


def test_a_denied_run_is_skipped_with_who_and_why(desk: Desk, storage: StorageServer) -> None:
    asked(desk)
    deny(desk)
    desk.wait(hours=2)
    assert desk.work() == 0
    run = desk.runs()[0]
    assert (run.state, run.reason, run.decided_by) == (RunState.SKIPPED, "denied", ALICE)
    assert run.result == f"denied by {ALICE}: a public site"
    with desk.store.reading() as session:
        (record,) = audit.records(session, AuditFilter(), redact=())
    assert [each["method"] for each in record["planned_calls"]] == ["PUT"]  # what was denied
    assert record["calls"] == []
    assert is_public(storage)


@pytest.mark.both_databases
def test_the_time_limit_denies_and_notifies(desk: Desk, storage: StorageServer) -> None:
    with TeamsServer() as teams:
        desk.settings = Settings(
            storage_endpoint=desk.settings.storage_endpoint,
            environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)},
        )
        card = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.ESCALATED), mode=Mode.AUTO)
        asked(desk, rule(approve_within=timedelta(minutes=10)), card)
        opening = str(teams.cards[0])
        desk.wait(minutes=11)
        desk.work()
        assert len(teams.cards) == 2
        expiry = str(teams.cards[1])
    assert "Not approved in time" in expiry
    assert "Nobody approved repair in time. Notified: teams:default." in expiry
    assert "Escalated" not in expiry
    assert "Waits for approval" in opening
    assert "would remove allUsers" in opening
    assert "hinomi approvals approve 1" in opening
    run = desk.runs()[0]
    assert (run.state, run.reason, run.decided_by) == (RunState.SKIPPED, "approval_expired", "")
    assert mode_of(run) is Mode.APPROVE
    assert is_public(storage)
    with pytest.raises(InputError, match="is not waiting for approval"):
        approve(desk)


def test_only_the_allowed_persons_decide(desk: Desk) -> None:
    asked(desk)
    for decide in (approve, deny):
        with pytest.raises(PersonRefusedError, match=r"mallory@example\.org may not decide on this run: \S+ may$"):
            decide(desk, by="mallory@example.org")
    assert desk.runs()[0].waits_for_approval


def test_without_approvers_anybody_decides(desk: Desk) -> None:
    asked(desk, rule(approvers=()))
    approve(desk, by="mallory@example.org")
    assert desk.work() == 1


def test_a_run_is_decided_once(desk: Desk) -> None:
    asked(desk)
    deny(desk)
    with pytest.raises(InputError, match="run 1 is not waiting"):
        approve(desk)


def test_the_brakes_are_checked_again_before_the_run(desk: Desk) -> None:
    braked = rule(budget=1, approve_within=timedelta(hours=3))
    asked(desk, braked)
    desk.apply(rule(mode=Mode.AUTO))
    desk.public_bucket("e2", bucket="other")
    desk.apply(braked)
    with pytest.raises(InputError, match="not approved: budget exhausted: 1 of 1 runs"):
        approve(desk)
    desk.wait(minutes=61)
    approve(desk)
    assert not desk.runs()[0].needs_approval


def test_a_disabled_rule_and_a_resolved_incident_are_not_approved(desk: Desk) -> None:
    asked(desk)
    desk.apply(rule(enabled=False))
    with pytest.raises(InputError, match="was disabled or removed"):
        approve(desk)
    desk.apply(rule())
    desk.recover()
    with pytest.raises(InputError, match="incident 1 is resolved"):
        approve(desk)


def test_a_second_failure_asks_for_no_second_approval(desk: Desk) -> None:
    asked(desk, rule(on=(Trigger.OPENED, Trigger.REOCCURRED)))
    desk.wait(minutes=5)
    desk.public_bucket("e2")
    assert len(desk.runs()) == 1
    deny(desk)
    desk.public_bucket("e3")
    assert [run.state for run in desk.runs()] == [RunState.SKIPPED, RunState.PLANNED]


def test_the_command_line_lists_approves_and_denies(
    desk: Desk, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hinomi(*arguments: str, code: int = 0) -> str:
        assert command_line(["approvals", *arguments]) == code
        printed = capsys.readouterr()
        return " ".join((printed.err if code else printed.out).split())

    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    assert hinomi("list") == "No actions are waiting for approval."
    desk.apply(rule(approve_within=timedelta(days=36500)))
    desk.public_bucket()
    desk.public_bucket("e2", bucket="other")
    desk.work()
    capsys.readouterr()
    assert f"1 repair on {BUCKET} (incident 1) plan would remove allUsers" in hinomi("list")
    assert [each["id"] for each in json.loads(hinomi("list", "--json"))] == [1]
    refusal = hinomi("approve", "1", "--by", "mallory@example.org", code=2)
    assert "may not decide" in refusal
    assert "name yourself with --by" in refusal
    assert hinomi("approve", "1", "--by", ALICE) == f"approved run 1: repair starts on {BUCKET} within a minute"
    assert "is not waiting" in hinomi("deny", "1", "--by", ALICE, code=2)
