"""A chain of rules: try one remediation, otherwise the next one, otherwise notify a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cli.app import run as command_line
from demo.platform.http import Reply
from demo.platform.storage import StorageServer
from demo.platform.teams import TeamsServer
from handlers.actions.iam import remove_iam_member
from handlers.remediations.brakes import Brakes
from handlers.remediations.model import Outcome, Verdict
from handlers.spec import HandlerSpec
from handlers.stages.model import Reason
from shared.model import Mode, RunState, Status, Trigger
from shared.secret import Secret
from tests.support.handling import BUCKET, Desk

pytestmark = pytest.mark.sqlite

DONE, FAILED, SKIPPED = RunState.DONE, RunState.FAILED, RunState.SKIPPED


def rules(**second: Any) -> tuple[HandlerSpec, ...]:
    """A remediation that fails (its Airflow does not exist), one that works, and a notification."""
    first = HandlerSpec("first", "clear_airflow_task", mode=Mode.AUTO, params={"airflow": "none"}, then="second")
    remove = {"name": "second", "action": "remove_iam_member", "mode": Mode.AUTO, "then": "page", **second}
    return first, HandlerSpec(**remove), HandlerSpec("page", "teams", mode=Mode.DRY_RUN)


def ran(desk: Desk) -> list[tuple[str, RunState]]:
    return [(run.handler_rule, run.state) for run in desk.runs()]


def chain(desk: Desk, *applied: HandlerSpec) -> list[tuple[str, RunState]]:
    desk.apply(*applied)
    desk.public_bucket()
    desk.work()
    return ran(desk)


def test_a_step_runs_when_the_one_before_it_failed_and_no_further_one_if_it_helped(
    desk: Desk, storage: StorageServer
) -> None:
    assert chain(desk, *rules()) == [("first", FAILED), ("second", DONE)]
    assert storage.policy(BUCKET)["bindings"] == []
    assert desk.detail().incident.status is Status.RESOLVED
    assert desk.runs()[1].decision[0]["reason"] == Reason.STEP_AFTER
    assert desk.runs()[1].decision[0]["values"] == {"id": "1", "rule": "first"}


def test_at_its_end_a_chain_notifies_a_person(desk: Desk, storage: StorageServer) -> None:
    storage.fail_next(Reply(403))
    assert chain(desk, *rules()) == [("first", FAILED), ("second", FAILED), ("page", DONE)]
    desk.work()
    assert len(desk.runs()) == 3


def test_the_message_at_the_end_says_what_failed(desk: Desk, storage: StorageServer) -> None:
    storage.fail_next(Reply(403))
    with TeamsServer() as teams:
        desk.settings = replace(desk.settings, environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)})
        page = HandlerSpec("page", "teams", mode=Mode.AUTO)
        assert chain(desk, *rules()[:2], page)[-1] == ("page", DONE)
        (card,) = map(str, teams.cards)
    assert "Remediation failed" in card
    assert "second failed. Notified: teams:default." in card
    assert "Escalated" not in card


@pytest.mark.parametrize(
    ("second", "runs"),
    [
        ({"brakes": Brakes(deny={"resource": ("example-*",)})}, [("second", SKIPPED), ("page", DONE)]),
        ({"enabled": False}, [("page", DONE)]),
        ({"match": HandlerSpec("x", "teams").match.from_dict({"service": "bigquery"})}, [("page", DONE)]),
    ],
)
def test_a_step_that_may_not_run_is_skipped(
    desk: Desk, second: dict[str, Any], runs: list[tuple[str, RunState]]
) -> None:
    assert chain(desk, *rules(**second)) == [("first", FAILED), *runs]


def test_the_list_of_rules_says_which_are_steps(
    desk: Desk, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    desk.apply(*rules())
    assert command_line(["handlers", "list"]) == 0
    when = [line.split(maxsplit=1)[1].strip() for line in capsys.readouterr().out.splitlines() if "  when  " in line]
    assert when == ["opened", "only as the next step of first", "only as the next step of second"]


def test_a_step_does_not_run_by_itself(desk: Desk) -> None:
    desk.apply(*rules(on=(Trigger.OPENED, Trigger.REOCCURRED)))
    desk.public_bucket()
    desk.public_bucket("e2")
    assert [run.handler_rule for run in desk.runs()] == ["first"]


def test_a_failure_with_a_next_step_is_not_notified_separately(desk: Desk, storage: StorageServer) -> None:
    card = HandlerSpec("card", "teams", mode=Mode.DRY_RUN, on=(Trigger.ESCALATED,))
    assert [name for name, _ in chain(desk, *rules(), card)] == ["first", "second"]
    storage.fail_next(Reply(403))
    desk.wait(minutes=10)
    desk.public_bucket("e2")
    desk.work()
    assert [run.handler_rule for run in desk.runs(2)] == ["first", "second", "page"]


def test_a_circle_that_a_command_made_ends(desk: Desk, storage: StorageServer) -> None:
    storage.fail_next(*[Reply(403)] * 20)
    first, second, _ = rules(then="first")
    desk.apply(first, second)
    desk.public_bucket()
    for _ in range(20):
        desk.work()
    assert len(desk.runs()) <= 12


def test_a_step_that_waits_for_approval_is_planned_first(desk: Desk, storage: StorageServer) -> None:
    assert chain(desk, *rules(mode=Mode.APPROVE)) == [("first", FAILED), ("second", RunState.PLANNED)]
    assert desk.runs()[1].waits_for_approval
    assert storage.policy(BUCKET)["bindings"] != []


@pytest.mark.parametrize(
    ("second", "runs"),
    [
        ({}, [("second", DONE)]),
        ({"enabled": False}, [("page", DONE)]),
        ({"brakes": Brakes(deny={"resource": ("example-*",)})}, [("second", SKIPPED), ("page", DONE)]),
    ],
)
def test_after_a_success_the_next_step_runs_and_one_that_cannot_run_counts_as_failed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, second: dict[str, Any], runs: list[tuple[str, RunState]]
) -> None:
    monkeypatch.setattr(remove_iam_member, "verify", lambda *_: Verdict(Outcome.BY_EVENT))
    _, *others = rules(**second)
    first = HandlerSpec("first", "remove_iam_member", mode=Mode.AUTO, after_success="second")
    assert chain(desk, first, *others) == [("first", DONE), *runs]


def test_no_step_follows_a_success_that_resolved_the_incident(desk: Desk) -> None:
    first = HandlerSpec("first", "remove_iam_member", mode=Mode.AUTO, after_success="page")
    assert chain(desk, first, HandlerSpec("page", "teams", mode=Mode.DRY_RUN)) == [("first", DONE)]


def test_after_a_success_that_shows_later_the_next_step_runs_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = [Verdict(Outcome.BY_EVENT), Verdict(Outcome.NOT_YET)]
    monkeypatch.setattr(remove_iam_member, "verify", lambda *_: verdicts.pop())
    first = HandlerSpec("first", "remove_iam_member", mode=Mode.AUTO, after_success="page")
    assert chain(desk, first, HandlerSpec("page", "teams", mode=Mode.DRY_RUN)) == [("first", DONE)]
    for _ in range(2):
        desk.wait(minutes=2)
        desk.work()
    desk.work()
    assert ran(desk) == [("first", DONE), ("page", DONE)]
