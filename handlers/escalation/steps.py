"""Plans the steps of an escalation: a rule on `unacknowledged` runs `after` a time, and again every `repeat`.

A step counts from the opening of the incident, or from its reopening. The cause of its run names the opening and the number
of the step, so two sweeps at the same time plan it once. A late sweep plans the step that is due then, not each one that it
missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.error_db import notifications, runs
from db.error_db.views import load_view
from handlers import registry
from handlers.plan import Planner
from handlers.stages import match
from shared.model import RunState, Severity, Trigger
from shared.own_incidents import CHANNEL_BROKEN
from shared.records import IncidentChange, IncidentView, RunView

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.transaction import ErrorTransaction
    from handlers.spec import HandlerSpec
    from handlers.stages.model import StageResult

SLACK = timedelta(seconds=30)  # half the interval of sweeps
MAX_STEPS = 500  # planned by one sweep; the next one plans the others

Step = tuple["HandlerSpec", "StageResult", IncidentChange]


def plan_steps(transaction: ErrorTransaction, now: datetime) -> int:
    """Plans the steps that are due for open incidents; returns their number. Raises SQLAlchemy errors; the store translates them."""
    planner = Planner(transaction.session, now)
    due = [step for rule in planner.rules if _escalates(rule) for step in _due(planner, transaction.session, rule, now)]
    planner.lock(rule for rule, _, _ in due)
    return sum(planner.apply(*step) for step in due[:MAX_STEPS])


def step_number(rule: HandlerSpec, began: datetime, now: datetime, earlier: Sequence[RunView]) -> int | None:
    """The number of the step that is due, 0 for the first; None if none is due.

    `earlier` are the runs of the rule for the incident since it began. A suppressed step is sent later
    (handlers/deferred_notifications.py); until then, no reminder follows.
    """
    if rule.after is None or now < began + rule.after:
        return None
    if not earlier:
        return 0
    sent = [run.held_until or run.created_at for run in earlier if run.state is not RunState.SKIPPED]
    if not sent or rule.repeat is None or max(sent) > _quiet_since(rule.repeat, now):
        return None
    return len(sent)


def _quiet_since(repeat: timedelta, now: datetime) -> datetime:
    """A reminder follows if no message was planned after this time; a sweep may begin a little earlier than the last one."""
    return now - repeat + SLACK


def _escalates(rule: HandlerSpec) -> bool:
    is_named = rule.enabled and Trigger.UNACKNOWLEDGED in rule.on and rule.after is not None
    return is_named and not registry.is_remediation(rule.action)


def _due(planner: Planner, session: Session, rule: HandlerSpec, now: datetime) -> Iterator[Step]:
    severities = [each for each in Severity if each.rank >= rule.match.severity.rank]
    quiet_since = None if rule.repeat is None else _quiet_since(rule.repeat, now)
    before = now - rule.after if rule.after else now
    found = notifications.unacknowledged(session, rule.name, severities, before=before, quiet_since=quiet_since)
    for incident, began in found:
        matched = match.check(rule, incident, Trigger.UNACKNOWLEDGED)
        if matched.stops or _is_about(planner.addressed(rule, incident), incident):
            continue
        number = step_number(rule, began, now, _earlier(session, rule, incident, began))
        view = None if number is None else load_view(session, incident.id)
        if view is not None:
            cause = f"unacknowledged|{began.isoformat()}|{number}"
            change = IncidentChange(view, Trigger.UNACKNOWLEDGED, cause, None, repeats=bool(number))
            yield planner.addressed(rule, incident), matched, change


def _earlier(session: Session, rule: HandlerSpec, incident: IncidentView, began: datetime) -> list[RunView]:
    return [
        run
        for run in runs.of_incident(session, incident.id)
        if (run.handler_rule, run.trigger) == (rule.name, Trigger.UNACKNOWLEDGED) and run.created_at >= began
    ]


def _is_about(rule: HandlerSpec, incident: IncidentView) -> bool:
    """Whether the incident is about the channel of the rule, which is broken."""
    return incident.rule == CHANNEL_BROKEN and registry.target_of(rule, incident) == incident.resource
