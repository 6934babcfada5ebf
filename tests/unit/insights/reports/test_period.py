"""Periods of reports are calendar days in the zone of the reader."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from insights.reports.period import Frequency, between, containing, latest_complete, moment, zone_of
from shared.calendar.wall_clock import instant


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 11, 28), "Asia/Tokyo", 24),
        (date(2026, 4, 24), "Africa/Cairo", 23),  # the clock skips midnight itself
        (date(2011, 12, 30), "Pacific/Apia", 0),  # a day that the islands skipped
        (date(2026, 3, 29), "No/Where", 24),
    ],
)
def test_a_day_at_a_change_of_the_clock_has_its_own_length(day: date, zone: str, hours: int) -> None:
    period = containing(Frequency.DAILY, day, zone)
    assert period.length == timedelta(hours=hours)
    assert period.before().end == period.start
    assert period.after().start == period.end


def test_a_week_is_from_monday_to_sunday_in_the_zone() -> None:
    now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # Monday 00:30 in Tokyo
    week = latest_complete(Frequency.WEEKLY, now, "Asia/Tokyo")
    assert (week.first, week.last) == (date(2026, 11, 16), date(2026, 11, 22))
    assert week.start == datetime(2026, 11, 15, 15, tzinfo=UTC)
    assert latest_complete(Frequency.WEEKLY, now, "UTC").last == date(2026, 11, 15)
    assert latest_complete(Frequency.DAILY, now, "Asia/Tokyo").last == date(2026, 11, 22)


def test_a_range_is_compared_with_as_many_days_before() -> None:
    period = between(date(2026, 3, 1), date(2026, 3, 31), "Europe/Berlin")
    assert period.length == timedelta(days=31) - timedelta(hours=1)
    assert (period.before().first, period.before().last) == (date(2026, 1, 29), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("day", "clock", "zone", "expected"),
    [
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", "2026-03-29 01:00"),
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", "2026-10-25 00:30"),
        (date(2026, 3, 8), time(2, 59), "America/New_York", "2026-03-08 07:00"),
        (date(2026, 4, 24), time(0), "Africa/Cairo", "2026-04-23 22:00"),
        (date(2011, 12, 30), time(12), "Pacific/Apia", "2011-12-30 10:00"),
        (date(2026, 11, 29), time(7), "Asia/Tokyo", "2026-11-28 22:00"),
        (date(2026, 11, 29), time(7), "No/Where", "2026-11-29 07:00"),
    ],
)
def test_a_local_time_that_is_skipped_or_occurs_twice_is_the_instant_of_the_wall_clock(
    day: date, clock: time, zone: str, expected: str
) -> None:
    assert moment(day, clock, zone) == datetime.fromisoformat(f"{expected}+00:00")
    assert moment(day, clock, zone) == instant(datetime.combine(day, clock), zone_of(zone))
