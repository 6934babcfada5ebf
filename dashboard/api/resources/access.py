"""Access: who has it on a resource, what a principal has, unused grants, and drift."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dashboard.access import history as access_history
from dashboard.api import problems
from dashboard.api.access_items import grant_item, usage_item
from dashboard.api.models.access import (
    AccessChange,
    CallItem,
    CallsAnswer,
    CallsQuery,
    DifferenceItem,
    DifferencesAnswer,
    DifferencesQuery,
    DriftAnswer,
    HolderItem,
    MatrixAnswer,
    MatrixCellItem,
    MatrixQuery,
    MatrixRowItem,
    MissingItem,
    PrincipalAccessAnswer,
    PrincipalAccessQuery,
    PrincipalGrantItem,
    ReachedItem,
    ResourceAccessAnswer,
    ResourceAccessQuery,
    UnusedAnswer,
    UnusedQuery,
)
from dashboard.api.problems import FieldError
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from insights.access.answers import calls
from insights.access.answers.intent import Intent, Judgement
from insights.access.answers.matrix import MatrixCell, MatrixQuestion, access_matrix
from insights.access.answers.of_principal import of_principal
from insights.access.answers.on_resource import AccessDifference, Holder, differences, on_resource
from insights.access.answers.unused_grants import unused_grants
from insights.access.drift.assessment import AssessedGrant, severity, why
from insights.access.drift.compare import drift
from insights.access.observations import first_observations, history_start
from insights.access.principals import members_called
from insights.access.resource_notation import resource_name
from insights.access.usage import LIMITS, UsageSummary
from insights.access.usage.principals import logged_as
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


@RESOURCE.get("/access/matrix")
def show_access_matrix(request: ApiRequest, query: MatrixQuery) -> MatrixAnswer:
    """Shows the strongest access of principals to datasets and buckets at a time: used or not, intended or not."""
    time = query.at or request.now
    platform_map, map_error = access_history.platform_map(request)
    rows, columns = (
        range((page - 1) * size, page * size)
        for page, size in ((query.page, query.limit), (query.resource_page, query.resource_limit))
    )
    with request.schema_db() as session:
        start = history_start(first_observations(session), request.now)
        question = MatrixQuestion(
            time, (start, request.now), query.project, query.resources, query.principals, query.may, columns, rows, DAYS
        )
        matrix = access_matrix(session, question, platform_map)
        gap = access_history.policy_gap(session, request)
    return MatrixAnswer(
        at=time, since=start, resources=list(matrix.resources),
        principals=[
            MatrixRowItem(
                principal=row.principal,
                cells=[
                    _cell(name, cell, request)
                    for name, cell in zip(matrix.resources, row.cells, strict=True) if cell is not None
                ],
            )
            for row in matrix.rows
        ],
        total_resources=matrix.total_resources, total_principals=matrix.total_rows, holders=matrix.holders,
        unintended=matrix.unintended, is_cut=matrix.is_cut, gap=request.text(gap or EMPTY),
        limits=_texts([*matrix.report.limits, map_error], request),
    )  # fmt: skip


@RESOURCE.get("/access/differences")
def compare_resource_access(request: ApiRequest, query: DifferencesQuery) -> DifferencesAnswer:
    """Shows who gained or lost access to a resource between two times, and whose access comes from other grants now."""
    name, time = resource_name(query.resource), query.at or request.now
    platform_map, map_error = access_history.platform_map(request)
    with request.schema_db() as session:
        before, after = (
            on_resource(session, name, moment, may=query.may, platform_map=platform_map, days=DAYS)
            for moment in (query.since, time)
        )
        gap = access_history.policy_gap(session, request)
    changed = differences(before.holders, after.holders, query.may)
    return DifferencesAnswer(
        resource=after.resource, since=query.since, at=time, may=query.may,
        items=[_difference(each, request) for each in changed[: query.limit]], total=len(changed),
        gap=request.text(gap or EMPTY), limits=_texts([*before.report.limits, *after.report.limits, map_error], request),
    )  # fmt: skip


@RESOURCE.get("/access/calls")
def list_calls(request: ApiRequest, query: CallsQuery) -> CallsAnswer:
    """Lists who called what on a resource, or what a principal called, latest first, from the audit logs."""
    if bool(query.resource) == bool(query.principal):
        raise problems.invalid(texts.ONE_OF_TWO, [FieldError("resource", texts.ONE_OF_TWO.en)])
    time = query.at or request.now
    since = time - timedelta(days=query.days)
    with request.schema_db() as session:
        if query.resource:
            observed = calls.on_resource(session, resource_name(query.resource), since, time, most=query.limit)
        else:
            members, _ = members_called(session, query.principal.strip())
            name = next((logged for each in members if (logged := logged_as(each))), query.principal.strip())
            observed = calls.by_principal(session, name, since, time, most=query.limit)
    return CallsAnswer(
        since=since, at=time, items=[CallItem.model_validate(each) for each in observed.calls], total=observed.total
    )


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
            **grant_item(each.access, each.judgement, request).model_dump(), reached=each.reached, lost=each.lost
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
        items=[grant_item(row, judgement, request) for row, judgement in rows[: query.limit]], assessed=summary.total,
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
        drifted = drift(session, platform_map, request.now, days=DAYS)
    unintended = drifted.unintended
    return DriftAnswer(
        unintended=[grant_item(each.access, _judged(each), request) for each in unintended[: query.limit]],
        unintended_total=len(unintended), intended_total=drifted.intended,
        missing=[
            MissingItem(
                persona=each.persona, member=each.member, layer=each.layer, level=each.level,
                resources=list(each.resources), of=each.of, reason=request.text(each.uncertainty),
            )
            for each in drifted.missing[:MOST_MISSING]
        ],
        gap=request.text(gap or EMPTY), limits=_texts(drifted.limits, request),
    )  # fmt: skip


def _judged(assessed: AssessedGrant) -> Judgement:
    return Judgement(Intent.UNINTENDED, why(assessed), severity(assessed.access.grant, assessed.ability))


def _holder(holder: Holder, request: ApiRequest) -> HolderItem:
    return HolderItem(
        principal=holder.principal, levels=list(holder.levels), intent=holder.intent,
        usage=usage_item(holder.usage, request),
        grants=[grant_item(way.access, way.judgement, request) for way in holder.ways],
    )  # fmt: skip


def _cell(resource: str, cell: MatrixCell, request: ApiRequest) -> MatrixCellItem:
    return MatrixCellItem(
        resource=resource, level=cell.level, intent=cell.intent, usage=usage_item(cell.usage, request),
        ended_at=cell.ended, grants=[grant_item(way.access, way.judgement, request) for way in cell.ways],
    )  # fmt: skip


def _difference(difference: AccessDifference, request: ApiRequest) -> DifferenceItem:
    before, after = (_holder(each, request) if each else None for each in (difference.before, difference.after))
    change = AccessChange.ADDED if before is None else AccessChange.REMOVED if after is None else AccessChange.CHANGED
    return DifferenceItem(principal=difference.principal, change=change, before=before, after=after)


def _texts(found: Iterable[Text | None], request: ApiRequest) -> list[str]:
    """The texts, each once."""
    return list(dict.fromkeys(request.text(each) for each in found if each))
