"""Earlier attempts of a notification: whether one may have sent it, and whether only this notification fails.

A channel that repeatedly rejects one notification but accepts others works: the notification fails, and the channel is
not marked as broken at each retry.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import notifications
from db.error_db.notifications import MAYBE_SENT
from shared.errors import ActionError, ChannelError, TransientError
from shared.model import RunState
from shared.records import RunView
from shared.texts.recorded import ERROR_TRANSLATIONS

MOST_ALONE = 5  # attempts of one notification that a channel rejects while it accepts others
_FAILED_AT = "failed_at"
_ALONE = "failed_alone"


def maybe_sent(waiting: RunView) -> bool:
    """Whether an earlier attempt of a waiting run may have sent it: its worker died, or the response was lost."""
    return waiting.state is RunState.RUNNING or is_repeated(waiting)


def is_repeated(claimed: RunView) -> bool:
    """Whether an earlier attempt of a claimed run may have sent it, according to its details."""
    return bool((claimed.details or {}).get(MAYBE_SENT))


def failures_alone(session: Session, run: RunView, error: ActionError) -> int:
    """The number of consecutive failures of this notification, including the current one, between which the channel accepted others.

    It is 0 if the channel accepted none since the last attempt, or asks to wait: then the channel does not work.
    """
    earlier = run.details or {}
    failed_at = earlier.get(_FAILED_AT)
    if failed_at is None or error.retry_after is not None:
        return 0
    if not notifications.accepted_since(session, run, datetime.fromisoformat(failed_at)):
        return 0
    return int(earlier.get(_ALONE, 0)) + 1


def failure_details(
    error: ActionError, now: datetime, *, alone: int = 0, was_maybe_sent: bool = False
) -> dict[str, Any]:
    """The details of a failed attempt, which the next attempt reads."""
    details = {**error.details, ERROR_TRANSLATIONS: error.text.translations, _FAILED_AT: now.isoformat()}
    if alone:
        details[_ALONE] = alone
    if error.maybe_done or was_maybe_sent:
        details[MAYBE_SENT] = True
    return details


def is_of_the_channel(error: ActionError) -> bool:
    """Whether the channel accepts no message at all, in contrast to a rejection of this message or a failure of the database."""
    if error.permanent:
        return isinstance(error, ChannelError)
    return not isinstance(error.__cause__, TransientError)


def failed_before(run: RunView, earlier: Iterable[RunView], error: ActionError) -> bool:
    """Whether the same rule failed before with the same error on the same target, so that it is not reported again."""
    return any(
        (each.handler_rule, each.target, each.error) == (run.handler_rule, run.target, error.text.en)
        for each in earlier
        if each.state is RunState.FAILED
    )
