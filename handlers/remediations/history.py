"""The questions of a run to the Schema DB, as fields of its context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from db.error_db.incidents import false_alarms
from insights.access.earlier_access import EarlierAccess, access_before
from insights.access.model import AccessGrant
from insights.access.removed_grants import removed_before
from insights.causes.sentences import line
from shared.records import IncidentView, SystemPlace
from shared.texts import Text
from shared.texts.causes import NONE_FOUND

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.store import ErrorStore
    from insights.causes.lookup import Causes
    from insights.causes.model import CauseReport

OWN_SERVICE = "hinomi"


class HistoryQuestions(TypedDict):
    """The fields of ActionContext that query the Schema DB. If it does not respond, each has an empty answer."""

    likely_cause: Callable[[], Text | None]
    alarm_note: Callable[[], Text | None]
    digest_notes: Callable[[IncidentView], tuple[Text | None, Text | None]]
    removed_grants: Callable[[int], Sequence[AccessGrant]]
    earlier_access: Callable[[str, datetime], EarlierAccess | None]
    environment_places: Callable[[str], frozenset[SystemPlace]]


def questions(causes: Causes | None, incident: IncidentView, now: datetime, errors: ErrorStore) -> HistoryQuestions:
    """The questions about an incident. Nothing is queried until a run asks."""
    return HistoryQuestions(
        likely_cause=lambda: _likely_cause(causes, incident, now),
        alarm_note=lambda: _alarm_note(causes, incident, now, errors),
        digest_notes=lambda other: (_found_cause(causes, other, now), _alarm_note(causes, other, now, errors)),
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


def _likely_cause(causes: Causes | None, incident: IncidentView, now: datetime) -> Text | None:
    """The most likely cause in one line, or that none was found; None without history, and for Hinomi's own incidents."""
    found = _causes_of(causes, incident, now)
    if found is None:
        return None
    if found.causes:
        return line(found.causes[0])
    return NONE_FOUND if found.has_history else None


def _found_cause(causes: Causes | None, incident: IncidentView, now: datetime) -> Text | None:
    """The most likely cause in one line; None if there is none."""
    found = _causes_of(causes, incident, now)
    return line(found.causes[0]) if found and found.causes else None


def _causes_of(causes: Causes | None, incident: IncidentView, now: datetime) -> CauseReport | None:
    return causes.before(incident, now, limit=1) if causes and incident.service != OWN_SERVICE else None


def _alarm_note(causes: Causes | None, incident: IncidentView, now: datetime, errors: ErrorStore) -> Text | None:
    """The usual range, the share of false alarms and the top contributors; None for incidents that compare no value."""
    from insights.performance.contributors import top_contributors  # noqa: PLC0415 - not on a cold start
    from insights.performance.usual import is_about_load, note, usual_of  # noqa: PLC0415

    if not is_about_load(incident):
        return None
    usual = causes.ask(lambda session: usual_of(session, incident), now) if causes else None
    top = causes.ask(lambda session: top_contributors(session, incident, now), now) if causes else None
    with errors.reading() as session:
        return note(usual, false_alarms.record_of(session, incident.rule, now), top or ())
