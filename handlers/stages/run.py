"""The run stage: names the action that starts, its target, and whether it changes anything."""

from __future__ import annotations

from handlers.stages.model import Question, Reason, StageName, StageResult


def start(question: Question) -> StageResult:
    """The action that starts, if no stage stops the rule."""
    rule = question.rule
    values = {"action": rule.action, "target": question.facts.target, "mode": str(rule.mode)}
    return StageResult(StageName.RUN, Reason.STARTS, values=values)
