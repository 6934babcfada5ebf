"""Action runs: the results of remediations and notifications, latest first."""

from __future__ import annotations

from dashboard.api.incident_items import run_items
from dashboard.api.models.actions import ActionRunPage, ActionRunQuery
from dashboard.api.paging import cursor_of, number_place
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from db.error_db import runs

RESOURCE = ApiResource("action-runs", "Executions of actions: planned, running, done, failed or skipped.")


@RESOURCE.get("/action-runs")
def list_action_runs(request: ApiRequest, query: ActionRunQuery) -> ActionRunPage:
    """Lists action runs, latest first."""
    with request.error_db() as session:
        found = runs.latest(session, limit=query.limit + 1, before=number_place(query.cursor), incident=query.incident)
    shown = found[: query.limit]
    more = len(found) > query.limit
    return ActionRunPage(
        items=run_items(shown, request.locale.language), next_cursor=cursor_of(shown[-1].id) if more else None
    )
