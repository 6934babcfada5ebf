"""Feedback on learned alarms."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel, BodyModel, Moment, Name
from db.error_db.incidents.feedback import FeedbackKind


class FeedbackChoiceItem(ApiModel):
    """The effect of a verdict on the alarms of the last ninety days."""

    verdict: FeedbackKind = Field(description="expected (once), new_normal (from here), never (alert), or real.")
    alarms: int = Field(description="Alarms of the last ninety days without feedback.")
    remaining: int = Field(description="Alarms that remain with this verdict.")
    text: str


class GivenFeedback(ApiModel):
    """The feedback that a person or a program gave."""

    verdict: FeedbackKind
    by: str
    reason: str
    at: Moment | None


class IncidentFeedback(ApiModel):
    """The verdicts that are possible for an incident, and the current one; no choices if the alarm has no learned baseline."""

    choices: list[FeedbackChoiceItem]
    given: GivenFeedback | None


class FeedbackBody(BodyModel):
    """A verdict on the alarm of an incident. It replaces an earlier verdict on the same fault."""

    verdict: FeedbackKind
    reason: Name = Field("", description="Why; optional.")
