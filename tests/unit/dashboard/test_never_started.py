"""Missing runs on the page of jobs by day: one line for each job."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.pages.jobs import never_started


def test_each_job_has_one_line_the_latest_first() -> None:
    hourly, daily = ("composer", "p", "hourly"), ("composer", "p", "daily")
    hours = [datetime(2026, 11, 25, hour, tzinfo=UTC) for hour in (3, 2, 1)]
    due = [(hours[1], hourly), (hours[0], daily), (hours[2], hourly)]
    assert list(never_started(due)) == [(daily, 1, hours[0]), (hourly, 2, hours[1])]
