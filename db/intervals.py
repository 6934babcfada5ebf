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


def usual_interval(times: Iterable[datetime]) -> timedelta | None:
    """The median time between two runs; None when the times are of a single run."""
    gaps = [after - before for before, after in pairwise(sorted(times)) if ONE_RUN < after - before <= LONGEST]
    return median_high(gaps) if gaps else None
