"""The search over pages, incidents, resources and people; also the palette on every page (Ctrl K)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import flask

from dashboard.incidents.rows import ended_row
from dashboard.page import Page
from dashboard.page_request import PageRequest, whole_number
from dashboard.registry import in_navigation
from shared.lazy.dataclass import dataclass
from shared.model import Status
from shared.texts import Text
from shared.texts.dashboard import search as texts
from shared.texts.terms import status_term

LONGEST = 100
MOST_INCIDENTS, MOST_NAMES = 6, 4
SHORTEST_NAME = 3  # letters from which names are searched: fewer are in almost every name
PERIOD = timedelta(days=30)

PAGE = Page("search", texts.TITLE)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A search result: its icon, its name, its kind, and its address."""

    icon: str
    name: Text
    kind: Text
    address: str


@PAGE.get("/search", "search.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The results for `q`; all pages without a text. `?part=results` returns the content of the palette while typing."""
    text = request.args.get("q", "").strip()[:LONGEST]
    results = [*_pages(text, request), *(_found(text, request) if text else ())]
    return {"t": texts, "text": text, "results": results}


def _pages(text: str, request: PageRequest) -> Iterator[SearchResult]:
    for page in in_navigation():
        if text.casefold() in request.text(page.title).casefold():
            yield SearchResult(page.icon, page.title, texts.PAGE, flask.url_for(page.endpoint))


def _found(text: str, request: PageRequest) -> Iterator[SearchResult]:
    yield from _incidents(text, request)
    yield from _names(text, request)
    questions = {
        "incidents.show_list": ("bell", texts.INCIDENTS_WITH, "q"),
        "jobs.show_list": ("bars", texts.JOBS_NAMED, "q"),
        "access.show": ("key", texts.ACCESS_OF, "find"),
    }
    for endpoint, (icon, sentence, parameter) in questions.items():
        if endpoint in flask.current_app.view_functions:
            address = f"{flask.url_for(endpoint)}?{urlencode({parameter: text})}"
            yield SearchResult(icon, sentence(text=text), texts.SEARCH, address)


def _incidents(text: str, request: PageRequest) -> Iterator[SearchResult]:
    """The incident with this number, or the latest ones of 30 days that contain the text."""
    from db.error_db import queries  # noqa: PLC0415
    from db.error_db.views import load_view  # noqa: PLC0415

    number = whole_number(text.removeprefix("#"))
    with request.error_db() as session:
        if number is not None:
            found = [view] if (view := load_view(session, number)) else []
        else:
            conditions = queries.IncidentFilter(text=text, since=request.now - PERIOD)
            found = queries.incidents(session, conditions, limit=MOST_INCIDENTS)
    for view in found:
        row = ended_row(view, request.locale)
        icon = "bell" if view.status is not Status.RESOLVED else row.glyph
        name = Text.verbatim(f"#{view.id} {row.view.summary}")
        yield SearchResult(icon, name, status_term(view), flask.url_for("incident.show", number=view.id))


def _names(text: str, request: PageRequest) -> Iterator[SearchResult]:
    """Resources and principals with access, by parts of their names."""
    from insights.access.answers import known_names  # noqa: PLC0415

    if len(text) < SHORTEST_NAME:
        return
    resources = request.ask_schema_db(lambda session: known_names.resources(session, text, request.now)) or []
    for each in resources[:MOST_NAMES]:
        address = flask.url_for("access.show_resource", on=each.name)
        yield SearchResult("key", Text.verbatim(each.name), texts.RESOURCE, address)
    principals = request.ask_schema_db(lambda session: known_names.principals(session, text)) or []
    for name in principals[:MOST_NAMES]:
        yield SearchResult(
            "you", Text.verbatim(name), texts.PRINCIPAL, flask.url_for("access.show_principal", who=name)
        )
