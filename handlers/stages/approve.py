"""The approve stage: names the people who may approve the run, and prevents a second request for the same target."""

from __future__ import annotations

from handlers.stages.model import Question, Reason, StageName, StageResult
from shared.model import Mode


def check(question: Question) -> StageResult:
    """Stops while an approval of this rule for the target is waiting; otherwise passes, whether an approval is needed or not."""
    rule = question.rule
    if rule.mode is not Mode.APPROVE:
        return StageResult(StageName.APPROVE, Reason.NO_APPROVAL, values={"mode": str(rule.mode)})
    if question.facts.approval_waits:
        values = {"target": question.facts.target}
        return StageResult(StageName.APPROVE, Reason.APPROVAL_WAITS, stops=True, values=values)
    by = ", ".join(rule.approvers) or "*"
    minutes = str(int(rule.approve_within.total_seconds()) // 60)
    return StageResult(StageName.APPROVE, Reason.NEEDS_APPROVAL, values={"by": by, "minutes": minutes})
