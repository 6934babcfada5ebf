"""The periodic planning of the sweep, without a message: deferred runs, steps of escalations, ending silences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from handlers.channels import health
from handlers.deferred_notifications import plan_deferred
from handlers.escalation.steps import plan_steps
from handlers.silences.expiry import report_silences

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction


def plan_due(transaction: ErrorTransaction, now: datetime, redact: Sequence[str]) -> int:
    """Plans everything that is due; returns the number of runs and changes. Raises SQLAlchemy errors; the store translates them."""
    planned = plan_deferred(transaction, now) + plan_steps(transaction, now)
    ended = report_silences(transaction, now, redact)
    return planned + ended + health.drop_unused(transaction, now)
