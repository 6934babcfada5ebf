"""The longest interval between two runs of a declared schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collectors.history_analysis.schedules.cron import cron_interval
from collectors.history_analysis.schedules.english import english_interval

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
