"""A limit that will be reached soon becomes an incident only if the forecast's whole interval reaches it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import delete

from collectors.history_analysis.baselines import limits
from collectors.history_analysis.baselines.limits import LimitCheck
from db.error_db import queries
from db.error_db.store import ErrorStore
from db.schema_db.models import HourlyPoint
from db.schema_db.store import SchemaStore
from shared.config import Settings
from shared.history import MetricPoint
from shared.model import IncidentKind, Status
from shared.records import IncidentView
from tests.support.history import series
from tests.support.learned_bands import number_of
from tests.support.runs import NOW, keep

pytestmark = pytest.mark.sqlite
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOISE = Random(1)
SLOTS = "bigquery.googleapis.com/slots/allocated"
LIMIT = {
    "key": "slots", "metric": SLOTS, "aligner": "ALIGN_MEAN", "filter": "", "period": 300, "overrides": [],
    "limits": {"threshold": 90.0, "above": True, "for": 900},
}  # fmt: skip


class World:
    """One series with a limit of 90. NOW is 06:00; a six-hour period begins."""

    def __init__(self, check: LimitCheck) -> None:
        self.check = check
        keep(check.schema, [MetricPoint(series(), NOW - HOUR, 1.0)])
        self.number = number_of(check.schema, SLOTS)

    def measure(self, value: Callable[[float], float]) -> None:
        """Writes hourly points from two weeks before NOW to a day after it; `value` gets the days since NOW."""
        with self.check.schema.transaction() as session:
            session.execute(delete(HourlyPoint))
            for hour in range(-14 * 24, 24):
                seen = value(hour / 24)
                session.add(
                    HourlyPoint(
                        series_id=self.number, time=NOW + hour * HOUR, count=1, mean=seen, min=seen, max=seen, p95=seen
                    )
                )

    def incidents(self) -> list[IncidentView]:
        with self.check.errors().reading() as session:
            return queries.incidents(session, queries.IncidentFilter(), limit=50)


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(LimitCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None, [LIMIT]))


def test_a_steady_growth_is_an_incident_until_it_stops(world: World) -> None:
    world.measure(lambda day: 80 + 2 * day)
    assert world.check.check(NOW) == 1
    (incident,) = world.incidents()
    assert (incident.rule, incident.kind, incident.resource) == (
        "metrics/limit_ahead", IncidentKind.LOAD_ISSUE, "reservation r0",
    )  # fmt: skip
    assert "slots/allocated of reservation r0 will exceed 90 between 2026-11-2" in incident.summary
    assert incident.summary.endswith("it is 79.9 now")
    assert world.check.check(NOW + 6 * HOUR) == 0
    world.measure(lambda _: 80.0)
    assert world.check.check(NOW + 12 * HOUR) == 1
    assert [each.status for each in world.incidents()] == [Status.RESOLVED]


@pytest.mark.parametrize("hours", [1, 5.99, 7])
def test_a_run_that_was_missed_or_failed_is_made_up_for_by_the_next_one(
    world: World, hours: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.measure(lambda day: 80 + 2 * day)
    with monkeypatch.context() as patch:
        patch.setattr(limits, "limits_ahead", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            world.check.check(NOW)
    assert world.check.check(NOW + hours * HOUR) == 1


def test_forecasts_are_compared_once_in_six_hours(world: World) -> None:
    world.measure(lambda _: 80.0)
    assert world.check.check(NOW + 2 * HOUR) == 0
    world.measure(lambda day: 80 + 2 * day)
    assert [world.check.check(NOW + hours * HOUR) for hours in (2, 3, 5.99, 6, 6, 7)] == [0, 0, 0, 1, 0, 0]


def test_an_incident_is_not_opened_and_closed_around_the_horizon(world: World) -> None:
    world.measure(lambda day: 77 + 2 * day)  # in six and a half days
    world.check.check(NOW)
    world.measure(lambda day: 74 + 2 * day)  # in eight
    world.check.check(NOW + 6 * HOUR)
    assert [each.status for each in world.incidents()] == [Status.OPEN]


@pytest.mark.parametrize(
    "value",
    [
        lambda day: 60 + day,  # in a month
        lambda _: 95.0,  # beyond the limit: the load check says so
        lambda day: 85 - day,
        lambda _: 80 + NOISE.gauss(0, 5),  # one end of the interval at most
    ],
)
def test_what_is_far_uncertain_or_exceeded_opens_nothing(world: World, value: Callable[[float], float]) -> None:
    world.measure(value)
    assert world.check.check(NOW) == 0


def test_without_limits_no_database_is_opened(sqlite_schema_store: SchemaStore) -> None:
    def unavailable() -> ErrorStore:
        raise AssertionError("opened")

    assert LimitCheck(sqlite_schema_store, unavailable, Settings(), lambda *_: None).check(NOW) == 0
