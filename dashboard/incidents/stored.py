"""All stored data of an incident, for its page and the API."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dashboard.incidents.situation import hiding
from shared.texts.recorded import localized_detail

if TYPE_CHECKING:
    from dashboard.request_context import RequestContext
    from insights.causes.model import CauseReport
    from shared.records import IncidentDetail, IncidentView, SilenceView

MAX_ID = 2**31 - 1
SIMILAR_FOR = timedelta(days=30)
SHOWN_SIMILAR, MOST_CAUSES = 5, 10
AROUND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """The data of an incident in the Error DB, in the reader's language and without links to unknown hosts."""

    detail: IncidentDetail
    on_call: str
    calls: dict[int, list[dict[str, Any]]]
    similar: list[IncidentView]
    around: list[IncidentView]
    silence: SilenceView | None


def read_incident(request: RequestContext, number: int) -> StoredIncident | None:
    """The incident with all its data; None if it does not exist.

    For a merged incident, the incident that it was merged into.
    """
    from db.error_db import queries, silences
    from handlers.cards.links import detail_with_known_links, known_hosts
    from handlers.owners.recipients import Recipients
    from handlers.owners.table import with_owner
    from handlers.remediations.audit import calls_of
    from handlers.versions.apply import defaults_of

    if not 0 < number <= MAX_ID:
        return None
    with request.error_db() as session:
        detail = queries.incident(session, number)
        if detail is None:
            return None
        recipients = Recipients.of_defaults(defaults_of(session))
        detail = replace(detail, incident=with_owner(detail.incident, recipients.owners))
        owner = detail.incident.owner
        rotation = recipients.rotations.get(owner.on_call) if owner else None
        since = request.now - SIMILAR_FOR
        return StoredIncident(
            detail=localized_detail(
                detail_with_known_links(detail, known_hosts(request.settings)), request.locale.language
            ),
            on_call=rotation.on_call(request.now) if rotation else "",
            calls=calls_of(session, detail.runs, request.settings.redact),
            similar=queries.similar(session, detail.incident, since=since, limit=SHOWN_SIMILAR),
            around=queries.around(session, detail.incident, margin=AROUND, limit=SHOWN_SIMILAR),
            silence=hiding(silences.active(session, request.now), detail.incident),
        )


def causes_of(request: RequestContext, view: IncidentView) -> CauseReport | None:
    """The likely causes of the incident and the excluded changes; None if the history is unavailable or empty."""
    from insights.causes import changes

    redact = request.settings.redact
    found = request.ask_schema_db(lambda session: changes.before(session, view, redact=redact, limit=MOST_CAUSES))
    return found if found and (found.has_history or found.causes or found.ruled_out) else None


def runbooks(view: IncidentView) -> list[str]:
    """The addresses of runbooks: from the label of the incident, then from its owner."""
    of_owner = view.owner.runbook if view.owner else ""
    return list(dict.fromkeys(filter(None, (view.labels.get("runbook", ""), of_owner))))
