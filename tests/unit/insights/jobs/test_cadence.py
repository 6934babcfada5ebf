"""Cadences learned from the starts of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.jobs.cadence import Cadence, learn, refined

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
LAST = datetime(2026, 11, 26, tzinfo=TOKYO)  # a Thursday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORKING = range(5)


def days(
    hour: int, minute: int = 0, *, count: int = 35, weekdays: Iterable[int] = range(7), jitter: int = 0
) -> list[datetime]:
    """Starts at about this time, in Tokyo, on those of the last days that are one of the weekdays."""
    every = [LAST - DAY * back for back in range(count - 1, -1, -1)]
    at = [day.replace(hour=hour, minute=minute) + (day.day * 5 % (jitter + 1)) * MINUTE for day in every]
    return [start.astimezone(UTC) for start in at if start.weekday() in weekdays]


def cadence(starts: Sequence[datetime], zone: ZoneInfo = TOKYO) -> Cadence | None:
    return learn(starts, lambda moment: moment.astimezone(zone))


def due(starts: Sequence[datetime], length: timedelta, zone: ZoneInfo = TOKYO) -> list[str]:
    """The local times at which runs are due within `length` after the last start."""
    found = cadence(starts, zone)
    assert found is not None
    last = max(starts)
    return [f"{each.due_at.astimezone(zone):%a %d %H:%M}" for each in found.due_after(last, last + length)]


def test_a_daily_job_is_due_at_its_time() -> None:
    assert due(days(3), 3 * DAY + HOUR) == ["Fri 27 03:00", "Sat 28 03:00", "Sun 29 03:00"]


def test_a_job_of_working_days_is_not_due_at_weekends() -> None:
    assert due(days(6, 30, weekdays=WORKING), 5 * DAY + HOUR) == ["Fri 27 06:30", "Mon 30 06:30", "Tue 01 06:30"]


def test_a_weekly_job_is_due_on_its_day() -> None:
    assert due(days(5, weekdays=[3]), 15 * DAY + HOUR) == ["Thu 03 05:00", "Thu 10 05:00"]


def test_a_job_with_two_times_a_day_is_due_at_both() -> None:
    assert due(sorted(days(6) + days(18)), 2 * DAY + HOUR) == [
        "Fri 27 06:00",
        "Fri 27 18:00",
        "Sat 28 06:00",
        "Sat 28 18:00",
    ]


def test_a_time_around_midnight_is_one_time() -> None:
    assert due(days(23, 57, jitter=6), 2 * DAY) == ["Sat 28 00:00", "Sun 29 00:00"]


def test_a_job_that_moved_to_another_time_is_due_there_only() -> None:
    moved = days(3, count=30)[:-15] + days(5, count=15)
    assert due(moved, 2 * DAY + HOUR) == ["Fri 27 05:00", "Sat 28 05:00"]


def test_retries_and_a_run_by_hand_change_nothing() -> None:
    starts = days(3)
    retried = [start + 6 * MINUTE for start in starts[::3]]
    assert due(sorted([*starts, *retried, starts[10] + 9 * HOUR]), DAY + HOUR) == ["Fri 27 03:00"]


def test_an_hourly_job_is_due_each_hour() -> None:
    starts = [LAST - HOUR * back for back in range(500)]
    assert due(starts, 3 * HOUR) == ["Thu 26 01:00", "Thu 26 02:00"]


def test_a_job_of_working_hours_is_due_in_them() -> None:
    every = [LAST + 17 * HOUR - 30 * MINUTE * back for back in range(1500)]
    starts = [start for start in every if start.weekday() < 5 and 9 <= start.hour < 18]
    assert due(starts, 17 * HOUR)[:3] == ["Thu 26 17:30", "Fri 27 09:00", "Fri 27 09:30"]


def test_a_job_of_every_quarter_of_an_hour_is_late_after_two_of_them() -> None:
    every = [LAST - 15 * MINUTE * back for back in range(96 * 20)][::-1]
    assert late_after(every) == 30 * MINUTE
    assert late_after([*every[:-80], *every[-60:]]) == 30 * MINUTE  # one outage is no habit


def test_a_frequent_job_that_pauses_now_and_then_is_given_the_time() -> None:
    every = [LAST - 15 * MINUTE * back for back in range(96 * 20)][::-1]
    paused = [start for at, start in enumerate(every) if (len(every) - at) % 40 > 3]
    assert late_after(paused) == 15 * MINUTE + 2 * 60 * MINUTE


def test_a_frequent_job_may_run_less_often_in_the_first_and_the_last_hour_of_its_day() -> None:
    every = [LAST + 17 * HOUR - 15 * MINUTE * back for back in range(96 * 28)][::-1]
    starts = [start for start in every if start.weekday() < 5 and "08:30" <= f"{start:%H:%M}" <= "17:00"]
    hourly = cadence(by_hour(starts))
    assert hourly is not None
    found = refined(hourly, [start for start in starts if start > LAST - DAY])
    due = [f"{each.due_at.astimezone(TOKYO):%a %H:%M}" for each in found.due_after(LAST + 17 * HOUR, LAST + 35 * HOUR)]
    assert due[0] == "Fri 09:00"


def test_a_job_that_runs_often_in_one_hour_of_the_day_is_expected_once_a_day() -> None:
    often = sorted(start + more * MINUTE for start in days(6) for more in (0, 15, 30, 45))
    daily = cadence(by_hour(often))
    assert daily is not None
    assert refined(daily, often[-8:]) is daily


def by_hour(starts: Sequence[datetime]) -> list[datetime]:
    """The last start of each hour: cadences are learned from these."""
    return list({start.replace(minute=0): start for start in starts}.values())


def late_after(starts: Sequence[datetime]) -> timedelta:
    """The time after its last start at which a job is late, according to the starts of its last two days."""
    hourly = cadence(by_hour(starts))
    assert hourly is not None
    found = refined(hourly, [start for start in starts if start > LAST - 2 * DAY])
    return next(found.due_after(starts[-1], starts[-1] + DAY)).late_at - starts[-1]


def test_a_local_time_follows_the_clocks() -> None:
    before = [datetime(2026, 10, day, 3, 30, tzinfo=BERLIN).astimezone(UTC) for day in range(1, 25)]
    assert due(before, 3 * DAY, BERLIN) == ["Sun 25 03:30", "Mon 26 03:30"]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["06-01", "07-01", "08-01", "09-01", "10-01", "11-01"], "2026-12-01"),
        (["07-31", "08-31", "09-30", "10-31"], "2026-11-30"),
        (["06-01", "07-01", "08-03", "09-01", "10-01", "11-02"], "2026-12-01"),
    ],
)
def test_a_monthly_job_is_due_on_its_day(dates: list[str], expected: str) -> None:
    starts = [datetime.fromisoformat(f"2026-{day}T02:00:00").replace(tzinfo=TOKYO) for day in dates]
    found = cadence(starts)
    assert found is not None
    (next_run,) = found.due_after(starts[-1], starts[-1] + 33 * DAY)
    assert f"{next_run.due_at:%Y-%m-%d}" == expected


def test_a_job_that_starts_late_now_and_then_is_given_the_time() -> None:
    """The job waits for others, so the allowed delay is twice the largest delay so far."""
    starts = days(3)
    starts[10] += 40 * MINUTE
    learned = cadence(starts)
    assert learned is not None
    (found,) = learned.due_after(starts[-1], starts[-1] + DAY + HOUR)
    assert 80 * MINUTE <= found.late_at - found.due_at <= 90 * MINUTE


def test_a_run_that_started_early_or_late_is_the_due_one() -> None:
    found = cadence(days(3))
    assert found is not None
    today = LAST.replace(hour=3) + DAY
    assert not list(found.due_after(today - 12 * MINUTE, today + 12 * HOUR))
    assert not list(found.due_after(today + 5 * HOUR, today + 12 * HOUR))


@pytest.mark.parametrize(
    "starts",
    [
        [],
        [LAST],
        days(3, count=2),
        [LAST - 7 * HOUR * number * number for number in range(20)],
        [LAST - DAY * number + HOUR * (number * 11 % 24) for number in range(30)],
    ],
)
def test_a_job_without_a_habit_is_not_expected(starts: list[datetime]) -> None:
    assert cadence(sorted(starts)) is None
