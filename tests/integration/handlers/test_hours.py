"""Outside the hours of a rule, less urgent messages wait, and are sent as one digest in the morning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo import entries
from demo.entries import Entry
from handlers.spec import HandlerSpec
from shared.calendar.hours import NotificationHours
from shared.calendar.windows import Calendar
from shared.model import Severity, Trigger
from tests.integration.handlers.test_timelines import CARD, RUN, task_failed, task_succeeded
from tests.support.timeline import Timeline, timeline

pytestmark = pytest.mark.sqlite

EVENING = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
MORNING = "11h"
DAY = NotificationHours(Calendar(("mon-fri 08:00-20:00",), "UTC"), urgent=Severity.HIGH)
QUERY = "Not found: Table example-project:raw.orders"


def query_failed(job: str) -> Callable[[datetime], Entry]:
    """A failed job of medium severity."""
    return lambda now: entries.bigquery_job(now, job, f"mart.{job}", error=QUERY, code=5)


def query_succeeded(job: str) -> Callable[[datetime], Entry]:
    return lambda now: entries.bigquery_job(now, job, f"mart.{job}")


@pytest.fixture
def night(error_db_url: str) -> Iterator[Timeline]:
    """A scenario that begins at 21:00; messages below high severity wait until 08:00."""
    with timeline(error_db_url, begin=EVENING, tick="1h") as made:
        made.rules(replace(CARD, hours=DAY))
        yield made


def test_the_messages_of_a_night_are_one_digest_in_the_morning(night: Timeline) -> None:
    night.tick = "330m"
    night.at("1m").arrives(query_failed("orders"))
    night.at("2m").arrives(query_failed("customers"))
    night.at("3m").arrives(query_failed("stock"))
    night.at("90m").arrives(query_succeeded("stock"))
    night.between(MORNING, MORNING).sends(
        "default", "outside the hours of this channel", "orders", "customers", "stock"
    )
    night.play("13h")
    assert [run.reason for run in night.detail().runs] == [None]


def test_an_urgent_incident_is_notified_at_night_and_takes_nothing_along(night: Timeline) -> None:
    night.tick = "330m"
    night.at("1m").arrives(query_failed("orders"))
    night.at("2m").arrives(task_failed)
    night.between("2m", "2m").sends("default", "High", "load_mart")
    night.at("90m").arrives(task_succeeded)
    night.between("90m", "90m").sends("default", "Resolved", "load_mart")
    night.between(MORNING, MORNING).sends("default", "Medium", "orders")
    night.play("12h")


def test_a_channel_that_works_again_at_night_sends_only_what_is_urgent(night: Timeline) -> None:
    night.at("1m").breaks("default")
    night.at("2m").arrives(query_failed("orders"))
    night.at("3m").arrives(task_failed)
    night.at("90m").works("default")
    night.between("90m", "4h").sends("default", "High", "load_mart")
    night.between(MORNING, MORNING).sends("default", "Medium", "orders")
    night.play("12h")


def test_a_silence_that_expires_at_night_is_followed_in_the_morning(night: Timeline) -> None:
    night.tick = "330m"
    night.at("1m").silences("2h", service=["bigquery"])
    night.at("2m").arrives(query_failed("orders"))
    night.between(MORNING, MORNING).sends("default", "orders")
    night.play("12h")


def test_an_escalation_outside_the_hours_waits_and_is_dropped_when_somebody_acknowledges(night: Timeline) -> None:
    step = HandlerSpec("page", "teams", on=(Trigger.UNACKNOWLEDGED,), after=timedelta(minutes=10), mode=CARD.mode)
    night.rules(replace(step, hours=DAY, repeat=timedelta(hours=1)))
    night.at("1m").arrives(query_failed("orders"))
    night.at("2m").arrives(query_failed("customers"))
    night.at("9h").acknowledges(1)
    night.between(MORNING, MORNING).sends("default", "Not acknowledged", "customers")
    night.between("12h", "12h").sends("default", "Not acknowledged", "customers")
    night.play("12h")


def test_reminders_are_dropped_outside_the_hours(night: Timeline) -> None:
    night.tick = "330m"
    night.rules(
        HandlerSpec("reminder", "teams", on=(Trigger.REOCCURRED,), hours=replace(DAY, urgent=Severity.CRITICAL))
    )
    night.at("1m").arrives(task_failed)
    night.at("2m").arrives(
        lambda now: entries.airflow_task(now, "load_mart", "merge", RUN[:-1] + "1", "FAILED", attempt=3)
    )
    night.play("12h")
    assert night.detail().runs == []
