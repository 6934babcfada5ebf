"""Decisions about action runs: approve or deny a waiting run, undo a finished run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask

from dashboard.page import Page
from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from shared.errors import InputError
from shared.texts import approvals
from shared.texts.dashboard import incident as texts
from shared.texts.remediations import undo as undo_texts

if TYPE_CHECKING:
    from shared.records import IncidentView, RunView

PAGE = Page("runs", texts.TITLE, within="incidents")
MAX_ID = 2**31 - 1


@PAGE.get("/runs/<int:number>/undo", "undo.html", role=UserRole.OPERATOR)
def show_undo(request: PageRequest, number: int) -> dict[str, Any]:
    """The calls that the undo of a run would make, or the page with the reason why it cannot be undone."""
    from handlers.remediations.audit import calls_of  # noqa: PLC0415

    with request.error_db() as session:
        run, incident = _undoable(session, number)
        calls = calls_of(session, [run], request.settings.redact).get(run.id, [])
    return {"t": texts, "run": run, "incident": incident, "calls": calls}


@PAGE.post("/runs/<int:number>/undo")
def undo(request: PageRequest, number: int) -> Any:
    """Requests the undo from the function that runs actions, because this account can read no target.

    The plan waits for approval.
    """
    from handlers.remediations import undo as undoing  # noqa: PLC0415

    with request.change() as transaction:
        run, incident = _undoable(transaction.session, number)
        made = undoing.ask(transaction.session, run, incident, by=request.user.name, now=request.now)
    request.notify(undo_texts.ASKED(number=made, id=number))
    return request.redirect("incident.show", number=incident.id)


@PAGE.post("/runs/<int:number>/approve")
def approve(request: PageRequest, number: int) -> Any:
    """Approves the plan that the person has read; a changed plan must be read again."""
    from handlers import approvals as approving  # noqa: PLC0415

    with request.change() as transaction:
        run = _waiting(transaction.session, number)
        if (run.approval or {}).get("fingerprint", "") != request.form.get("fingerprint", ""):
            raise InputError(texts.PLAN_CHANGED)
        done = approving.approve(transaction.session, number, by=request.user.name, now=request.now)
    request.notify(approvals.APPROVED(id=done.id, rule=done.handler_rule, target=done.target))
    return request.redirect("incident.show", number=done.incident_id)


@PAGE.post("/runs/<int:number>/deny")
def deny(request: PageRequest, number: int) -> Any:
    """Denies a run, with a reason if the person gave one."""
    from handlers import approvals as approving  # noqa: PLC0415

    reason = request.form.get("reason", "").strip()[:500]
    with request.change() as transaction:
        done = approving.deny(transaction.session, number, by=request.user.name, reason=reason, now=request.now)
    request.notify(approvals.DENIED(id=done.id, rule=done.handler_rule))
    return request.redirect("incident.show", number=done.incident_id)


def _waiting(session: Any, number: int) -> RunView:
    """The run that waits for a decision. Raises InputError with the current state of any other run."""
    from db.error_db import queries  # noqa: PLC0415

    run = next((each for each in queries.waiting_for_approval(session) if each.id == number), None)
    if run is None:
        raise InputError(approvals.NOTHING_WAITS(id=number))
    return run


def _undoable(session: Any, number: int) -> tuple[RunView, IncidentView]:
    """The run and its incident. Raises InputError with the reason when it cannot be undone."""
    from handlers.remediations import undo as undoing  # noqa: PLC0415

    if number > MAX_ID:
        flask.abort(404)
    run, incident, _calls = undoing.find(session, number)
    return run, incident
