"""The related jobs and bindings of an incident as items of answers."""

from __future__ import annotations

from dashboard.api.access_items import grant_item
from dashboard.api.models.jobs import ShortRun
from dashboard.api.models.related import RelatedBindingItem, RelatedBindings, RelatedJobItem, RelatedJobs
from dashboard.api.request import ApiRequest
from dashboard.incidents.related import RelatedLine, related_facts
from insights.access.answers.incident_bindings import IncidentBinding
from shared.records import IncidentView
from shared.texts import EMPTY

MOST_INCIDENTS = 10


def related_items(request: ApiRequest, view: IncidentView) -> tuple[RelatedJobs, RelatedBindings | None]:
    """The related jobs, and the related bindings; None for an incident that is about no access."""
    facts = related_facts(request, view)
    jobs = RelatedJobs(items=[_job(each, request) for each in facts.jobs], gap=request.text(facts.jobs_gap or EMPTY))
    if facts.bindings is None and facts.bindings_gap is None:
        return jobs, None
    return jobs, RelatedBindings(
        resource=facts.bindings.resource if facts.bindings else "",
        accounts=list(facts.bindings.accounts if facts.bindings else ()),
        items=[_binding(each, request) for each in (facts.bindings.bindings if facts.bindings else ())],
        gap=request.text(facts.bindings_gap or EMPTY),
    )


def _job(each: RelatedLine, request: ApiRequest) -> RelatedJobItem:
    service, project, name = each.line.figures.job
    return RelatedJobItem(
        service=service, project=project, name=name, relation=each.related.relation, via=each.related.name,
        text=request.text(each.why), health=each.line.health, last_end=each.line.figures.last_end,
        incidents=[view.id for view in each.incidents[:MOST_INCIDENTS]],
        latest_runs=[ShortRun.model_validate(run) for run in each.line.runs],
    )  # fmt: skip


def _binding(each: IncidentBinding, request: ApiRequest) -> RelatedBindingItem:
    grant = each.access.grant
    return RelatedBindingItem(
        **grant_item(each.access, each.judgement, request).model_dump(),
        principal=each.access.principal, valid_then=each.then, valid_now=each.now, was_granted=each.was_granted,
        was_removed=each.was_removed, until=grant.valid_to if each.was_removed else None,
        removed_by=grant.revoked_by or "",
    )  # fmt: skip
