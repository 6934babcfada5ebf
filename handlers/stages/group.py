"""The group stage: stops failures that share one notification. Cards of a storm are grouped later (handlers/channels)."""

from __future__ import annotations

from handlers.stages.model import Question, Reason, StageName, StageResult, at


def check(question: Question) -> StageResult:
    """Stops the failures of a flapping incident, which is notified once when flapping begins and once when it ends."""
    since = question.change.incident.flapping_since
    if since is None:
        return StageResult(StageName.GROUP, Reason.NOT_FLAPPING)
    values = {"since": at(since)}
    if question.is_reminder:
        return StageResult(StageName.GROUP, Reason.FLAPPING, stops=True, values=values)
    return StageResult(StageName.GROUP, Reason.FLAPPING_PASSES, values=values)
