"""How often a rarity occurs by chance: measured on generated series without anomalies (benchmarks/baselines.py)."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import exp, log

WEEK_POINTS = 2016  # five minutes apart
LEARNED = 576  # points before the first alarm: two days of five minutes
NOTED = 1.4  # the lowest rarity that is calibrated
# Rarity, and how many points a week reach it first, over thirteen kinds of series six weeks long, the first two days left out;
# above 3 from 2,970 weeks of series, of which one reached 7.
MEASURED = (
    (1.4, 8.7), (1.6, 5.6), (2.0, 1.6), (2.2, 0.73), (2.4, 0.30), (2.6, 0.155), (3.0, 0.063), (3.5, 0.0098), (4.0, 0.0057),
    (5.0, 0.0027), (6.0, 0.0010), (7.0, 0.00034),
)  # fmt: skip


# A limit above SINGLE belongs to a small budget. Three samples in a row outside the band then need less: by chance they are as
# seldom, because bursts, of which nearly all alarms at such limits are, do not last.
SINGLE, EASED = 3.0, 0.4


def lasting_limit(limit: float) -> float:
    """The rarity from which consecutive values outside the band raise an alarm; single values raise it at `limit`."""
    return limit if limit <= SINGLE else SINGLE + EASED * (limit - SINGLE)


def alarms_per_week(rarity: float) -> float:
    """The number of alarms per week that a five-minute series raises by chance at a limit; log-linear between measured limits."""
    limits = [limit for limit, _ in MEASURED]
    at = min(max(bisect_left(limits, rarity), 1), len(MEASURED) - 1)
    (low, often), (high, seldom) = MEASURED[at - 1], MEASURED[at]
    return exp(log(often) + (rarity - low) / (high - low) * (log(seldom) - log(often)))


def rarity_of(budget: float) -> float:
    """The limit at which a series raises `budget` alarms per week by chance. `budget` is above 0."""
    segments = list(pairwise(MEASURED))
    (low, often), (high, seldom) = next((each for each in segments if budget >= each[1][1]), segments[-1])
    return low + (log(budget) - log(often)) / (log(seldom) - log(often)) * (high - low)
