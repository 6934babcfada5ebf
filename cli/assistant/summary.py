"""Summarizes what broke since a time: incidents, missing runs, and the problems of Hinomi itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cli.point_in_time import moment
from dashboard.api import problems, reading
from dashboard.api.models.base import Name, QueryModel
from dashboard.api.models.incidents import IncidentItem, IncidentQuery
from dashboard.api.models.jobs import GapQuery
from dashboard.api.request import ApiRequest
from dashboard.api.resources.health import show_health
from dashboard.api.resources.incidents import list_incidents
from dashboard.api.resources.jobs import list_gaps
from shared.errors import InputError, TransientError
from shared.model import Status

NAME = "what_broke"
DESCRIPTION = (
    "What broke since a time, and what still needs a person: the incidents seen since then and those that are still open, the runs that are "
    "missing, and the problems of Hinomi itself. Begin here; show_incident then says why an incident happened, what was done and what to do next."
)
SHOWN = 50
GAP_DAYS = 7
_FIELDS = (
    "id", "severity", "status", "need", "title", "summary", "reason", "error", "service", "resource", "principal", "opened_at",
    "last_seen_at", "resolved_at", "resolution", "occurrence_count", "effects", "owner", "url",
)  # fmt: skip


class WhatBrokeQuery(QueryModel):
    """The arguments of the tool: `since`, the start of the period, as a time or a duration before now."""

    since: Name = "24h"


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "since": {
            "type": "string",
            "default": "24h",
            "description": "A duration before now such as 12h or 3d, or a time such as 2026-11-25T18:00:00Z.",
        },
        "lang": {"type": "string", "enum": ["en", "ja"], "description": "The language of texts."},
    },
    "additionalProperties": False,
}


def what_broke(request: ApiRequest, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The summary. Raises ProblemError for an invalid time."""
    query = reading.checked(WhatBrokeQuery, json.dumps(dict(arguments)).encode())
    try:
        since = moment(query.since.strip(), request.now, "since")
    except InputError as error:
        raise problems.invalid(error.full_text) from error
    unresolved = IncidentQuery.model_validate({"status": [Status.OPEN, Status.ACKNOWLEDGED], "limit": SHOWN})
    open_now = list_incidents(request, unresolved).items
    seen = list_incidents(request, IncidentQuery.model_validate({"since": since, "limit": SHOWN}))
    ended = [item for item in seen.items if item.status is Status.RESOLVED]
    return {
        "now": request.now.isoformat(),
        "since": since.isoformat(),
        "open": [_short(item) for item in open_now],
        "ended_since": [_short(item) for item in ended],
        "more_exist": seen.next_cursor is not None,
        "missing_runs": _gaps(request),
        "problems_of_hinomi": [each.model_dump() for each in show_health(request).problems],
    }


def _gaps(request: ApiRequest) -> list[dict[str, Any]] | None:
    """The missing runs; None when the history is unavailable."""
    try:
        return [each.as_json() for each in list_gaps(request, GapQuery.model_validate({"days": GAP_DAYS})).items]
    except TransientError:
        return None


def _short(item: IncidentItem) -> dict[str, Any]:
    values = item.as_json()
    return {name: values[name] for name in _FIELDS if values[name] not in (None, [], "")}
