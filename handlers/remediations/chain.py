"""Chains of handler rules: the rule in `then` runs after a failure, the rule in `after_success` after a success.

If a remediation says that another run may help, it first runs again after a pause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.error_db.views import load_view
from handlers.match import mismatch
from handlers.plan import Planner
from handlers.remediations import causes
from handlers.spec import HandlerSpec
from handlers.stages.model import Reason, StageName, StageResult
from shared.logs import log
from shared.model import Status, Trigger
from shared.records import IncidentChange, RunView

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

MOST_STEPS = 10  # a command may have made a circle of rules


def next_step(transaction: ErrorTransaction, run: RunView, now: datetime) -> bool:
    """Plans the next step after a run that did not fix the fault; False if there is none.

    A step that is disabled, does not match, or is stopped by a brake or a silence is skipped, and the following one
    runs.
    """
    return _plan_next(transaction, run, Reason.STEP_AFTER, now)


def step_after_success(transaction: ErrorTransaction, run: RunView, now: datetime) -> bool:
    """Plans the next step after a successful run whose incident is still open; False if there is none.

    A step that cannot run counts as failed, so its own `then` runs.
    """
    return _plan_next(transaction, run, Reason.STEP_AFTER_SUCCESS, now)


def _plan_next(transaction: ErrorTransaction, run: RunView, reason: Reason, now: datetime) -> bool:
    planner = Planner(transaction.session, now)
    depth = causes.depth_of(run.cause) + 1
    after_success = reason is Reason.STEP_AFTER_SUCCESS
    steps = steps_after(planner.rules, run.handler_rule, after_success=after_success) if depth <= MOST_STEPS else ()
    return any(_plan_step(transaction, planner, run, step, depth, reason) for step in steps)


def run_again(transaction: ErrorTransaction, run: RunView, now: datetime, *, after: timedelta) -> bool:
    """Plans another run of the same rule after a pause; False if a brake, a silence or a change of the rule stops it.

    The cooldown of the rule does not apply, because the pause replaces it.
    """
    planner = Planner(transaction.session, now)
    same = [rule for rule in planner.rules if rule.name == run.handler_rule and rule.action == run.action]
    paused = [replace(rule, cooldown=None, brakes=replace(rule.brakes, delay=after)) for rule in same]
    return any(
        _plan_step(transaction, planner, run, rule, causes.depth_of(run.cause), Reason.STEP_AFTER) for rule in paused
    )


def _plan_step(
    transaction: ErrorTransaction, planner: Planner, run: RunView, step: HandlerSpec, depth: int, reason: Reason
) -> bool:
    """Plans one step after a run; returns whether it runs. No step follows for a resolved incident or after an undo."""
    incident = load_view(transaction.session, run.incident_id, run.occurrence_id)
    if run.undo_of is not None or incident is None or incident.status is Status.RESOLVED:
        return False
    if not step.enabled or mismatch(step.match, incident) is not None:
        return False
    change = IncidentChange(incident, trigger_of(reason), causes.of_step(depth, run.id), run.occurrence_id)
    matched = StageResult(StageName.MATCH, reason, values={"id": str(run.id), "rule": run.handler_rule})
    planner.lock([step])
    is_planned = planner.apply_step(step, matched, change)
    if is_planned:
        log("INFO", "next step of a chain", run=run.id, handler=step.name, after=run.handler_rule)
    return is_planned


def steps_after(rules: Sequence[HandlerSpec], name: str, *, after_success: bool) -> Iterator[HandlerSpec]:
    """The rules that can follow a rule, each once: its next step, and the steps after the failure of each."""
    by_name, seen = {rule.name: rule for rule in rules}, {name}
    rule = by_name.get(name)
    following = "" if rule is None else rule.after_success if after_success else rule.then
    while following and following not in seen:
        seen.add(following)
        rule = by_name.get(following)
        if rule is not None:
            yield rule
        following = rule.then if rule else ""


def trigger_of(reason: Reason) -> Trigger:
    """The trigger of a next step: a notification at the end of a chain is about the failure before it, or about the incident."""
    return Trigger.OPENED if reason is Reason.STEP_AFTER_SUCCESS else Trigger.REMEDIATION_FAILED
