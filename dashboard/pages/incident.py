"""The page of an incident: the fault, its cause, the actions, the next steps, and the buttons."""

# ruff: noqa: PLC0415 - a page imports what it needs with its first request, not with the process

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import flask

from dashboard.incidents.rows import IncidentRow, ended_row, open_row
from dashboard.incidents.situation import Need, OpenIncident
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.errors import ActionError
from shared.model import IncidentKind, RunState, Status
from shared.texts import Text
from shared.texts import contributors as contributor_texts
from shared.texts import feedback as feedback_texts
from shared.texts.dashboard import access as access_texts
from shared.texts.dashboard import common as common_texts
from shared.texts.dashboard import incident as texts
from shared.texts.dashboard import jobs as job_texts
from shared.texts.dashboard import quality as quality_texts
from shared.texts.dashboard import related as related_texts
from shared.texts.remediations import by_hand
from shared.texts.stages import sentence, stage_name
from shared.texts.terms import status_term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.incidents.runs import RunLine
    from dashboard.incidents.stored import StoredIncident
    from insights.causes.model import CauseReport
    from shared.records import IncidentDetail, IncidentView, RunView, SilenceView

SHOWN_OCCURRENCES = 20

PAGE = Page("incident", texts.TITLE, within="incidents")


@PAGE.get("/incidents/<int:number>", "incident.html")
def show(request: PageRequest, number: int) -> Any:
    """The page of an incident. The number of a merged incident opens the incident that it was merged into."""
    from dashboard.incidents.stored import causes_of, read_incident

    stored = read_incident(request, number)
    if stored is None:
        flask.abort(404)
    if stored.detail.incident.id != number:
        return request.redirect("incident.show", number=stored.detail.incident.id)
    causes = causes_of(request, stored.detail.incident)
    return {**_context(request, stored, causes), **_more(request, stored.detail)}


@PAGE.get("/incidents/<int:number>/related", "incident_related.html")
def show_related(request: PageRequest, number: int) -> dict[str, Any]:
    """The related jobs and bindings: a page of its own, and a part that the page of the incident loads after itself."""
    from dashboard.incidents.related import related_context

    with request.error_db() as session:
        view = _view(session, number)
    return {
        "t": texts, "r": related_texts, "j": job_texts, "a": access_texts, "incident": view,
        **related_context(request, view),
    }  # fmt: skip


@PAGE.post("/incidents/<int:number>/acknowledge")
def acknowledge(request: PageRequest, number: int) -> Any:
    """Acknowledges the incident for the person."""
    with request.change() as transaction:
        view = _view(transaction.session, number)
        changed = transaction.acknowledge(view.id, by=request.user.name, time=request.now)
    request.notify(texts.NOW_ACKNOWLEDGED(id=view.id) if changed else _already(view))
    return request.redirect("incident.show", number=view.id)


@PAGE.post("/incidents/<int:number>/resolve")
def resolve(request: PageRequest, number: int) -> Any:
    """Resolves the incident with a reason, and plans the handler rules for `resolved`."""
    from handlers.plan import plan

    reason = request.form.get("reason", "").strip()[:500]
    if not reason:
        request.refuse(texts.REASON_NEEDED)
        return request.redirect("incident.show", number=number)
    with request.change() as transaction:
        view = _view(transaction.session, number)
        change = transaction.resolve(view.id, reason=f"{request.user.name}: {reason}", time=request.now)
        plan([change] if change else [], transaction, request.now)
    request.notify(texts.NOW_RESOLVED(id=view.id) if change else _already(view))
    return request.redirect("incident.show", number=view.id)


@PAGE.post("/incidents/<int:number>/false-alarm")
def false_alarm(request: PageRequest, number: int) -> Any:
    """Marks the incident as a false alarm, and resolves it if it is unresolved."""
    from db.error_db.incidents import false_alarms
    from handlers.plan import plan

    reason, by = request.form.get("reason", "").strip()[:500], request.user.name
    with request.change() as transaction:
        view = _view(transaction.session, number)
        marked, change = false_alarms.mark(transaction, view.id, by=by, reason=reason, time=request.now)
        plan([change] if change else [], transaction, request.now)
    request.notify((texts.NOW_FALSE_ALARM if marked else texts.ALREADY_FALSE_ALARM)(id=view.id))
    return request.redirect("incident.show", number=view.id)


@PAGE.post("/incidents/<int:number>/no-false-alarm")
def no_false_alarm(request: PageRequest, number: int) -> Any:
    """Removes the mark. The incident stays resolved."""
    from db.error_db.incidents import false_alarms

    with request.change() as transaction:
        view = _view(transaction.session, number)
        changed = false_alarms.unmark(transaction, view.id)
    request.notify((texts.NO_FALSE_ALARM if changed else texts.NOT_MARKED)(id=view.id))
    return request.redirect("incident.show", number=view.id)


@PAGE.post("/incidents/<int:number>/feedback")
def give_feedback(request: PageRequest, number: int) -> Any:
    """Stores or withdraws the verdict of a person on a learned alarm."""
    from dashboard.incidents import feedback

    with request.error_db() as session:
        view = _view(session, number)
    message = feedback.change(request, view, request.form.get("verdict", ""))
    if message is None:
        flask.abort(400)
    request.notify(message)
    return request.redirect("incident.show", number=view.id)


@PAGE.post("/incidents/<int:number>/log-lines")
def fetch_log_lines(request: PageRequest, number: int) -> Any:
    """Reads the log lines around the latest entry, and stores them as evidence."""
    from dashboard.incidents import log_lines
    from dashboard.incidents.stored import MAX_ID
    from db.error_db import queries
    from db.error_db.incidents import log_lines as kept
    from handlers.errors import translated
    from shared.clients import Clients

    with request.error_db() as session:
        detail = queries.incident(session, number) if number <= MAX_ID else None
    one = log_lines.log_of(detail.occurrences) if detail else None
    if detail is None:
        flask.abort(404)
    if one is None or request.settings.dashboard_log_lines <= 0:
        request.refuse(texts.NO_LOG_ENTRY)
        return request.redirect("incident.show", number=detail.incident.id)
    try:
        with translated("read the log"):
            settings = request.settings
            found = log_lines.fetch(Clients(settings), one, settings.redact, most=settings.dashboard_log_lines)
    except ActionError as error:
        request.refuse(texts.NO_LINES(reason=error.text))
        return request.redirect("incident.show", number=detail.incident.id)
    with request.change() as transaction:
        lines = [line.as_dict() for line in found]
        kept.keep(transaction.session, one.id, lines, by=request.user.name, time=request.now)
    request.notify(texts.LINES_KEPT(count=len(found)))
    return request.redirect("incident.show", number=detail.incident.id)


def _context(request: PageRequest, stored: StoredIncident, causes: CauseReport | None) -> dict[str, Any]:
    from dashboard.incidents.evidence import evidence_rows
    from dashboard.incidents.runs import run_line
    from dashboard.incidents.stored import runbooks
    from dashboard.incidents.timeline import timeline
    from handlers import registry
    from handlers.cards.next_steps import steps_for, unsuccessful
    from insights.causes.sentences import headline, reasons
    from shared.texts.remediations import failed

    detail, language = stored.detail, request.locale.language
    lines = [run_line(run, stored.calls, language, detail.runs) for run in detail.runs]
    done = [line for line in lines if registry.is_remediation(line.run.action) and line.run.state != RunState.SKIPPED]
    return {
        "t": texts,
        "related_word": related_texts.LOAD,
        "f": feedback_texts,
        "top": contributor_texts,
        "run_word": by_hand.RUN,
        "incident": detail.incident,
        "stored": stored,
        "state": _state(detail.incident, stored.silence),
        "waiting": [_decision(line, request) for line in lines if line.run.waits_for_approval],
        "done": done,
        "causes": None
        if causes is None
        else [(headline(each), reasons(each), None if each.days else each.time) for each in causes.causes],
        "ruled_out": [
            (headline(each.cause), each.why.text, reasons(each.cause)) for each in (causes.ruled_out if causes else ())
        ],
        "events": timeline(detail, causes.causes if causes else (), registry.notifiers(), language),
        "evidence": evidence_rows(detail.incident.evidence, language, is_reason_known=bool(detail.incident.reason)),
        "occurrences": detail.occurrences[:SHOWN_OCCURRENCES],
        "around": [_row(view, request) for view in stored.around],
        "links": list(_links(detail.incident)),
        "similar": [ended_row(view, request.locale) for view in stored.similar],
        "decisions": _decisions(detail.runs, lines),
        "runbooks": runbooks(detail.incident),
        "steps": steps_for(detail.incident, detail.runs, language),
        "nothing_waits": failed.NEEDS_A_PERSON if unsuccessful(detail.runs) else texts.NO_PLAN,
        "zone": request.locale.zone(request.now),
        "is_over": detail.incident.status is Status.RESOLVED,
    }


def _more(request: PageRequest, detail: IncidentDetail) -> dict[str, Any]:
    """The course of the incident, what its occurrences have in common, and the rules that made no run."""
    from dashboard.incidents import feedback, log_lines
    from dashboard.incidents.counted_calls import counted_calls
    from dashboard.incidents.course import alarm_note, measure_around, strip_of
    from dashboard.incidents.decisions import without_runs
    from dashboard.incidents.repeated import repeated
    from db.error_db.incidents import false_alarms
    from insights.performance.contributors import top_contributors

    view, ran = detail.incident, {run.handler_rule for run in detail.runs}
    with request.error_db() as session:
        others = without_runs(session, view, ran, request.now)
        course = strip_of(session, view, request.now)
        record = false_alarms.record_of(session, view.rule, request.now)
    measured = measure_around(request, view)
    return {
        "others": others,
        "strip": course,
        "measured": measured,
        "alarm_note": alarm_note(request, view, record, with_range=measured is None or measured.usual is None),
        "repeated": repeated(detail.occurrences) if len(detail.occurrences) > 1 else [],
        "counted": len(detail.occurrences),
        "calls": counted_calls(request, detail),
        "a": access_texts,
        "lines": log_lines.stored(detail.occurrences),
        "feedback": feedback.offered(request, view),
        "contributors": request.ask_schema_db(lambda session: top_contributors(session, view, request.now)) or [],
        **_check(request, view),
        "can_fetch": request.settings.dashboard_log_lines > 0 and log_lines.log_of(detail.occurrences) is not None,
    }


def _check(request: PageRequest, view: IncidentView) -> dict[str, Any]:
    """The data quality check of the incident; None for other incidents."""
    from dashboard.incidents.checks import check_of_incident, result_bars

    line = check_of_incident(request, view)
    return {"check": line, "check_bars": result_bars(line.results) if line else [], "q": quality_texts}


def _state(view: IncidentView, silence: SilenceView | None) -> tuple[str, Text]:
    """The glyph and the word of the incident's state."""
    if view.status is Status.RESOLVED:
        return "past" if view.is_closed else "repaired" if view.resolved_by == "repair" else "well", status_term(view)
    if view.status is Status.ACKNOWLEDGED:
        return "waiting", status_term(view)
    return ("silenced", common_texts.SILENCED) if silence else ("failed", status_term(view))


def _decision(line: RunLine, request: PageRequest) -> dict[str, Any]:
    """A plan that waits for approval: its calls, and the fingerprint that the approval names."""
    from handlers.approvals import refused
    from handlers.remediations.audit import planned_calls

    run = line.run
    return {
        "run": run,
        "refused": refused(run, request.user.name),
        "text": line.text,
        "calls": planned_calls(run, request.settings.redact),
        "fingerprint": (run.approval or {}).get("fingerprint", ""),
    }


def _decisions(runs: Sequence[RunView], lines: Sequence[RunLine]) -> list[dict[str, Any]]:
    """For each handler rule its latest run, with what each stage decided."""
    latest = {run.handler_rule: line for run, line in zip(runs, lines, strict=True)}
    return [
        {"line": line, "stages": [(stage_name(each), sentence(each), each) for each in line.run.decision]}
        for line in latest.values()
    ]


def _row(view: IncidentView, request: PageRequest) -> IncidentRow:
    """The line of an incident in any state."""
    if view.status is Status.RESOLVED:
        return ended_row(view, request.locale)
    need = Need.HANDLED if view.status is Status.ACKNOWLEDGED else Need.YOU
    return open_row(OpenIncident(view, need), request.locale)


def _links(view: IncidentView) -> Iterator[tuple[Text, str]]:
    """Links to related pages: the access to the resource, the access of the principal."""
    found = {
        "access.show": (texts.ACCESS_TO, "find", view.resource if view.kind is IncidentKind.IRREGULAR_ACCESS else ""),
        "access.show_principal": (texts.ACCESS_OF, "who", view.principal),
    }
    for endpoint, (label, parameter, value) in found.items():
        if value and endpoint in flask.current_app.view_functions:
            yield label(name=value), f"{flask.url_for(endpoint)}?{urlencode({parameter: value})}"


def _view(session: Any, number: int) -> IncidentView:
    """The incident of this number, or the incident that it was merged into. Aborts with 404 if there is none."""
    from dashboard.incidents.stored import MAX_ID
    from db.error_db.views import load_view

    view = load_view(session, number) if number <= MAX_ID else None
    if view is None:
        flask.abort(404)
    return view


def _already(view: IncidentView) -> Text:
    return texts.ALREADY(id=view.id, status=status_term(view))
