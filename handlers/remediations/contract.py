"""The contract between a remediation and the runner (handlers/remediations/runner.py).

A remediation is a module of handlers/actions with the parts that handlers/context.py names, and instead of `run`:
- `plan(context, params) -> Plan` reads the target and writes nothing. It returns the calls that `apply` will make, or a plan
  without calls that says why there is nothing to do. It raises TargetRefusedError when the target is not what the incident says.
- `apply(context, params, plan)` makes these calls with `calls.make`, under the precondition of the plan. A call whose
  precondition fails raises ConflictError; the runner then plans again, at most `runner.TRIES` times. Its result is
  stored in the details of the run; a `Done` also replaces the text of the plan.
- `verify(context, params, plan) -> Verdict` reads the target again: whether the fault is fixed. It may answer NOT_YET, and
  is called again later, with a plan that has no bodies. Without calls of this run it says whether the fault is over.
- `undo(context, params, undo) -> Plan`, where the change can be reversed: the calls that reverse what `Plan.undo` describes,
  for `apply`; no calls if nothing is left to reverse. It raises TargetRefusedError with TARGET_CHANGED when that would
  overwrite a later change. The runner calls it again afterwards: then it must return no calls.
- `VERIFY_SECONDS`, where verification may take longer than an hour.

The runner stores the plan and its undo before the first call, each call before it is made, and its answer. An attempt that
died is followed by another `plan`: `apply` must be safe to repeat from there, with what the target then contains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from handlers.context import ActionContext
from handlers.remediations.model import Done, Plan, Verdict
from shared.records import IncidentView

PARTS = ("plan", "apply", "verify")


class Remediation(Protocol):
    """A remediation module, besides the parts of an Action."""

    NAME: str
    PERMISSIONS: tuple[str, ...]
    Params: type[Any]

    def target(self, incident: IncidentView, params: Any) -> str:
        """The resource that the remediation changes; cooldowns and limits count per target."""

    def plan(self, context: ActionContext, params: Any) -> Plan:
        """The calls that the remediation would make."""

    def apply(self, context: ActionContext, params: Any, plan: Plan) -> Mapping[str, Any] | Done | None:
        """Makes the calls of the plan; returns details to store or the result, if there are any."""

    def verify(self, context: ActionContext, params: Any, plan: Plan) -> Verdict:
        """Whether the fault is fixed, once verified."""


def is_planned(action: object) -> bool:
    """Whether an action is a remediation of this contract; other actions only have `run`."""
    return all(hasattr(action, part) for part in PARTS)


def undo_of(action: object) -> Callable[[ActionContext, Any, dict[str, Any]], Plan] | None:
    """The undo of a remediation; None if it has none."""
    return getattr(action, "undo", None) if is_planned(action) else None
