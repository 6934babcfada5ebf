"""The dedupe stage: stops runs that only repeat an earlier run or message."""

from __future__ import annotations

from handlers.stages.model import Question, Reason, StageName, StageResult
from shared.model import Trigger

# Incidents about Hinomi itself that are notified once, without reminders.
ONCE = (
    "hinomi/channel_broken",
    "hinomi/collector_dead",
    "hinomi/message_rejected",
    "hinomi/notification_failed",
    "hinomi/rule_crashed",
    "hinomi/rule_stopped",
    "hinomi/silence_expires",
)

# A channel with one of these notifications was notified of the incident.
ANNOUNCING = frozenset(
    {
        Trigger.OPENED,
        Trigger.REOPENED,
        Trigger.ESCALATED,
        Trigger.REMEDIATION_FAILED,
        Trigger.UNACKNOWLEDGED,
        Trigger.FLAPPING,
    }
)


def check(question: Question) -> StageResult:
    """Stops a second run for one event, unnecessary reminders, and the end of an incident that the channel was not notified of."""
    if question.facts.already_planned:
        return _stop(Reason.ALREADY_PLANNED)
    if question.is_follow_up and not question.facts.announced:
        return _stop(Reason.NOT_NOTIFIED, target=question.facts.target)
    if (question.is_reminder or question.is_follow_up or question.is_escalation) and question.is_acknowledged:
        return _stop(Reason.ACKNOWLEDGED, by=question.change.incident.acknowledged_by or "")
    if question.is_reminder and question.change.incident.rule in ONCE:
        return _stop(Reason.NOTIFIED_ONCE)
    if question.is_end and not question.facts.notified and ANNOUNCING & set(question.rule.on):
        return _stop(Reason.NOT_NOTIFIED, target=question.facts.target)
    return StageResult(StageName.DEDUPE, Reason.FIRST_TIME)


def _stop(reason: Reason, **values: str) -> StageResult:
    return StageResult(StageName.DEDUPE, reason, stops=True, values=values)
