"""Decides whether a handler rule runs for a change of an incident. Pure functions with named reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from handlers.spec import HandlerSpec, Match, Patterns
from shared.model import Severity, Status, Trigger
from shared.records import IncidentView


class Reason(StrEnum):
    """The reason why a handler rule runs (MATCHED) or does not run (all others)."""

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
    ALREADY_PLANNED = "already_planned"
    ACKNOWLEDGED = "acknowledged"
    NOTIFIED_ONCE = "notified_once"
    NOT_NOTIFIED = "not_notified"
    FLAPPING = "flapping"
    SAME_FAULT = "same_fault"
    SILENCED = "silenced"
    COOLDOWN = "cooldown"
    BUDGET_SPENT = "budget_spent"
    MATCHED = "matched"


# Incidents about Hinomi itself that are notified once, without reminders.
NOTIFIED_ONCE = ("hinomi/channel_broken", "hinomi/collector_dead", "hinomi/message_rejected", "hinomi/rule_crashed")

# A channel with one of these notifications knows of the incident.
ANNOUNCING = frozenset({Trigger.OPENED, Trigger.ESCALATED, Trigger.FLAPPING})

PATTERN_REASONS = {
    "kind": Reason.KIND_DIFFERS,
    "service": Reason.SERVICE_DIFFERS,
    "rule": Reason.RULE_DIFFERS,
    "resource": Reason.RESOURCE_DIFFERS,
    "principal": Reason.PRINCIPAL_DIFFERS,
    "project": Reason.PROJECT_DIFFERS,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts from the Error DB for a decision. `last_run_at` is that of this rule, for its cooldown.

    `notifies`: the rule sends notifications. `notified`: the channel has a notification about the incident, sent or
    planned, other than about its resolution.
    """

    now: datetime
    already_planned: bool = False
    silenced: bool = False
    last_run_at: datetime | None = None
    runs_last_hour: int = 0
    notifies: bool = False
    notified: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to run, and the reason."""

    run: bool
    reason: Reason


def mismatch(match: Match, incident: IncidentView, *, every: bool = False) -> Reason | None:
    """The first property of the incident that the match block rejects; None if it accepts the incident.

    A label of several changes of one call has several values: one of them is enough, or, for a silence, `every` value
    must be accepted, so that silencing one member hides no other.
    """
    for name, reason in PATTERN_REASONS.items():
        if not takes(getattr(match, name), str(getattr(incident, name))):
            return reason
    if Severity(incident.severity).rank < match.severity.rank:
        return Reason.SEVERITY_BELOW
    for name, patterns in match.labels.items():
        if not _takes_label(patterns, str(incident.labels.get(name, "")), every=every):
            return Reason.LABEL_DIFFERS
    return None


def not_applicable(rule: HandlerSpec, incident: IncidentView, trigger: Trigger) -> Reason | None:
    """Why the rule does not apply to this change; checked first, because it needs no facts."""
    if not rule.enabled:
        return Reason.DISABLED
    # An incident that begins to flap is notified like an opening.
    triggers = {trigger, Trigger.OPENED} if trigger is Trigger.FLAPPING else {trigger}
    if not triggers & set(rule.on):
        return Reason.TRIGGER_DIFFERS
    return mismatch(rule.match, incident)


def suppression(rule: HandlerSpec, incident: IncidentView, trigger: Trigger, facts: Facts) -> Reason | None:
    """The reason that suppresses the run of a rule that applies to the change; None if it runs."""
    if facts.already_planned:
        return Reason.ALREADY_PLANNED
    if facts.notifies and trigger is Trigger.REOCCURRED:
        if incident.status is Status.ACKNOWLEDGED:
            return Reason.ACKNOWLEDGED
        if incident.rule in NOTIFIED_ONCE:
            return Reason.NOTIFIED_ONCE
        if incident.flapping_since is not None:
            return Reason.FLAPPING
    if facts.notifies and trigger is Trigger.RESOLVED and facts.notified:
        return None  # the end of an announced incident is always notified
    return _muted_or_limited(rule, incident, trigger, facts)


def _muted_or_limited(rule: HandlerSpec, incident: IncidentView, trigger: Trigger, facts: Facts) -> Reason | None:
    if facts.silenced:
        return Reason.SILENCED
    if facts.notifies and trigger is Trigger.RESOLVED and ANNOUNCING & set(rule.on):
        return Reason.NOT_NOTIFIED
    if _cooling(rule, incident, trigger, facts):
        return Reason.COOLDOWN
    if rule.budget is not None and facts.runs_last_hour >= rule.budget:
        return Reason.BUDGET_SPENT
    return None


def _cooling(rule: HandlerSpec, incident: IncidentView, trigger: Trigger, facts: Facts) -> bool:
    """Whether the cooldown applies. For a reoccurrence it starts at the opening too, which was just notified."""
    if rule.cooldown is None:
        return False
    since = [facts.last_run_at] if facts.last_run_at else []
    if trigger is Trigger.REOCCURRED:
        since.append(incident.received_at)
    return any(facts.now < time + rule.cooldown for time in since)


def _takes_label(patterns: Patterns, value: str, *, every: bool) -> bool:
    parts = value.split(", ")
    if value.endswith("…"):
        parts.append("")  # values that were cut off
    accepted = [takes(patterns, part) for part in parts]
    return all(accepted) if every else any(accepted) or takes(patterns, value)


def takes(patterns: Patterns, value: str) -> bool:
    """Whether one of the shell patterns matches; an empty list matches everything."""
    return not patterns or any(fnmatchcase(value, pattern) for pattern in patterns)
