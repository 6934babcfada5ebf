"""The stages of a decision, their reasons and results, and the facts that they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from handlers.spec import HandlerSpec
from shared.lazy.dataclass import dataclass
from shared.model import Status, Trigger
from shared.records import BreakerView, IncidentChange, SilenceView


class StageName(StrEnum):
    """The stages of a decision, in their order."""

    MATCH = "match"
    SILENCE = "silence"
    INHIBIT = "inhibit"
    DEDUPE = "dedupe"
    GROUP = "group"
    HOURS = "hours"
    BRAKES = "brakes"
    APPROVE = "approve"
    RUN = "run"
    RECORD = "record"


class Reason(StrEnum):
    """The reason why a stage stops or passes a handler rule. docs/handlers.md and shared/texts/stages.py explain each."""

    MATCHED = "matched"
    SUBSTITUTE = "substitute"
    STEP_AFTER = "step_after"
    STEP_AFTER_SUCCESS = "step_after_success"
    ONLY_A_STEP = "only_a_step"
    DISABLED = "disabled"
    TRIGGER_DIFFERS = "trigger_differs"
    KIND_DIFFERS = "kind_differs"
    SERVICE_DIFFERS = "service_differs"
    RULE_DIFFERS = "rule_differs"
    SEVERITY_BELOW = "severity_below"
    RESOURCE_DIFFERS = "resource_differs"
    PRINCIPAL_DIFFERS = "principal_differs"
    PROJECT_DIFFERS = "project_differs"
    LABEL_DIFFERS = "label_differs"
    SAME_CHANNEL = "same_channel"

    NOT_SILENCED = "not_silenced"
    SILENCED = "silenced"
    END_OF_NOTIFIED = "end_of_notified"

    NOT_AN_EFFECT = "not_an_effect"
    CAUSE_NOT_NOTIFIED = "cause_not_notified"
    OWN_JOB = "own_job"
    SAME_FAULT = "same_fault"

    FIRST_TIME = "first_time"
    ALREADY_PLANNED = "already_planned"
    ACKNOWLEDGED = "acknowledged"
    NOTIFIED_ONCE = "notified_once"
    NOT_NOTIFIED = "not_notified"

    NOT_FLAPPING = "not_flapping"
    FLAPPING_PASSES = "flapping_passes"
    FLAPPING = "flapping"

    NO_HOURS = "no_hours"
    WITHIN_HOURS = "within_hours"
    URGENT = "urgent"
    HELD = "held"
    OUTSIDE_HOURS = "outside_hours"

    NO_BRAKES = "no_brakes"
    COOLDOWN_OVER = "cooldown_over"
    WITHIN_BUDGET = "within_budget"
    COOLDOWN = "cooldown"
    BUDGET_SPENT = "budget_spent"
    PRINCIPAL_BUDGET_SPENT = "principal_budget_spent"
    TOTAL_BUDGET_SPENT = "total_budget_spent"
    BREAKER_OPEN = "breaker_open"
    BREAKER_TRIAL = "breaker_trial"
    DENY_LISTED = "deny_listed"
    DELAYED = "delayed"

    NO_APPROVAL = "no_approval"
    NEEDS_APPROVAL = "needs_approval"
    APPROVAL_WAITS = "approval_waits"

    STARTS = "starts"

    PLANNED = "planned"
    SKIPPED = "skipped"
    NOTHING_NEW = "nothing_new"
    TOO_FREQUENT = "too_frequent"


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of one stage: whether it stops the rule, the reason, and the values of the explaining sentence."""

    stage: StageName
    reason: Reason
    stops: bool = False
    values: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON, as stored in action_runs.decision."""
        return {"stage": str(self.stage), "reason": str(self.reason), "stops": self.stops, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts from the Error DB for a decision.

    `target` is the resource or channel of the action; `notifies` says whether it sends a notification. `silence` is the
    first active silence that matches the incident. `announced`: this rule has a notification about the incident, sent
    or planned; for the incident's cause only a sent one counts. `notified`: the channel has a notification about the
    incident, other than about its resolution. `last_run_at` is the last run of this rule, for its cooldown.
    `runs_of_principal` counts the runs of this rule in the last hour for incidents of the principal, `runs_of_all`
    those of all remediations. `breaker` is the circuit breaker if it is open, and `failures` the consecutive failures
    that it has counted; None where nothing counts them. `approval_waits`: a run of this rule on the target waits for
    approval. `opens_at` is the time at which the hours of the rule begin; None within them.
    """

    now: datetime
    target: str = ""
    notifies: bool = False
    silence: SilenceView | None = None
    already_planned: bool = False
    announced: bool = False
    notified: bool = False
    last_run_at: datetime | None = None
    runs_last_hour: int = 0
    runs_of_principal: int = 0
    runs_of_all: int = 0
    breaker: BreakerView | None = None
    failures: int | None = 0
    approval_waits: bool = False
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """The question for the stages: whether this rule may run for this change of an incident."""

    rule: HandlerSpec
    change: IncidentChange
    facts: Facts

    @property
    def is_reminder(self) -> bool:
        """Whether the notification says that the incident occurred again, or is still not acknowledged."""
        return self.facts.notifies and (self.change.trigger is Trigger.REOCCURRED or self.change.repeats)

    @property
    def is_escalation(self) -> bool:
        """Whether the notification is sent because nobody acknowledged the incident."""
        return self.change.trigger is Trigger.UNACKNOWLEDGED

    @property
    def is_follow_up(self) -> bool:
        """Whether the notification is about the cause of an incident; only channels that were notified of the incident get it."""
        return self.change.trigger is Trigger.CAUSE_FOUND

    @property
    def is_end(self) -> bool:
        """Whether the notification says that the incident resolved."""
        return self.facts.notifies and self.change.trigger is Trigger.RESOLVED

    @property
    def is_due_end(self) -> bool:
        """Whether the channel was notified of the incident that resolved, so that it is always notified of the end."""
        return self.is_end and self.facts.notified

    @property
    def is_acknowledged(self) -> bool:
        """Whether a person acknowledged the incident."""
        return self.change.incident.status is Status.ACKNOWLEDGED


def at(time: datetime) -> str:
    """A time for sentences, in UTC."""
    return f"{time:%Y-%m-%d %H:%M} UTC"
