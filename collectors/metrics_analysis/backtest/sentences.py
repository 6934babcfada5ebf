"""The result of a backtest in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.metrics_analysis.backtest.result import RuleBacktest
from shared.texts import COMMA, Text, joined
from shared.texts.detection import backtest as texts

MOST_NAMES = 3


def summary(result: RuleBacktest, days: int) -> Iterator[Text]:
    """How often the rule would have fired, on which resources, and how much of the data was known."""
    length = texts.DAYS(count=max(1, days))
    if not result.fired:
        yield texts.NEVER(rule=result.rule, days=length)
        return
    incidents = texts.INCIDENTS(count=result.incidents)
    yield texts.WOULD_HAVE(rule=result.rule, count=result.times, days=length, incidents=incidents)
    named = [texts.TIMES_ON(name=name, count=count) for name, count in result.resources[:MOST_NAMES]]
    yield texts.MOST_OFTEN(names=joined(named, COMMA))
    rules = joined([texts.TIMES_ON(name=rule, count=count) for rule, count in result.other_rules[:MOST_NAMES]], COMMA)
    yield texts.KNOWN(count=result.already_incidents, rules=rules) if result.already_incidents else texts.ALL_NEW


def limits_of(result: RuleBacktest, most: int, *, is_stored: bool) -> Iterator[Text]:
    """The periods that were read, and the facts that are unknown."""
    if not is_stored:
        yield texts.READ_ENTRIES(entries=texts.ENTRIES(count=result.events))
        return
    yield texts.READ_STORED(events=texts.EVENTS(count=result.events), calls=texts.CALLS_READ(count=result.calls))
    if result.unjudged.count:
        fields = ", ".join(path for path, _ in result.unjudged.fields.most_common(MOST_NAMES))
        count = result.unjudged.count
        yield texts.UNJUDGED(count=count, fields=fields) if fields else texts.UNJUDGED_LISTS(count=count)
    if result.is_cut:
        yield texts.CUT(most=f"{most:,}")
    yield texts.NOT_KEPT
    yield texts.TRY_LOGS(rule=result.rule)
