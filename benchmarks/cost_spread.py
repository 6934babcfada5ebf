"""Unusual costs: how many multiples of a widely varying daily cost are found, and how many usual days are false alarms.

    .venv/bin/python -m benchmarks.cost_spread [--accounts N]

Compares the limit in use with a sum over several days, which was tried for multiples that last. The costs are lognormal and
independent from day to day; those of real accounts depend on the day before, so that sums over days would be false more often.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from math import exp, log, sqrt
from random import Random
from statistics import fmean, median, stdev

from insights.cost.budget import PAST, usual_limit

DAY = timedelta(days=1)
FIRST = date(2026, 9, 1)
SPREADS = (0.3, 0.5, 0.7, 0.9)  # standard deviations of the logarithm
BEGIN, MULTIPLE = 50, 4
ALIKE, FLOOR = 8, 0.15
SATURDAY = 5
Rule = Callable[[Sequence[float], date, float], bool]  # the days before, the latest first; the day; its cost


def in_use(past: Sequence[float], day: date, cost: float) -> bool:
    """Whether a cost is above the limit that Hinomi uses."""
    limit = usual_limit(past, day)
    return limit is not None and cost > limit


def summed(past: Sequence[float], day: date, cost: float, *, days: int, deviations: float, robust: bool) -> bool:
    """The limit in use, or the last days together are above the usual logarithm of their kind of day."""
    if in_use(past, day, cost):
        return True
    recent, before = [cost, *past[: days - 1]], past[days - 1 :]
    total = 0.0
    for back, each in enumerate(recent):
        kind = (day - back * DAY).weekday() >= SATURDAY
        alike = ((day - (days - 1 + at) * DAY, other) for at, other in enumerate(before, 1))
        logs = [log(other) for other_day, other in alike if (other_day.weekday() >= SATURDAY) is kind]
        if len(logs) < ALIKE:
            return False
        middle = median(logs) if robust else fmean(logs)
        spread = 1.4826 * median(abs(one - middle) for one in logs) if robust else stdev(logs)
        total += (log(each) - middle) / max(spread, FLOOR)
    return total / sqrt(days) > deviations


def costs(number: int, spread: float, days: int) -> list[float]:
    """The costs of an account; for each second one, a weekend costs a quarter."""
    random = Random(number)  # noqa: S311 - made-up costs
    kinds = (number % 2 and (FIRST + number * DAY).weekday() >= SATURDAY for number in range(days))
    return [(0.25 if is_weekend else 1.0) * exp(random.gauss(0, spread)) for is_weekend in kinds]


def _alarms(series: Sequence[float], days: range, rule: Rule) -> list[bool]:
    return [rule(series[day - 1 :: -1][:PAST], FIRST + day * DAY, series[day]) for day in days]


def found(rule: Rule, spread: float, lasts: int, accounts: int) -> float:
    """The share of accounts whose cost is multiplied for `lasts` days and found on one of them."""
    hits = 0
    for number in range(accounts):
        series = costs(number, spread, BEGIN + lasts)
        series[BEGIN:] = [MULTIPLE * each for each in series[BEGIN:]]
        hits += any(_alarms(series, range(BEGIN, BEGIN + lasts), rule))
    return hits / accounts


def false(rule: Rule, spread: float, accounts: int) -> float:
    """The alarms of an account without faults in 90 days."""
    days = range(PAST, PAST + 90)
    numbers = range(10_000, 10_000 + accounts)
    made = (costs(number, spread, days.stop) for number in numbers)
    return sum(sum(_alarms(series, days, rule)) for series in made) / accounts


RULES: Mapping[str, Rule] = {"in use": in_use} | {
    f"sum of {days} days, {'median' if robust else 'mean'}, {deviations}": partial(
        summed, days=days, deviations=deviations, robust=robust
    )
    for days, deviations, robust in ((2, 3.7, True), (3, 4.2, True), (2, 3.8, False), (3, 3.8, False))
}


def main() -> None:
    """Prints a line for each rule: false alarms, and the multiples that were found, for each spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100)
    accounts = parser.parse_args().accounts
    print(f"{'rule':32s}{'spread':>8}{'false in 90 days':>18}{'x4 for 2 days':>15}{'for 4 days':>12}")
    for name, rule in RULES.items():
        for spread in SPREADS:
            shares = [f"{found(rule, spread, lasts, accounts):.0%}" for lasts in (2, 4)]
            print(f"{name:32s}{spread:8}{false(rule, spread, accounts):18.2f}{shares[0]:>15}{shares[1]:>12}")


if __name__ == "__main__":
    main()
