"""Unusual values of watched metrics become incidents, which resolve when the values are back in the band."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from collectors.history_analysis.baselines.check import UnusualMetricCheck
from db.error_db import queries
from db.error_db.incidents import feedback
from db.error_db.incidents.feedback import FeedbackKind
from db.error_db.store import ErrorStore
from db.schema_db import watched
from db.schema_db.models import HourlyPoint, StoredSeries
from db.schema_db.store import SchemaStore
from db.schema_db.watched import WatchRequest
from insights.alarm_feedback import effects, past_alarms
from insights.performance import alarms
from shared.config import Settings
from shared.history import MetricPoint
from shared.model import IncidentKind, JobState, Severity, Status
from shared.records import IncidentView
from tests.support.history import series
from tests.support.learned_bands import Point, keep_band, number_of
from tests.support.runs import MINUTE, NOW, keep, run
from tests.support.world import first_on_both

HOUR = timedelta(hours=1)
SLOTS = "bigquery.googleapis.com/slots/allocated"


class World:
    """A series with a band from 100 to 200, watched since yesterday unless a test says otherwise."""

    def __init__(self, check: UnusualMetricCheck) -> None:
        self.check = check
        keep(check.schema, [MetricPoint(series(), NOW - HOUR, 150.0)])
        self.number = number_of(check.schema, SLOTS)

    def watch(
        self, metric: str = SLOTS, *, since: datetime = NOW - 24 * HOUR, budget: float = 0.1, **labels: str
    ) -> int:
        with self.check.schema.transaction() as session:
            request = WatchRequest(metric, labels, budget, "high")
            return watched.watch(session, request, by="alice", now=since)

    def learn(self, until: datetime, *points: Point) -> None:
        keep_band(self.check.schema, self.number, (100.0, 200.0), until, points, hours=0)

    def incidents(self) -> list[IncidentView]:
        with self.check.errors().reading() as session:
            return queries.incidents(session, queries.IncidentFilter(), limit=50)


@pytest.fixture
def world(schema_store: SchemaStore, store: ErrorStore) -> World:
    return World(UnusualMetricCheck(schema_store, lambda: store, Settings(), lambda *_: None))


@pytest.mark.sqlite
def test_an_alarm_of_a_watched_metric_is_an_incident_until_the_values_are_usual_again(world: World) -> None:
    world.watch("*/slots/*", reservation="r*")
    keep(world.check.schema, [run("nightly", ago=20 * MINUTE, seconds=600, slot_ms=900, state=JobState.SUCCEEDED)])
    world.learn(NOW - 10 * MINUTE, (NOW - 15 * MINUTE, 520.0, 3.0), (NOW - 10 * MINUTE, 530.0, 3.1))
    assert world.check.check(NOW) == 1
    assert world.check.check(NOW) == 0
    (incident,) = world.incidents()
    assert (incident.rule, incident.kind, incident.severity, incident.status) == (
        "metrics/unusual", IncidentKind.LOAD_ISSUE, Severity.HIGH, Status.OPEN,
    )  # fmt: skip
    assert incident.summary == (
        "slots/allocated of reservation r0 has been 520 since 2026-11-23 05:45 UTC, usually 100 to 200;"
        " most of it from nightly (100 %); a false alarm like this one is expected about 2 times a year"
    )
    assert incident.labels["reservation"] == "r0"
    world.learn(NOW + 15 * MINUTE)
    assert world.check.check(NOW + 20 * MINUTE) == 0
    world.learn(NOW + 20 * MINUTE)
    assert world.check.check(NOW + 60 * MINUTE) == 1
    (incident,) = world.incidents()
    assert incident.status is Status.RESOLVED
    assert incident.resolution == "back in the usual range since 2026-11-23 05:55 UTC"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "case", first_on_both([((15, 10, 5), 5.5, 1), ((15, 10), 5.5, 0), ((55, 35, 5), 5.5, 0), ((5,), 9.0, 1)])
)
def test_a_small_budget_needs_rare_values_or_three_in_a_row(
    world: World, case: tuple[tuple[int, ...], float, int]
) -> None:
    minutes, rarity, count = case
    world.watch(budget=0.0001)
    first, *later = ((NOW - each * MINUTE, 520.0, rarity) for each in minutes)
    world.learn(NOW, first, *((time, value, 0.3) for time, value, _ in later))
    assert world.check.check(NOW) == count
    assert [each.opened_at for each in world.incidents()] == [NOW - minutes[0] * MINUTE] * count


def test_metrics_that_nobody_watches_only_show_what_they_would_have_raised(world: World) -> None:
    world.learn(
        NOW, *((NOW - ago * HOUR, 520.0, rarity) for ago, rarity in ((100, 3.2), (50, 3.2), (49, 4.0), (0, 2.4)))
    )
    assert world.check.check(NOW) == 0
    with world.check.schema.reading() as session:
        (found,) = alarms.staged(session, NOW, 90, 0.1)
        (more,) = alarms.staged(session, NOW, 90, 0.5)
        count, promised = alarms.promised_of_all(session, 90, 0.1)
    assert [(each.start, each.last) for each in found.alarms] == [
        (NOW - 100 * HOUR, NOW - 100 * HOUR), (NOW - 50 * HOUR, NOW - 49 * HOUR),
    ]  # fmt: skip
    assert len(more.alarms) == 3
    assert found.watch is None
    assert (count, round(promised, 2), round(found.promised, 2)) == (1, 0.22, 0.22)


def test_alarms_before_the_choice_and_of_others_open_nothing_and_the_end_of_the_choice_closes(world: World) -> None:
    world.watch("pubsub.*")
    world.watch(SLOTS, since=NOW - HOUR, reservation="other")
    world.learn(NOW, (NOW - 2 * HOUR, 520.0, 3.2), (NOW - 2 * MINUTE, 520.0, 3.2))
    assert world.check.check(NOW) == 0
    choice = world.watch(SLOTS, since=NOW - HOUR)
    assert world.check.check(NOW) == 0  # the fault began before
    world.learn(NOW + 8 * HOUR, (NOW + 8 * HOUR, 50.0, 3.2))
    assert world.check.check(NOW + 8 * HOUR) == 1
    assert "has been only 50" in world.incidents()[0].summary
    with world.check.schema.transaction() as session:
        assert watched.end(session, choice, NOW)
        assert not watched.end(session, choice, NOW)
    assert world.check.check(NOW + 9 * HOUR) == 1
    assert world.incidents()[0].resolution == "the metric is no longer watched"


def test_a_watched_resource_whose_samples_stop_while_others_arrive_is_an_incident(world: World) -> None:
    schema, other = world.check.schema, series(1)
    keep(schema, [MetricPoint(other, NOW, 150.0)])
    with schema.transaction() as session:
        second = session.scalar(select(StoredSeries.id).where(StoredSeries.resource == "reservation r1"))
        assert second
        session.add_all(
            HourlyPoint(series_id=world.number, time=NOW - at * HOUR, count=12, mean=1, min=1, max=1, p95=1)
            for at in range(99)
        )
    world.watch()
    world.learn(NOW)
    keep_band(schema, second, (100.0, 200.0), NOW + 2 * HOUR, hours=0)
    assert world.check.check(NOW + 3 * HOUR) == 0  # the collector has read only two hours more
    keep_band(schema, second, (100.0, 200.0), NOW + 4 * HOUR, hours=0)
    assert world.check.check(NOW + 4 * HOUR) == 1
    assert world.check.check(NOW + 5 * HOUR) == 0
    (incident,) = world.incidents()
    assert (incident.rule, incident.severity, incident.opened_at) == ("metrics/silent", Severity.HIGH, NOW)
    assert "slots/allocated of reservation r0 has had no samples since 2026-11-23 06:00 UTC" in incident.summary
    world.learn(NOW + 5 * HOUR)
    assert world.check.check(NOW + 6 * HOUR) == 1
    assert world.incidents()[0].resolution == "samples arrive again"


@pytest.mark.sqlite
def test_an_incident_of_a_series_without_samples_is_closed_after_hours(world: World) -> None:
    world.watch()
    world.learn(NOW, (NOW, 520.0, 3.2))
    world.check.check(NOW)
    assert world.check.check(NOW + 5 * HOUR) == 0
    assert world.check.check(NOW + 7 * HOUR) == 1
    assert world.incidents()[0].resolution == "no samples arrive any more"


def alarmed(world: World) -> IncidentView:
    """The incident that an unusual value of 520 opened."""
    world.watch("*/slots/*")
    world.learn(NOW - 10 * MINUTE, (NOW - 15 * MINUTE, 520.0, 3.2))
    assert world.check.check(NOW) == 1
    (incident,) = world.incidents()
    return incident


def say(world: World, incident: IncidentView, verdict: FeedbackKind) -> IncidentView:
    with world.check.errors().transaction(NOW) as transaction:
        feedback.give(transaction, incident, verdict, by="alice", reason="a campaign", time=NOW)
    return world.incidents()[0]


@pytest.mark.parametrize(
    ("verdict", "later", "opens"),
    [
        (FeedbackKind.EXPECTED, 520.0, True),
        (FeedbackKind.NEW_NORMAL, 660.0, False),
        (FeedbackKind.NEW_NORMAL, 690.0, True),
        (FeedbackKind.NEW_NORMAL, 50.0, True),
        (FeedbackKind.NEVER, 9_000.0, False),
        (FeedbackKind.REAL, 520.0, True),
    ],
)
@pytest.mark.sqlite
def test_feedback_decides_which_later_alarms_of_the_series_are_incidents(
    world: World, verdict: FeedbackKind, later: float, *, opens: bool
) -> None:
    message = say(world, alarmed(world), verdict)
    assert message.status is (Status.OPEN if verdict is FeedbackKind.REAL else Status.RESOLVED)
    world.check.check(NOW)  # the same alarm is not opened again
    after = NOW + 8 * HOUR
    world.learn(after, (after, later, 3.2))
    world.check.check(after)
    assert (max(each.last_seen_at for each in world.incidents()) == after) is opens


@pytest.mark.sqlite
def test_feedback_shows_what_it_changes_in_the_alarms_of_ninety_days_and_can_be_taken_back(world: World) -> None:
    incident = alarmed(world)
    world.learn(NOW, *((NOW - ago * HOUR, value, 3.2) for ago, value in ((100, 300.0), (50, 520.0))))
    with world.check.errors().reading() as errors, world.check.schema.reading() as schema:
        found = effects(incident, past_alarms(errors, schema, incident, NOW), NOW)
    assert {verdict: (each.before, each.after) for verdict, each in found.items()} == {
        FeedbackKind.EXPECTED: (3, 2), FeedbackKind.NEW_NORMAL: (3, 2), FeedbackKind.NEVER: (3, 0), FeedbackKind.REAL: (3, 3),
    }  # fmt: skip
    say(world, incident, FeedbackKind.NEVER)
    with world.check.errors().transaction(NOW) as transaction:
        assert feedback.withdraw(transaction.session, incident.fingerprint, NOW)
        assert feedback.active(transaction.session) == {}
