"""The unresolved incidents, and whether each needs a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import flask

from dashboard.page_request import PageRequest
from shared.lazy.dataclass import dataclass
from shared.model import RunState, Status
from shared.records import IncidentView, RunView, SilenceView

if TYPE_CHECKING:
    from db.error_db.queries import IncidentFilter

MOST = 500  # unresolved incidents that a page considers, the most severe


class Need(StrEnum):
    """Whether an unresolved incident needs a person now, in the order of pages."""

    YOU = "you"
    HANDLED = "handled"
    SILENCED = "silenced"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An unresolved incident, the runs of its remediations (earliest first), and the silence that hides it."""

    view: IncidentView
    need: Need
    runs: Sequence[RunView] = ()
    silence: SilenceView | None = None

    @property
    def approval(self) -> RunView | None:
        """The run that waits for a person."""
        return next((run for run in self.runs if run.waits_for_approval), None)

    @property
    def pending(self) -> RunView | None:
        """The run that is running or will start without a person."""
        return next((run for run in self.runs if _is_pending(run)), None)


@dataclass(frozen=True, slots=True)
class OpenIncidents:
    """The unresolved incidents by need, each group by severity, then the latest first."""

    incidents: Sequence[OpenIncident] = field(default=())

    def of(self, need: Need) -> list[OpenIncident]:
        """The incidents with this need."""
        return [each for each in self.incidents if each.need is need]

    @property
    def needing_you(self) -> int:
        """The number of incidents that need a person."""
        return len(self.of(Need.YOU))

    @property
    def silenced(self) -> int:
        """The number of silenced incidents."""
        return len(self.of(Need.SILENCED))


def current(request: PageRequest) -> OpenIncidents:
    """All unresolved incidents at the time of a request, read once for all parts of the page."""
    if "open_incidents" not in flask.g:
        with request.error_db() as session:
            flask.g.open_incidents = situation(session, request.now)
    found: OpenIncidents = flask.g.open_incidents
    return found


def situation(session: Any, now: datetime, conditions: IncidentFilter | None = None) -> OpenIncidents:
    """The unresolved incidents that match the conditions, with their owners, at most MOST."""
    from db.error_db import queries  # noqa: PLC0415

    unresolved = replace(conditions or queries.IncidentFilter(), status=(Status.OPEN, Status.ACKNOWLEDGED))
    found = queries.incidents(session, unresolved, limit=MOST, worst_first=True)
    if not found:
        return OpenIncidents()
    from handlers.owners.table import owners_of, with_owner  # noqa: PLC0415
    from handlers.versions.apply import defaults_of  # noqa: PLC0415

    owners = owners_of(defaults_of(session))
    return OpenIncidents(with_needs(session, now, [with_owner(view, owners) for view in found]))


def with_needs(session: Any, now: datetime, views: Sequence[IncidentView]) -> list[OpenIncident]:
    """Unresolved incidents with the runs of their remediations, and whether each incident needs a person."""
    from db.error_db import runs, silences  # noqa: PLC0415
    from handlers import registry  # noqa: PLC0415

    active = silences.active(session, now)
    of_incidents = runs.of_incidents(session, [view.id for view in views], actions=registry.remediations())
    return [_open(view, of_incidents.get(view.id, ()), active) for view in views]


def count_waiting(request: PageRequest) -> int:
    """The number of action runs that wait for a person."""
    from db.error_db import queries  # noqa: PLC0415

    with request.error_db() as session:
        return sum(run.waits_for_approval for run in queries.waiting_for_approval(session))


def count_needing_you(request: PageRequest) -> int:
    """The number of unresolved incidents that need a person. Reads the incidents only if silences may match them."""
    from db.error_db import queries, runs, silences  # noqa: PLC0415
    from handlers import registry  # noqa: PLC0415

    if "open_incidents" in flask.g:
        return current(request).needing_you
    with request.error_db() as session:
        if silences.active(session, request.now):
            return situation(session, request.now).needing_you
        statuses = queries.unresolved_statuses(session, limit=MOST)
        of_incidents: defaultdict[int, list[RunView]] = defaultdict(list)
        for run in runs.unfinished(session, actions=registry.remediations()):
            of_incidents[run.incident_id].append(run)
    needs = (_need(status, of_incidents.get(number, ())) for number, status in statuses.items())
    return sum(need is Need.YOU for need in needs)


def hiding(silences: Iterable[SilenceView], view: IncidentView) -> SilenceView | None:
    """The first silence that matches the incident; an unreadable silence matches none."""
    from handlers.match import mismatch  # noqa: PLC0415
    from handlers.spec import Match  # noqa: PLC0415

    for silence in silences:
        try:
            match = Match.from_dict(silence.matcher)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        if mismatch(match, view, every=True) is None:
            return silence
    return None


def _open(view: IncidentView, runs: Sequence[RunView], silences: Sequence[SilenceView]) -> OpenIncident:
    silence = hiding(silences, view)
    if silence is not None and not any(run.waits_for_approval for run in runs):
        return OpenIncident(view, Need.SILENCED, runs, silence)
    return OpenIncident(view, _need(view.status, runs), runs, silence)


def _need(status: Status, runs: Sequence[RunView]) -> Need:
    """Whether an incident that no silence hides needs a person."""
    if any(run.waits_for_approval for run in runs):
        return Need.YOU
    return Need.HANDLED if status is Status.ACKNOWLEDGED or any(map(_is_pending, runs)) else Need.YOU


def _is_pending(run: RunView) -> bool:
    return run.state in (RunState.PLANNED, RunState.RUNNING) and not run.needs_approval
