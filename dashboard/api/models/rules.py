"""Detection rules and handler rules."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel, Limit, Moment, Name, PageQuery, QueryModel, Values
from shared.model import IncidentKind, Mode, RuleMode, Severity, Trigger


class RuleQuery(PageQuery):
    """The filters of rules."""

    q: Name = Field("", description="Part of the name or title, ignoring case.")
    fired: bool | None = Field(None, description="Only rules that fired in 13 weeks, or only rules that did not.")
    mode: RuleMode | None = Field(None, description="Only rules with this mode.")


class RuleItem(ApiModel):
    """A detection rule, and how its incidents of the last 13 weeks ended."""

    name: str
    title: str
    description: str
    kind: IncidentKind
    severity: Severity
    fired: int
    acted_on: int
    alone: int = Field(description="Incidents that ended without a person or a remediation.")
    silenced: int
    false_alarms: int = Field(description="Incidents that a person marked as false alarms.")
    unresolved: int
    weeks: list[int] = Field(description="New incidents of each week, oldest first.")
    is_noisy: bool
    mode: RuleMode = Field(description="A staged rule records its findings without incidents.")
    would_have_fired: int = Field(description="Findings while the rule was staged, of the last 90 days.")
    would_have_fired_last: Moment | None = Field(description="The time of the latest finding.")


class RulePage(ApiModel):
    """Rules, those that fired most often first."""

    items: list[RuleItem]
    total: int
    next_cursor: str | None


class HandlerRuleItem(ApiModel):
    """One handler rule, in the order of evaluation."""

    name: str
    enabled: bool
    action: str
    on: list[Trigger]
    mode: Mode
    match: Values
    match_text: str
    params: Values
    cooldown_seconds: float | None
    budget: int | None
    runs: int = Field(description="Runs of the last 30 days.")
    stopped_since: Moment | None = Field(description="The time since which the circuit breaker stops the rule.")
    stopped_because: str


class HandlerRuleList(ApiModel):
    """The handler rules in use."""

    items: list[HandlerRuleItem]
    version: int | None = Field(description="The number of the current version.")


class VersionQuery(QueryModel):
    """The number of versions."""

    limit: Limit = Field(30, description="Maximum number of versions.")


class VersionItem(ApiModel):
    """A version of the handler rules: who changed them, when, and why."""

    id: int
    changed_at: Moment
    changed_by: str
    source: str
    note: str
    changes: dict[str, str] = Field(description="added, changed, enabled, disabled, moved or removed, by rule.")


class VersionList(ApiModel):
    """Versions, latest first."""

    items: list[VersionItem]
