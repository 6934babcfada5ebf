"""The keys of handlers.tests.yaml, as pydantic models. docs/handlers.md describes them for people."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.stages.model import Reason
from shared.model import IncidentKind, Severity, Trigger
from shared.validation import Block, Choice, Line


class IncidentKeys(Block):
    """The incident. Kind, severity and service are those of its detection rule if they are left out."""

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
    effect: bool = Field(default=False, description="It is the effect of a fault that was notified.")
    notified: bool = Field(default=False, description="The channel was notified that the incident opened.")
    outside_hours: bool = Field(default=False, description="It is a time outside the hours of each rule.")
    breaker_open: bool = Field(default=False, description="The circuit breaker of each remediation is open.")
    runs_last_hour: Annotated[int, Field(ge=0)] = Field(default=0, description="Runs of each rule in the last hour.")


class HandlerTestKeys(Block):
    """One test."""

    name: Line
    incident: IncidentKeys
    on: Choice[Trigger] = Field(default=Trigger.OPENED, description="The event of the incident.")
    given: GivenKeys = GivenKeys()
    expect: list[Line] = Field(description="The handler rules that run, in their order.")
    reasons: dict[str, Choice[Reason]] = Field(default={}, description="Why another rule does not run.")


class HandlerTestsFile(Block):
    """handlers.tests.yaml."""

    tests: list[HandlerTestKeys]
