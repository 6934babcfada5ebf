"""Feedback on learned alarms: the effect of each verdict; give and withdraw a verdict."""

from __future__ import annotations

from dashboard.api import problems
from dashboard.api.models.feedback import FeedbackBody, FeedbackChoiceItem, GivenFeedback, IncidentFeedback
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from db.error_db.incidents import feedback as stored
from db.error_db.views import load_view
from handlers.plan import plan
from insights.alarm_feedback import can_have_feedback, effects, past_alarms, present
from shared.records import IncidentView
from shared.texts import feedback as words
from shared.texts.api import problems as texts

RESOURCE = ApiResource("feedback", "Whether a learned alarm was right, and what that changes.")


@RESOURCE.get("/incidents/<int(max=2147483647,min=1):number>/feedback")
def show_feedback(request: ApiRequest, number: int) -> IncidentFeedback:
    """Shows the effect of each verdict on the alarms of the last ninety days, and the current verdict."""
    return _shown(request, _view(request, number))


@RESOURCE.post("/incidents/<int(max=2147483647,min=1):number>/feedback")
def give_feedback(request: ApiRequest, number: int, body: FeedbackBody) -> IncidentFeedback:
    """Gives a verdict on a learned alarm. A verdict other than `real` resolves the incident.

    A verdict replaces an earlier verdict on the same fault. An incident without a learned alarm is answered with 409.
    """
    view = _view(request, number)
    if not can_have_feedback(view):
        raise problems.conflict(words.NOT_LEARNED(id=view.id))
    with request.change() as transaction:
        made = stored.give(
            transaction, view, body.verdict, by=request.caller.name, reason=body.reason.strip(), time=request.now
        )
        plan([made] if made else [], transaction, request.now)
    return _shown(request, _view(request, number))


@RESOURCE.post("/incidents/<int(max=2147483647,min=1):number>/feedback/withdraw")
def withdraw_feedback(request: ApiRequest, number: int) -> IncidentFeedback:
    """Withdraws the verdict on the fault of an incident; 409 if there is none."""
    view = _view(request, number)
    with request.change() as transaction:
        if not stored.withdraw(transaction.session, view.fingerprint, request.now):
            raise problems.conflict(words.NONE_GIVEN(id=view.id))
    return _shown(request, view)


def _view(request: ApiRequest, number: int) -> IncidentView:
    with request.error_db() as session:
        view = load_view(session, number)
    if view is None:
        raise problems.not_found(texts.NO_INCIDENT(id=number))
    return view


def _shown(request: ApiRequest, view: IncidentView) -> IncidentFeedback:
    """The choices with their effects; none for an incident whose alarm was not learned."""
    if not can_have_feedback(view):
        return IncidentFeedback(choices=[], given=None)
    with request.error_db() as errors:
        alarms = request.ask_schema_db(lambda session: past_alarms(errors, session, view, request.now))
        if alarms is None:
            alarms = past_alarms(errors, None, view, request.now)
        now = present(errors, view)
    made = effects(view, alarms, request.now)
    return IncidentFeedback(
        choices=[
            FeedbackChoiceItem(verdict=each, alarms=one.before, remaining=one.after, text=request.text(one.text))
            for each, one in made.items()
        ],
        given=GivenFeedback(verdict=now.verdict, by=now.by, reason=now.reason, at=now.at) if now else None,
    )
