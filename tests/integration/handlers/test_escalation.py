"""An unacknowledged incident is notified on the next channel until somebody acknowledges it or it resolves."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from handlers.escalation.steps import plan_steps
from handlers.spec import HandlerSpec, Match
from shared.model import Mode, RunState, Severity, Trigger
from tests.integration.handlers.test_timelines import CARD, task_failed, task_succeeded
from tests.support.handling import Desk
from tests.support.timeline import Timeline, timeline

pytestmark = pytest.mark.sqlite

STEP = HandlerSpec(
    "page",
    "teams",
    on=(Trigger.UNACKNOWLEDGED,),
    after=timedelta(minutes=10),
    repeat=timedelta(minutes=30),
    params={"channel": "pager"},
    mode=Mode.AUTO,
    match=Match(severity=Severity.HIGH),
)


@pytest.fixture
def scenario(error_db_url: str) -> Iterator[Timeline]:
    """The first channel is notified of openings and resolutions; the pager after ten minutes without an acknowledgement."""
    with timeline(error_db_url, "pager", tick="15m") as made:
        made.rules(CARD, STEP)
        yield made


def test_reminders_follow_until_somebody_acknowledges_and_the_end_goes_to_both_channels(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "High", "load_mart")
    scenario.between("10m", "15m").sends("pager", "Not acknowledged", "load_mart", "hinomi incidents ack 1")
    scenario.between("40m", "45m").sends("pager", "Not acknowledged", "for 44 min")
    scenario.at("50m").acknowledges(by="alice")
    scenario.at("90m").arrives(task_succeeded)
    scenario.between("90m", "91m").sends("default", "Resolved")
    scenario.between("90m", "91m").sends("pager", "Resolved")
    scenario.play("100m")


@pytest.mark.parametrize("how", ["acknowledged", "resolved"])
def test_nothing_is_escalated_that_was_acknowledged_or_resolved_before(scenario: Timeline, how: str) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "load_mart")
    if how == "acknowledged":
        scenario.at("9m").acknowledges()
    else:
        scenario.at("9m").arrives(task_succeeded)
        scenario.between("9m", "10m").sends("default", "Resolved")
    scenario.play("20m")


def test_two_instances_and_a_restart_send_each_step_once(scenario: Timeline) -> None:
    scenario.copies = 2
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "load_mart")
    scenario.at("14m").restarts()
    scenario.between("10m", "15m").sends("pager", "Not acknowledged")
    scenario.at("16m").restarts()
    scenario.between("40m", "45m").sends("pager", "Not acknowledged")
    scenario.play("45m")


def test_a_step_that_is_due_under_a_silence_follows_when_it_expires_once(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "load_mart")
    scenario.at("2m").silences("60m", service=["composer"])
    scenario.between("62m", "75m").sends("default", "Silence 1 has expired. Suppressed actions: 1")
    scenario.between("60m", "75m").sends("pager", "Not acknowledged")
    scenario.between("100m", "105m").sends("pager", "Not acknowledged")
    scenario.play("105m")


def test_a_step_that_waits_for_a_broken_channel_is_not_sent_after_the_acknowledgement(scenario: Timeline) -> None:
    scenario.rules(CARD, STEP, HandlerSpec("broken", "teams", match=Match(rule=("hinomi/*",)), mode=Mode.DRY_RUN))
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "load_mart")
    scenario.at("5m").breaks("pager", 404)
    scenario.between("10m", "15m").sends("default", "teams:pager")
    scenario.at("20m").acknowledges()
    scenario.at("21m").works("pager")
    scenario.play("30m")
    assert [run.result for run in scenario.detail().runs if run.handler_rule == "page"] == [
        "not sent: the incident is acknowledged"
    ]


@pytest.fixture
def waiting(desk: Desk) -> Desk:
    """An incident that nobody acknowledges."""
    desk.apply(CARD, STEP)
    desk.public_bucket()
    desk.wait(minutes=11)
    return desk


def steps(desk: Desk) -> int:
    with desk.store.transaction(desk.now) as transaction:
        return plan_steps(transaction, desk.now)


@pytest.mark.both_databases
def test_sweeps_at_the_same_time_plan_a_step_once(waiting: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: steps(waiting), range(4))) == 1
    waiting.wait(minutes=31)
    assert [steps(waiting), steps(waiting)] == [1, 0]
    assert [run.trigger for run in waiting.runs() if run.state is RunState.PLANNED].count(Trigger.UNACKNOWLEDGED) == 2


def test_a_late_sweep_plans_one_step_and_not_each_that_it_missed(waiting: Desk) -> None:
    waiting.wait(hours=5)
    assert [steps(waiting), steps(waiting)] == [1, 0]
    waiting.wait(minutes=10)
    assert steps(waiting) == 0


def test_an_incident_below_the_severity_of_the_step_is_not_escalated(desk: Desk) -> None:
    desk.apply(STEP)
    desk.public_bucket(severity=Severity.MEDIUM)
    desk.wait(hours=1)
    assert steps(desk) == 0


def test_a_reopened_incident_counts_from_its_reopening(waiting: Desk) -> None:
    assert steps(waiting) == 1
    waiting.recover()
    waiting.wait(hours=2)
    waiting.public_bucket("e2", time=waiting.now - timedelta(minutes=130))
    assert steps(waiting) == 0


def test_a_disabled_step_does_nothing(waiting: Desk) -> None:
    waiting.apply(HandlerSpec.from_dict("page", {**STEP.as_dict(), "enabled": False}))
    assert steps(waiting) == 0
