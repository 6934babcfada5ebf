"""The verdicts on a learned alarm that its page offers, with the effect of each, and the current verdict."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.page_request import PageRequest
from shared.records import IncidentView
from shared.texts import Text
from shared.texts import feedback as words

if TYPE_CHECKING:
    from db.error_db.incidents.feedback import FeedbackKind
    from insights.alarm_feedback import FeedbackEffect

WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class FeedbackChoice:
    """A button: its value, its label, and its effect on the alarms of the last ninety days."""

    verdict: str
    word: Text
    effect: Text


@dataclass(frozen=True, slots=True)
class OfferedFeedback:
    """The choices, and the current verdict with its effect; empty without a verdict."""

    choices: Sequence[FeedbackChoice]
    given: Text | None


def offered(request: PageRequest, view: IncidentView) -> OfferedFeedback | None:
    """The verdicts that an incident offers; None if its alarm was not learned."""
    from insights.alarm_feedback import can_have_feedback, present

    if not can_have_feedback(view):
        return None
    changes = _effects(request, view)
    with request.error_db() as session:
        now = present(session, view)
    choices = [FeedbackChoice(each, words.VERDICTS[each], changes[each].text) for each in changes]
    return OfferedFeedback(choices, words.RATED(by=now.by, verdict=words.VERDICTS[now.verdict]) if now else None)


def change(request: PageRequest, view: IncidentView, verdict: str) -> Text | None:
    """Stores or withdraws a verdict; returns the message with the effect. None for an unknown verdict or incident."""
    from db.error_db.incidents import feedback as stored
    from db.error_db.incidents.feedback import FeedbackKind
    from handlers.plan import plan
    from insights.alarm_feedback import can_have_feedback

    if not can_have_feedback(view) or verdict not in (*FeedbackKind, WITHDRAW):
        return None
    if verdict == WITHDRAW:
        with request.change() as transaction:
            ended = stored.withdraw(transaction.session, view.fingerprint, request.now)
        return (words.TAKEN_BACK if ended else words.NONE_GIVEN)(id=view.id)
    chosen, changes = FeedbackKind(verdict), _effects(request, view)
    with request.change() as transaction:
        made = stored.give(transaction, view, chosen, by=request.user.name, reason="", time=request.now)
        plan([made] if made else [], transaction, request.now)
    return words.GIVEN(id=view.id, verdict=words.VERDICTS[chosen], effect=changes[chosen].text)


def _effects(request: PageRequest, view: IncidentView) -> dict[FeedbackKind, FeedbackEffect]:
    from insights.alarm_feedback import effects, past_alarms

    with request.error_db() as errors:
        alarms = request.ask_schema_db(lambda session: past_alarms(errors, session, view, request.now))
        if alarms is None:
            alarms = past_alarms(errors, None, view, request.now)
    return effects(view, alarms, request.now)
