"""Whether a job has ended in time for a deadline that is declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from insights.jobs.due_run import DAY
from insights.jobs.expectations import JobExpectation


def is_met(expected: JobExpectation, deadline: datetime, ends: Sequence[datetime], zone: tzinfo) -> bool:
    """Whether a run succeeded within a day before a deadline, or later; `ends` are the ends of successful runs.

    The late run of the previous day does not meet the deadline of a daily job.
    """
    before = deadline - DAY
    since = sorted(end for end in ends if end > before)
    is_daily = bool(since) and _is_due(expected, before, zone)
    if is_daily and since[0] < before + DAY / 2 and not any(before - DAY < end <= before for end in ends):
        since.pop(0)
    return bool(since)


def _is_due(expected: JobExpectation, deadline: datetime, zone: tzinfo) -> bool:
    return any(expected.deadlines(deadline - timedelta(hours=2), deadline + timedelta(hours=2), zone))
