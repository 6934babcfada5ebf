"""The function's side: receives a message of a worker, and records the state of its order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from db.error_db.runs import worker_answers
from handlers.remediations.model import Outcome
from handlers.scripts.local import exit_text
from handlers.scripts.orders.message import AnswerState, read_answer
from shared.connections.worker import key_of
from shared.errors import InputError
from shared.logs import log
from shared.records import RunView, WorkerAnswer
from shared.texts import Text, evidence, scripts
from shared.texts.recorded import OUTPUT, run_text
from shared.texts.scripts import orders as texts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.store import ErrorStore
    from handlers.worker import ActionWorker
    from shared.config import Settings

RECENT = timedelta(minutes=10)  # an older sign of life is a repeated message


def take(
    store: ErrorStore, settings: Settings, own: ActionWorker, worker: str, content: dict[str, Any], now: datetime
) -> None:
    """Records a message of a worker, verifies the run of its order, and runs what follows. Raises as `receive` does."""
    incident = receive(store, settings, worker, content, now)
    if incident is not None:
        own.verify(now)
        own.run_due(now, incident_ids=[incident])


def receive(store: ErrorStore, settings: Settings, worker: str, content: dict[str, Any], now: datetime) -> int | None:
    """Records the message; returns the incident whose run may continue, None if there is none.

    Raises InputError if the message is not signed with the key of the worker, or belongs to no order for it.
    """
    answer = _read(settings, worker, content)
    with store.transaction(now) as transaction:
        session = transaction.session
        if answer.time > now - RECENT:
            names = answer.scripts or _known(session, worker)
            worker_answers.note_alive(session, worker, names, is_subscribed=True, now=now, machine=answer.machine)
        if answer.state == AnswerState.ALIVE:
            return None
        run = worker_answers.ordered_run(session, answer.run, answer.order, worker)
        if run is None:
            raise InputError(evidence.WORKER_ORDER(worker=worker))
        if not worker_answers.record(session, answer, now=now):
            return None
        log("INFO", f"worker: {answer.state}", run=run.id, worker=worker, incident=run.incident_id)
        if worker_answers.verify_now(session, run.id, now=now):
            return run.incident_id
        if answer.state != AnswerState.STARTED and run.verdict not in (None, Outcome.NOT_YET):
            _add_late(session, run, answer)
    return None


def _read(settings: Settings, worker: str, content: dict[str, Any]) -> WorkerAnswer:
    key = key_of(settings, worker)
    try:
        answer = read_answer(content, key)
    except InputError as error:
        raise InputError(evidence.WORKER_SIGNATURE(worker=worker)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(evidence.WORKER_FIELD(field=str(error).strip("'")[:40])) from error
    if answer.worker != worker:
        raise InputError(evidence.WORKER_SIGNATURE(worker=worker))
    return answer


def _known(session: Session, worker: str) -> tuple[str, ...]:
    return next((each.scripts for each in worker_answers.workers(session) if each.name == worker), ())


def _add_late(session: Session, run: RunView, answer: WorkerAnswer) -> None:
    """Adds an answer that came after the verdict, such as one that Pub/Sub delivered hours later."""
    result, late = Text(en=run_text(run, "en"), ja=run_text(run, "ja")), _ending(answer)
    text = texts.LATE(result=result, late=late)
    after: dict[str, object] = {OUTPUT: answer.output, "exit": answer.exit} if answer.state == AnswerState.ENDED else {}
    worker_answers.add_to_result(session, run.id, text.en, text.translations, after)


def _ending(answer: WorkerAnswer) -> Text:
    if answer.state == AnswerState.ENDED:
        return scripts.AT_TIME_LIMIT if answer.timed_out else exit_text(answer.exit or 0)
    reason = answer.reason or {}
    return Text(en=reason.get("en", answer.state), ja=reason.get("ja", answer.state))
