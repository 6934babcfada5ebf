"""Why a day cost more or less than usual: the change of each user, job, dataset or label, and its share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from insights.cost.spending import By, Prices, amounts_on

WEEKS = 8
LEAST_SHARE = 0.03  # of the whole change; what changed less is summed up in one row
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A part of the change: its price on the day, the mean price on the same weekday before, and its share of the change."""

    key: str
    price: float
    usual: float
    share: float

    @property
    def change(self) -> float:
        """The price on the day minus the usual price; negative if cheaper."""
        return self.price - self.usual


@dataclass(frozen=True, slots=True)
class DayExplanation:
    """The parts of the change, largest first; `others` is the sum of the remaining `other_count` parts.

    The usual price is the mean of `weeks` earlier weeks with a run on the same weekday.
    """

    day: date
    parts: Sequence[PriceChange]
    others: PriceChange
    other_count: int
    whole: PriceChange
    weeks: int


def explain_day(session: Session, day: date, by: By, prices: Prices, *, key: str = "") -> DayExplanation:
    """Compares a UTC day with the same weekday of the eight weeks before. `key` names the label for By.LABEL."""
    past = [day - 7 * back * DAY for back in range(1, WEEKS + 1)]
    of_days: dict[str, defaultdict[str, float]] = {str(each): defaultdict(float) for each in (day, *past)}
    for on, name, share, amount in amounts_on(session, by, [day, *past], key):
        of_days[on][name] += amount.price(prices) * share
    now, weeks = of_days[str(day)], [of_days[str(each)] for each in past if of_days[str(each)]]
    usual: defaultdict[str, float] = defaultdict(float)
    for week in weeks:
        for name, price in week.items():
            usual[name] += price / len(weeks)
    whole = sum(now.values()) - sum(usual.values())
    changes = [
        PriceChange(name, now.get(name, 0.0), usual[name], (now.get(name, 0.0) - usual[name]) / whole if whole else 0.0)
        for name in {*now, *usual}
    ]
    parts = sorted(
        (each for each in changes if abs(each.share) >= LEAST_SHARE), key=lambda each: (-abs(each.change), each.key)
    )
    rest = [each for each in changes if abs(each.share) < LEAST_SHARE]
    return DayExplanation(day, parts, _sum(rest), len(rest), _sum(changes), len(weeks))


def unusual_day(totals: Mapping[date, float], last: date, days: int) -> date:
    """The day of the last `days` with the largest rise above the mean of its weekday, from `totals` or from all days."""

    def rise(day: date) -> float:
        others = [other for other in totals if other != day]
        alike = [other for other in others if other.weekday() == day.weekday()] or others
        return totals.get(day, 0.0) - sum(totals[other] for other in alike) / max(len(alike), 1)

    return max((last - back * DAY for back in range(days)), key=rise)


def _sum(changes: Sequence[PriceChange]) -> PriceChange:
    price, usual, share = (sum(getattr(each, name) for each in changes) for name in ("price", "usual", "share"))
    return PriceChange("", price, usual, share)
