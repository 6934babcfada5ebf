"""The hours stage: delays messages about less urgent incidents until the hours of the rule, and drops reminders."""

from __future__ import annotations

from handlers.stages.model import Question, Reason, StageName, StageResult, at


def check(question: Question) -> StageResult:
    """Passes within the hours, and always for an urgent incident. Outside them a run waits, and a reminder is dropped."""
    hours, opens_at = question.rule.hours, question.facts.opens_at
    if hours is None:
        return StageResult(StageName.HOURS, Reason.NO_HOURS)
    if opens_at is None:
        return StageResult(StageName.HOURS, Reason.WITHIN_HOURS)
    severity = question.change.incident.severity
    if severity.rank >= hours.urgent.rank:
        return StageResult(StageName.HOURS, Reason.URGENT, values={"severity": str(severity)})
    values = {"until": at(opens_at)}
    if question.is_reminder:
        return StageResult(StageName.HOURS, Reason.OUTSIDE_HOURS, stops=True, values=values)
    return StageResult(StageName.HOURS, Reason.HELD, values=values)
