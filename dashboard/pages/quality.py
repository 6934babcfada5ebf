"""Data quality: the checks with their latest results, and the results of a check."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from typing import Any

import flask

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts.dashboard import quality as texts

ON_A_PAGE, RESULTS = 50, 100

PAGE = Page("quality", texts.TITLE, order=45, icon="well", key="q")


@PAGE.get("/quality", "quality/list.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The checks, those with a problem first."""
    from dashboard.incidents.checks import result_bars
    from insights.quality.checks import checks

    page, state = request.number("page"), request.args.get("state", "")
    first = (page - 1) * ON_A_PAGE
    states = [state] if state in texts.STATES else ()
    with request.schema_db() as session:
        listed = checks(
            session, request.now, text=request.args.get("q", "").strip(), states=states, limit=ON_A_PAGE, offset=first
        )
    return {
        "t": texts,
        "listed": listed,
        "bars": {each.key: result_bars(each.results) for each in listed.lines},
        "incidents": _incidents(request, [each.key for each in listed.lines]),
        "latest": max((each.latest.time for each in listed.lines), default=None),
        "first": first,
        "place": page,
        "size": ON_A_PAGE,
    }


@PAGE.get("/quality/<key>", "quality/check.html")
def show_check(request: PageRequest, key: str) -> Any:
    """The results of a check, latest first."""
    from dashboard.incidents.checks import BARS, result_bars
    from insights.quality.checks import check_of, results_of

    with request.schema_db() as session:
        line = check_of(session, key[:64])
        results = results_of(session, line.key, limit=RESULTS) if line else []
    if line is None:
        flask.abort(404)
    return {
        "t": texts,
        "line": line,
        "results": results,
        "bars": result_bars(results[:BARS][::-1]),
        "incidents": _incidents(request, [line.key]),
    }


def _incidents(request: PageRequest, keys: list[str]) -> dict[str, int]:
    """The unresolved incident of each check."""
    from db.error_db import queries

    with request.error_db() as session:
        return queries.unresolved_by_fingerprint(session, keys)
