"""Runs that a worker on-premises takes: those of scripts whose manifest names it.

The function leaves them to a worker that reads the Error DB, or orders them from a worker that has a subscription.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from db.error_db import runs
from handlers import registry
from shared.config import Settings
from shared.errors import HinomiError
from shared.model import Mode
from shared.records import RunView, WorkerAnswer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.store import ErrorStore


def worker_of(run: RunView, settings: Settings) -> str:
    """The worker that has to take a run, empty for the function: that of a script that is about to run.

    A dry run needs no worker: the plan follows from the manifest.
    """
    if run.mode is not Mode.AUTO or not registry.is_remediation(run.action):
        return ""
    try:
        find = getattr(registry.find(run.action), "worker_of", None)
    except HinomiError:  # the run reports that its plug-in cannot be imported
        return ""
    return str(find(settings, run.params)) if find else ""


def leave(session: Session, run: RunView, settings: Settings, now: datetime) -> bool:
    """Leaves a planned run to its worker, once; False if it has none, or did not take the run in time."""
    worker = worker_of(run, settings)
    return bool(worker) and runs.hand_over(session, run.id, worker, now=now)


def answer_in(store: ErrorStore, order: str) -> WorkerAnswer | None:
    """What the worker says of an order, None if nothing."""
    from db.error_db.runs import worker_answers  # noqa: PLC0415 - few runs have an order

    with store.reading() as session:
        return worker_answers.answer(session, order)
