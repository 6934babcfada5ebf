"""Whether a table has far fewer or far more rows or bytes than usual after its latest update. Reads no database.

A growing table is judged by what each update adds, any other table by its size. Both are compared with the days before;
days without a change of the table are left out. After a longer gap than usual a table may receive several updates at
once: a table loaded around midnight has days with no update and days with two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import exp, log
from statistics import median

from shared.lazy.dataclass import dataclass

LEAST_DAYS = 10  # updates from which a range is known
CLASS_DAYS = 5  # updates on working days, or on weekends, from which these have a range of their own
GROWS = 0.8  # share of updates that add something
DEVIATIONS = 6.0  # robust deviations to the ends of the range
SCALE = 1.4826  # of the median absolute deviation to a standard deviation
LEAST_FACTOR = log(2)  # the range never begins above half of the median, or ends below its double
FLOORS = {"rows": 100.0, "bytes": 1e6}  # differences that nobody misses
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class TableDay:
    """The size of a table at the end of a day on which it changed."""

    day: date
    rows: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class UnusualVolume:
    """The unusual value of a day: `measure` is rows or bytes, `is_added` is True if the update added it."""

    day: date
    measure: str
    is_added: bool
    value: float
    usual: float
    low: float
    high: float


def unusual_volume(days: Sequence[TableDay]) -> UnusualVolume | None:
    """The unusual value of the latest day, rows before bytes; `days` are in order. None if usual or unknown."""
    for measure in ("rows", "bytes"):
        known = [(each.day, float(value)) for each in days if (value := getattr(each, measure)) is not None]
        if known and known[-1][0] == days[-1].day and (found := _judge(measure, known)):
            return found
    return None


def _judge(measure: str, known: Sequence[tuple[date, float]]) -> UnusualVolume | None:
    """Compares the latest value with those before: with their differences if the table grows."""
    added = [(day, value - before) for (_, before), (day, value) in pairwise(known)]
    past = added[:-1]
    is_growing = bool(past) and sum(value > 0 for _, value in past) >= GROWS * len(past)
    values = added if is_growing else list(known)
    *earlier, (day, value) = values or [known[-1]]
    if len(earlier) < LEAST_DAYS:
        return None
    alike = [each for when, each in earlier if _is_weekend(when) == _is_weekend(day)]
    every = [each for _, each in earlier]
    usual, low, high = _range(alike if len(alike) >= CLASS_DAYS else every)
    if len(alike) < CLASS_DAYS:  # few days of this kind: they may differ from the others
        low, high = min(low, *every), max(high, *every)
    amounts = (value, _of_usual_gap(value, known)) if is_growing else (value,)
    if any(low <= each <= high for each in amounts) or abs(value - usual) < FLOORS[measure]:
        return None
    return UnusualVolume(day, measure, is_growing, value, usual, low, high)


def _of_usual_gap(value: float, known: Sequence[tuple[date, float]]) -> float:
    """The part of the latest addition that belongs to a gap of usual length, if the latest gap was longer."""
    gaps = [(day - before).days for (before, _), (day, _) in pairwise(known)]
    return value * min(median(gaps) / gaps[-1], 1.0)


def _range(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, and the ends of the usual range around it.

    Amounts vary by a share of themselves: the range of values above zero is measured in logarithms, so that it never reaches
    zero, however much they vary.
    """
    usual = median(values)
    positive = [log(each) for each in values if each > 0]
    if usual > 0 and len(positive) >= GROWS * len(values):
        middle = median(positive)
        width = max(DEVIATIONS * SCALE * median(abs(each - middle) for each in positive), LEAST_FACTOR)
        return usual, usual * exp(-width), usual * exp(width)
    width = DEVIATIONS * SCALE * median(abs(each - usual) for each in values)
    return usual, usual - max(width, abs(usual)), usual + max(width, abs(usual))


def _is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY
