"""Incidents: which are open, and which need a person."""

from __future__ import annotations

from typing import Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.model import Status
from shared.texts.dashboard import incidents as texts

MOST = 100


def count_open(request: PageRequest) -> int:
    """The number of incidents that nobody has acknowledged."""
    from db.error_db import queries  # noqa: PLC0415

    with request.error_db() as session:
        return queries.count(session, queries.IncidentFilter(status=(Status.OPEN,)))


PAGE = Page("incidents", texts.TITLE, order=20, icon="bell", key="i", on_phone=True, badge=count_open)


@PAGE.get("/incidents", "incidents.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The unresolved incidents, the most severe first."""
    from db.error_db import queries  # noqa: PLC0415

    conditions = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED))
    with request.error_db() as session:
        found = queries.incidents(session, conditions, limit=MOST, worst_first=True)
    needing = sum(view.status is Status.OPEN for view in found)
    return {"t": texts, "incidents": found, "needing": needing, "zone": request.locale.zone(request.now)}
