"""Access: who has it on a resource, what a principal has, unused grants, and drift."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard import access_history
from dashboard.api import problems
from dashboard.api.models.access import (
    DriftAnswer,
    GrantItem,
    HolderItem,
    MissingItem,
    PrincipalAccessAnswer,
    PrincipalAccessQuery,
    PrincipalGrantItem,
    ReachedItem,
    ResourceAccessAnswer,
    ResourceAccessQuery,
    UnusedAnswer,
    UnusedQuery,
    UsageItem,
)
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from insights.access.answers.intent import Intent, Judgement
from insights.access.answers.of_principal import of_principal
from insights.access.answers.on_resource import Holder, on_resource
from insights.access.answers.records import condition_part
from insights.access.answers.unused_grants import unused_grants
from insights.access.drift.assessment import AssessedGrant, severity, why
from insights.access.drift.compare import drift
from insights.access.model import Access, Usage
from insights.access.resource_notation import resource_name
from insights.access.revoke_command import command
from insights.access.usage import LIMITS, UsageSummary
from shared.texts import EMPTY, Text
from shared.texts.api import problems as texts

RESOURCE = ApiResource(
    "access", "Who has which access, at any time since the first snapshot, used or not, intended or not."
)
DAYS = 90
MOST_ASSESSED = 3_000
MOST_MISSING = 200


@RESOURCE.get("/access/resource")
def show_resource_access(request: ApiRequest, query: ResourceAccessQuery) -> ResourceAccessAnswer:
    """Shows everybody who can read, change or administer a resource at a time, with every grant that allows it."""
    name, time = resource_name(query.resource), query.at or request.now
    platform_map, map_error = access_history.platform_map(request)
    with request.schema_db() as session:
        found = on_resource(session, name, time, may=query.may, platform_map=platform_map, days=DAYS)
        gap = access_history.policy_gap(session, request)
    return ResourceAccessAnswer(
        resource=found.resource, at=time, may=query.may,
        holders=[_holder(each, request) for each in found.holders[: query.limit]], total=len(found.holders),
        chain=list(found.chain), gap=request.text(gap or EMPTY), limits=_texts([*found.report.limits, map_error], request),
    )  # fmt: skip


@RESOURCE.get("/access/principal")
def show_principal_access(request: ApiRequest, query: PrincipalAccessQuery) -> PrincipalAccessAnswer:
    """Shows the access of a principal at a time, with the grants that give it, and the effect of revoking each grant."""
    time = query.at or request.now
    platform_map, map_error = access_history.platform_map(request)
    with request.schema_db() as session:
        found = of_principal(session, query.principal.strip(), time, platform_map=platform_map, days=DAYS)
        gap = access_history.policy_gap(session, request)
    grants = [
        PrincipalGrantItem(
            **_grant(each.access, each.judgement, request).model_dump(), reached=each.reached, lost=each.lost
        )
        for each in found.grants[: query.limit]
    ]
    reached = [
        ReachedItem(
            layer=row.layer, resources=list(row.resources), levels=list(row.states), is_unintended=row.is_unintended
        )
        for row in found.rows[: query.limit]
    ]
    return PrincipalAccessAnswer(
        members=list(found.members), at=time, reached=reached, grants=grants, total=len(found.grants),
        gap=request.text(gap or EMPTY), limits=_texts([*found.report.limits, map_error], request),
    )  # fmt: skip


@RESOURCE.get("/access/unused")
def list_unused_grants(request: ApiRequest, query: UnusedQuery) -> UnusedAnswer:
    """Lists grants that nobody used in 90 days, each with the command that revokes it."""
    summary, (platform_map, map_error) = UsageSummary(), access_history.platform_map(request)
    with request.schema_db() as session:
        gap = access_history.policy_gap(session, request)
        rows = unused_grants(
            session, request.now, platform_map, summary, days=DAYS, most=query.limit + 1, most_assessed=MOST_ASSESSED
        )
    return UnusedAnswer(
        items=[_grant(row, judgement, request) for row, judgement in rows[: query.limit]], assessed=summary.total,
        is_cut=len(rows) > query.limit or summary.total >= MOST_ASSESSED, gap=request.text(gap or EMPTY),
        limits=_texts([*summary.limits, *LIMITS, map_error], request),
    )  # fmt: skip


@RESOURCE.get("/access/drift")
def show_drift(request: ApiRequest, query: UnusedQuery) -> DriftAnswer:
    """Shows grants that no persona of the platform map explains, and access that members of personas lack."""
    platform_map, map_error = access_history.platform_map(request)
    if platform_map is None:
        raise problems.conflict(map_error or texts.NO_MAP)
    with request.schema_db() as session:
        gap = access_history.policy_gap(session, request)
        found = drift(session, platform_map, request.now, days=DAYS)
    unintended = found.unintended
    return DriftAnswer(
        unintended=[_grant(each.access, _judged(each), request) for each in unintended[: query.limit]],
        unintended_total=len(unintended), intended_total=found.intended,
        missing=[
            MissingItem(
                persona=each.persona, member=each.member, layer=each.layer, level=each.level,
                resources=list(each.resources), of=each.of, reason=request.text(each.uncertainty),
            )
            for each in found.missing[:MOST_MISSING]
        ],
        gap=request.text(gap or EMPTY), limits=_texts(found.limits, request),
    )  # fmt: skip


def _judged(assessed: AssessedGrant) -> Judgement:
    return Judgement(Intent.UNINTENDED, why(assessed), severity(assessed.access.grant, assessed.ability))


def _holder(holder: Holder, request: ApiRequest) -> HolderItem:
    return HolderItem(
        principal=holder.principal, levels=list(holder.levels), intent=holder.intent,
        usage=_usage(holder.usage, request),
        grants=[_grant(way.access, way.judgement, request) for way in holder.ways],
    )  # fmt: skip


def _grant(access: Access, judgement: Judgement, request: ApiRequest) -> GrantItem:
    grant = access.grant
    return GrantItem(
        resource=grant.resource, role=grant.role, member=grant.member, condition=condition_part(grant, "expression"),
        since=grant.valid_from, is_since_exact=grant.exact_from, granted_by=grant.granted_by or "",
        inherited=access.inherited, path=list(access.path), usage=_usage(access.usage, request),
        intent=judgement.intent, intent_text=request.text(judgement.text), severity=judgement.severity,
        revoke_command=command(grant.resource, grant.role, grant.member, grant.condition),
    )  # fmt: skip


def _usage(usage: Usage, request: ApiRequest) -> UsageItem:
    return UsageItem(state=usage.state, last_used=usage.last_used, reason=request.text(usage.text))


def _texts(found: Iterable[Text | None], request: ApiRequest) -> list[str]:
    return [request.text(each) for each in found if each]
