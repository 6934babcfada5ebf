"""Runs an action: a remediation by plan, calls and verification; any other action by its `run`.

plan (or that of its undo) → (dry run: the plan is the result) → the plan is still the approved one → plan and undo are stored → calls, each
recorded → verification. A conflict plans again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any, cast

from handlers.context import Action, ActionContext, ActionResult
from handlers.remediations.contract import Remediation, is_planned, undo_of
from handlers.remediations.model import Done, Outcome, Plan, Verdict
from shared.errors import ActionError, ConflictError, TargetRefusal, TargetRefusedError
from shared.model import Mode
from shared.texts import Text, actions
from shared.texts.remediations import undo as texts

TRIES = 4  # each try plans again, so a conflict means a concurrent change
_REFUSALS = {
    401: TargetRefusal.DENIED,
    403: TargetRefusal.DENIED,
    404: TargetRefusal.TARGET_NOT_FOUND,
    410: TargetRefusal.TARGET_NOT_FOUND,
}


def run(action: Action | ModuleType, context: ActionContext, params: Any) -> ActionResult:
    """Runs the action; only reads when the mode is dry_run. Raises ActionError."""
    if not is_planned(action):
        return cast("Action", action).run(context, params)
    with refusing():
        return _run(cast("Remediation", action), context, params)


def _run(module: Remediation, context: ActionContext, params: Any) -> ActionResult:
    conflict = None
    for _ in range(TRIES):
        plan = _plan(module, _with_undo(context), params)
        if not plan.calls:
            return _nothing_to_do(module, context, params, plan)
        if context.mode is Mode.DRY_RUN or not _is_approved(context, plan):
            return ActionResult(plan.text, changed=False, plan=plan)
        try:
            done = _apply(module, context, params, plan)
        except ConflictError as error:
            conflict = error
            continue
        result = _result(_verdict(module, context, params, plan), plan, done.text, done.details)
        return result if done.changed else replace(result, changed=False, undo=None)
    target = module.target(context.incident, params)
    raise ActionError(actions.CHANGED_MEANWHILE(target=target, count=TRIES), permanent=False) from conflict


def _plan(module: Remediation, context: ActionContext, params: Any) -> Plan:
    """The plan of the module, or of its undo for a run that undoes another one."""
    if context.undoes is None:
        return module.plan(context, params)
    undo = undo_of(module)
    if undo is None:
        raise TargetRefusedError(texts.NO_UNDO(id=context.run_id, action=module.NAME), TargetRefusal.NO_UNDO)
    return undo(context, params, dict(context.undoes))


def _verdict(module: Remediation, context: ActionContext, params: Any, plan: Plan) -> Verdict:
    """Whether the fault is fixed; of an undo, whether nothing is left to reverse. An undo resolves nothing."""
    if context.undoes is None:
        return module.verify(context, params, plan)
    left = _plan(module, context, params)
    return Verdict(Outcome.NOT_FIXED if left.calls else Outcome.FIXED, after=left.before, resolves=False)


def _apply(module: Remediation, context: ActionContext, params: Any, plan: Plan) -> Done:
    context.journal.begin(plan)
    done = module.apply(_with_undo(context), params, plan) or {}
    return done if isinstance(done, Done) else Done(plan.done, done)


def _nothing_to_do(module: Remediation, context: ActionContext, params: Any, plan: Plan) -> ActionResult:
    """The result if the target needs no call, perhaps because an interrupted attempt made the calls."""
    if context.mode is Mode.DRY_RUN:
        return ActionResult(plan.text, changed=False, plan=plan)
    earlier = context.journal.plan if context.journal.may_have_changed else None
    verdict = _verdict(module, context, params, earlier or plan)
    if earlier is None:
        return replace(_result(verdict, plan, plan.text), changed=False, undo=None)
    return _result(verdict, earlier, actions.DONE_BY_EARLIER_ATTEMPT(text=earlier.done))


def _result(verdict: Verdict, plan: Plan, done: Text, details: Mapping[str, Any] | None = None) -> ActionResult:
    return ActionResult(
        with_verdict(done, verdict),
        recovered=verdict.is_recovery,
        undo=plan.undo,
        details={**plan.details, **(details or {})},
        plan=plan,
        verdict=verdict,
    )


def with_verdict(done: Text, verdict: Verdict) -> Text:
    """The result of the calls, combined with that of the verification."""
    return actions.AND(text=done, more=verdict.text) if verdict.text else done


def _with_undo(context: ActionContext) -> ActionContext:
    return replace(context, noted_undo=context.journal.noted_undo) if context.journal.plan else context


def _is_approved(context: ActionContext, plan: Plan) -> bool:
    """Whether the plan is the approved one; True if no approval is needed."""
    return not context.approved_plan or context.approved_plan == plan.fingerprint


@contextmanager
def refusing() -> Iterator[None]:
    """Raises TargetRefusedError with a reason if the target of the block does not exist or denies access."""
    try:
        yield
    except TargetRefusedError:
        raise
    except ActionError as error:
        reason = _REFUSALS.get(error.status or 0)
        if reason is None:
            raise
        raise TargetRefusedError(error.text, reason) from error
