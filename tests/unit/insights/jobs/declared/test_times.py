"""A job's declared time of day, next to the time at which its runs usually start."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from insights.jobs.declared.times import another_time, declared_minute

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def starts(hour: int, minute: int, days: int = 10) -> list[datetime]:
    return [
        NOW.replace(hour=hour, minute=minute) - timedelta(days=back, minutes=back % 3) for back in range(1, days + 1)
    ]


@pytest.mark.parametrize(
    ("schedule", "minute"),
    [
        ("0 3 * * *", 180), ("30 23 * * 1-5", 1410), ("0 3 1 * *", 180), ("every day 05:30", 330), ("every monday 09:00", 540),
        ("1,15 of month 04:15", 255), ("@daily", 0), ("*/10 * * * *", None), ("0 */2 * * *", None), ("0 3,15 * * *", None),
        ("every 6 hours", None), ("0 24 * * *", None), ("", None), ("dataset://orders", None),
    ],
)  # fmt: skip
def test_a_schedule_with_one_time_a_day_has_its_minute(schedule: str, minute: int | None) -> None:
    assert declared_minute(schedule) == minute


def test_runs_that_usually_start_at_another_time_are_shown_in_the_zone_of_the_schedule() -> None:
    assert another_time("0 3 * * *", "Asia/Tokyo", starts(20, 20)) == (time(3, 0), time(5, 19))
    assert another_time("30 23 * * *", "UTC", starts(0, 40)) == (time(23, 30), time(0, 39))


@pytest.mark.parametrize(
    ("schedule", "zone", "found"),
    [
        ("0 3 * * *", "UTC", starts(3, 10)),
        ("50 23 * * *", "UTC", starts(0, 5)),
        ("0 3 * * *", "UTC", starts(5, 0, days=3)),
        ("0 3 * * *", "UTC", [NOW.replace(hour=hour) for hour in range(0, 24, 3)]),
        ("0 * * * *", "UTC", starts(5, 0)),
        ("0 3 * * *", "Mars/Olympus", starts(5, 0)),
    ],
)
def test_equal_times_and_unknown_ones_are_not_compared(schedule: str, zone: str, found: list[datetime]) -> None:
    assert another_time(schedule, zone, found) is None
