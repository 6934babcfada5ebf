"""Computes how often something runs, from the times of its runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_high

# Times this close together belong to one run: its lines, attempts and retries.
ONE_RUN = timedelta(minutes=10)
# No job is expected to run less often than once a month; two failures further apart do not indicate a schedule.
LONGEST = timedelta(days=35)


# Of more gaps than these, the longest may be an outage; of fewer, it may be the only one that is not between retries.
FEW = 10


def usual_interval(times: Iterable[datetime]) -> timedelta | None:
    """The median time between two runs; None with fewer than two different times."""
    gaps = _gaps(times)
    return median_high(gaps) if gaps else None


def longest_usual_interval(times: Iterable[datetime]) -> timedelta | None:
    """The longest usual time between two runs. Most gaps of a monthly job may be between its retries.

    Of many gaps, it is the longest one that occurred twice; None with fewer than two different times.
    """
    gaps = sorted(_gaps(times), reverse=True)
    return gaps[len(gaps) > FEW] if gaps else None


def _gaps(times: Iterable[datetime]) -> list[timedelta]:
    return [after - before for before, after in pairwise(sorted(times)) if ONE_RUN < after - before <= LONGEST]
