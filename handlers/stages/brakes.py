"""The brakes stage: stops a rule that may not run, or runs too often.

Deny list, circuit breaker, cooldown by target, then the budgets: of the rule, of the rule for one principal, of all
remediations. A delay does not stop the rule: its run starts later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from handlers.stages.model import Question, Reason, StageName, StageResult, at
from shared.model import Trigger
from shared.records import BreakerView


def check(question: Question) -> StageResult:
    """The first brake that stops the rule, or the reason why it passes.

    The end of a notified incident is never delayed.
    """
    if question.is_due_end:
        return StageResult(StageName.BRAKES, Reason.END_OF_NOTIFIED)
    stopped = next((result for brake in BRAKES if (result := brake(question)) is not None), None)
    return stopped or _passes(question)


def _denied(question: Question) -> StageResult | None:
    if question.facts.notifies:
        return None
    found = question.rule.brakes.denied(question.change.incident, question.facts.target)
    if found is None:
        return None
    name, pattern, value = found
    return _stop(Reason.DENY_LISTED, name=name, pattern=pattern, value=value)


def _breaker(question: Question) -> StageResult | None:
    breaker = question.facts.breaker
    if breaker is None or breaker.retry_at is None or question.facts.now >= breaker.retry_at:
        return None
    return _stop(Reason.BREAKER_OPEN, until=at(breaker.retry_at), **_why(breaker))


def _cooldown(question: Question) -> StageResult | None:
    until = _cooling_until(question)
    if until is None or question.facts.now >= until:
        return None
    return _stop(Reason.COOLDOWN, until=at(until))


def _budget(question: Question) -> StageResult | None:
    return _spent(Reason.BUDGET_SPENT, question.facts.runs_last_hour, question.rule.budget)


def _principal_budget(question: Question) -> StageResult | None:
    principal = question.change.incident.principal
    budget = question.rule.brakes.principal_budget
    return _spent(Reason.PRINCIPAL_BUDGET_SPENT, question.facts.runs_of_principal, budget, principal=principal)


def _total_budget(question: Question) -> StageResult | None:
    if question.facts.notifies:
        return None
    return _spent(Reason.TOTAL_BUDGET_SPENT, question.facts.runs_of_all, question.rule.brakes.total_budget)


BRAKES: tuple[Callable[[Question], StageResult | None], ...] = (
    _denied,
    _breaker,
    _cooldown,
    _budget,
    _principal_budget,
    _total_budget,
)


def _passes(question: Question) -> StageResult:
    rule, facts, limits = question.rule, question.facts, dict(_limits(question))
    if facts.breaker is not None:
        reason, values = Reason.BREAKER_TRIAL, _why(facts.breaker)
    elif rule.brakes.delay is not None and not facts.notifies:
        reason, values = Reason.DELAYED, {"until": at(facts.now + rule.brakes.delay)}
    else:
        only_cooldown = not limits.keys() - {"cooldown"}
        reason, values = Reason.COOLDOWN_OVER if only_cooldown else Reason.WITHIN_BUDGET, {}
    if not values and not limits:
        reason = Reason.NO_BRAKES
    return StageResult(StageName.BRAKES, reason, values={**values, **limits})


def _limits(question: Question) -> Iterator[tuple[str, str]]:
    """The used part of each limit, as values for the sentence."""
    rule, facts, principal = question.rule, question.facts, question.change.incident.principal
    if rule.cooldown is not None:
        yield "cooldown", "over"
    if rule.budget is not None:
        yield from (("used", str(facts.runs_last_hour)), ("budget", str(rule.budget)))
    if facts.notifies:
        return
    brakes = rule.brakes
    if brakes.principal_budget is not None and principal:
        yield from (("principal", principal), ("used_by_principal", str(facts.runs_of_principal)))
        yield "principal_budget", str(brakes.principal_budget)
    if brakes.total_budget is not None:
        yield from (("used_by_all", str(facts.runs_of_all)), ("total_budget", str(brakes.total_budget)))
    if brakes.breaker is not None and facts.breaker is None and facts.failures is not None:
        yield from (("failures", str(facts.failures)), ("breaker", str(brakes.breaker.failures)))
    if brakes.denied_beyond_own:
        yield "deny", "no"


def _spent(reason: Reason, used: int, budget: int | None, **values: str) -> StageResult | None:
    if budget is None or used < budget:
        return None
    return _stop(reason, used=str(used), budget=str(budget), **values)


def _why(breaker: BreakerView) -> dict[str, str]:
    return {"why": breaker.reason.en, "why_ja": breaker.reason.ja}


def _stop(reason: Reason, **values: str) -> StageResult:
    return StageResult(StageName.BRAKES, reason, stops=True, values=values)


def _cooling_until(question: Question) -> datetime | None:
    """The end of the cooldown. For a reoccurrence it also starts at the opening, which was just notified."""
    if question.rule.cooldown is None:
        return None
    times = [question.facts.last_run_at] if question.facts.last_run_at else []
    if question.change.trigger is Trigger.REOCCURRED:
        times.append(question.change.incident.received_at)
    return max(times) + question.rule.cooldown if times else None
