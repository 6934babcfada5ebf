"""What a run may ask the Schema DB, as fields of its context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from insights.access.earlier_access import EarlierAccess, access_before
from insights.access.model import AccessGrant
from insights.access.removed_grants import removed_before
from insights.causes.sentences import line
from shared.records import IncidentView, SystemPlace
from shared.texts import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from insights.causes.lookup import Causes

MAX_CAUSES = 3


class HistoryQuestions(TypedDict):
    """The fields of ActionContext that query the Schema DB; each has an empty answer if it does not answer."""

    causes: Callable[[], list[Text]]
    removed_grants: Callable[[int], Sequence[AccessGrant]]
    earlier_access: Callable[[str, datetime], EarlierAccess | None]
    environment_places: Callable[[str], frozenset[SystemPlace]]


def questions(causes: Causes | None, incident: IncidentView, now: datetime) -> HistoryQuestions:
    """The questions about an incident; nothing is queried before a run asks."""
    return HistoryQuestions(
        causes=lambda: _changes_before(causes, incident, now),
        removed_grants=lambda days: removed_before(causes, incident, now, days=days),
        earlier_access=lambda name, at: access_before(causes, name, incident.project, at, now),
        environment_places=lambda name: _environment_places(causes, name, now),
    )


def _environment_places(causes: Causes | None, name: str, now: datetime) -> frozenset[SystemPlace]:
    """The places that have, or had, a Composer environment of this name; none if the Schema DB does not answer."""

    def question(session: Session) -> frozenset[SystemPlace]:
        from insights.performance.environments import places_of_environment  # noqa: PLC0415

        return places_of_environment(session, name)

    return (causes.ask(question, now) if causes else None) or frozenset()


def _changes_before(causes: Causes | None, incident: IncidentView, now: datetime) -> list[Text]:
    """A line for each change."""
    found = causes.before(incident, now, limit=MAX_CAUSES) if causes else None
    return [line(cause) for cause in found or ()]
