"""Undoes a remediation with a separate run, planned from the values that the run stored before its first call.

A person sees the plan first, and the run makes only its calls. The command line plans with the person's credentials (`plan_of`, `start`);
the dashboard asks the function that runs actions for the plan (`ask`), so that its own account needs no permission. An undo has the brakes
of the rule, except that its cooldown counts from the last undo on the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import handler_rules
from db.error_db.runs import calls
from db.error_db.runs import undo as stored
from db.error_db.views import load_view
from handlers import registry
from handlers.context import ActionContext
from handlers.errors import translated
from handlers.remediations import brake_facts
from handlers.remediations.by_hand import ASKED_BY
from handlers.remediations.contract import undo_of
from handlers.remediations.model import Plan
from handlers.remediations.runner import refusing
from handlers.spec import HandlerSpec, specs
from handlers.stages import brakes
from handlers.stages.model import Facts, Question
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError, PersonRefusedError
from shared.logs import log
from shared.model import Mode, RunState
from shared.records import CallView, IncidentChange, IncidentView, RunView
from shared.texts import LANGUAGES, listed
from shared.texts.remediations import undo as texts
from shared.texts.stages import sentence


def find(session: Session, run_id: int) -> tuple[RunView, IncidentView, list[CallView]]:
    """The run, its incident and the calls that it made. Raises InputError with the reason when it cannot be undone."""
    run = stored.find(session, run_id)
    incident = load_view(session, run.incident_id, run.occurrence_id) if run else None
    if run is None or incident is None:
        raise InputError(texts.NO_RUN(id=run_id))
    if run.state in (RunState.PLANNED, RunState.RUNNING):
        raise InputError(texts.NOT_FINISHED(id=run_id))
    if run.undone_at is not None:
        raise InputError(texts.ALREADY_UNDONE(id=run_id))
    if not run.undo:
        raise InputError(texts.NOTHING_CHANGED(id=run_id))
    if undo_of(registry.find(run.action)) is None:
        raise InputError(texts.NO_UNDO(id=run_id, action=run.action))
    if other := stored.unfinished(session, run_id):
        raise InputError(texts.IS_BEING_UNDONE(id=run_id, other=other))
    return run, incident, calls.of_run(session, run_id)


def plan_of(
    run: RunView,
    incident: IncidentView,
    made: Sequence[CallView],
    *,
    clients: Clients,
    settings: Settings,
    now: datetime,
) -> Plan:
    """The calls that would undo the calls that the run `made`; reads the target.

    Raises ActionError, and TargetRefusedError with the reason.
    """
    action = registry.find(run.action)
    function = undo_of(action)
    if function is None or run.undo is None:
        raise InputError(texts.NO_UNDO(id=run.id, action=run.action))
    context = ActionContext(
        incident, run.trigger, Mode.DRY_RUN, now, clients, settings, run_id=run.id, undone_calls=made
    )
    with refusing(), translated(run.action):
        return function(context, registry.params(action, run.params), run.undo)


def start(session: Session, run: RunView, incident: IncidentView, plan: Plan, *, by: str, now: datetime) -> int:
    """Plans the run that undoes another one by this plan; returns its number.

    Raises InputError when a brake stops it, when the person may not approve runs of the rule, or when another undo of
    the run is planned.
    """
    rule = _allowed(session, run, incident, by=by, now=now)
    number = stored.add(session, run, _approval(rule, plan), by=by, now=now)
    log("INFO", "undo of an action is planned", run=number, undo_of=run.id, by=by)
    return number


def ask(session: Session, run: RunView, incident: IncidentView, *, by: str, now: datetime) -> int:
    """Plans the run that reads the target and then waits for approval with the calls of the undo; returns its number.

    Raises InputError as `start` does.
    """
    rule = _allowed(session, run, incident, by=by, now=now)
    number = stored.add(session, run, {**_terms(rule), ASKED_BY: by}, now=now)
    log("INFO", "a person asked for the undo of an action", run=number, undo_of=run.id, by=by)
    return number


def _allowed(session: Session, run: RunView, incident: IncidentView, *, by: str, now: datetime) -> HandlerSpec | None:
    """The rule of the run, None if it was removed. Raises InputError with the reason when the run must not be undone now."""
    rule = next((each for each in specs(handler_rules.applied(session)) if each.name == run.handler_rule), None)
    if rule is not None:
        brake_facts.lock_rule(session, rule)
        _check_approver(rule, by)
        braked = brakes.check(_question(session, rule, run, incident, now))
        if braked.stops:
            raise InputError(texts.BRAKED(reason=sentence(braked.as_dict())))
    if stored.unfinished(session, run.id):
        raise InputError(texts.IS_BEING_UNDONE(id=run.id, other=stored.unfinished(session, run.id) or 0))
    return rule


def _check_approver(rule: HandlerSpec, by: str) -> None:
    if rule.approvers and not any(fnmatchcase(by, pattern) for pattern in rule.approvers):
        raise PersonRefusedError(texts.NOT_ALLOWED(by=by, approvers=listed(rule.approvers)))


def _terms(rule: HandlerSpec | None) -> dict[str, Any]:
    """The people who may approve the undo, and for how long it waits for them."""
    within = rule.approve_within if rule else timedelta(hours=1)
    return {"approvers": list(rule.approvers) if rule else [], "seconds": int(within.total_seconds())}


def _approval(rule: HandlerSpec | None, plan: Plan) -> dict[str, Any]:
    """The plan as approved by the person who undoes the run."""
    return {
        **_terms(rule),
        "plan": {language: plan.text.in_language(language) for language in LANGUAGES},
        "calls": [call.as_dict() for call in plan.calls],
        "fingerprint": plan.fingerprint,
    }


def _question(session: Session, rule: HandlerSpec, run: RunView, incident: IncidentView, now: datetime) -> Question:
    counted = brake_facts.counted(session, rule, incident, now)
    counted.pop("breaker", None)  # an undo is what a rule that does harm needs
    last = stored.last_undo_at(session, run.target) if rule.cooldown else None
    facts = Facts(now=now, target=run.target, last_run_at=last, **counted)
    return Question(
        replace(rule, enabled=True), IncidentChange(incident, run.trigger, run.cause, run.occurrence_id), facts
    )
