"""Decides whether a remediation fixed the fault, and the consequences of the verdict, at once or after a later verification."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from db.error_db import runs
from db.error_db.runs import FinishedRun, RemediationRecord
from db.error_db.runs.undo import mark_undone
from db.error_db.store import ErrorStore
from db.error_db.views import load_view
from handlers import registry
from handlers.context import ActionContext, ActionResult
from handlers.errors import translated
from handlers.plan import plan, plan_failure_notifications
from handlers.remediations import breaker, chain, workers
from handlers.remediations.contract import Remediation, is_planned
from handlers.remediations.model import Outcome, Plan, Verdict
from handlers.remediations.runner import with_verdict
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError, HinomiError
from shared.logs import log
from shared.model import Status, Trigger
from shared.records import IncidentView, RunView
from shared.texts import Text, actions
from shared.texts.recorded import TRANSLATIONS

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

LEASE = timedelta(minutes=5)
VERIFY_SECONDS = 3600  # unless the module has its own
AFTER_ERROR_SECONDS = 300.0


def record_of(result: ActionResult, now: datetime) -> RemediationRecord | None:
    """The record of a remediation besides its result; None for other actions."""
    if result.plan is None:
        return None
    verdict = result.verdict
    if verdict is None:
        return RemediationRecord(result.plan.as_dict())
    again = verdict.outcome is Outcome.NOT_YET and result.changed
    return RemediationRecord(
        result.plan.as_dict(),
        after=dict(verdict.after),
        verdict=verdict.outcome,
        verify_at=now + timedelta(seconds=verdict.look_again_seconds) if again else None,
    )


def follow_up(
    transaction: ErrorTransaction, run: RunView, result: ActionResult, text: Text, *, begun: datetime, now: datetime
) -> None:
    """Resolves the incident that a remediation fixed, as of before the verification; notifies if the remediation did not help.

    An undo marks the run that it undid; any other remediation counts for the circuit breaker of its rule.
    """
    if run.undo_of is None and registry.is_remediation(run.action):
        breaker.note_verdict(transaction, run, result.verdict, text, now, changed=result.changed)
    if run.undo_of is not None:
        if result.verdict is not None and result.verdict.outcome is Outcome.FIXED:
            mark_undone(transaction.session, run.undo_of, now=now)
    elif result.recovered:
        _resolve(transaction, run, text, begun, now)
    elif registry.is_remediation(run.action) and _succeeded(result):
        chain.step_after_success(transaction, run, now)
    elif result.changed and result.verdict is not None:
        _not_helped(transaction, run, result.verdict, now)


def is_settled(run: RunView, incident: IncidentView) -> bool:
    """Whether the incident of a remediation was resolved while the remediation waited."""
    runs_on_resolved = run.trigger is Trigger.RESOLVED or run.undo_of is not None
    return incident.status is Status.RESOLVED and registry.is_remediation(run.action) and not runs_on_resolved


class Verifier:
    """Verifies again the remediations whose verdict was NOT_YET."""

    def __init__(self, store: ErrorStore, clients: Clients, settings: Settings) -> None:
        self._store = store
        self._clients = clients
        self._settings = settings

    def verify_due(self, now: datetime, *, limit: int) -> int:
        """Verifies at most `limit` remediations; returns how many."""
        with self._store.reading() as session:
            due = runs.to_verify(session, now, limit=limit)
        for run in due:
            self._verify(run, now)
        return len(due)

    def _verify(self, run: RunView, now: datetime) -> None:
        with self._store.transaction(now) as transaction:
            if not runs.claim_verification(transaction.session, run, now=now, lease=LEASE):
                return
            context = self._context(transaction, run, now)
        if context is not None:
            self._record(run, self._verdict(run, context), now)

    def _context(self, transaction: ErrorTransaction, run: RunView, now: datetime) -> ActionContext | None:
        incident = load_view(transaction.session, run.incident_id, run.occurrence_id)
        if incident is None:
            return None
        return ActionContext(
            incident=incident,
            trigger=run.trigger,
            mode=run.mode,
            now=now,
            clients=self._clients,
            settings=self._settings,
            earlier_runs=runs.count_done(transaction.session, run.handler_rule, run.target),
            run_id=run.id,
            noted_undo=run.undo,
            actions_so_far=tuple(
                each for each in runs.of_incident(transaction.session, incident.id) if each.id != run.id
            ),
            worker_answer=partial(workers.answer_in, self._store),
        )

    def _verdict(self, run: RunView, context: ActionContext) -> Verdict:
        """The verdict; NOT_YET while the target cannot be read, UNVERIFIED after the time limit."""
        is_resolved = context.incident.status is Status.RESOLVED
        try:
            with translated(run.action):
                action: Any = registry.find(run.action)
                if is_resolved and not getattr(action, "HAS_OUTPUT", False):
                    return Verdict(Outcome.FIXED, resolves=False)
                verdict = _read(action, run, context)
        except HinomiError as error:
            verdict = Verdict(Outcome.NOT_YET, error.text, look_again_seconds=AFTER_ERROR_SECONDS)
            action = None
        limit = timedelta(seconds=getattr(action, "VERIFY_SECONDS", VERIFY_SECONDS))
        if verdict.outcome is Outcome.NOT_YET and context.now - (run.finished_at or run.created_at) >= limit:
            minutes = int(limit.total_seconds()) // 60
            return Verdict(Outcome.UNVERIFIED, actions.UNVERIFIED(minutes=minutes), verdict.after)
        if is_resolved and verdict.outcome is not Outcome.NOT_YET:
            return replace(verdict, outcome=Outcome.FIXED, resolves=False, run_again_seconds=None)
        return verdict

    def _record(self, run: RunView, verdict: Verdict, now: datetime) -> None:
        made = Plan.from_dict(run.plan_made or {"text": "", "done": "", "calls": ()} | _NO_STATES)
        text = with_verdict(made.done, verdict)
        again = verdict.outcome is Outcome.NOT_YET
        with self._store.transaction(now) as transaction:
            details = {**(run.details or {}), TRANSLATIONS: text.translations}
            record = RemediationRecord(
                after=dict(verdict.after) or run.after,
                verdict=verdict.outcome,
                verify_at=now + timedelta(seconds=verdict.look_again_seconds) if again else None,
            )
            recorded = runs.record_verification(
                transaction.session, run.id, FinishedRun(text.en, details=details), record, claimed_until=now + LEASE
            )
            if recorded:
                breaker.note_verdict(transaction, run, verdict, text, now, changed=True)
            if recorded and verdict.is_recovery:
                _resolve(transaction, run, text, now, now)
            elif recorded and verdict.outcome in _SUCCESSES:
                chain.step_after_success(transaction, run, now)
            elif recorded:
                _not_helped(transaction, run, verdict, now)
        log("INFO", "remediation verified", run=run.id, handler=run.handler_rule, verdict=verdict.outcome)


def _succeeded(result: ActionResult) -> bool:
    """Whether a remediation succeeded: by its verdict, or without a verdict if it changed something."""
    return result.changed if result.verdict is None else result.verdict.outcome in _SUCCESSES


# FIXED without a resolution: its recovery arrives as an event, or another fault of it remains.
_SUCCESSES = (Outcome.BY_EVENT, Outcome.FIXED)
_NO_STATES: dict[str, Any] = {"precondition": {}, "before": {}, "details": {}}


def _read(action: Any, run: RunView, context: ActionContext) -> Verdict:
    if not is_planned(action) or run.plan_made is None:
        raise ActionError(actions.FAILED(error=run.action), permanent=True)
    module = cast("Remediation", action)
    return module.verify(context, registry.params(action, run.params), Plan.from_dict(run.plan_made, run.undo))


def _not_helped(transaction: ErrorTransaction, run: RunView, verdict: Verdict, now: datetime) -> None:
    """Plans another run or the next step after an unsuccessful remediation, or notifies of it.

    Does nothing while the remediation may still help.
    """
    if _runs_again(transaction, run, verdict, now):
        return
    is_over = verdict.outcome is Outcome.UNVERIFIED or (
        verdict.outcome is Outcome.NOT_FIXED and not verdict.may_help_again
    )
    if is_over and chain.next_step(transaction, run, now):
        return
    if verdict.outcome is Outcome.NOT_FIXED:
        plan_failure_notifications(run, transaction, now)


def _runs_again(transaction: ErrorTransaction, run: RunView, verdict: Verdict, now: datetime) -> bool:
    seconds = verdict.run_again_seconds
    return seconds is not None and chain.run_again(transaction, run, now, after=timedelta(seconds=seconds))


def _resolve(transaction: ErrorTransaction, run: RunView, text: Text, time: datetime, now: datetime) -> None:
    reason = actions.REPAIRED(handler=run.handler_rule, text=text)
    change = transaction.resolve(
        run.incident_id, reason=reason.en, time=time, by="repair", translations=reason.translations
    )
    plan([change] if change else [], transaction, now)
