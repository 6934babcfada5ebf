"""What is usual for a job: its duration, the time of day of its end, and the duration of a slow run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import exp, log
from statistics import median

from insights.jobs.trends import FLOOR_SECONDS, FLOOR_SHARE, LEAST_GROWTH, LEAST_PAST, LEAST_SCORE, SCALE

DAY_MINUTES = 24 * 60
TAIL = 5.0  # robust deviations of the logarithm,
LONGEST = 1.5  # or this multiple of the longest run
OFTEN = timedelta(hours=3)  # between two runs: those that a run is compared with are then of a few days
LEAST_LONGER = 600  # seconds: a run that takes so little longer than usual is not late
Localize = Callable[[datetime], datetime]


def usual_seconds(durations: Sequence[float]) -> float | None:
    """The median duration in seconds; None with too few runs."""
    return median(durations) if len(durations) >= LEAST_PAST else None


def slow_limit(durations: Sequence[float]) -> float | None:
    """The duration in seconds above which a run is slow, as in `hinomi jobs slow`; None while unknown."""
    usual = usual_seconds(durations)
    if usual is None:
        return None
    deviation = SCALE * median(abs(each - usual) for each in durations)
    return max(usual + LEAST_SCORE * max(deviation, FLOOR_SHARE * usual, FLOOR_SECONDS), usual * LEAST_GROWTH)


def runs_often(first: datetime, last: datetime, runs: int) -> bool:
    """Whether a job with these runs from `first` to `last` has hundreds in a month, so that a single one may take very long."""
    return runs > 1 and last - first < (runs - 1) * OFTEN


def running_limit(durations: Sequence[float], *, often: bool = False) -> float | None:
    """The duration in seconds above which a run that is still running is late; longer than the limit of slow runs.

    The limit is five robust deviations of the logarithm above the median, and at most half above the longest run. For a
    job that runs often, the longest of some hours says nothing about the longest of a week.

    A slow run that has ended is listed; a late run opens an incident. Durations have long tails, and a job may take
    longer on the first working day than on the days before.
    """
    limit = slow_limit(durations)
    if limit is None:
        return None
    logs = [log(max(each, 1.0)) for each in durations]
    middle = median(logs)
    tail = exp(middle + TAIL * SCALE * median(abs(each - middle) for each in logs))
    return max(limit, tail if often else min(tail, LONGEST * max(durations)))


def is_long(seconds: float, usual: float | None, limit: float | None) -> bool:
    """Whether a running run takes longer than usual: above the limit of running runs, and by at least ten minutes."""
    return usual is not None and limit is not None and seconds > max(limit, usual + LEAST_LONGER)


def usual_minute(times: Sequence[datetime], local: Localize) -> int | None:
    """The median time of day in minutes after midnight; None with too few times.

    A day is a circle: the median of 23:50 and 00:10 is midnight. The circle is cut in its longest empty part.
    """
    if len(times) < LEAST_PAST:
        return None
    minutes = sorted(moment.hour * 60 + moment.minute for moment in map(local, times))
    following = [*minutes[1:], minutes[0] + DAY_MINUTES]
    widest = max(range(len(minutes)), key=lambda place: following[place] - minutes[place])
    unrolled = [*minutes[widest + 1 :], *(each + DAY_MINUTES for each in minutes[: widest + 1])]
    return int(median(unrolled)) % DAY_MINUTES
