"""Approval of remediations: a dry run plans a run of a rule with `mode: approve`, which starts when a person approves.

The default is denial: at the time limit, the run is skipped, and the notification rules for `escalated` run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from db.error_db import handler_rules, queries, runs
from db.error_db.views import load_view
from handlers.context import ActionResult
from handlers.plan import plan_failure_notifications
from handlers.remediations import brake_facts
from handlers.spec import HandlerSpec, specs
from handlers.stages import brakes
from handlers.stages.model import Facts, Question
from shared.errors import InputError, PersonRefusedError
from shared.logs import log
from shared.model import Status
from shared.records import IncidentChange, IncidentView, RunView
from shared.texts import EMPTY, LANGUAGES, Text, actions, listed
from shared.texts import approvals as texts
from shared.texts.recorded import TRANSLATIONS
from shared.texts.stages import sentence

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

DENIED, EXPIRED = "denied", "approval_expired"


def is_needed(run: RunView, result: ActionResult) -> bool:
    """Whether a person must approve the plan of the run, or approve it again because the plan has changed since."""
    if result.recovered or (result.plan is not None and not result.plan.calls):
        return False
    is_other_plan = bool(run.approved_plan) and result.plan is not None and result.verdict is None
    return run.needs_approval or is_other_plan


def ask(session: Session, run: RunView, result: ActionResult, *, owner: str, now: datetime) -> None:
    """Makes the run wait for approval, with the result of its dry run as the plan."""
    approval = dict(run.approval or {})
    until = now + timedelta(seconds=approval["seconds"])
    text = result.text
    if run.decided_at is not None:
        text = actions.PLAN_CHANGED(plan=text, by=run.decided_by or "")
        approval["void"] = [*approval.get("void", ()), {"by": run.decided_by, "at": run.decided_at.isoformat()}]
    approval["plan"] = {language: text.in_language(language) for language in LANGUAGES}
    if result.plan is not None:
        approval |= {"calls": [call.as_dict() for call in result.plan.calls], "fingerprint": result.plan.fingerprint}
    runs.ask_approval(session, run.id, owner=owner, until=until, approval=approval)
    log("INFO", "action waits for approval", run=run.id, handler=run.handler_rule, until=until.isoformat())


def expire(transaction: ErrorTransaction, run: RunView, now: datetime) -> bool:
    """Denies a claimed run whose time limit has passed; False for any other run."""
    if not run.waits_for_approval:
        return False
    details = {TRANSLATIONS: actions.APPROVAL_EXPIRED.translations}
    result = actions.APPROVAL_EXPIRED.en
    if runs.deny(transaction.session, run.id, by="", now=now, reason=EXPIRED, result=result, details=details):
        log("WARNING", "action was not approved in time", run=run.id, handler=run.handler_rule)
        plan_failure_notifications(run, transaction, now)
    return True


def approve(session: Session, run_id: int, *, by: str, now: datetime) -> RunView:
    """Approves a run: it starts with the next sweep. Raises InputError with the reason when it may not start."""
    run = _waiting(session, run_id, by, now)
    if run.undo_of is not None:  # a person decided to undo it; only its plan has changed
        return _approved(session, run, by, now)
    rule = next((each for each in specs(handler_rules.applied(session)) if each.name == run.handler_rule), None)
    if rule is None or not rule.enabled:
        raise InputError(texts.RULE_DISABLED(rule=run.handler_rule))
    incident = load_view(session, run.incident_id, run.occurrence_id)
    if incident is None or incident.status is Status.RESOLVED:
        raise InputError(texts.INCIDENT_RESOLVED(id=run.incident_id))
    brake_facts.lock_rule(session, rule)
    braked = brakes.check(_question(session, rule, run, incident, now))
    if braked.stops:
        raise InputError(texts.BRAKED(reason=sentence(braked.as_dict())))
    return _approved(session, run, by, now)


def _approved(session: Session, run: RunView, by: str, now: datetime) -> RunView:
    if not runs.approve(session, run.id, by=by, now=now):
        raise InputError(texts.NOTHING_WAITS(id=run.id))
    return run


def deny(session: Session, run_id: int, *, by: str, reason: str, now: datetime) -> RunView:
    """Denies a run, which is skipped. Raises InputError when it does not wait or the person may not decide."""
    run = _waiting(session, run_id, by, now)
    text = texts.DENIED_BECAUSE(by=by, reason=reason) if reason else texts.DENIED_BY(by=by)
    details = {TRANSLATIONS: text.translations}
    if not runs.deny(session, run.id, by=by, now=now, reason=DENIED, result=text.en, details=details):
        raise InputError(texts.NOTHING_WAITS(id=run_id))
    return run


def _waiting(session: Session, run_id: int, by: str, now: datetime) -> RunView:
    """The run that waits, if this person may decide on it."""
    run = next((each for each in queries.waiting_for_approval(session) if each.id == run_id), None)
    if run is None or run.approval_until is None or run.approval_until <= now:
        raise InputError(texts.NOTHING_WAITS(id=run_id))
    if refusal := refused(run, by):
        raise PersonRefusedError(refusal)
    return run


def refused(run: RunView, by: str) -> Text:
    """Why this person may not decide on a run: its handler rule names others. Empty if they may."""
    approvers = run.approvers
    is_allowed = not approvers or any(fnmatchcase(by, pattern) for pattern in approvers)
    return EMPTY if is_allowed else texts.NOT_ALLOWED(by=by, approvers=listed(approvers))


def _question(session: Session, rule: HandlerSpec, run: RunView, incident: IncidentView, now: datetime) -> Question:
    """The question to the brakes, as if the run were planned now; it does not count itself."""
    facts = Facts(
        now=now,
        target=run.target,
        last_run_at=runs.last_run_at(session, rule.name, run.target, without=run.id) if rule.cooldown else None,
        **brake_facts.counted(session, rule, incident, now, without=run.id),
    )
    return Question(rule, IncidentChange(incident, run.trigger, run.cause, run.occurrence_id), facts)
