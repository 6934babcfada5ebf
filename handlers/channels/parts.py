"""Parts of a channel that can miss a message: the recipients of an e-mail, the services of Apprise.

A part that did not accept a message is a channel of its own from then on, such as email:default/lead@example.com: its
notifications wait there and are sent only to this part, and its failures are counted and reported like the failures
of any channel. Until they are sent, the messages of the whole channel leave this part out, so that it gets them in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.error_db import runs
from db.error_db.runs import NewRun
from handlers.channels import health
from handlers.channels.part_names import SEPARATOR
from shared.errors import ActionError
from shared.records import IncidentChange, RunView

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

FIRST_WAIT = timedelta(seconds=30)

Refused = Mapping[str, ActionError | None]


def deliver_later(
    transaction: ErrorTransaction, sent: Sequence[RunView], refused: Refused, now: datetime, *, redact: tuple[str, ...]
) -> list[IncidentChange]:
    """Plans the sent notifications again for the parts that did not accept them. Lock the whole channel before.

    `refused` has the error of each part; None: the part was left out, or rejects this message only. Returns the changes of
    incidents about these channels.
    """
    changed: list[IncidentChange] = []
    for part, error in sorted(refused.items()):
        rest = [_rest(run, part) for run in sent]
        for each in rest:
            runs.add(transaction.session, each, now=now, not_before=now + FIRST_WAIT)
        if error is not None:
            changed += health.failed(transaction, rest[0].target, error, now, redact=redact)[1]
    return changed


def _rest(run: RunView, part: str) -> NewRun:
    """The notification of a run for one part."""
    return NewRun(
        incident_id=run.incident_id,
        occurrence_id=run.occurrence_id,
        handler_rule=run.handler_rule,
        trigger=run.trigger,
        cause=f"{run.cause}{SEPARATOR}{part}",
        action=run.action,
        target=f"{run.target}{SEPARATOR}{part}",
        params=dict(run.params),
        mode=run.mode,
    )
