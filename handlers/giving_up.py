"""The delay after a failed attempt, the end of runs that failed permanently, and the messages about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.error_db import runs
from db.error_db.views import load_view
from handlers import registry
from handlers.channels.incident import not_delivered
from handlers.plan import plan, plan_failure_notifications
from handlers.remediations import breaker, chain
from shared.errors import ActionError, TargetRefusedError
from shared.model import Mode
from shared.own_incidents import NOT_DELIVERED
from shared.records import IncidentChange, RunView
from shared.texts.recorded import ERROR_TRANSLATIONS

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_RETRY_AFTER = timedelta(hours=24)


def backoff(attempts: int, retry_after: float | None) -> timedelta:
    """The delay after that many attempts: 30 s, 1 min, 2 min … at most an hour, and at least `retry_after` seconds."""
    wait = min(FIRST_WAIT * (1 << max(attempts - 1, 0)), LONGEST_WAIT)
    requested = min(timedelta(seconds=retry_after or 0), LONGEST_RETRY_AFTER)
    return max(wait, requested)


def give_up(
    transaction: ErrorTransaction, failed: Sequence[RunView], error: ActionError, now: datetime, *, owner: str
) -> list[RunView]:
    """Records that runs failed permanently; returns those that the worker `owner` still had.

    A remediation counts for the circuit breaker of its rule.
    """
    ended = [
        each
        for each in failed
        if runs.fail(
            transaction.session,
            each.id,
            owner=owner,
            now=now,
            error=error.text.en,
            details={**error.details, ERROR_TRANSLATIONS: error.text.translations},
            refusal=error.reason if isinstance(error, TargetRefusedError) else None,
        )
    ]
    for each in ended:
        if registry.is_remediation(each.action):
            breaker.note_error(transaction, each, error, now)
    return ended


def notify(
    transaction: ErrorTransaction, failed: Sequence[RunView], error: ActionError, now: datetime, redact: tuple[str, ...]
) -> list[IncidentChange]:
    """Plans the next steps of failed remediations or messages about them, and opens an incident about undelivered notifications.

    Returns the changes of that incident. An undelivered notification about it is not reported again.
    """
    executed = [each for each in failed if each.mode is Mode.AUTO]
    for each in executed:
        if registry.is_remediation(each.action) and not chain.next_step(transaction, each, now):
            plan_failure_notifications(each, transaction, now)
    lost = [each for each in executed if not registry.is_remediation(each.action) and not _is_about(transaction, each)]
    if not lost:
        return []
    changes = transaction.record(not_delivered(lost, error.text, now), redact=redact)
    plan(changes, transaction, now)
    return changes


def _is_about(transaction: ErrorTransaction, run: RunView) -> bool:
    """Whether a run is a notification about undelivered notifications."""
    incident = load_view(transaction.session, run.incident_id)
    return incident is None or incident.rule == NOT_DELIVERED
