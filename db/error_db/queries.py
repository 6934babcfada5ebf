"""Queries on the Error DB of the command line, the dashboard and approvals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, Text, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from db.error_db import runs
from db.error_db.models import PENDING, UNRESOLVED, ActionRun, Incident, Occurrence
from db.error_db.views import incident_view, load_view, occurrence_view, run_view, with_latest_occurrence
from db.sanitize import clean
from shared.lazy.dataclass import dataclass
from shared.model import ErrorClass, IncidentKind, Severity, Status
from shared.records import IncidentDetail, IncidentView, RunView, SystemPlace

MAX_OCCURRENCES = 100
_DECIDED = ActionRun.decided_by.is_not(None)
# Labels with the name of a system that a connection may serve: an Airflow environment, a Kafka Connect cluster.
_WITH_LOCATION = ("composer", "kafka")  # services whose incidents have the location of the system, not that of a job
_SYSTEMS = ("environment", "airflow_environment", "connect_cluster", "cluster")


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Conditions on incidents; None and () match every incident.

    `severity` is the lowest severity, `since` the earliest `last_seen_at`, `text` a part of the rule, title, resource,
    principal or summary, ignoring case. `before` is the `last_seen_at` and number of an incident; only incidents that
    follow it in the list match.
    """

    status: tuple[Status, ...] = ()
    kind: IncidentKind | None = None
    service: str | None = None
    severity: Severity | None = None
    project: str | None = None
    since: datetime | None = None
    text: str | None = None
    rule: str | None = None
    resource: str | None = None
    error: ErrorClass | None = None
    before: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class IncidentsSharing:
    """The incidents with the same rule, the same resource and both: the number of each, with the latest; `total` counts all."""

    total: int
    rule: tuple[int, list[IncidentView]]
    resource: tuple[int, list[IncidentView]]
    both: tuple[int, list[IncidentView]]


@dataclass(frozen=True, slots=True)
class EndedCount:
    """The number of ended incidents, and of those that ended without a person."""

    total: int
    without_person: int


def incidents(
    session: Session, filters: IncidentFilter, *, limit: int, worst_first: bool = False
) -> list[IncidentView]:
    """Matching incidents, latest seen first; with `worst_first`, by severity, resolved ones last."""
    latest = Incident.last_seen_at.desc(), Incident.id.desc()
    order = (_urgency().desc(), *latest) if worst_first else latest
    rows = session.execute(with_latest_occurrence().where(*_conditions(session, filters)).order_by(*order).limit(limit))
    return [incident_view(incident, occurrence) for incident, occurrence in rows]


def unresolved_statuses(session: Session, *, limit: int) -> dict[int, Status]:
    """The status of each unresolved incident by number; of more than `limit`, the most severe ones."""
    query = select(Incident.id, Incident.status).where(Incident.status.in_((Status.OPEN, Status.ACKNOWLEDGED)))
    rows = session.execute(
        query.order_by(_urgency().desc(), Incident.last_seen_at.desc(), Incident.id.desc()).limit(limit)
    )
    return {number: Status(status) for number, status in rows}


def places_of_system(session: Session, view: IncidentView) -> frozenset[SystemPlace]:
    """The places of incidents of the same service that name the same system; empty for an incident that names none."""
    named = [Incident.labels[label].as_string() == view.labels[label] for label in _SYSTEMS if view.labels.get(label)]
    if not named:
        return frozenset()
    columns = Incident.project, Incident.labels["location"].as_string()
    query = select(*columns).where(Incident.service == view.service, Incident.project != "", or_(*named))
    is_of_system = view.service in _WITH_LOCATION
    rows = session.execute(query.distinct()).all()
    return frozenset(SystemPlace(project, (location or "") if is_of_system else "") for project, location in rows)


def count(session: Session, filters: IncidentFilter) -> int:
    """The number of matching incidents."""
    return session.scalar(select(func.count()).select_from(Incident).where(*_conditions(session, filters))) or 0


def sharing(session: Session, rule: str, resource: str, since: datetime, *, limit: int) -> IncidentsSharing:
    """The incidents seen since a time with this rule, with this resource, and with both: each count and the latest ones.

    Those of the resource are read once, because no index has the resource; the others are counted in an index.
    """
    recent, of_rule = Incident.last_seen_at >= since, Incident.rule == rule
    latest = Incident.last_seen_at.desc(), Incident.id.desc()
    counts = (select(func.count()).select_from(Incident).where(*each) for each in ((recent,), (recent, of_rule)))
    total, number_of_rule = session.execute(select(*(each.scalar_subquery() for each in counts))).one()
    last_of_rule = list(session.scalars(select(Incident.id).where(recent, of_rule).order_by(*latest).limit(limit)))
    number = func.count().over(partition_by=of_rule).label("number")
    place = func.row_number().over(partition_by=of_rule, order_by=latest).label("place")
    columns = Incident.id, Incident.last_seen_at, of_rule.label("is_of_rule"), number, place
    there = select(*columns).where(recent, Incident.resource == resource).subquery()
    of_resource = session.execute(select(there).where(there.c.place <= limit)).all() if resource else []
    of_resource = sorted(of_resource, key=lambda row: (row.last_seen_at, row.id), reverse=True)
    of_both = [row for row in of_resource if row.is_of_rule]
    shown = [row.id for row in of_resource[:limit]], [row.id for row in of_both[:limit]], last_of_rule
    rows = session.execute(with_latest_occurrence().where(Incident.id.in_({each for some in shown for each in some})))
    views = {incident.id: incident_view(incident, occurrence) for incident, occurrence in rows}
    listed = [[views[each] for each in some if each in views] for some in shown]
    numbers = (
        sum({bool(row.is_of_rule): row.number for row in of_resource}.values()),
        max((row.number for row in of_both), default=0),
    )
    return IncidentsSharing(total, (number_of_rule, listed[2]), (numbers[0], listed[0]), (numbers[1], listed[1]))


def count_ended(session: Session, filters: IncidentFilter) -> EndedCount:
    """The number of matching incidents that are resolved, and of those that ended without a person.

    A person acknowledged or resolved the others, or decided on an action. Incidents with a decision are counted
    separately and subtracted: there are few of them, and the other count reads only an index.
    """
    untouched = Incident.resolved_by.is_distinct_from("person") & Incident.acknowledged_at.is_(None)
    conditions = Incident.status == Status.RESOLVED, *_conditions(session, filters)
    alone = case((untouched, 1), else_=0)
    total, without = session.execute(select(func.count(), func.coalesce(func.sum(alone), 0)).where(*conditions)).one()
    decided = select(func.count(Incident.id.distinct())).join(ActionRun, ActionRun.incident_id == Incident.id)
    return EndedCount(total, without - (session.scalar(decided.where(_DECIDED, untouched, *conditions)) or 0))


def decided_by_person(session: Session, numbers: Collection[int]) -> set[int]:
    """Which of these incidents have an action on which a person decided."""
    return set(session.scalars(select(ActionRun.incident_id).where(_DECIDED, ActionRun.incident_id.in_(numbers))))


def ended_with_text(session: Session, filters: IncidentFilter, *, limit: int) -> tuple[list[IncidentView], EndedCount]:
    """The latest resolved incidents that match a text, and the number of all that match, in a single search."""
    decided = Incident.id.in_(select(ActionRun.incident_id).where(_DECIDED))
    by_person = Incident.resolved_by == "person", Incident.acknowledged_at.is_not(None), decided
    alone = case((or_(*by_person), 0), else_=1)
    matching = select(Incident.id, func.count().over(), func.sum(alone).over())
    matching = matching.where(Incident.status == Status.RESOLVED, *_conditions(session, filters))
    latest = Incident.last_seen_at.desc(), Incident.id.desc()
    found = session.execute(matching.order_by(*latest).limit(limit)).all()
    rows = session.execute(with_latest_occurrence().where(Incident.id.in_([row[0] for row in found])).order_by(*latest))
    total, without_person = found[0][1:] if found else (0, 0)
    return [incident_view(incident, occurrence) for incident, occurrence in rows], EndedCount(total, without_person)


def newest(session: Session) -> int:
    """The highest number of an incident; 0 if there is none."""
    return session.scalar(select(func.max(Incident.id))) or 0


def incident(session: Session, incident_id: int, *, occurrences: int = MAX_OCCURRENCES) -> IncidentDetail | None:
    """One incident with its latest occurrences and all its action runs, None when it does not exist.

    For the number of a merged incident, it is the incident that it was merged into.
    """
    from shared.log_readings import EVIDENCE as LOG_READING  # noqa: PLC0415 - lists do not need it

    view = load_view(session, incident_id)
    if view is None:
        return None
    latest = select(Occurrence).where(Occurrence.incident_id == view.id)
    latest = latest.order_by(Occurrence.time.desc(), Occurrence.id.desc()).limit(occurrences)
    latest_views = [occurrence_view(row) for row in session.scalars(latest)]
    if read := next((one.evidence[LOG_READING] for one in latest_views if LOG_READING in one.evidence), None):
        view = replace(view, evidence={**view.evidence, LOG_READING: read})
    return IncidentDetail(
        incident=view,
        occurrences=latest_views,
        runs=runs.of_incident(session, view.id),
    )


def occurrence_times(session: Session, incident_id: int, *, limit: int) -> list[datetime]:
    """The event times of an incident's latest occurrences, latest first."""
    latest = select(Occurrence.time).where(Occurrence.incident_id == incident_id).order_by(Occurrence.time.desc())
    return list(session.scalars(latest.limit(limit)))


def latest_evidence(session: Session, incident_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The evidence of the latest occurrence of each of these incidents."""
    columns = Occurrence.incident_id, Occurrence.evidence
    latest = select(*columns).where(Occurrence.incident_id.in_(sorted(incident_ids)))
    if not incident_ids:
        return {}
    rows = session.execute(latest.order_by(Occurrence.time, Occurrence.id))
    return {row.incident_id: row.evidence for row in rows}


def similar(session: Session, view: IncidentView, *, since: datetime, limit: int) -> list[IncidentView]:
    """Other incidents that ended since a time: first those of the same fault, then those of the same rule; latest first."""
    ended = Incident.id != view.id, Incident.status == Status.RESOLVED, Incident.last_seen_at >= since
    found: dict[int, IncidentView] = {}
    for same in (Incident.fingerprint == view.fingerprint, Incident.rule == view.rule):
        query = with_latest_occurrence().where(same, *ended).order_by(Incident.last_seen_at.desc()).limit(limit)
        found |= {incident.id: incident_view(incident, occurrence) for incident, occurrence in session.execute(query)}
    return list(found.values())[:limit]


def around(session: Session, view: IncidentView, *, margin: timedelta, limit: int) -> list[IncidentView]:
    """Other incidents of the same principal or resource that were seen at about the same time, latest first."""
    same = [Incident.resource == view.resource] if view.resource else []
    same += [Incident.principal == view.principal] if view.principal else []
    seen = Incident.last_seen_at.between(view.opened_at - margin, (view.resolved_at or view.last_seen_at) + margin)
    if not same:
        return []
    query = with_latest_occurrence().where(Incident.id != view.id, Incident.status.in_(list(Status)), seen, or_(*same))
    rows = session.execute(query.order_by(Incident.last_seen_at.desc()).limit(limit))
    return [incident_view(incident, occurrence) for incident, occurrence in rows]


def latest_by_resource(session: Session, rule: str) -> dict[str, IncidentView]:
    """The latest incident of a rule for each resource."""
    rows = session.execute(with_latest_occurrence().where(Incident.rule == rule).order_by(Incident.id))
    return {incident.resource: incident_view(incident, occurrence) for incident, occurrence in rows}


def unresolved_of_rule(session: Session, rule: str) -> list[IncidentView]:
    """The unresolved incidents of a rule, earliest first."""
    query = with_latest_occurrence().where(Incident.rule == rule, UNRESOLVED).order_by(Incident.id)
    return [incident_view(incident, occurrence) for incident, occurrence in session.execute(query)]


def unresolved_by_fingerprint(session: Session, fingerprints: Sequence[str]) -> dict[str, int]:
    """The number of the unresolved incident of each fingerprint, for those that have one."""
    query = select(Incident.fingerprint, Incident.id).where(Incident.fingerprint.in_(fingerprints), UNRESOLVED)
    return {row.fingerprint: row.id for row in session.execute(query)} if fingerprints else {}


def unresolved_among(session: Session, numbers: Sequence[int]) -> list[int]:
    """The unresolved ones of these incidents, by number, in order."""
    query = select(Incident.id).where(Incident.id.in_(numbers), UNRESOLVED)
    return list(session.scalars(query.order_by(Incident.id)))


def with_unrepaired_runs(session: Session, since: datetime) -> list[IncidentView]:
    """Incidents with runs that failed and were never repaired: unresolved, or closed and last seen after `since`."""
    from db.error_db.periods import QUIET  # noqa: PLC0415

    has_runs = cast(Incident.unrepaired, String) != "{}"
    open_or_closed = or_(UNRESOLVED, and_(Incident.resolved_by == QUIET, Incident.last_seen_at >= since))
    query = with_latest_occurrence().where(has_runs, open_or_closed).order_by(Incident.last_seen_at.desc())
    return [incident_view(incident, occurrence) for incident, occurrence in session.execute(query)]


def _urgency() -> ColumnElement[int]:
    """The rank of the severity; -1 for a resolved incident."""
    ranks = [(Incident.severity == severity, severity.rank) for severity in Severity]
    return case((Incident.status == Status.RESOLVED, -1), *ranks, else_=0)


def _conditions(session: Session, filters: IncidentFilter) -> Iterator[ColumnElement[bool]]:
    if filters.status and len(set(filters.status)) < len(Status):
        yield Incident.status.in_(filters.status)
    for column in (Incident.kind, Incident.service, Incident.project, Incident.rule, Incident.resource):
        if value := getattr(filters, column.key):
            yield column == value
    if filters.error:
        yield Incident.error_class == filters.error
    if filters.severity:
        yield Incident.severity.in_([level for level in Severity if level.rank >= filters.severity.rank])
    if filters.since:
        yield Incident.last_seen_at >= filters.since
    if filters.before:
        seen, number = filters.before
        yield or_(Incident.last_seen_at < seen, and_(Incident.last_seen_at == seen, Incident.id < number))
    if filters.text:
        is_postgresql = session.get_bind().dialect.name == "postgresql"
        place = func.strpos if is_postgresql else func.instr
        yield place(_searched(is_postgresql=is_postgresql), func.lower(filters.text)) > 0


def _searched(*, is_postgresql: bool) -> ColumnElement[str]:
    """The searched columns as one text in lower case, which takes a quarter of the time of one ILIKE per column.

    PostgreSQL stores the text of incidents since migration 0043.
    """
    together: ColumnElement[str] = cast(Incident.rule, Text)
    for column in (Incident.title, Incident.resource, Incident.principal, Incident.summary):
        together = together + "\n" + column
    return func.coalesce(Incident.search_text, func.lower(together)) if is_postgresql else func.lower(together)


def waiting_for_approval(session: Session, *, handler_rule: str = "", target: str = "") -> list[RunView]:
    """Runs that wait for a person or for their plan, by time limit, the nearest first; optionally of a rule on a target."""
    query = select(ActionRun).where(ActionRun.approval.is_not(None), ActionRun.decided_at.is_(None), PENDING)
    if handler_rule:
        query = query.where(ActionRun.handler_rule == handler_rule, ActionRun.target == clean(target))
    return [run_view(row) for row in session.scalars(query.order_by(ActionRun.not_before, ActionRun.id))]


def recording_delays(session: Session, since: datetime, *, limit: int) -> list[timedelta]:
    """How long after its event each of the latest occurrences since a time was recorded, the shortest first."""
    query = select(Occurrence.time, Occurrence.received_at).where(Occurrence.received_at >= since)
    rows = session.execute(query.order_by(Occurrence.received_at.desc()).limit(limit))
    return sorted(max(timedelta(0), recorded - time) for time, recorded in rows)
