"""Runs due actions: claims a run with a lease, calls its action, records the result.

A run is recorded as running before the call. When a worker dies, another one claims the run after the lease.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from db.error_db import channels, runs
from db.error_db.store import ErrorStore
from db.error_db.transaction import ErrorTransaction
from db.error_db.views import load_view
from handlers import registry
from handlers.context import ActionContext, ActionResult, WaitingRun
from handlers.errors import translated
from handlers.plan import plan, plan_failure_notifications
from handlers.rate_limit import RateLimit, RateLimitState
from handlers.rate_limit import claim as claim_slot
from insights.causes.lookup import Causes
from insights.causes.sentences import line
from shared.config import Settings
from shared.errors import ActionError, HinomiError, TransientError
from shared.logs import log
from shared.model import Mode, RunState, Status, Trigger
from shared.records import IncidentView, RunView
from shared.texts import actions
from shared.texts.locale import Locale
from shared.texts.recorded import ERROR_TRANSLATIONS, TRANSLATIONS

if TYPE_CHECKING:
    from shared.clients import Clients

LEASE = timedelta(minutes=5)  # longer than any action's calls take together
MAX_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_RETRY_AFTER = timedelta(hours=24)
MAX_CAUSES = 3
PATIENCE = timedelta(seconds=40)  # no run starts after this: the message behind it is not acknowledged yet


class ActionWorker:
    """Runs due actions. Safe for threads: a call keeps its state to itself.

    `causes` finds what changed before an incident; without it cards leave that out.
    """

    def __init__(
        self,
        store: ErrorStore,
        clients: Clients,
        settings: Settings,
        clock: Callable[[], datetime],
        causes: Causes | None = None,
    ) -> None:
        self._causes = causes
        self._store = store
        self._clients = clients
        self._settings = settings
        self._clock = clock

    def run_due(self, now: datetime, *, limit: int = 20, incident_ids: Collection[int] | None = None) -> int:
        """Runs at most `limit` due runs, of these incidents or of all; returns how many. Raises TransientError.

        A repair that resolves its incident plans further runs; they run here too.
        """
        attempted: set[int] = set()
        while len(attempted) < limit and self._moment(now) - now < PATIENCE:
            run = self._next(self._moment(now), attempted, incident_ids)
            if run is None:
                break
            attempted.add(run.id)
            _Execution(self._store, self._clients, self._settings, lambda: self._moment(now), self._causes).run(run.id)
        return len(attempted)

    def _next(self, now: datetime, attempted: Collection[int], incident_ids: Collection[int] | None) -> RunView | None:
        with self._store.reading() as session:
            repairs = registry.remediations()
            due = runs.due(session, now, limit=len(attempted) + 1, incident_ids=incident_ids, repairs=repairs)
        return next((run for run in due if run.id not in attempted), None)

    def _moment(self, now: datetime) -> datetime:
        return max(now, self._clock())


class _Execution:
    """One run of one action, with the waiting runs that it took over."""

    def __init__(
        self,
        store: ErrorStore,
        clients: Clients,
        settings: Settings,
        clock: Callable[[], datetime],
        causes: Causes | None,
    ) -> None:
        self._causes = causes
        self._store = store
        self._clients = clients
        self._settings = settings
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._taken: list[RunView] = []

    def run(self, run_id: int) -> None:
        """Claims the run; when another worker has it, nothing more happens."""
        now = self._clock()
        with self._store.transaction(now) as transaction:
            repairs = registry.remediations()
            run = runs.claim(transaction.session, run_id, owner=self._owner, now=now, lease=LEASE, repairs=repairs)
            context = self._context(transaction, run, now) if run else None
        if run is None or context is None:
            return
        try:
            result = self._call(run, context)
        except ActionError as error:
            self._failed(run, context, error)
            return
        if result.wait_seconds is not None:
            self._put_off(run, result)
        else:
            self._done(run, result, now)

    def _context(self, transaction: ErrorTransaction, run: RunView, now: datetime) -> ActionContext | None:
        session = transaction.session
        incident = load_view(session, run.incident_id, run.occurrence_id)
        if incident is None:
            return None
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
            note_undo=lambda undo: self._note_undo(run.id, undo),
            take_slot=self._take_slot,
            claim_waiting=lambda more_than, limit: self._claim_waiting(run, more_than, limit),
            causes=lambda: self._changes_before(incident, now),
        )

    def _changes_before(self, incident: IncidentView, now: datetime) -> list[str]:
        """A line for each change, in the language of the cards; empty when the Schema DB does not answer."""
        found = self._causes.before(incident, now, limit=MAX_CAUSES) if self._causes else None
        locale = Locale(self._settings.language, self._settings.timezone, now)
        return [locale.text(line(cause)) for cause in found or ()]

    def _call(self, run: RunView, context: ActionContext) -> ActionResult:
        """The result of the action. Raises ActionError for every failure."""
        if run.attempts > MAX_ATTEMPTS:
            raise ActionError(actions.GAVE_UP(count=MAX_ATTEMPTS), permanent=True)
        if _is_settled(run, context.incident):
            return ActionResult(actions.ALREADY_RESOLVED, changed=False)
        if _is_superseded(run, context):
            return ActionResult(actions.OVERTAKEN, changed=False)
        try:
            with translated(run.action):
                action = registry.find(run.action)
                result = action.run(context, registry.params(action, run.params))
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
            mine = runs.finish(
                session, run.id, owner=self._owner, now=now, result=text.en, undo=result.undo, details=details
            )
            for other in self._taken:
                runs.finish(session, other.id, owner=self._owner, now=now, result=text.en, details=details)
            if mine and result.recovered and run.mode is Mode.AUTO:
                reason = actions.REPAIRED(handler=run.handler_rule, text=text)
                change = transaction.resolve(
                    run.incident_id, reason=reason.en, time=begun, by="repair", translations=reason.translations
                )
                plan([change] if change else [], transaction, now)
        log("INFO", "action done", run=run.id, handler=run.handler_rule, incident=run.incident_id, mode=run.mode)

    def _put_off(self, run: RunView, result: ActionResult) -> None:
        now = self._clock()
        not_before = now + timedelta(seconds=result.wait_seconds or 0)
        with self._store.transaction(now) as transaction:
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
        is_new = gave_up and not _is_repeated(run, context, error)
        details = {ERROR_TRANSLATIONS: error.text.translations}
        with self._store.transaction(now) as transaction:
            for each in (run, *self._taken):
                if gave_up:
                    failed = runs.fail(
                        transaction.session, each.id, owner=self._owner, now=now, error=error.text.en, details=details
                    )
                    if failed and is_new and registry.is_remediation(each.action) and each.mode is Mode.AUTO:
                        plan_failure_notifications(each, transaction, now)
                else:
                    not_before = now + backoff(each.attempts, error.retry_after)
                    runs.retry_later(
                        transaction.session,
                        each.id,
                        owner=self._owner,
                        not_before=not_before,
                        error=error.text.en,
                        details=details,
                    )
        if is_new:
            log("ERROR", f"action failed permanently: {error.text.en}", run=run.id, handler=run.handler_rule)

    def _note_undo(self, run_id: int, undo: dict[str, Any]) -> None:
        with self._store.transaction(self._clock()) as transaction:
            mine = runs.note_undo(transaction.session, run_id, owner=self._owner, undo=undo)
        if not mine:
            raise ActionError(actions.TAKEN_OVER, permanent=False)

    def _take_slot(self, channel: str, rate_limit: RateLimit) -> float:
        now = self._clock()
        with self._store.transaction(now) as transaction:
            next_at, full_at = channels.lock(transaction.session, channel, now)
            wait, slots = claim_slot(rate_limit, RateLimitState(next_at, full_at), now)
            if wait <= 0:
                channels.keep(transaction.session, channel, next_at=slots.next_at, full_at=slots.full_at)
        return wait

    def _claim_waiting(self, run: RunView, more_than: int, limit: int) -> tuple[WaitingRun, ...]:
        now = self._clock()
        with self._store.transaction(now) as transaction:
            session = transaction.session
            taken = runs.claim_waiting(
                session,
                run,
                more_than=more_than,
                limit=limit,
                owner=self._owner,
                now=now,
                lease=LEASE,
                repairs=registry.remediations(),
            )
            views = [(each, load_view(session, each.incident_id, each.occurrence_id)) for each in taken]
        self._taken += taken
        return tuple(WaitingRun(each.id, view, each.trigger) for each, view in views if isinstance(view, IncidentView))


def _details(result: ActionResult) -> dict[str, Any]:
    """What is stored of a result besides its text and its undo."""
    unchanged = {} if result.changed else {"changed": False}
    return {**(result.details or {}), **unchanged, TRANSLATIONS: result.text.translations}


def backoff(attempts: int, retry_after: float | None) -> timedelta:
    """How long to wait after so many attempts: 30 s, 1 min, 2 min … at most an hour, and at least `retry_after` seconds."""
    wait = min(FIRST_WAIT * (1 << max(attempts - 1, 0)), LONGEST_WAIT)
    asked = min(timedelta(seconds=retry_after or 0), LONGEST_RETRY_AFTER)
    return max(wait, asked)


def _is_settled(run: RunView, incident: IncidentView) -> bool:
    """Whether the incident of a repair was resolved while the repair waited."""
    runs_on_resolved = run.trigger is Trigger.RESOLVED
    return incident.status is Status.RESOLVED and registry.is_remediation(run.action) and not runs_on_resolved


def _is_superseded(run: RunView, context: ActionContext) -> bool:
    """Whether the same rule notifies that the incident is resolved: "opened" must not come after "resolved"."""
    if context.incident.status is not Status.RESOLVED or run.trigger is Trigger.RESOLVED:
        return False
    return any(
        (each.handler_rule, each.trigger) == (run.handler_rule, Trigger.RESOLVED) and each.state is not RunState.SKIPPED
        for each in context.actions_so_far
    )


def _is_repeated(run: RunView, context: ActionContext, error: ActionError) -> bool:
    """Whether the same rule failed with the same error on the same target before: it is reported once."""
    return any(
        (each.handler_rule, each.target, each.error) == (run.handler_rule, run.target, error.text.en)
        for each in context.actions_so_far
        if each.state is RunState.FAILED
    )
