"""Action runs and approvals."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from dashboard.api.models.base import ApiModel, BodyModel, Moment, Number, PageQuery
from dashboard.api.models.incidents import RunItem


class ActionRunQuery(PageQuery):
    """The filters of action runs."""

    incident: Number | None = Field(None, description="Only the ones of one incident.")


class ActionRunPage(ApiModel):
    """Action runs, latest first."""

    items: list[RunItem]
    next_cursor: str | None


class ApprovalItem(ApiModel):
    """A run that waits for approval: its plan, the calls that it would make, who may decide, and until when."""

    run: RunItem
    plan: str
    calls: list[dict[str, Any]] = Field(description="The calls of the plan, redacted.")
    fingerprint: str = Field(description="Identifies the plan: an approval names it.")
    approvers: list[str] = Field(description="Patterns of the people who may decide; empty: anybody with the scope.")
    until: Moment | None


class ApprovalList(ApiModel):
    """The runs that wait for approval, in the order of their time limits."""

    items: list[ApprovalItem]


class ApproveBody(BodyModel):
    """The fingerprint of the plan that the caller has read."""

    fingerprint: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = Field(
        description="The fingerprint of the plan; empty if the approval has none."
    )


class DenyBody(BodyModel):
    """The reason for the denial."""

    reason: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""
