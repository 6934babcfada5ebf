"""The inhibit stage: stops notifications about effects of a fault that was notified.

A query, the task that ran it and the run of the DAG are one fault, and one incident.
"""

from __future__ import annotations

from handlers.stages.model import Question, Reason, StageName, StageResult


def check(question: Question) -> StageResult:
    """Stops the notification of an effect if the rule has notified of its cause.

    Remediations are not stopped: each concerns its own job.
    """
    if not question.change.joined:
        return StageResult(StageName.INHIBIT, Reason.NOT_AN_EFFECT)
    values = {"id": str(question.change.incident.id)}
    if not question.facts.notifies:
        return StageResult(StageName.INHIBIT, Reason.OWN_JOB, values=values)
    if not question.facts.announced:
        return StageResult(StageName.INHIBIT, Reason.CAUSE_NOT_NOTIFIED, values=values)
    return StageResult(StageName.INHIBIT, Reason.SAME_FAULT, stops=True, values=values)
