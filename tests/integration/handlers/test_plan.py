from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from db.error_db import runs, silences
from db.error_db.models import HandlerRule
from handlers.plan import plan
from handlers.spec import HandlerSpec, Match
from shared.model import Mode, RunState, Severity, Trigger
from shared.records import RunView
from tests.support.findings import finding, only
from tests.support.handling import BUCKET, Desk
from tests.support.processes import record_and_plan, run_at_once

pytestmark = pytest.mark.sqlite


def rule(name: str = "repair", **changes: Any) -> HandlerSpec:
    return HandlerSpec(**{"name": name, "action": "remove_iam_member", **changes})


def outcome(desk: Desk, incident_id: int = 1) -> list[tuple[str, RunState, str | None]]:
    return [(run.handler_rule, run.state, run.reason) for run in desk.runs(incident_id)]


def test_a_run_is_planned_for_each_rule_that_matches_in_the_order_of_the_file(desk: Desk) -> None:
    desk.apply(rule("b"), rule("other", match=Match(service=("iam",))), rule("a"))
    desk.public_bucket()
    assert outcome(desk) == [("b", RunState.PLANNED, None), ("a", RunState.PLANNED, None)]


def test_a_run_stores_its_rule_incident_and_trigger(desk: Desk) -> None:
    desk.apply(rule(params={"allowed_domains": ["example.com"]}, mode=Mode.AUTO))
    desk.public_bucket("e7")
    run: RunView = desk.runs()[0]
    assert (run.trigger, run.cause, run.action, run.target) == (Trigger.OPENED, "e7", "remove_iam_member", BUCKET)
    assert (run.mode, run.params) == (Mode.AUTO, {"allowed_domains": ["example.com"]})


def test_a_transaction_that_fails_plans_nothing(desk: Desk) -> None:
    desk.apply(rule())
    with suppress(ZeroDivisionError), desk.store.transaction(desk.now) as transaction:
        change = only(transaction.record(finding(), redact=()))
        assert change is not None
        plan([change], transaction, desk.now)
        raise ZeroDivisionError
    with desk.store.reading() as session:
        assert runs.due(session, desk.now, limit=10) == []


def test_the_same_change_is_planned_once(desk: Desk) -> None:
    desk.apply(rule())
    changes = desk.public_bucket()
    with desk.store.transaction(desk.now) as transaction:
        plan(changes, transaction, desk.now)
    assert len(desk.runs()) == 1


def test_a_second_delivery_plans_nothing(desk: Desk) -> None:
    desk.apply(rule(on=(Trigger.OPENED, Trigger.REOCCURRED)))
    desk.public_bucket("e1")
    desk.public_bucket("e1")
    assert len(desk.runs()) == 1


def test_a_silence_mutes_runs_and_counts_them(desk: Desk) -> None:
    desk.apply(rule("a"), rule("b"))
    with desk.store.transaction(desk.now) as transaction:
        later = desk.now + timedelta(hours=1)
        silences.add(
            transaction.session,
            matcher={"resource": f"{BUCKET}*"},
            owner="alice",
            reason="a public site",
            starts_at=desk.now,
            expires_at=later,
            now=desk.now,
        )
    desk.public_bucket()
    assert outcome(desk) == [("a", RunState.SKIPPED, "silenced"), ("b", RunState.SKIPPED, "silenced")]
    with desk.store.reading() as session:
        assert [each.hidden_count for each in silences.active(session, desk.now)] == [2]


def test_a_silence_that_does_not_match_or_has_expired_mutes_nothing(desk: Desk) -> None:
    desk.apply(rule())
    with desk.store.transaction(desk.now) as transaction:
        for resource, until in (("other", desk.now + timedelta(hours=1)), (BUCKET, desk.now)):
            start = desk.now - timedelta(hours=1)
            silences.add(
                transaction.session,
                matcher={"resource": resource},
                owner="a",
                reason="r",
                starts_at=start,
                expires_at=until,
                now=start,
            )
    desk.public_bucket()
    assert outcome(desk) == [("repair", RunState.PLANNED, None)]


def test_the_cooldown_of_a_repair_is_per_target(desk: Desk) -> None:
    desk.apply(rule(cooldown=timedelta(hours=1)))
    desk.public_bucket("e1")
    desk.public_bucket("e2", bucket="another-bucket")
    desk.wait(minutes=1)
    desk.recover()
    desk.wait(minutes=1)
    desk.public_bucket("e3")
    assert outcome(desk, 2) == [("repair", RunState.PLANNED, None)]
    assert outcome(desk, 3) == [("repair", RunState.SKIPPED, "cooldown")]


def test_the_cooldown_of_a_notification_is_per_incident(desk: Desk) -> None:
    desk.apply(rule(action="teams", cooldown=timedelta(hours=1)))
    desk.public_bucket("e1")
    desk.public_bucket("e2", bucket="another-bucket")
    assert outcome(desk, 2) == [("repair", RunState.PLANNED, None)]


@pytest.mark.both_databases
def test_a_reoccurrence_during_the_cooldown_leaves_no_row(desk: Desk) -> None:
    desk.apply(rule(action="teams", on=(Trigger.REOCCURRED,), cooldown=timedelta(hours=4)))
    desk.public_bucket("e1")
    desk.wait(hours=1)
    desk.public_bucket("e2")
    assert outcome(desk) == []
    desk.wait(hours=3)
    desk.public_bucket("e3")
    assert outcome(desk) == [("repair", RunState.PLANNED, None)]


def test_the_budget_counts_runs_of_the_rule_in_an_hour(desk: Desk) -> None:
    desk.apply(rule(budget=2))
    for number in range(3):
        desk.public_bucket(f"e{number}", bucket=f"bucket-{number}")
    assert outcome(desk, 3) == [("repair", RunState.SKIPPED, "budget_spent")]
    desk.wait(minutes=61)
    desk.public_bucket("e9", bucket="bucket-9")
    assert outcome(desk, 4) == [("repair", RunState.PLANNED, None)]


@pytest.mark.both_databases
def test_escalations_and_resolutions_are_notified_during_the_cooldown(desk: Desk) -> None:
    desk.apply(rule(action="teams", on=tuple(Trigger), cooldown=timedelta(hours=4)))
    desk.public_bucket("e1")
    desk.public_bucket("e2")
    desk.public_bucket("e3", severity=Severity.CRITICAL)
    desk.recover()
    planned = [run.trigger for run in desk.runs() if run.state is RunState.PLANNED]
    assert planned == ["opened", "escalated", "resolved"]


@pytest.mark.both_databases
@pytest.mark.parametrize("limits", [{"budget": 1}, {"cooldown": timedelta(hours=1)}])
def test_instances_that_plan_at_once_share_budget_and_cooldown(
    desk: Desk, error_db_url: str, limits: dict[str, Any]
) -> None:
    desk.apply(rule(**limits))
    shares = [
        finding(service="storage", resource=BUCKET, fingerprint=f"fault-{number}", event_key=f"e{number}")
        for number in range(4)
    ]
    assert sorted(run_at_once(record_and_plan, error_db_url, shares)) == [0, 0, 0, 1]


def test_each_trigger_has_its_run(desk: Desk) -> None:
    desk.apply(rule(action="teams", on=tuple(Trigger)))
    desk.public_bucket("e1")
    desk.public_bucket("e2")
    desk.public_bucket("e3", severity=Severity.CRITICAL)
    desk.recover()
    assert [run.trigger for run in desk.runs()] == ["opened", "reoccurred", "escalated", "resolved"]


def test_a_stored_rule_that_cannot_be_read_does_not_stop_the_others(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.apply(rule("good"))
    with desk.store.transaction(desk.now) as transaction:
        bad = HandlerRule(name="bad", position=0, enabled=True, spec={"action": "x"}, applied_at=desk.now)
        transaction.session.add(bad)
    desk.public_bucket()
    assert outcome(desk) == [("good", RunState.PLANNED, None)]
    assert "handler rule cannot be read" in capsys.readouterr().out


def test_a_disabled_rule_does_not_run(desk: Desk) -> None:
    desk.apply(rule(enabled=False))
    desk.public_bucket()
    assert outcome(desk) == []
