"""The counts in the Error DB that the brakes of a remediation need."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import runs
from db.error_db.lock import lock
from db.error_db.runs import breakers
from handlers import registry
from handlers.spec import HandlerSpec
from shared.records import IncidentView

HOUR = timedelta(hours=1)
ALL = "*"  # not a name of a rule


def counted(
    session: Session, rule: HandlerSpec, incident: IncidentView, now: datetime, *, without: int = 0
) -> dict[str, Any]:
    """The counts and the circuit breaker as fields of Facts; the run `without` does not count.

    The breaker is left out for the trial run that tests whether the rule works again.
    """
    since = now - HOUR
    facts: dict[str, Any] = {}
    if rule.budget:
        facts["runs_last_hour"] = runs.count_since(session, rule.name, since, without=without)
    if not registry.is_remediation(rule.action):
        return facts
    if rule.brakes.principal_budget and incident.principal:
        count = breakers.count_of_principal(session, rule.name, incident.principal, since, without=without)
        facts["runs_of_principal"] = count
    if rule.brakes.total_budget:
        facts["runs_of_all"] = breakers.count_of_all(session, registry.remediations(), since, without=without)
    breaker = breakers.find(session, rule.name) if rule.brakes.breaker else None
    if breaker is not None:
        facts["failures"] = breaker.failures
    if breaker is not None and breaker.opened_at is not None and (not without or breaker.trial_run != without):
        facts["breaker"] = breaker
    return facts


def lock_rule(session: Session, rule: HandlerSpec) -> None:
    """Locks the counts of a rule, because two instances that count at the same time could both exceed the limit."""
    lock(session, "handler_rule", rule.name)
    if rule.brakes.total_budget:
        lock(session, "handler_rule", ALL)
