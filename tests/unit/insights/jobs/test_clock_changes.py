"""Jobs on another clock than the installation: after a change of the clocks nothing is late by that alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.jobs.cadence import learn

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
CHANGES = {
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/Santiago": ("2026-04-05", "2026-09-06"),
    "Australia/Sydney": ("2026-04-05", "2026-10-04"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
}
CASES = [
    (*clocks, change)
    for zone, changes in CHANGES.items()
    for change in changes
    for clocks in ((zone, "UTC"), (zone, "Asia/Tokyo"), (zone, zone), ("UTC", zone))
]


def starts(clock: str, since: datetime, days: int) -> list[datetime]:
    """A start each day at about 2:30 of this clock, an hour that one day of the year does not have."""
    at = [since.replace(hour=2, minute=30, tzinfo=ZoneInfo(clock)) + DAY * day for day in range(days)]
    return [each.astimezone(UTC) + each.day * 7 % 5 * MINUTE for each in at]


def late(known: list[datetime], installed: str, now: datetime) -> list[datetime]:
    """The runs that are missing, by the starts of five weeks."""
    zone = ZoneInfo(installed)
    past = [start for start in known if now - 35 * DAY < start < now]
    cadence = learn(past, lambda moment: moment.astimezone(zone))
    assert cadence is not None
    return [run.due_at for run in cadence.due_after(past[-1], now) if run.late_at < now]


@pytest.mark.parametrize(("clock", "installed", "change"), CASES)
def test_a_job_may_run_by_either_clock_after_a_change(clock: str, installed: str, change: str) -> None:
    since = datetime.fromisoformat(change) - 36 * DAY
    every = starts(clock, since, 42)
    for start in every[35:42]:  # from the day before the change
        for after in (-20 * MINUTE, 130 * MINUTE):
            assert late(every, installed, start + after) == [], f"{start} {after}"


@pytest.mark.parametrize(("clock", "installed", "change"), CASES)
def test_a_job_that_stops_at_a_change_is_found_an_hour_later_at_most(clock: str, installed: str, change: str) -> None:
    since = datetime.fromisoformat(change) - 36 * DAY
    every = starts(clock, since, 37)
    assert late(every[:36], installed, every[36] + 2 * HOUR + 20 * MINUTE)


def test_the_second_of_two_times_of_day_is_missed_although_an_hour_apart() -> None:
    zone = "America/New_York"
    early = starts(zone, datetime.fromisoformat("2026-11-01") - 36 * DAY, 37)
    both = sorted([*early, *(start + HOUR for start in early[:36])])
    assert late(both, zone, early[-1] + 3 * HOUR)
