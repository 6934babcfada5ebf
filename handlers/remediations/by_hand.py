"""Runs a remediation or a script for an incident at a person's request, even if its handler rule does not match.

The person chooses a handler rule: its parameters, brakes and approvers apply, and the function has the permissions of
its action. Therefore a disabled rule, or a rule in dry run, cannot be chosen. The run is planned like a run of a rule with
`mode: approve`: the worker reads the target, and the plan waits for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import handler_rules, queries, runs
from db.error_db.runs import NewRun
from handlers import registry
from handlers.errors import translated
from handlers.iam.grant import BINDING_DELTAS, added, public_in_policies
from handlers.match import mismatch, takes
from handlers.remediations import brake_facts
from handlers.spec import HandlerSpec, specs
from handlers.stages import brakes
from handlers.stages.model import Facts, Question
from shared.errors import HinomiError, InputError
from shared.logs import log
from shared.model import Mode, RunState, Status, Trigger
from shared.records import IncidentChange, IncidentView
from shared.texts import EMPTY, Text, listed
from shared.texts.remediations import by_hand as texts
from shared.texts.stages import sentence

ASKED_BY = "asked_by"  # in the approval of a run


@dataclass(frozen=True, slots=True)
class Choice:
    """A handler rule that a person may run: its target, whether it matches the incident, and the reason if it cannot run now.

    `unfit` is the reason why its action can do nothing about such an incident, for example because it has no grant to remove.
    """

    rule: HandlerSpec
    target: str
    matches: bool
    obstacle: Text = EMPTY
    unfit: Text = EMPTY


def choices(session: Session, incident: IncidentView, now: datetime) -> list[Choice]:
    """The rules with a remediation that may change something: matching ones first, those unfit for the incident last."""
    found = [_choice(session, rule, incident, now) for rule in specs(handler_rules.applied(session)) if _may_run(rule)]
    return sorted(found, key=lambda each: (bool(each.unfit), not each.matches, bool(each.obstacle)))


def start(session: Session, name: str, incident: IncidentView, *, by: str, now: datetime) -> int:
    """Plans the run of a rule for an incident; returns its number. Raises InputError with the reason when it cannot run."""
    rules = specs(handler_rules.applied(session))
    rule = next((each for each in rules if each.name == name), None)
    if rule is None or not _may_run(rule):
        from shared.suggestions import did_you_mean  # noqa: PLC0415 - only messages about unknown names need it

        near = EMPTY if rule else did_you_mean(name, (each.name for each in rules if _may_run(each)))
        raise InputError(texts.NO_RULE(rule=name, suggestion=near or texts.SHOW_RULES))
    brake_facts.lock_rule(session, rule)
    choice = _choice(session, rule, incident, now)
    if choice.obstacle:
        raise InputError(choice.obstacle)
    number = runs.add(session, _new_run(session, choice, incident, by), now=now)
    if number is None:
        raise InputError(texts.IS_PLANNED(rule=name))
    log("INFO", "a person asked for an action", run=number, handler=name, incident=incident.id, by=by)
    return number


def _may_run(rule: HandlerSpec) -> bool:
    return rule.enabled and rule.mode is not Mode.DRY_RUN and registry.is_remediation(rule.action)


def _choice(session: Session, rule: HandlerSpec, incident: IncidentView, now: datetime) -> Choice:
    matches = mismatch(rule.match, incident) is None
    try:
        with translated(rule.action):
            action = registry.find(rule.action)
            target = str(action.target(incident, registry.params(action, rule.params)))
    except HinomiError as error:
        return Choice(rule, incident.resource, matches, error.full_text, error.full_text)
    unfit = EMPTY if matches else _unfit(rule, action, incident)
    return Choice(rule, target, matches, _obstacle(session, rule, target, incident, now), unfit)


def _unfit(rule: HandlerSpec, action: object, incident: IncidentView) -> Text:
    """Why an action can do nothing about an incident that its rule does not match; empty if it may.

    An action that changes grants needs the grants of the event. Any other action is for the services of its rule: the
    rule may name other resources or labels, but not another service.
    """
    if getattr(action, "EVIDENCE", None) == BINDING_DELTAS:
        elements = incident.evidence.get("elements", {})
        return EMPTY if added(elements) or public_in_policies(elements) else texts.NO_GRANT
    match = rule.match
    areas = tuple(area if slash else "*" for area, slash, _ in (each.partition("/") for each in match.rule))
    own = (incident.service, incident.rule.partition("/")[0])
    if takes(match.service, incident.service) and any(takes(areas, each) for each in own):
        return EMPTY
    return texts.OTHER_SERVICE(patterns=listed(match.service or match.rule))


def _obstacle(session: Session, rule: HandlerSpec, target: str, incident: IncidentView, now: datetime) -> Text:
    """Why the rule cannot run for the incident now; empty if it can."""
    if incident.status is Status.RESOLVED:
        return texts.RESOLVED(id=incident.id)
    earlier = [run for run in runs.of_incident(session, incident.id) if run.handler_rule == rule.name]
    if any(run.state in (RunState.PLANNED, RunState.RUNNING) for run in earlier):
        return texts.IS_PLANNED(rule=rule.name)
    if waiting := queries.waiting_for_approval(session, handler_rule=rule.name, target=target):
        return texts.WAITS(id=waiting[0].id)
    change = IncidentChange(incident, Trigger.OPENED, "", None)
    facts = Facts(
        now=now,
        target=target,
        last_run_at=runs.last_run_at(session, rule.name, target) if rule.cooldown else None,
        **brake_facts.counted(session, rule, incident, now),
    )
    braked = brakes.check(Question(rule, change, facts))
    return sentence(braked.as_dict()) if braked.stops else EMPTY


def _new_run(session: Session, choice: Choice, incident: IncidentView, by: str) -> NewRun:
    rule = choice.rule
    approval: dict[str, Any] = {
        "approvers": list(rule.approvers),
        "seconds": int(rule.approve_within.total_seconds()),
        ASKED_BY: by,
    }
    return NewRun(
        incident_id=incident.id,
        handler_rule=rule.name,
        trigger=Trigger.OPENED,
        cause=f"by hand|{len(runs.of_incident(session, incident.id)) + 1}",
        action=rule.action,
        target=choice.target,
        params=dict(rule.params),
        mode=Mode.DRY_RUN,
        approval=approval,
    )
