"""The related jobs and bindings of an incident, for its page and the API."""

# ruff: noqa: PLC0415 - a page imports what it needs with its first request, not with the process

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared.lazy.dataclass import dataclass
from shared.texts import Text
from shared.texts.dashboard import related as texts
from shared.texts.job_chains import lineage as lineage_texts

if TYPE_CHECKING:
    from dashboard.jobs.lineage import LineageAnswer
    from dashboard.request_context import RequestContext
    from insights.access.answers.incident_bindings import IncidentBindings
    from insights.jobs.overview import JobLine
    from insights.jobs.related import RelatedJob
    from shared.records import IncidentView

DAYS = 90  # of the use of bindings


@dataclass(frozen=True, slots=True)
class RelatedLine:
    """A related job as a line: its relation, the reason, and its unresolved incidents."""

    line: JobLine
    related: RelatedJob
    why: Text
    incidents: Sequence[IncidentView]


@dataclass(frozen=True, slots=True)
class LineageOf:
    """The lineage of an incident, and the parameters of its page."""

    answer: LineageAnswer
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class RelatedFacts:
    """Related jobs, and the related bindings of an incident about access, each with the reason why history is missing.

    `bindings` is None where bindings do not matter, or while their history is missing.
    """

    jobs: Sequence[RelatedLine]
    jobs_gap: Text | None
    bindings: IncidentBindings | None
    bindings_gap: Text | None


def related_facts(request: RequestContext, view: IncidentView) -> RelatedFacts:
    """The related jobs and bindings, at most eight of each; a gap where the Schema DB is unavailable."""
    jobs = request.ask_schema_db(lambda session: _jobs(request, session, view))
    bindings = request.ask_schema_db(lambda session: _bindings(request, session, view))
    return RelatedFacts(
        jobs=jobs[0] if jobs else (),
        jobs_gap=jobs[1] if jobs else texts.UNAVAILABLE,
        bindings=bindings[0] if bindings else None,
        bindings_gap=bindings[1] if bindings else texts.UNAVAILABLE,
    )


def related_context(request: RequestContext, view: IncidentView) -> dict[str, Any]:
    """The values that the template shows. `jobs_gap` and `bindings_gap` name the missing history; None if nothing is missing."""
    from dashboard.charts.job_bars import job_bars

    facts = related_facts(request, view)
    return {
        "incident_day": request.locale.local(view.opened_at).date().isoformat(),
        "l": lineage_texts,
        "lineage": request.ask_schema_db(lambda session: _lineage(request, session, view)),
        "related": [(each, job_bars(each.line)) for each in facts.jobs],
        "jobs_gap": facts.jobs_gap,
        "bindings": facts.bindings,
        "bindings_gap": facts.bindings_gap,
    }


def _jobs(request: RequestContext, session: Any, view: IncidentView) -> tuple[list[RelatedLine], Text | None]:
    from insights.cost.spending import Prices
    from insights.history_gap import JOBS, gap_text, history_gap
    from insights.jobs.incidents import unresolved
    from insights.jobs.overview import JobOverview
    from insights.jobs.related import related_jobs

    related = {each.job: each for each in related_jobs(session, view)}
    if not related:
        gap = history_gap(session, JOBS)
        return [], gap_text(gap, request.settings) if gap else None
    with request.error_db() as errors:
        open_incidents = unresolved(errors)
    prices = Prices(request.settings.price_per_tib, request.settings.price_per_slot_hour)
    overview = JobOverview(session, request.now, prices, request.locale.local, None, open_incidents)
    known = {each.job: each for each in overview.every}
    lines = overview.lines([known[job] for job in related if job in known])
    return [
        RelatedLine(
            line,
            related[line.figures.job],
            _why(related[line.figures.job]),
            overview.incidents.get(line.figures.job, ()),
        )
        for line in lines
    ], None


def _lineage(request: RequestContext, session: Any, view: IncidentView) -> LineageOf | None:
    """What is upstream and downstream of the job of an incident, otherwise of its tables; None for an incident about neither."""
    from dashboard.jobs.lineage import read_answer
    from insights.causes.affected import affected_by

    affected = affected_by(session, view)
    jobs = sorted({(run.service, run.project, run.job_name) for run in affected.runs})
    tables = sorted(name for kind, name in affected.own | affected.writes if kind == "tables") if not jobs else []
    if not jobs and not tables:
        return None
    answer = read_answer(request, session, jobs, tables)
    if not answer.downstream.lines and not answer.upstream.lines:
        return None
    named = {"table": tables[0]} if tables else dict(zip(("service", "project", "name"), jobs[-1], strict=True))
    return LineageOf(answer, named)


def _why(related: RelatedJob) -> Text:
    found = texts.RELATIONS.get(related.relation)
    return found(name=related.name) if found else texts.OWN_JOB


def _bindings(request: RequestContext, session: Any, view: IncidentView) -> tuple[IncidentBindings | None, Text | None]:
    from dashboard.access import history as access_history
    from insights.access.answers.incident_bindings import incident_bindings, is_about_access

    if not is_about_access(view):
        return None, None
    if gap := access_history.policy_gap(session, request):
        return None, gap
    platform_map = access_history.platform_map(request)[0]
    return incident_bindings(session, view, request.now, platform_map=platform_map, days=DAYS), None
