"""What a silence or a spent budget held back when an incident opened is planned once that is over."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from db.error_db import runs
from db.error_db.views import load_view
from handlers.match import Reason, unmeant
from handlers.plan import Planner
from shared.model import Trigger
from shared.records import Change

if TYPE_CHECKING:
    from db.error_db.transaction import Transaction

MOST = 500
MADE_UP_FOR = (Reason.SILENCED, Reason.BUDGET_SPENT)


def catch_up(transaction: Transaction, now: datetime) -> int:
    """Plans what nothing holds back any more, for incidents that are not resolved; how many runs that are.

    A rule that ran for the incident in the meantime, for whatever reason, is not asked again: at most one card comes
    when a silence ends. Raises SQLAlchemy errors; the store translates them.
    """
    session = transaction.session
    planner = Planner(session, now)
    rules = {rule.name: rule for rule in planner.rules}
    waiting = []
    for run in runs.held_back(session, reasons=[str(reason) for reason in MADE_UP_FOR], limit=MOST):
        rule, incident = rules.get(run.handler_rule), load_view(session, run.incident_id, run.occurrence_id)
        if rule is not None and incident is not None and not unmeant(rule, incident, Trigger.OPENED):
            waiting.append((rule, Change(incident, Trigger.OPENED, f"{run.cause}|again", run.occurrence_id)))
    planner.lock(rule for rule, _ in waiting)
    return sum(planner.apply_if_free(rule, change) for rule, change in waiting)
