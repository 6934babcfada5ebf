"""Silences and maintenance windows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from dashboard.api.models.base import ApiModel, BodyModel, Moment, NeededName, QueryModel, Reason, Values
from shared.model import IncidentKind, Severity


class SilenceQuery(QueryModel):
    """The filters of silences."""

    expired: bool = Field(False, description="Include silences that have expired.")


class SilenceItem(ApiModel):
    """Suppresses actions for matching incidents from `starts_at` until `expires_at`; the incidents are still recorded."""

    id: int
    match: Values = Field(description="The match block, as in handlers.yaml.")
    match_text: str
    owner: str
    reason: str
    starts_at: Moment
    expires_at: Moment
    is_active: bool
    hidden_count: int = Field(description="Action runs that the silence suppressed.")
    recurrence: Values | None = Field(description="Weekly windows in which the silence is active; null: always active.")


class SilenceList(ApiModel):
    """Silences, in the order of their expiry; at most 200."""

    items: list[SilenceItem]


Patterns = Annotated[list[NeededName], Field(max_length=50)]


class SilenceMatch(BodyModel):
    """Shell patterns for properties of incidents; an incident must match every given property."""

    kind: list[IncidentKind] = Field([], max_length=3)
    service: Patterns = Field([])
    rule: Patterns = Field([])
    resource: Patterns = Field([])
    principal: Patterns = Field([])
    project: Patterns = Field([])
    severity: Severity | None = Field(None, description="The lowest severity.")
    labels: dict[NeededName, Patterns] = Field({}, max_length=20)


class SilenceBody(BodyModel):
    """A new silence."""

    match: SilenceMatch
    length: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}[mhd]$")] = Field(
        description="A number and a unit, such as 30m, 4h or 7d; at most 366 days."
    )
    reason: Reason
    confirm_wide: bool = Field(
        False, description="Needed for a silence of several services, of a whole service, or of more than 30 days."
    )
