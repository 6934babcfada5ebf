"""The keys of handlers.tests.yaml and handlers.NAME.tests.yaml, as pydantic models. docs/handlers.md describes them for people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from handlers.schema import Duration
from handlers.stages.model import Reason
from shared.errors import InvalidValueError
from shared.model import IncidentKind, Severity, Trigger
from shared.texts.cli import handlers as texts
from shared.validation import Block, Choice, Line


def _moment(value: Any) -> datetime:
    """A time with its zone, as text or as YAML reads it."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidValueError(texts.INVALID_MOMENT(text=str(value))) from error
    if moment.tzinfo is None:
        raise InvalidValueError(texts.INVALID_MOMENT(text=str(value)))
    return moment


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


class IncidentKeys(Block):
    """The incident. By default, kind, severity and service come from its detection rule."""

    rule: Line
    kind: Choice[IncidentKind] | None = None
    severity: Choice[Severity] | None = None
    service: Line | None = None
    resource: str = ""
    principal: str = ""
    project: str = ""
    labels: dict[str, str] = Field(default={})


class GivenKeys(Block):
    """The situation in which the incident changes."""

    silenced: bool = Field(default=False, description="A silence matches the incident.")
    acknowledged: bool = Field(default=False, description="A person acknowledged the incident.")
    flapping: bool = Field(default=False, description="The incident is flapping.")
    effect: bool = Field(default=False, description="The incident is the effect of a fault that was notified.")
    notified: bool = Field(default=False, description="The channel was notified that the incident opened.")
    outside_hours: bool = Field(default=False, description="The time is outside the hours of each rule.")
    at: Moment | None = Field(
        default=None,
        description="The time, such as 2026-11-29T03:00+09:00, for the hours and the person on call.",
    )
    unacknowledged_for: Duration | None = Field(
        default=None, description="With on: unacknowledged, the time since the opening: the steps due by then run."
    )
    failed: list[Line] = Field(default=[], description="The remediations that fail, or do not help.")
    succeeded: list[Line] = Field(
        default=[], description="The remediations that succeed, while the incident stays open."
    )
    breaker_open: bool = Field(default=False, description="The circuit breaker of each remediation is open.")
    runs_last_hour: Annotated[int, Field(ge=0)] = Field(default=0, description="Runs of each rule in the last hour.")


class HandlerTestKeys(Block):
    """One test."""

    name: Line
    incident: IncidentKeys
    on: Choice[Trigger] = Field(default=Trigger.OPENED, description="The event of the incident.")
    given: GivenKeys = GivenKeys()
    expect: list[Line] = Field(
        description="The handler rules that run, in their order; next steps of chains come last."
    )
    channels: dict[str, Line] = Field(default={}, description="The channel that a rule notifies, by rule.")
    reasons: dict[str, Choice[Reason]] = Field(default={}, description="Why another rule does not run.")


class HandlerTestsFile(Block):
    """The keys of handlers.tests.yaml."""

    rules: list[Line] | None = Field(
        default=None,
        description="The handler rules under test; other rules of the file are ignored. Default: all rules.",
    )
    tests: list[HandlerTestKeys]
