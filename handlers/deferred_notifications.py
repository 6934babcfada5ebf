"""Plans runs that a silence, a used-up budget or a circuit breaker suppressed at the opening or escalation of an incident."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from db.error_db import runs
from db.error_db.views import load_view
from handlers.channels.delivery import DEFERRED_CAUSE
from handlers.plan import Planner
from handlers.registry import is_remediation
from handlers.stages import match
from handlers.stages.model import Reason
from shared.model import Status, Trigger
from shared.records import IncidentChange, IncidentView, RunView

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction
    from handlers.spec import HandlerSpec
    from handlers.stages.model import StageResult

MAX_RUNS = 500
DEFERRED = (
    Reason.SILENCED,
    Reason.BUDGET_SPENT,
    Reason.PRINCIPAL_BUDGET_SPENT,
    Reason.TOTAL_BUDGET_SPENT,
    Reason.BREAKER_OPEN,
)


def plan_deferred(transaction: ErrorTransaction, now: datetime) -> int:
    """Plans the runs that are no longer suppressed, for unresolved incidents; returns their number.

    A rule that ran for the incident in the meantime is skipped, so that the end of a silence causes one card at most.
    Notifications of incidents that a person has acknowledged since are skipped, too. Raises SQLAlchemy errors; the store
    translates them.
    """
    session = transaction.session
    planner = Planner(session, now)
    rules = {rule.name: rule for rule in planner.rules}
    waiting: dict[tuple[str, int], tuple[HandlerSpec, StageResult, IncidentChange]] = {}
    for run in runs.suppressed(session, reasons=[str(reason) for reason in DEFERRED], limit=MAX_RUNS):
        stored, incident = rules.get(run.handler_rule), load_view(session, run.incident_id, run.occurrence_id)
        if stored is None or incident is None or _is_acknowledged_since(run, incident):
            continue
        rule = planner.addressed(stored, incident)
        trigger = _trigger(run.trigger, incident)
        matched = match.check(rule, incident, trigger)
        if not matched.stops:
            change = IncidentChange(incident, trigger, f"{run.cause}{DEFERRED_CAUSE}", run.occurrence_id)
            waiting.setdefault((rule.name, incident.id), (rule, matched, change))  # the earliest trigger: the opening
    planner.lock(rule for rule, _, _ in waiting.values())
    return sum(planner.apply_if_free(*each) for each in waiting.values())


def _is_acknowledged_since(run: RunView, incident: IncidentView) -> bool:
    """Whether a person acknowledged the incident after the notification was suppressed."""
    acknowledged_at = incident.acknowledged_at if incident.status is Status.ACKNOWLEDGED else None
    return acknowledged_at is not None and run.created_at <= acknowledged_at and not is_remediation(run.action)


def _trigger(suppressed: Trigger, incident: IncidentView) -> Trigger:
    """The current trigger: an incident that opened and has been flapping since is notified as flapping."""
    is_flapping = suppressed is Trigger.OPENED and incident.flapping_since is not None
    return Trigger.FLAPPING if is_flapping else suppressed
