"""Whether a job has ended in time for a deadline that is declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from insights.jobs.due_run import DAY
from insights.jobs.expectations import JobExpectation


def is_met(expected: JobExpectation, deadline: datetime, ends: Sequence[datetime], zone: tzinfo) -> bool:
    """Whether a run succeeded for a deadline, in time or later; `ends` are the ends of successful runs.

    That is a run that ended after the deadline before it, or within a day. The late run of that deadline does not count.
    """
    before = _before(expected, deadline, zone)
    since = sorted(end for end in ends if end > (before or deadline - DAY))
    if before is None or not since:
        return bool(since)
    earlier = _before(expected, before, zone) or before - DAY
    if since[0] < before + (deadline - before) / 2 and not any(earlier < end <= before for end in ends):
        since.pop(0)
    return bool(since)


def _before(expected: JobExpectation, deadline: datetime, zone: tzinfo) -> datetime | None:
    """The deadline before another one, if it is at most about a day earlier."""
    return max(expected.deadlines(deadline - DAY - timedelta(hours=2), deadline, zone), default=None)
