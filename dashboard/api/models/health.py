"""Hinomi itself: its problems, channels and collectors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dashboard.api.models.base import ApiModel, Day, GivenDay, Moment, QueryModel, Values
from insights.own_state.rhythm import CollectorState


class ChannelItem(ApiModel):
    """A channel: whether it accepts notifications, its last notification, and the handler rules that name it."""

    name: str
    is_broken: bool
    failures: int = Field(description="Failed attempts since the last success.")
    broken_since: Moment | None
    reason: str
    next_attempt_at: Moment | None
    last_notified_at: Moment | None
    rules: list[str]


class ChannelList(ApiModel):
    """Channels, the broken ones first."""

    items: list[ChannelItem]


class ProblemOfHinomi(ApiModel):
    """A problem of Hinomi itself, with the command that corrects it."""

    text: str
    command: str
    is_warning: bool


class StageTime(ApiModel):
    """The duration of a stage in the last 24 hours, in seconds: median and 95th percentile of `count` measurements."""

    median: float
    slowest: float
    count: int


class CollectorItem(ApiModel):
    """A collector in one scope."""

    collector: str
    scope: str
    state: CollectorState
    every_seconds: float | None = Field(description="The usual interval.")
    last_success: Moment | None
    rows: int
    error: str


class HealthAnswer(ApiModel):
    """The state of Hinomi. `collectors` is null while the Schema DB is unavailable."""

    is_well: bool = Field(description="No problem that is more than a warning.")
    problems: list[ProblemOfHinomi]
    rejected_messages: int
    event_to_incident: StageTime | None
    incident_to_notification: StageTime | None
    last_notified_at: Moment | None
    collectors: list[CollectorItem] | None


class ReportQuery(QueryModel):
    """The period of a report."""

    frequency: Literal["daily", "weekly"] = Field("weekly", description="One day, or the week from Monday to Sunday.")
    day: GivenDay | None = Field(None, description="A day of the period. Default: the latest complete period.")


class ReportDecision(ApiModel):
    """A recommended decision, with its command."""

    text: str
    command: str


class ReportAnswer(ApiModel):
    """The report on a day or a week. `values` are the values of `hinomi report --format json`."""

    frequency: str
    first: Day
    last: Day
    headline: str
    decisions: list[ReportDecision]
    values: Values
