"""The calls of the account behind an incident of access, as the history has them: each call, network and resource."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.model import IncidentKind

if TYPE_CHECKING:
    from dashboard.page_request import PageRequest
    from insights.access.answers.calls import CallList
    from shared.records import IncidentView

AROUND = timedelta(hours=1)  # the history counts calls by the hour
MOST = 30


def counted_calls(request: PageRequest, view: IncidentView) -> CallList | None:
    """The latest calls of the account from an hour before the incident to an hour after its last occurrence.

    None for another kind of incident, one without an account, and while no snapshot has its calls.
    """
    from insights.access.answers import calls  # noqa: PLC0415

    if view.kind is not IncidentKind.IRREGULAR_ACCESS or not view.principal:
        return None
    start, end = view.opened_at - AROUND, view.last_seen_at + AROUND
    observed = request.ask_schema_db(lambda session: calls.by_principal(session, view.principal, start, end, most=MOST))
    return observed if observed and observed.calls else None
