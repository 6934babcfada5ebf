"""The brakes stage: stops a rule that runs too often. A cooldown counts by target, a budget by rule."""

from __future__ import annotations

from datetime import datetime

from handlers.stages.model import Question, Reason, StageName, StageResult, at
from shared.model import Trigger


def check(question: Question) -> StageResult:
    """Stops within the cooldown and above the budget. The end of a notified incident is never slowed down."""
    if question.is_due_end:
        return StageResult(StageName.BRAKES, Reason.END_OF_NOTIFIED)
    until = _cooling_until(question)
    if until is not None and question.facts.now < until:
        return StageResult(StageName.BRAKES, Reason.COOLDOWN, stops=True, values={"until": at(until)})
    if question.rule.budget is not None:
        return _budget(question.facts.runs_last_hour, question.rule.budget)
    return StageResult(StageName.BRAKES, Reason.NO_BRAKES if question.rule.cooldown is None else Reason.COOLDOWN_OVER)


def _budget(used: int, budget: int) -> StageResult:
    values = {"used": str(used), "budget": str(budget)}
    if used >= budget:
        return StageResult(StageName.BRAKES, Reason.BUDGET_SPENT, stops=True, values=values)
    return StageResult(StageName.BRAKES, Reason.WITHIN_BUDGET, values=values)


def _cooling_until(question: Question) -> datetime | None:
    """The end of the cooldown. For a reoccurrence it starts at the opening too, which was just notified."""
    if question.rule.cooldown is None:
        return None
    times = [question.facts.last_run_at] if question.facts.last_run_at else []
    if question.change.trigger is Trigger.REOCCURRED:
        times.append(question.change.incident.received_at)
    return max(times) + question.rule.cooldown if times else None
