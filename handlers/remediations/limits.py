"""The limits of a handler rule in words: cooldown, budgets, delay, circuit breaker and deny list."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.remediations.brakes import BREAKER, TOTAL_BUDGET
from handlers.spec import HandlerSpec
from shared.durations import duration_text
from shared.texts import Text, listed
from shared.texts.remediations import brakes as texts


def limits_of(rule: HandlerSpec) -> Iterator[Text]:
    """The limits of a rule in words, without default brakes."""
    if rule.cooldown:
        yield texts.COOLDOWN(duration=duration_text(rule.cooldown, units=1))
    if rule.budget:
        yield texts.BUDGET(count=rule.budget)
    brakes = rule.brakes
    if brakes.principal_budget:
        yield texts.PRINCIPAL_BUDGET(count=brakes.principal_budget)
    if brakes.total_budget != TOTAL_BUDGET:
        yield texts.TOTAL_BUDGET(count=brakes.total_budget) if brakes.total_budget else texts.NO_TOTAL_BUDGET
    if brakes.delay:
        yield texts.DELAY(duration=duration_text(brakes.delay, units=1))
    if brakes.breaker is None:
        yield texts.NO_BREAKER
    elif brakes.breaker != BREAKER:
        after = duration_text(brakes.breaker.retry_after, units=1)
        yield texts.BREAKS(count=brakes.breaker.failures, duration=after)
    if brakes.denied_beyond_own:
        patterns = [pattern for each in brakes.denied_beyond_own.values() for pattern in each]
        yield texts.NEVER(patterns=listed(patterns))
