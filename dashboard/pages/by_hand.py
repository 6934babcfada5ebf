"""Runs a remediation or a script for an incident: its plan waits for approval on the page of the incident."""

from __future__ import annotations

from typing import Any

import flask

from dashboard.page import Page
from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from shared.errors import InputError
from shared.records import IncidentView
from shared.texts.dashboard import incident as incident_texts
from shared.texts.remediations import by_hand as texts

PAGE = Page("by_hand", texts.RUN, within="incidents")
MAX_ID = 2**31 - 1


@PAGE.get("/incidents/<int:number>/run", "by_hand.html", role=UserRole.OPERATOR)
def show(request: PageRequest, number: int) -> dict[str, Any]:
    """The handler rules that may run, each with its target, or why it cannot run now."""
    from handlers.remediations import by_hand  # noqa: PLC0415

    with request.error_db() as session:
        incident = _incident(session, number)
        found = by_hand.choices(session, incident, request.now)
    return {"t": texts, "i": incident_texts, "incident": incident, "choices": found}


@PAGE.post("/incidents/<int:number>/run")
def start(request: PageRequest, number: int) -> Any:
    """Plans the run of a rule."""
    from handlers.remediations import by_hand  # noqa: PLC0415

    rule = request.form.get("rule", "")
    try:
        with request.change() as transaction:
            incident = _incident(transaction.session, number)
            run = by_hand.start(transaction.session, rule, incident, by=request.user.name, now=request.now)
    except InputError as error:
        request.refuse(error.full_text)
        return request.redirect("by_hand.show", number=number)
    request.notify(texts.STARTED(run=run, rule=rule))
    return request.redirect("incident.show", number=incident.id)


def _incident(session: Any, number: int) -> IncidentView:
    """The incident of this number, or the incident that it was merged into. Aborts with 404 if there is none."""
    from db.error_db.views import load_view  # noqa: PLC0415

    view = load_view(session, number) if number <= MAX_ID else None
    if view is None:
        flask.abort(404)
    return view
