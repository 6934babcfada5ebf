"""Runs for workers on-premises: those of scripts whose manifest names a worker.

The function leaves them to a worker that reads the Error DB, or sends an order to a worker that has a subscription.
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
    """The worker for a script's run that is about to start; empty if the function runs it.

    A dry run needs no worker, because the plan follows from the manifest.
    """
    if run.mode is not Mode.AUTO or not registry.is_remediation(run.action):
        return ""
    try:
        find = getattr(registry.find(run.action), "worker_of", None)
    except HinomiError:  # the run reports that its plug-in cannot be imported
        return ""
    return str(find(settings, run.params)) if find else ""


def leave(session: Session, run: RunView, settings: Settings, now: datetime) -> bool:
    """Leaves a planned run to its worker, once; False if there is no worker, or it did not take the run in time."""
    worker = worker_of(run, settings)
    return bool(worker) and runs.hand_over(session, run.id, worker, now=now)


def are_several(store: ErrorStore, worker: str, now: datetime) -> bool:
    """Whether the worker runs on several machines."""
    from db.error_db.runs import worker_answers  # noqa: PLC0415 - few runs have an order

    with store.reading() as session:
        return worker_answers.shares_orders(session, worker, now)


def answer_in(store: ErrorStore, order: str) -> WorkerAnswer | None:
    """The worker's latest message about an order; None if there is none."""
    from db.error_db.runs import worker_answers  # noqa: PLC0415 - few runs have an order

    with store.reading() as session:
        return worker_answers.answer(session, order)
