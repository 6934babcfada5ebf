"""Scenarios as timelines: silence, flapping, approval, recovery, and the methods of timelines themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest

from demo import entries
from demo.entries import Entry
from demo.platform.storage import StorageServer
from handlers.spec import HandlerSpec
from shared.model import Mode, Status, Trigger
from tests.support.handling import BUCKET, GRANT
from tests.support.timeline import BEGIN, Timeline, timeline

pytestmark = pytest.mark.sqlite

CARD = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.ESCALATED, Trigger.RESOLVED), mode=Mode.AUTO)
RUN = "scheduled__2026-11-23T03:00:00+00:00"


def task_failed(now: datetime) -> Entry:
    return entries.airflow_task(now, "load_mart", "merge", RUN, "FAILED", attempt=3)


def dag_ended(dag: str, state: str, now: datetime) -> Entry:
    return entries.airflow_task(now, dag, "merge", RUN, state, attempt=3)


def task_succeeded(now: datetime) -> Entry:
    return entries.airflow_task(now, "load_mart", "merge", RUN, "SUCCESS", attempt=4)


def bucket_made_public(now: datetime) -> Entry:
    return entries.bucket_policy(now, BUCKET, [GRANT], "mallory@example.com")


@pytest.fixture
def scenario(error_db_url: str) -> Iterator[Timeline]:
    """A scenario in which a rule notifies of every incident."""
    with timeline(error_db_url) as made:
        made.rules(CARD)
        yield made


def test_a_failure_is_notified_at_once_and_its_recovery_too(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "High", "load_mart")
    scenario.at("180s").arrives(task_succeeded)
    scenario.between("180s", "181s").sends("default", "Resolved", "load_mart")
    scenario.play("6m")


def test_a_silence_holds_back_the_card_until_it_expires(scenario: Timeline) -> None:
    scenario.at("1s").silences("5m", service=["composer"])
    scenario.at("2s").arrives(task_failed)
    scenario.between("5m", "6m").sends("default", "load_mart", "silence")
    scenario.play("6m")


def test_the_end_of_a_maintenance_window_is_one_message_about_what_is_still_open(scenario: Timeline) -> None:
    scenario.tick = "5m"
    scenario.at("1s").silences("2w", service=["composer"], weekly="mon 12:00-12:20")
    for minutes, dag in enumerate(("load", "merge", "export", "check", "clean"), 1):
        scenario.at(f"{minutes}m").arrives(partial(dag_ended, dag, "FAILED"))
    scenario.at("10m").arrives(partial(dag_ended, "load", "SUCCESS"))
    scenario.between("20m", "20m").sends(
        "default", "4 incidents at once", "notifications were silenced", "The window of silence 1"
    )
    scenario.at("30m").arrives(partial(dag_ended, "late", "FAILED"))
    scenario.between("30m", "30m").sends("default", "late")
    scenario.play("35m")


def test_a_flapping_task_is_notified_when_that_begins_and_when_it_ends(scenario: Timeline) -> None:
    scenario.tick = "25m"
    for minutes in (0, 4, 8, 12):
        scenario.at(f"{minutes * 60 + 1}s").arrives(task_failed)
        scenario.at(f"{minutes * 60 + 121}s").arrives(task_succeeded)
    for minutes in (0, 4):
        scenario.between(f"{minutes * 60 + 1}s", f"{minutes * 60 + 2}s").sends("default", "load_mart")
        scenario.between(f"{minutes * 60 + 121}s", f"{minutes * 60 + 122}s").sends("default", "Resolved")
    scenario.between("481s", "482s").sends("default", "Flapping")
    scenario.between("74m", "80m").sends("default", "Resolved")
    scenario.play("80m")


def test_a_plan_waits_for_approval_and_the_fix_resolves_the_incident(error_db_url: str) -> None:
    with StorageServer() as storage:
        storage.add_bucket(BUCKET, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
        with timeline(error_db_url, settings={"HINOMI_STORAGE_ENDPOINT": storage.url}) as scenario:
            scenario.rules(HandlerSpec("repair", "remove_iam_member", mode=Mode.APPROVE), CARD)
            scenario.at("1s").arrives(bucket_made_public)
            scenario.between("1s", "2s").sends("default", "Waits for approval", "would remove allUsers")
            scenario.at("5m").approves(1)
            scenario.between("5m", "6m").sends("default", "Resolved", BUCKET)
            scenario.play("6m")
            assert scenario.detail().incident.status is Status.RESOLVED


def test_after_a_broken_channel_the_end_of_an_incident_comes_before_the_next_failure_of_its_job(
    scenario: Timeline,
) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "load_mart")
    scenario.at("1m").breaks("default", 404)
    scenario.at("2m").resolves(1)
    scenario.at("3m").arrives(partial(dag_ended, "load_mart", "FAILED"))
    scenario.at("20m").works("default")
    scenario.between("20m", "33m").sends("default", "Resolved", "done by hand")
    scenario.between("34m", "35m").sends("default", "load_mart failed")
    scenario.play("40m")


def test_a_channel_that_breaks_and_works_again_loses_no_message(scenario: Timeline) -> None:
    scenario.at("1s").breaks("default")
    scenario.at("2s").arrives(task_failed)
    scenario.tick = "2m"
    scenario.at("10m").works("default")
    scenario.between("10m", "25m").sends("default", "load_mart")
    scenario.play("26m")


def test_a_missing_and_an_unexpected_message_fail_with_the_whole_timeline(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("5m", "6m").sends("default", "load_mart")
    with pytest.raises(AssertionError) as failed:
        scenario.play("6m")
    text = str(failed.value)
    assert "not sent between 0:05:00 and 0:06:00 to default: load_mart" in text
    assert "not expected at 0:00:01 on default:" in text
    assert "0:00:01  task_failed arrives" in text


def test_two_equal_messages_need_two_expectations(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    for _ in range(2):
        scenario.between("1s", "2s").sends("default", "load_mart")
    with pytest.raises(AssertionError, match="not sent between 0:00:01"):
        scenario.play("2m")


def test_the_function_sees_the_time_of_the_scenario(scenario: Timeline) -> None:
    scenario.at("1s").arrives(task_failed)
    scenario.between("1s", "2s").sends("default", "load_mart")
    scenario.play("2m")
    (run,) = scenario.detail().runs
    assert run.finished_at == BEGIN + timedelta(seconds=1)
