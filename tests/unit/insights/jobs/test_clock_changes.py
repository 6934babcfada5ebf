"""Jobs in another time zone than the installation: a clock change alone makes nothing late."""

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
    """A start each day at about 02:30 of this time zone, a time that does not exist on one day of the year."""
    at = [since.replace(hour=2, minute=30, tzinfo=ZoneInfo(clock)) + DAY * day for day in range(days)]
    return [each.astimezone(UTC) + each.day * 7 % 5 * MINUTE for each in at]


def late(known: list[datetime], installed: str, now: datetime) -> list[datetime]:
    """The missing runs, according to the starts of five weeks."""
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


WORKING_HOURS = [  # clock, that of the installation, the day of the change, hours between runs
    ("America/New_York", "UTC", "2026-11-01", 1),
    ("America/New_York", "UTC", "2026-03-08", 2),
    ("UTC", "America/New_York", "2026-03-08", 1),
    ("UTC", "Europe/Berlin", "2026-10-25", 1),
    ("Australia/Lord_Howe", "UTC", "2026-10-04", 1),
]


def working_hours(clock: str, since: datetime, days: int, step: int) -> list[datetime]:
    """Starts each day at about 08:20 in this time zone, and every `step` hours until 20:20."""
    at = [
        (since + DAY * day).replace(hour=hour, minute=20, tzinfo=ZoneInfo(clock))
        for day in range(days)
        for hour in range(8, 21, step)
    ]
    return [each.astimezone(UTC) + (each.day + each.hour) * 7 % 5 * MINUTE for each in at]


def missing_in(day: list[datetime], known: list[datetime], installed: str) -> list[datetime]:
    """The runs that would be reported as missing at some time of `day`, according to the starts of five weeks before."""
    zone = ZoneInfo(installed)
    cadence = learn(
        [start for start in known if day[0] - 35 * DAY < start < day[0]], lambda moment: moment.astimezone(zone)
    )
    assert cadence is not None
    last = {now: max(start for start in known if start < now) for now in day}
    return [run.due_at for now in day for run in cadence.due_after(last[now], now) if run.late_at < now]


@pytest.mark.parametrize(("clock", "installed", "change", "step"), WORKING_HOURS)
def test_a_job_of_some_hours_may_run_by_either_clock_after_a_change(
    clock: str, installed: str, change: str, step: int
) -> None:
    since = datetime.fromisoformat(change) - 36 * DAY
    known = working_hours(clock, since, 70, step)
    for after in (-1, 0, 1, 2, 5, 12, 18, 30):
        begin = (since + (36 + after) * DAY).replace(tzinfo=UTC)
        assert missing_in([begin + HOUR * hour for hour in range(25)], known, installed) == [], after


@pytest.mark.parametrize(("clock", "installed", "change", "step"), WORKING_HOURS)
def test_a_job_of_some_hours_that_stops_at_a_change_is_found_on_the_same_day(
    clock: str, installed: str, change: str, step: int
) -> None:
    since = datetime.fromisoformat(change) - 36 * DAY
    known = [start for start in working_hours(clock, since, 70, step) if start.date() < (since + 36 * DAY).date()]
    begin = max(known) + 2 * HOUR
    assert missing_in([begin + HOUR * hour for hour in range(25)], known, installed)
