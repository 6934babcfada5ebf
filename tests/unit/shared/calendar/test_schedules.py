"""The runs of a declared schedule, and the longest interval between two of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.calendar.app_engine_schedule import english_interval, english_times
from shared.calendar.cron import cron_interval, cron_times

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("*/5 * * * *", 5 * MINUTE),
        ("5/15 * * * *", 15 * MINUTE),
        ("0 9 * * 1-5", 3 * DAY),
        ("0 9 * * MON-FRI", 3 * DAY),
        ("0 3 * * 7", 7 * DAY),
        ("15,45 6-18/2 * * *", 11 * HOUR + 30 * MINUTE),
        ("0 0 1 * *", 31 * DAY),
        ("0 0 1 1,4,7,10 *", 92 * DAY),
        ("0 3 1 * MON", 7 * DAY),  # on the first of the month and on Mondays
        ("0 0 29 2 *", 1461 * DAY),
    ],
)
def test_cron_runs_at_the_latest_after(text: str, interval: timedelta) -> None:
    assert cron_interval(text) == interval


@pytest.mark.parametrize(
    "text", ["", "* * * *", "0 24 * * *", "x * * * *", "/5 * * * *", "*/0 * * * *", "0 0 31 2 *", "0 5-3 * * *"]
)
def test_text_that_never_runs_as_cron_has_no_interval(text: str) -> None:
    assert cron_interval(text) is None


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("every 24 hours", DAY),
        ("every 15 minutes", 15 * MINUTE),
        ("every 2 hours synchronized", 2 * HOUR),
        ("every 2 hours from 10:00 to 14:00", 20 * HOUR),
        ("every 30 mins from 22:00 to 02:00", 20 * HOUR),
        ("every day 00:00", DAY),
        ("every monday 09:00", 7 * DAY),
        ("EVERY mon, tue 9:00", 6 * DAY),
        ("1st,third monday of month 15:30", 21 * DAY),
        ("2nd day of month 10:00", 31 * DAY),
        ("1,15 of month 9:00", 17 * DAY),
        ("1 of jan,april,july,oct 00:00", 92 * DAY),
        ("every wed,fri of jan,jun 13:15", 189 * DAY),
        ("first sunday of quarter 00:00", 98 * DAY),
        ("first day of second,third month of quarter 1:00", 62 * DAY),
    ],
)
def test_the_format_of_app_engine_runs_at_the_latest_after(text: str, interval: timedelta) -> None:
    assert english_interval(text) == interval


@pytest.mark.parametrize(
    "text", ["", "every fortnight", "every 0 hours", "every hour", "31 of feb 00:00", "monday 09:00", "every day 25:00"]
)
def test_text_that_never_runs_in_that_format_has_no_interval(text: str) -> None:
    assert english_interval(text) is None


@pytest.mark.parametrize(
    ("zone", "first", "times"),
    [
        ("Asia/Tokyo", "2026-03-28", ["2026-03-27T17:30", "2026-03-28T17:30"]),
        ("Europe/Berlin", "2026-03-28", ["2026-03-28T01:30", "2026-03-29T01:30"]),  # 02:30 is skipped: 03:30
        ("Europe/Berlin", "2026-10-24", ["2026-10-24T00:30", "2026-10-25T00:30"]),  # 02:30 occurs twice: the first
        ("America/New_York", "2026-03-07", ["2026-03-07T07:30", "2026-03-08T07:30"]),
        ("America/New_York", "2026-11-01", ["2026-11-01T07:30", "2026-11-02T07:30"]),
    ],
)
def test_runs_keep_their_time_of_day_when_clocks_change(zone: str, first: str, times: list[str]) -> None:
    local, schedule = ZoneInfo(zone), cron_times("30 2 * * *")
    assert schedule is not None
    begin = datetime.fromisoformat(first).replace(tzinfo=local)
    runs = schedule.between(begin.astimezone(UTC), begin.astimezone(UTC) + 2 * DAY - 2 * HOUR, local)
    assert [f"{each:%Y-%m-%dT%H:%M}" for each in runs] == times


def test_runs_of_leap_days_month_ends_and_new_year() -> None:
    def runs(text: str, since: str, until: str) -> list[str]:
        times = cron_times(text) or english_times(text)
        assert times is not None
        begin, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (since, until))
        return [f"{each:%y-%m-%d %H:%M}" for each in times.between(begin, end, UTC)]

    assert runs("0 3 29 2 *", "2026-01-01", "2032-03-01") == ["28-02-29 03:00", "32-02-29 03:00"]
    assert runs("0 3 31 * *", "2026-01-01", "2026-04-02") == ["26-01-31 03:00", "26-03-31 03:00"]
    assert runs("0 0,22 1 1 *", "2026-12-31", "2027-01-02") == ["27-01-01 00:00", "27-01-01 22:00"]
    assert runs("first monday of month 15:30", "2026-12-01", "2027-01-10") == ["26-12-07 15:30", "27-01-04 15:30"]
