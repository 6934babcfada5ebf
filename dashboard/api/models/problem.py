"""Problem details (RFC 9457)."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel


class FieldProblem(ApiModel):
    """A problem with one parameter or one field of a body."""

    field: str
    message: str


class ProblemModel(ApiModel):
    """A problem: what happened, why, and what to do."""

    type: str = Field(description="The kind of the problem, such as `urn:hinomi:problem:invalid`.")
    title: str = Field(description="What happened.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="Why.")
    instance: str = Field(description="The path of the request.")
    action: str = Field(description="What to do.")
    errors: list[FieldProblem] = Field(default=[], description="The parameters or fields that are wrong.")
