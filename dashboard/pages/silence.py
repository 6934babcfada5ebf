"""Silences incidents like the current one, after showing which past incidents the silence would have matched."""

# ruff: noqa: PLC0415 - a page imports what it needs with its first request, not with the process

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import flask

from dashboard import formats, rendering
from dashboard.page import Page
from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from shared.durations import parse_duration
from shared.texts import Text
from shared.texts.dashboard import incident as texts

if TYPE_CHECKING:
    from shared.records import IncidentView

PAGE = Page("silence", texts.SILENCE, within="incidents")
PERIOD = timedelta(days=30)
MAX_ID = 2**31 - 1
INVALID = 422
SHOWN = 5  # incidents that each extent would have hidden, the latest


@PAGE.get("/incidents/<int:number>/silence", "silence.html", role=UserRole.OPERATOR)
def show(request: PageRequest, number: int) -> dict[str, Any]:
    """The possible extents of a silence, each with the past incidents that it would have matched."""
    return _context(request, number)


def _context(
    request: PageRequest, number: int, given: dict[str, str] | None = None, problems: dict[str, Text] | None = None
) -> dict[str, Any]:
    """The values of the template; `given` are those of a submitted form, `problems` the mistakes by field."""
    from dashboard.incidents.silencing import DEFAULT_LENGTH, LENGTHS, SCOPES
    from db.error_db import queries

    with request.error_db() as session:
        incident = _incident(session, number)
        found = queries.sharing(session, incident.rule, incident.resource, request.now - PERIOD, limit=SHOWN)
    scopes = [scope for scope, names in SCOPES.items() if incident.resource or "resource" not in names]
    return {
        "t": texts,
        "incident": incident,
        "scopes": [(scope, _label(scope, incident), *getattr(found, scope)) for scope in scopes],
        "total": found.total,
        "lengths": [(each, request.now + parse_duration(each), parse_duration(each)) for each in LENGTHS],
        "given": {"scope": scopes[0], "for": DEFAULT_LENGTH, "reason": "", **(given or {})},
        "problems": problems or {},
    }


@PAGE.post("/incidents/<int:number>/silence")
def add(request: PageRequest, number: int) -> Any:
    """Adds the silence; shows the form again with the mistake next to each field if a value is missing or invalid."""
    from dashboard.incidents.silencing import LENGTHS, match_of
    from db.error_db import silences

    given = {name: request.form.get(name, "").strip()[:500] for name in ("scope", "for", "reason")}
    with request.error_db() as session:
        match = match_of(given["scope"], _incident(session, number))
    found = {
        "scope": None if match else texts.SCOPE_MISSING,
        "for": None if given["for"] in LENGTHS else texts.LENGTH_MISSING,
        "reason": None if given["reason"] else texts.REASON_NEEDED,
    }
    problems = {name: text for name, text in found.items() if text}
    if match is None or problems:
        valid = {name: value for name, value in given.items() if name == "reason" or name not in problems}
        return rendering.page(request, PAGE, "silence.html", _context(request, number, valid, problems)), INVALID
    until = request.now + parse_duration(given["for"])
    with request.change() as transaction:
        silences.add(
            transaction.session,
            matcher=match.as_dict(),
            owner=request.user.name,
            reason=given["reason"],
            starts_at=request.now,
            expires_at=until,
            now=request.now,
        )
    request.notify(texts.NOW_SILENCED(time=formats.clock(until)))
    return request.redirect("incident.show", number=number)


def _label(scope: str, incident: IncidentView) -> Text:
    from dashboard.incidents.silencing import SCOPES

    label = {"both": texts.SCOPE_BOTH, "resource": texts.SCOPE_RESOURCE, "rule": texts.SCOPE_RULE}[scope]
    return label(**{name: getattr(incident, name) for name in SCOPES[scope]})


def _incident(session: Any, number: int) -> IncidentView:
    from db.error_db.views import load_view

    view = load_view(session, number) if number <= MAX_ID else None
    if view is None:
        flask.abort(404)
    return view
