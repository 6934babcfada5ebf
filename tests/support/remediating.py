"""Runs one remediation against a server on loopback, as the worker does."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from handlers.context import ActionContext, ActionResult
from handlers.errors import translated
from handlers.remediations import runner
from handlers.remediations.model import Journal
from shared.clients import Clients
from shared.config import Settings
from shared.model import Mode, Trigger
from shared.records import CallView, IncidentView
from tests.support.incidents import NOW


def calls_of(journal: Journal) -> list[CallView]:
    """The calls of a run as the Error DB stores them: the planned calls that were made."""
    assert journal.plan is not None
    made = zip(journal.plan.calls, journal.effects, strict=False)
    return [
        CallView(1, call.method, call.url.partition("?")[0], call.shown_body, effect, None, None, NOW, NOW)
        for call, effect in made
    ]


def remediate(
    action: ModuleType,
    settings: Settings,
    incident: IncidentView,
    *,
    mode: Mode = Mode.AUTO,
    undoes: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    **more: Any,
) -> ActionResult:
    """Runs the action for an incident, or with `undoes` its undo; returns the result. `more` are fields of the context."""
    context = ActionContext(
        incident, Trigger.OPENED, mode, NOW, Clients(settings), settings, run_id=7, undoes=undoes, **more
    )
    with translated(action.NAME):
        return runner.run(action, context, action.Params(**(params or {})))
