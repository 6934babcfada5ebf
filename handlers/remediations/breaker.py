"""The circuit breaker of a handler rule: stops a remediation that fails or does not help, and notifies a person.

closed → open after N consecutive failures, or when verification shows that a remediation did not help → after a time,
one trial run → closed if it helps, otherwise open again. An incident about Hinomi itself stays open as long as the
breaker is open.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from db.error_db import handler_rules
from db.error_db.lock import lock
from db.error_db.runs import breakers
from handlers.plan import plan
from handlers.remediations.brakes import Breaker
from handlers.remediations.model import Outcome, Verdict
from handlers.spec import specs
from shared.errors import ActionError, TargetRefusal, TargetRefusedError
from shared.logs import log
from shared.model import Finding, Mode, Recovery, Severity
from shared.next_steps import next_step
from shared.own_incidents import own_finding, own_recovery
from shared.records import RunView
from shared.texts import Text
from shared.texts import next_steps as steps
from shared.texts.remediations import brakes as texts

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

RULE_STOPPED = "hinomi/rule_stopped"
# The remediation did nothing because of the incident: that says nothing about the rule.
_NEUTRAL = (TargetRefusal.TARGET_NOT_FOUND, TargetRefusal.OTHER_TARGET)


def note_error(transaction: ErrorTransaction, run: RunView, error: ActionError, now: datetime) -> None:
    """Counts a remediation that failed permanently."""
    if isinstance(error, TargetRefusedError) and error.reason in _NEUTRAL:
        breakers.end_trial(transaction.session, run.handler_rule, run.id, now=now)
    else:
        _failed(transaction, run, error.text, now, opens=False)


def note_verdict(
    transaction: ErrorTransaction, run: RunView, verdict: Verdict | None, text: Text, now: datetime, *, changed: bool
) -> None:
    """Counts a verified remediation; without a verdict, a finished one. A remediation that runs again counts later."""
    is_open = verdict is not None and (verdict.outcome is Outcome.UNVERIFIED or verdict.run_again_seconds is not None)
    if not changed or is_open:
        breakers.end_trial(transaction.session, run.handler_rule, run.id, now=now)
    elif verdict is not None and verdict.outcome is Outcome.NOT_FIXED:
        _failed(transaction, run, text, now, opens=not verdict.may_help_again)
    elif verdict is None or verdict.outcome is not Outcome.NOT_YET:
        _close(transaction, run.handler_rule, texts.WORKS_AGAIN(rule=run.handler_rule), now)


def close(transaction: ErrorTransaction, handler_rule: str, *, by: str, now: datetime) -> bool:
    """Closes the breaker at a person's request; True if it was open."""
    lock(transaction.session, "handler_rule", handler_rule)
    return _close(transaction, handler_rule, texts.CLOSED_BY(rule=handler_rule, by=by), now)


def _failed(transaction: ErrorTransaction, run: RunView, reason: Text, now: datetime, *, opens: bool) -> None:
    breaker = _breaker_of(transaction, run.handler_rule)
    if breaker is None or run.mode is not Mode.AUTO or run.undo_of is not None:
        return
    counted = breakers.count_failure(transaction.session, run.handler_rule)
    if not (opens or counted.opened_at is not None or counted.failures >= breaker.failures):
        return
    retry_at = now + breaker.retry_after
    is_new = breakers.open_until(transaction.session, run.handler_rule, reason=reason, now=now, retry_at=retry_at)
    log("ERROR", "circuit breaker open", handler=run.handler_rule, failures=counted.failures, reason=reason.en)
    if is_new:
        plan(transaction.record(_stopped(run, reason, retry_at, now), redact=()), transaction, now)


def _breaker_of(transaction: ErrorTransaction, handler_rule: str) -> Breaker | None:
    rules = specs(handler_rules.applied(transaction.session))
    return next((rule.brakes.breaker for rule in rules if rule.name == handler_rule), None)


def _close(transaction: ErrorTransaction, handler_rule: str, summary: Text, now: datetime) -> bool:
    was_open = breakers.close(transaction.session, handler_rule)
    if was_open:
        log("INFO", "circuit breaker closed", handler=handler_rule)
        plan(transaction.recover(_works(handler_rule, summary, now)), transaction, now)
    return was_open


def _stopped(run: RunView, reason: Text, retry_at: datetime, now: datetime) -> Finding:
    rule = run.handler_rule
    return own_finding(
        RULE_STOPPED,
        title=texts.STOPPED_TITLE,
        summary=texts.STOPPED(rule=rule, reason=reason, until=f"{retry_at:%Y-%m-%d %H:%M} UTC"),
        resource=rule,
        fault=[rule],
        severity=Severity.HIGH,
        time=now,
        event_key=f"{RULE_STOPPED}|{rule}|{now.isoformat()}",
        labels={"handler_rule": rule, "action": run.action},
        next_steps=(
            next_step(steps.RULE_RUNS, ("hinomi", "handlers", "audit", "--since=1d")),
            next_step(steps.CLOSE_BREAKER, ("hinomi", "handlers", "close-breaker"), rule),
        ),
    )


def _works(handler_rule: str, summary: Text, now: datetime) -> Recovery:
    return own_recovery(RULE_STOPPED, fault=handler_rule, time=now, summary=summary)
