"""Feedback on learned alarms."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel, BodyModel, Moment, Name
from db.error_db.incidents.feedback import FeedbackKind


class FeedbackChoiceItem(ApiModel):
    """What one verdict would change in the alarms of the last ninety days."""

    verdict: FeedbackKind = Field(description="expected (once), new_normal (from here), never (alert), or real.")
    alarms: int = Field(description="Alarms of the last ninety days without feedback.")
    remaining: int = Field(description="Alarms that remain with this verdict.")
    text: str


class GivenFeedback(ApiModel):
    """What a person or a program said."""

    verdict: FeedbackKind
    by: str
    reason: str
    at: Moment | None


class IncidentFeedback(ApiModel):
    """What may be said about an incident whose alarm was learned, and what was said; without choices nothing was learned."""

    choices: list[FeedbackChoiceItem]
    given: GivenFeedback | None


class FeedbackBody(BodyModel):
    """A verdict on the alarm of an incident. It replaces an earlier one on the same fault."""

    verdict: FeedbackKind
    reason: Name = Field("", description="Why; optional.")
