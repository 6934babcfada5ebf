"""Incidents: list, show, acknowledge, resolve, silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard.api import problems
from dashboard.api.incident_items import IncidentReader, run_items
from dashboard.api.models.access import CallItem
from dashboard.api.models.base import ApiModel
from dashboard.api.models.incidents import (
    AlarmItem,
    CauseItem,
    ContributorItem,
    EvidenceField,
    FalseAlarmBody,
    IncidentDetails,
    IncidentItem,
    IncidentPage,
    IncidentQuery,
    NextStepItem,
    OccurrenceItem,
    ResolveBody,
    RuledOutItem,
    SilenceIncidentBody,
    TimelineEvent,
)
from dashboard.api.models.silences import SilenceItem
from dashboard.api.paging import cursor_of, seen_place
from dashboard.api.related_items import related_items
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from dashboard.api.silence_items import silence_item
from dashboard.incidents.counted_calls import counted_calls
from dashboard.incidents.evidence import evidence_rows
from dashboard.incidents.silencing import match_of
from dashboard.incidents.stored import StoredIncident, causes_of, read_incident, runbooks
from dashboard.incidents.timeline import timeline
from db.error_db import queries, silences
from db.error_db.incidents import false_alarms
from db.error_db.queries import IncidentFilter
from db.error_db.views import load_view
from handlers import registry
from handlers.cards.next_steps import steps_for
from handlers.plan import plan
from insights.causes.model import Cause, CauseReport
from insights.causes.sentences import headline, reasons
from insights.performance.contributors import top_contributors
from insights.performance.usual import UsualRange, is_about_load, range_of
from shared.durations import parse_duration
from shared.model import Status
from shared.records import IncidentView
from shared.texts.api import problems as texts
from shared.texts.terms import status_term

RESOURCE = ApiResource("incidents", "Faults over time: what broke, why, and what was done.")
CHUNK, MOST_CHUNKS = 200, 10  # incidents that a page with a condition on owner or need reads


@RESOURCE.get("/incidents")
def list_incidents(request: ApiRequest, query: IncidentQuery) -> IncidentPage:
    """Lists incidents, latest seen first.

    With a condition on owner or need, a page may be short even if `next_cursor` says that more may follow.
    """
    is_plain = not (query.owner or query.need)
    size = query.limit + 1 if is_plain else CHUNK
    conditions, items = replace(_conditions(query), before=seen_place(query.cursor)), list[IncidentItem]()
    with request.error_db() as session:
        reader = IncidentReader(request, session)
        for _ in range(MOST_CHUNKS):
            views = queries.incidents(session, conditions, limit=size)
            for item in filter(lambda item: _is_wanted(item, query), reader.items(views)):
                if len(items) == query.limit:
                    return IncidentPage(items=items, next_cursor=_after(items[-1]))
                items.append(item)
            if len(views) < size:
                return IncidentPage(items=items, next_cursor=None)
            conditions = replace(conditions, before=(views[-1].last_seen_at, views[-1].id))
    return IncidentPage(items=items, next_cursor=_after(views[-1]))


@RESOURCE.get("/incidents/<int(max=2147483647,min=1):number>")
def show_incident(request: ApiRequest, number: int) -> IncidentDetails:
    """Shows an incident with evidence, timeline, causes, decisions and notifications.

    The number of a merged incident shows the incident that it was merged into.
    """
    stored = read_incident(request, number)
    if stored is None:
        raise problems.not_found(texts.NO_INCIDENT(id=number))
    return _details(request, stored, causes_of(request, stored.detail.incident))


@RESOURCE.post("/incidents/<int(max=2147483647,min=1):number>/acknowledge")
def acknowledge_incident(request: ApiRequest, number: int) -> IncidentItem:
    """Acknowledges an open incident."""
    with request.change() as transaction:
        view = _view(transaction.session, number)
        if not transaction.acknowledge(view.id, by=request.caller.name, time=request.now):
            raise _already(view)
        return IncidentReader(request, transaction.session).item(_view(transaction.session, number))


@RESOURCE.post("/incidents/<int(max=2147483647,min=1):number>/resolve")
def resolve_incident(request: ApiRequest, number: int, body: ResolveBody) -> IncidentItem:
    """Resolves an incident with a reason, and plans the handler rules for `resolved`."""
    with request.change() as transaction:
        view = _view(transaction.session, number)
        reason = f"{request.caller.name}: {body.reason.strip()}"
        change = transaction.resolve(view.id, reason=reason, time=request.now)
        if change is None:
            raise _already(view)
        plan([change], transaction, request.now)
        return IncidentReader(request, transaction.session).item(_view(transaction.session, number))


@RESOURCE.post("/incidents/<int(max=2147483647,min=1):number>/false-alarm")
def mark_false_alarm(request: ApiRequest, number: int, body: FalseAlarmBody) -> IncidentItem:
    """Marks an incident as a false alarm, and resolves it if it is unresolved."""
    with request.change() as transaction:
        view = _view(transaction.session, number)
        marked, change = false_alarms.mark(
            transaction, view.id, by=request.caller.name, reason=body.reason.strip(), time=request.now
        )
        if marked is None:
            raise problems.conflict(texts.ALREADY_FALSE_ALARM(id=view.id))
        plan([change] if change else [], transaction, request.now)
        return IncidentReader(request, transaction.session).item(_view(transaction.session, number))


@RESOURCE.post("/incidents/<int(max=2147483647,min=1):number>/silence")
def silence_incident(request: ApiRequest, number: int, body: SilenceIncidentBody) -> SilenceItem:
    """Silences incidents like this one. Matching incidents are still recorded."""
    with request.change() as transaction:
        match = match_of(body.scope, _view(transaction.session, number))
        if match is None:
            raise problems.conflict(texts.NO_RESOURCE(id=number))
        made = silences.add(
            transaction.session, matcher=match.as_dict(), owner=request.caller.name, reason=body.reason.strip(),
            starts_at=request.now, expires_at=request.now + parse_duration(body.length), now=request.now,
        )  # fmt: skip
    return silence_item(made, request)


def _conditions(query: IncidentQuery) -> IncidentFilter:
    """The conditions that the database checks."""
    status = tuple(query.status)
    if query.need:
        status = tuple(each for each in status or Status if each is not Status.RESOLVED) or (Status.OPEN,)
    return IncidentFilter(
        status=status, kind=query.kind, service=query.service or None, severity=query.severity,
        project=query.project or None, since=query.since, text=query.q or None, rule=query.rule or None,
        resource=query.resource or None, error=query.error,
    )  # fmt: skip


def _is_wanted(item: IncidentItem, query: IncidentQuery) -> bool:
    """Whether an incident meets the conditions that are known only after reading."""
    owner = item.owner.name if item.owner else ""
    is_of_status = not query.status or item.status in query.status
    return query.owner in ("", owner) and (query.need is None or (item.need == query.need and is_of_status))


def _after(item: IncidentItem | IncidentView) -> str:
    return cursor_of(item.last_seen_at.isoformat(), item.id)


def _details(request: ApiRequest, stored: StoredIncident, causes: CauseReport | None) -> IncidentDetails:
    language, detail = request.locale.language, stored.detail
    runs = run_items(detail.runs, language)
    events = timeline(detail, causes.causes if causes else (), registry.notifiers(), language)
    called = counted_calls(request, detail)
    related_jobs, related_bindings = related_items(request, detail.incident)
    with request.error_db() as session:
        reader = IncidentReader(request, session)
        incident, similar, around = (
            reader.items(views) for views in ([detail.incident], stored.similar, stored.around)
        )
    return IncidentDetails(
        incident=incident[0],
        evidence=_evidence(detail.incident, language),
        occurrences=[OccurrenceItem(**_values(OccurrenceItem, one)) for one in detail.occurrences],
        calls=[CallItem.model_validate(each) for each in (called.found.calls if called else ())],
        timeline=[
            TimelineEvent(time=each.time, kind=each.glyph, word=request.text(each.word), text=request.text(each.text))
            for each in events
        ],
        next_steps=[
            NextStepItem(text=text, command=command)
            for text, command in steps_for(detail.incident, detail.runs, language)
        ],
        causes=None if causes is None else [_cause(each, request) for each in causes.causes],
        ruled_out=None
        if causes is None
        else [
            RuledOutItem(**_cause(each.cause, request).model_dump(), why_not=each.why.text.in_language(language))
            for each in causes.ruled_out
        ],
        contributors=[
            ContributorItem(kind=str(group.kind), name=name, share=round(share, 3))
            for group in request.ask_schema_db(lambda one: top_contributors(one, detail.incident, request.now)) or ()
            for name, share in group.shares
        ],
        alarm=_alarm(request, detail.incident),
        remediations=[run for run in runs if not run.is_notification],
        notifications=[run for run in runs if run.is_notification],
        similar=similar,
        around=around,
        related_jobs=related_jobs,
        related_bindings=related_bindings,
        runbooks=runbooks(detail.incident),
        on_call=stored.on_call,
    )


def _alarm(request: ApiRequest, view: IncidentView) -> AlarmItem | None:
    """The usual range and the record of false alarms; None for an incident that is not about load."""
    if not is_about_load(view):
        return None
    usual = request.ask_schema_db(lambda session: range_of(session, view)) or UsualRange(None, None, "")
    with request.error_db() as session:
        record = false_alarms.record_of(session, view.rule, request.now)
    return AlarmItem(
        usual_low=usual.low, usual_high=usual.high, unit=usual.unit, judged=record.judged, false=record.false
    )


def _evidence(incident: IncidentView, language: str) -> list[EvidenceField]:
    rows = evidence_rows(incident.evidence, language, is_reason_known=bool(incident.reason))
    return [EvidenceField.model_validate(row) for row in rows]


def _values(model: type[ApiModel], record: object) -> dict[str, Any]:
    return {name: getattr(record, name) for name in model.model_fields}


def _cause(cause: Cause, request: ApiRequest) -> CauseItem:
    return CauseItem(
        kind=str(cause.kind), time=cause.time, text=request.text(headline(cause)), who=cause.who,
        reasons=request.text(reasons(cause)), score=cause.score, snapshot_days=list(cause.days or ()),
    )  # fmt: skip


def _view(session: Any, number: int) -> IncidentView:
    """The incident of this number, or the incident that it was merged into. Raises ProblemError if there is none."""
    view = load_view(session, number)
    if view is None:
        raise problems.not_found(texts.NO_INCIDENT(id=number))
    return view


def _already(view: IncidentView) -> problems.ProblemError:
    return problems.conflict(texts.ALREADY(id=view.id, status=status_term(view)))
