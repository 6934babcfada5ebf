"""The state shown on a badge. An unknown state is shown as unknown, never as healthy."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.incidents.situation import Need, OpenIncidents, situation
from dashboard.request_context import RequestContext
from db.error_db import queries
from shared import logs
from shared.errors import TransientError
from shared.identity.service_names import NAMES, service_name
from shared.model import Severity
from shared.texts import Text
from shared.texts.api import badge as texts

# White text on each has a contrast of at least 4.5.
FIRE, LATE, HANDLED, WELL, UNKNOWN = "#b9320f", "#7c5300", "#44618f", "#33705f", "#6f675f"


@dataclass(frozen=True, slots=True)
class BadgeState:
    """The label, the word and the fill of a badge."""

    label: Text
    word: Text
    fill: str


def badge_state(request: RequestContext, service: str) -> BadgeState:
    """The state of the platform, or of a named service."""
    label = Text.verbatim(service_name(service)) if service else texts.PLATFORM
    try:
        with request.error_db() as session:
            conditions = queries.IncidentFilter(service=service or None)
            if service and service not in NAMES and not queries.count(session, conditions):
                return BadgeState(Text.verbatim(service), texts.NO_SERVICE, UNKNOWN)
            return BadgeState(label, *_of(situation(session, request.now, conditions)))
    except TransientError as error:
        logs.log("WARNING", "the badge shows no state: a database is unavailable", reason=str(error))
        return BadgeState(label, texts.UNKNOWN, UNKNOWN)


def _of(now: OpenIncidents) -> tuple[Text, str]:
    """The word and the fill of the state: incidents that need a person take precedence over those being handled."""
    needing, handled = now.of(Need.YOU), now.of(Need.HANDLED)
    if needing:
        is_urgent = any(each.view.severity.rank >= Severity.HIGH.rank for each in needing)
        return texts.NEED_YOU(count=len(needing)), FIRE if is_urgent else LATE
    if handled:
        return texts.ARE_HANDLED(count=len(handled)), HANDLED
    return texts.WELL, WELL
