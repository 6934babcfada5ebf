"""Silences what an incident is about, after showing what that would have hidden."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import flask

from dashboard import formats
from dashboard.page import Page
from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from shared.durations import parse_duration
from shared.texts import Text
from shared.texts.dashboard import incident as texts

if TYPE_CHECKING:
    from handlers.spec import Match
    from shared.records import IncidentView

PAGE = Page("silence", texts.SILENCE, within="incidents")
LENGTHS = ("1h", "4h", "12h", "1d", "7d")
DEFAULT_LENGTH = "4h"
MAX_ID = 2**31 - 1


@PAGE.get("/incidents/<int:number>/silence", "silence.html", role=UserRole.OPERATOR)
def show(request: PageRequest, number: int) -> dict[str, Any]:
    """The extents that a silence may have, each with what it would have hidden."""
    from handlers.silences.extent import would_have_hidden  # noqa: PLC0415

    with request.error_db() as session:
        incident = _incident(session, number)
        matches = _matches(incident)
        extents = would_have_hidden(session, list(matches.values()), request.now)
    return {
        "t": texts,
        "incident": incident,
        "scopes": [(name, _label(name, incident), extent) for name, extent in zip(matches, extents, strict=True)],
        "lengths": [(each, request.now + parse_duration(each), parse_duration(each)) for each in LENGTHS],
        "default_length": DEFAULT_LENGTH,
    }


@PAGE.post("/incidents/<int:number>/silence")
def add(request: PageRequest, number: int) -> Any:
    """Adds the silence. Aborts with 400 for a choice that the page does not have."""
    from db.error_db import silences  # noqa: PLC0415

    scope, length = request.form.get("scope", ""), request.form.get("for", "")
    reason = request.form.get("reason", "").strip()[:500]
    if length not in LENGTHS:
        flask.abort(400)
    if not reason:
        request.notify(texts.REASON_NEEDED)
        return request.redirect("silence.show", number=number)
    until = request.now + parse_duration(length)
    with request.change() as transaction:
        match = _matches(_incident(transaction.session, number)).get(scope)
        if match is None:
            flask.abort(400)
        silences.add(
            transaction.session,
            matcher=match.as_dict(),
            owner=request.user.name,
            reason=reason,
            starts_at=request.now,
            expires_at=until,
            now=request.now,
        )
    request.notify(texts.NOW_SILENCED(time=formats.clock(until)))
    return request.redirect("incident.show", number=number)


def _matches(incident: IncidentView) -> Mapping[str, Match]:
    """The match blocks by scope, the narrowest first; names are matched literally."""
    from handlers.spec import Match  # noqa: PLC0415

    rule, resource = (glob.escape(incident.rule),), (glob.escape(incident.resource),)
    made = {"both": Match(rule=rule, resource=resource), "resource": Match(resource=resource), "rule": Match(rule=rule)}
    return made if incident.resource else {"rule": made["rule"]}


def _label(scope: str, incident: IncidentView) -> Text:
    label = {"both": texts.SCOPE_BOTH, "resource": texts.SCOPE_RESOURCE, "rule": texts.SCOPE_RULE}[scope]
    values = {"rule": incident.rule, "resource": incident.resource}
    return label(**{name: value for name, value in values.items() if scope in ("both", name)})


def _incident(session: Any, number: int) -> IncidentView:
    from db.error_db.views import load_view  # noqa: PLC0415

    view = load_view(session, number) if number <= MAX_ID else None
    if view is None:
        flask.abort(404)
    return view
