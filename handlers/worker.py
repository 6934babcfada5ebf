"""Runs due actions: claims a run with a lease, calls its action, records the result.

A run is recorded as running before the call. If a worker dies, another one claims the run after the lease.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from db.error_db import notifications, runs
from db.error_db.notifications import MAYBE_SENT
from db.error_db.queries import places_of_system
from db.error_db.runs import FinishedRun, undo
from db.error_db.store import ErrorStore
from db.error_db.views import load_view
from handlers import approvals, giving_up, registry
from handlers.channels import attempts, health, parts
from handlers.channels.delivery import Delivery, outdated
from handlers.channels.part_names import SEPARATOR, part_of
from handlers.context import ActionContext, ActionResult
from handlers.errors import translated
from handlers.owners.table import Owners, owners_of
from handlers.remediations import runner, verification, workers
from handlers.remediations.history import questions
from handlers.remediations.model import Journal
from handlers.remediations.stored import StoredJournal
from handlers.remediations.verification import Verifier
from handlers.versions.apply import defaults_of
from insights.causes.lookup import Causes
from shared.config import Settings
from shared.errors import ActionError, HinomiError, TransientError
from shared.logs import log
from shared.model import Mode, Status, Trigger
from shared.records import IncidentChange, RunView
from shared.texts import Text, actions
from shared.texts.recorded import TRANSLATIONS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.transaction import ErrorTransaction
    from shared.clients import Clients

LEASE = timedelta(minutes=5)  # longer than all calls of any action together
MAX_ATTEMPTS = 8
MOST_LEFT = 1000  # runs left to a worker that are read at a time: some may be of scripts that are not declared here
PATIENCE = timedelta(seconds=40)  # no run starts after this: the message behind it is not acknowledged yet


class ActionWorker:
    """Runs due actions. Thread-safe: each call keeps its own state.

    `causes` looks up changes before an incident; without it, cards omit them. With a name in `worker`, it takes only the
    runs left to this worker whose script this machine declares; without one, it leaves such runs to their worker.
    """

    def __init__(
        self,
        store: ErrorStore,
        clients: Clients,
        settings: Settings,
        clock: Callable[[], datetime],
        causes: Causes | None = None,
        worker: str = "",
    ) -> None:
        self._causes = causes
        self._store = store
        self._clients = clients
        self._settings = settings
        self._clock = clock
        self._worker = worker

    def run_due(self, now: datetime, *, limit: int = 20, incident_ids: Collection[int] | None = None) -> int:
        """Runs at most `limit` due runs, of these incidents or of all; returns how many.

        Raises TransientError when the Error DB is unavailable. A remediation that resolves its incident plans further runs, and a channel that
        breaks plans notifications on others; these run here, too.
        """
        attempted: set[int] = set()
        of_incidents = None if incident_ids is None else set(incident_ids)
        while len(attempted) < limit and self._moment(now) - now < PATIENCE:
            run = self._next(self._moment(now), attempted, of_incidents)
            if run is None:
                break
            attempted.add(run.id)
            changed = self._execution(now).run(run)
            if of_incidents is not None:
                of_incidents |= changed
        if of_incidents is None and not self._worker:
            self.verify(now, limit=limit)
        return len(attempted)

    def verify(self, now: datetime, *, limit: int = 20) -> None:
        """Verifies the remediations that are due. Raises TransientError when the Error DB is unavailable."""
        Verifier(self._store, self._clients, self._settings).verify_due(self._moment(now), limit=limit)

    def _execution(self, now: datetime) -> _Execution:
        clock = partial(self._moment, now)
        return _Execution(self._store, self._clients, self._settings, clock, self._causes, self._worker)

    def _next(self, now: datetime, attempted: Collection[int], incident_ids: Collection[int] | None) -> RunView | None:
        limit = MOST_LEFT if self._worker else len(attempted) + 1
        with self._store.reading() as session:
            repairs = registry.remediations()
            due = runs.due(session, now, limit=limit, incident_ids=incident_ids, repairs=repairs, worker=self._worker)
        free = (run for run in due if run.id not in attempted)
        return next(
            (run for run in free if not self._worker or workers.worker_of(run, self._settings) == self._worker), None
        )

    def _moment(self, now: datetime) -> datetime:
        return max(now, self._clock())


class _Execution:
    """One run of one action, with the waiting runs that share its message."""

    def __init__(
        self,
        store: ErrorStore,
        clients: Clients,
        settings: Settings,
        clock: Callable[[], datetime],
        causes: Causes | None,
        worker: str,
    ) -> None:
        self._worker = worker
        self._causes = causes
        self._store = store
        self._clients = clients
        self._settings = settings
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._delivery: Delivery | None = None
        self._changed: set[int] = set()

    def run(self, due: RunView) -> set[int]:
        """Claims the run and executes it, unless another worker has it.

        Returns the incidents about channels that changed.
        """
        now = self._clock()
        with self._store.transaction(now) as transaction:
            run = self._claim(transaction, due, now)
            is_denied = run is not None and approvals.expire(transaction, run, now)
            context = self._context(transaction, run, now) if run and not is_denied else None
        if run is not None and context is not None:
            self._run_claimed(run, context, now)
        return self._changed

    def _run_claimed(self, run: RunView, context: ActionContext, begun: datetime) -> None:
        try:
            result = self._call(run, context)
        except ActionError as error:
            self._failed(run, context, error)
            return
        if result.wait_seconds is not None:
            self._put_off(run, result)
        else:
            self._done(run, result, begun)

    def _claim(self, transaction: ErrorTransaction, due: RunView, now: datetime) -> RunView | None:
        """The claimed run; None if it must wait: for a broken channel, or for its worker on-premises."""
        session = transaction.session
        if not self._worker and workers.leave(session, due, self._settings, now):
            return None
        closed_until = health.closed_until(transaction, due.target, now) if _is_sent(due) else None
        if closed_until is not None:
            notifications.postpone(session, due.id, closed_until)
            return None
        repairs = registry.remediations()
        claim = partial(runs.claim, owner=self._owner, now=now, lease=LEASE, repairs=repairs, worker=self._worker)
        run = claim(session, due.id)
        if run is None or not _is_sent(run) or not attempts.maybe_sent(due):
            return run
        notifications.mark_maybe_sent(session, [run.id])
        return replace(run, details={**(run.details or {}), MAYBE_SENT: True})

    def _context(self, transaction: ErrorTransaction, run: RunView, now: datetime) -> ActionContext | None:
        session = transaction.session
        incident = load_view(session, run.incident_id, run.occurrence_id)
        if incident is None:
            return None
        window = timedelta(seconds=self._settings.card_window_seconds)
        self._delivery = Delivery(
            self._store,
            run,
            incident,
            owner=self._owner,
            lease=LEASE,
            window=window,
            clock=self._clock,
        )
        return ActionContext(
            incident=incident,
            trigger=run.trigger,
            mode=run.mode,
            now=now,
            clients=self._clients,
            settings=self._settings,
            earlier_runs=runs.count_done(session, run.handler_rule, run.target),
            actions_so_far=tuple(each for each in runs.of_incident(session, incident.id) if each.id != run.id),
            run_id=run.id,
            noted_undo=run.undo,
            maybe_sent=attempts.is_repeated(run),
            note_undo=lambda noted: self._note_undo(run.id, noted),
            may_continue=lambda: self._extend_lease(run.id),
            take_turn=self._delivery.take_turn,
            **questions(self._causes, incident, now, self._store),
            part=part_of(run.target) if _is_sent(run) else "",
            parts_waiting=frozenset(
                notifications.waiting_parts(session, run.target, SEPARATOR) if _is_sent(run) else ()
            ),
            journal=self._journal(session, run),
            approved_plan=run.approved_plan,
            undoes=undo.what_to_undo(session, run),
            undone_calls=undo.calls_to_undo(session, run),
            owners=owners_of(defaults_of(session)) if _is_sent(run) else Owners(),
            system_places=frozenset() if _is_sent(run) else places_of_system(session, incident),
            worker=self._worker,
            worker_answer=partial(workers.answer_in, self._store),
            are_several=lambda worker: workers.are_several(self._store, worker, now),
        )

    def _journal(self, session: Session, run: RunView) -> Journal:
        """The record of the calls; for a notification an empty one, so that nothing is read."""
        if not registry.is_remediation(run.action):
            return Journal()
        return StoredJournal(self._store, session, run, owner=self._owner, lease=LEASE, clock=self._clock)

    @property
    def _taken(self) -> list[RunView]:
        return self._delivery.taken if self._delivery else []

    def _call(self, run: RunView, context: ActionContext) -> ActionResult:
        """The result of the action. Raises ActionError for every failure."""
        if run.attempts > MAX_ATTEMPTS:
            raise ActionError(actions.GAVE_UP(count=MAX_ATTEMPTS), permanent=True)
        if verification.is_settled(run, context.incident):
            return ActionResult(actions.ALREADY_RESOLVED, changed=False)
        if (reason := _outdated(run, context)) is not None:
            return ActionResult(reason, changed=False)
        try:
            with translated(run.action):
                action = registry.find(run.action)
                result = runner.run(action, context, registry.params(action, run.params))
        except ActionError:
            raise
        except HinomiError as error:
            text, transient = actions.FAILED(error=str(error)), isinstance(error, TransientError)
            raise ActionError(text, permanent=not transient) from error
        if not isinstance(result, ActionResult):  # the work may be done: it must not be done again
            raise ActionError(actions.NO_RESULT(action=run.action), permanent=True)
        return result

    def _done(self, run: RunView, result: ActionResult, begun: datetime) -> None:
        """Records the result. A verified repair resolves the incident, as of before it was verified."""
        now = self._clock()
        text, details = result.text, _details(result)
        with self._store.transaction(now) as transaction:
            session = transaction.session
            if result.is_part_removed:
                self._note(health.drop(transaction, run.target, now))
            elif _is_sent(run) and result.changed:
                self._note(health.works(transaction, run.target, now))
                sent = (run, *self._taken)
                self._note(parts.deliver_later(transaction, sent, result.refused, now, redact=self._settings.redact))
            elif _is_sent(run):
                health.not_tried(transaction, run.target, now)
            if approvals.is_needed(run, result):
                approvals.ask(session, run, result, owner=self._owner, now=now)
                return
            finished = FinishedRun(text.en, result.undo, details, verification.record_of(result, now))
            has_lease = runs.finish(session, run.id, finished, owner=self._owner, now=now)
            for other in self._taken:
                runs.finish(session, other.id, FinishedRun(text.en, details=details), owner=self._owner, now=now)
            if has_lease and run.mode is Mode.AUTO:
                verification.follow_up(transaction, run, result, text, begun=begun, now=now)
        log("INFO", "action done", run=run.id, handler=run.handler_rule, incident=run.incident_id, mode=run.mode)

    def _put_off(self, run: RunView, result: ActionResult) -> None:
        now = self._clock()
        not_before = now + timedelta(seconds=result.wait_seconds or 0)
        with self._store.transaction(now) as transaction:
            if _is_sent(run):
                health.not_tried(transaction, run.target, now)
            for each in (run, *self._taken):
                runs.put_off(
                    transaction.session,
                    each.id,
                    owner=self._owner,
                    not_before=not_before,
                    text=result.text.en,
                )

    def _failed(self, run: RunView, context: ActionContext, error: ActionError) -> None:
        now = self._clock()
        gave_up = error.permanent or run.attempts >= MAX_ATTEMPTS
        is_new = gave_up and not attempts.failed_before(run, context.actions_so_far, error)
        with self._store.transaction(now) as transaction:
            closed_until, alone = self._channel_failed(transaction, run, error, now)
            repeated = self._delivery is not None and self._delivery.maybe_sent
            details = attempts.failure_details(error, now, alone=alone, was_maybe_sent=repeated)
            if closed_until is not None:
                self._retry(transaction, run, error, closed_until, details, counted=False)
            elif 0 < alone < attempts.MOST_ALONE or not gave_up:
                self._retry(transaction, run, error, now + giving_up.backoff(run.attempts, error.retry_after), details)
            else:
                failed = giving_up.give_up(transaction, (run, *self._taken), error, now, owner=self._owner)
                if is_new:
                    self._note(giving_up.notify(transaction, failed, error, now, self._settings.redact))
        if is_new and closed_until is None:
            log("ERROR", f"action failed permanently: {error.text.en}", run=run.id, handler=run.handler_rule)

    def _channel_failed(
        self, transaction: ErrorTransaction, run: RunView, error: ActionError, now: datetime
    ) -> tuple[datetime | None, int]:
        """The next attempt of a broken channel, for which its notifications wait; None if it works.

        Also returns how often the notification failed while the channel accepted others, and so counts as working.
        """
        if self._delivery:
            self._delivery.give_back(transaction.session, now)
        if not _is_sent(run) or not attempts.is_of_the_channel(error):
            return None, 0
        alone = 0 if self._taken else attempts.failures_alone(transaction.session, run, error)
        if alone:
            log(
                "WARNING",
                f"the channel accepts others: {error.text.en}",
                run=run.id,
                channel=run.target,
                attempts=alone,
            )
            return None, alone
        until, changes = health.failed(transaction, run.target, error, now, redact=self._settings.redact)
        self._note(changes)
        return until, 0

    def _note(self, changes: Iterable[IncidentChange]) -> None:
        self._changed |= {change.incident.id for change in changes}

    def _retry(
        self,
        transaction: ErrorTransaction,
        run: RunView,
        error: ActionError,
        not_before: datetime,
        details: dict[str, Any],
        *,
        counted: bool = True,
    ) -> None:
        for each in (run, *self._taken):
            runs.retry_later(
                transaction.session,
                each.id,
                owner=self._owner,
                not_before=not_before,
                error=error.text.en,
                details=details,
                counted=counted,
            )

    def _note_undo(self, run_id: int, noted: dict[str, Any]) -> None:
        with self._store.transaction(self._clock()) as transaction:
            has_lease = runs.note_undo(transaction.session, run_id, owner=self._owner, undo=noted)
        if not has_lease:
            raise ActionError(actions.TAKEN_OVER, permanent=False)

    def _extend_lease(self, run_id: int) -> bool:
        now = self._clock()
        with self._store.transaction(now) as transaction:
            return runs.extend(transaction.session, run_id, owner=self._owner, until=now + LEASE)


def _details(result: ActionResult) -> dict[str, Any]:
    """The stored details of a result, besides its text and its undo."""
    unchanged = {} if result.changed else {"changed": False}
    return {**(result.details or {}), **unchanged, TRANSLATIONS: result.text.translations}


def _is_sent(run: RunView) -> bool:
    """Whether the run sends a notification."""
    return run.mode is Mode.AUTO and not registry.is_remediation(run.action)


def _outdated(run: RunView, context: ActionContext) -> Text | None:
    """The reason why a waiting run is out of date. A remediation for a reoccurrence runs for an acknowledged incident too."""
    if _is_sent(run):
        return outdated(run, context.incident, context.actions_so_far)
    is_repair = (
        run.trigger is Trigger.RESOLVED and run.undo_of is None and context.incident.status is not Status.RESOLVED
    )
    return actions.UNRESOLVED_AGAIN if is_repair else None
