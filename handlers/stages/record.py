"""The record stage: decides whether the decision is stored with the incident."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.stages.model import Question, Reason, StageName, StageResult
from shared.model import Trigger

# Stops after which nothing would have been sent or changed in any case: no trace of them helps anybody.
NOTHING_NEW = frozenset(
    {
        Reason.SAME_FAULT,
        Reason.ALREADY_PLANNED,
        Reason.ACKNOWLEDGED,
        Reason.NOTIFIED_ONCE,
        Reason.FLAPPING,
        Reason.APPROVAL_WAITS,
    }
)
SUPPRESSED = (
    Reason.SILENCED,
    Reason.NOT_NOTIFIED,
    Reason.COOLDOWN,
    Reason.BUDGET_SPENT,
    Reason.PRINCIPAL_BUDGET_SPENT,
    Reason.TOTAL_BUDGET_SPENT,
    Reason.BREAKER_OPEN,
    Reason.DENY_LISTED,
)


def keep(question: Question, results: Iterable[StageResult]) -> StageResult:
    """Stores a run, or a suppressed run with its reason; a silence counts suppressed runs."""
    stops = [result.reason for result in results if result.stops]
    if not stops:
        return StageResult(StageName.RECORD, Reason.PLANNED)
    if NOTHING_NEW & set(stops) or question.is_follow_up or question.change.repeats:
        return StageResult(StageName.RECORD, Reason.NOTHING_NEW)
    # A noisy fault would fill the table.
    is_frequent = question.change.trigger is Trigger.REOCCURRED
    return StageResult(StageName.RECORD, Reason.TOO_FREQUENT if is_frequent else Reason.SKIPPED)
