"""Brakes, inhibition and escalation over hours, with real log entries, restarts and two instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from demo import entries
from demo.entries import Entry
from demo.platform.http import Reply
from demo.platform.storage import StorageServer
from handlers.remediations.brakes import Brakes, Breaker
from handlers.spec import HandlerSpec
from shared.calendar.hours import NotificationHours
from shared.calendar.windows import Calendar
from shared.model import Mode, Status, Trigger
from tests.integration.handlers.test_timelines import CARD
from tests.support.handling import GRANT
from tests.support.timeline import Timeline, timeline

pytestmark = pytest.mark.sqlite

DAG, RUN = "build_orders", "scheduled__2026-11-23T03:00:00+00:00"
MISSING = "Not found: Table example-project:raw.orders"
REMOVED = {**GRANT, "action": "REMOVE"}
REPEATED = (Trigger.OPENED, Trigger.REOPENED, Trigger.REOCCURRED)
DENIED = Reply(403, {"error": {"message": "no access"}})


def query(error: str, now: datetime) -> Entry:
    return entries.bigquery_job(now, f"airflow_{DAG}_merge_{now:%M}", "mart.orders", error=error, code=5)


def task(state: str, now: datetime) -> Entry:
    return entries.airflow_task(now, DAG, "merge", RUN, state, attempt=3)


def dag(state: str, now: datetime) -> Entry:
    return entries.airflow_run(now, DAG, RUN, state)


def public(bucket: str, who: str, now: datetime) -> Entry:
    return entries.bucket_policy(now, bucket, [GRANT], who)


def private(bucket: str, now: datetime) -> Entry:
    return entries.bucket_policy(now, bucket, [REMOVED], "terraform@example.com")


@contextmanager
def repairing(error_db_url: str, *rules: HandlerSpec, **options: object) -> Iterator[tuple[Timeline, StorageServer]]:
    with (
        StorageServer() as storage,
        timeline(error_db_url, settings={"HINOMI_STORAGE_ENDPOINT": storage.url}, **options) as made,  # type: ignore[arg-type]
    ):
        made.rules(*rules)
        yield made, storage


def repair(**changes: object) -> HandlerSpec:
    return replace(HandlerSpec("repair", "remove_iam_member", mode=Mode.AUTO), **changes)  # type: ignore[arg-type]


def opens(scenario: Timeline, storage: StorageServer, at: str, bucket: str, who: str = "mallory@example.com") -> None:
    """Lets a bucket be made public at that time."""
    storage.add_bucket(bucket, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
    scenario.at(at).arrives(partial(public, bucket, who))


def reasons(scenario: Timeline, count: int) -> list[str | None]:
    """For each of the first incidents, why its remediation was suppressed; None if it ran."""
    found = [scenario.detail(number).runs for number in range(1, count + 1)]
    return [next(run.reason for run in runs if run.handler_rule == "repair") for runs in found]


def test_a_cause_that_comes_last_is_said_once_and_its_own_end_does_not_end_its_effects(error_db_url: str) -> None:
    failed: dict[str, Callable[[datetime], Entry]] = {
        "query": partial(query, MISSING),
        "task": partial(task, "FAILED"),
        "dag": partial(dag, "failed"),
    }
    with timeline(error_db_url, tick="30m") as scenario:
        scenario.rules(replace(CARD, on=(*CARD.on, Trigger.CAUSE_FOUND)))
        for second, name in enumerate(("dag", "task", "query"), 1):
            scenario.at(f"{second}s").arrives(failed[name])
        scenario.between("1s", "1s").sends("default", "Job failure")
        scenario.between("2s", "2s").sends("default", "Cause found")
        scenario.at("20m").arrives(partial(query, ""))
        scenario.at("40m").arrives(partial(task, "SUCCESS"))
        scenario.at("60m").arrives(partial(dag, "successful"))
        scenario.between("60m", "60m").sends("default", "Resolved", "BigQuery job failed")
        scenario.play("61m")
        assert scenario.detail().incident.status is Status.RESOLVED


def test_a_cooldown_counts_over_a_restart_and_two_instances(error_db_url: str) -> None:
    with repairing(error_db_url, repair(on=REPEATED, cooldown=timedelta(hours=1)), copies=2, tick="10m") as (
        scenario,
        storage,
    ):
        for at in ("1s", "30m", "59m", "95m"):
            scenario.at(at).does("the bucket is public again", partial(_again, storage, "exports"))
            scenario.at(at).arrives(partial(public, "exports", "mallory@example.com"))
        scenario.at("45m").restarts()
        scenario.play("100m")
        made = [request for request in storage.requests if request.method == "PUT"]
        assert len(made) == 2, "at the beginning, and after the cooldown"


def _again(storage: StorageServer, bucket: str) -> None:
    storage.add_bucket(bucket, [{"role": GRANT["role"], "members": [GRANT["member"]]}])


def test_a_breaker_lets_one_run_try_after_its_time_and_closes_when_that_helped(error_db_url: str) -> None:
    brakes = Brakes(breaker=Breaker(2, timedelta(hours=1)))
    with repairing(error_db_url, repair(brakes=brakes), tick="10m") as (scenario, storage):
        scenario.at("0s").does("access is denied", lambda: storage.fail_next(DENIED, DENIED))
        for number in (1, 2, 3):
            opens(scenario, storage, f"{number}m", f"bucket-{number}")
        scenario.at("30m").restarts()
        for number, at in ((4, "50m"), (5, "70m"), (6, "71m")):
            opens(scenario, storage, at, f"bucket-{number}")
        scenario.play_only("80m")
        by_bucket = {
            view.incident.resource: next(run.reason for run in view.runs if run.handler_rule == "repair")
            for view in (scenario.detail(number) for number in range(1, 8))
            if view.incident.service == "storage" and any(run.handler_rule == "repair" for run in view.runs)
        }
        assert [by_bucket.get(f"bucket-{number}") for number in (3, 4, 5, 6)] == [
            "breaker_open",
            "breaker_open",
            None,
            None,
        ]


@pytest.mark.parametrize(("until", "is_public"), [("5m", True), ("64m", False)])
def test_one_principal_does_not_use_up_the_budget_of_another_and_gets_it_back_after_an_hour(
    error_db_url: str, until: str, *, is_public: bool
) -> None:
    with repairing(error_db_url, repair(brakes=Brakes(principal_budget=2)), tick="32m") as (scenario, storage):
        for number, at in enumerate(("1m", "2m", "3m"), 1):
            opens(scenario, storage, at, f"bucket-{number}", "mallory@example.com")
        opens(scenario, storage, "4m", "bucket-4", "alice@example.com")
        scenario.play_only(until)
        assert reasons(scenario, 4) == [None, None, "principal_budget_spent", None]
        assert bool(storage.policy("bucket-3")["bindings"]) is is_public


@pytest.mark.parametrize("seen", [True, False])
def test_a_delay_that_ends_with_the_fault_repaired_changes_nothing(error_db_url: str, *, seen: bool) -> None:
    with repairing(error_db_url, repair(brakes=Brakes(delay=timedelta(minutes=10))), CARD, tick="5m") as (
        scenario,
        storage,
    ):
        opens(scenario, storage, "1s", "exports")
        scenario.between("1s", "1s").sends("default", "Bucket made public")
        scenario.at("5m").does("Terraform repairs it", lambda: storage.add_bucket("exports", []))
        if seen:
            scenario.at("5m").arrives(partial(private, "exports"))
            scenario.between("5m", "5m").sends("default", "Resolved")
        else:
            scenario.between("10m", "15m").sends("default", "Resolved")
        scenario.play("20m")
        assert [request for request in storage.requests if request.method == "PUT"] == []
        assert scenario.detail().incident.status is Status.RESOLVED


def test_an_escalation_waits_over_the_night_and_a_holiday(error_db_url: str) -> None:
    begin = datetime(2026, 12, 23, 17, 30, tzinfo=UTC)  # a Wednesday; the 24th is a holiday here
    days = NotificationHours(Calendar(("mon-fri 09:00-18:00",), "UTC"), holidays=frozenset({date(2026, 12, 24)}))
    step = HandlerSpec(
        "phone",
        "teams",
        on=(Trigger.UNACKNOWLEDGED,),
        params={"channel": "phone"},
        mode=Mode.AUTO,
        after=timedelta(hours=1),
        hours=days,
    )
    with timeline(error_db_url, "phone", begin=begin, tick="395m") as scenario:
        scenario.rules(CARD, step)
        scenario.at("5m").arrives(partial(task, "FAILED"))
        scenario.between("5m", "5m").sends("default", "merge")
        scenario.between("39h", "40h").sends("phone", "merge")  # on the 25th at nine
        scenario.play("41h")
