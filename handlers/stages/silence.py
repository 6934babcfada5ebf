"""The silence stage: stops actions that a person muted."""

from __future__ import annotations

from handlers.stages.model import Question, Reason, StageName, StageResult, at


def check(question: Question) -> StageResult:
    """Stops while a silence matches. The end of an incident that the channel was notified of passes."""
    silence = question.facts.silence
    if silence is None:
        return StageResult(StageName.SILENCE, Reason.NOT_SILENCED)
    if question.is_due_end:
        return StageResult(StageName.SILENCE, Reason.END_OF_NOTIFIED)
    values = {"id": str(silence.id), "owner": silence.owner, "until": at(silence.expires_at)}
    return StageResult(StageName.SILENCE, Reason.SILENCED, stops=True, values=values)
