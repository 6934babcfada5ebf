"""Data quality checks: list, and list the results of a check."""

from __future__ import annotations

from dashboard.api import problems
from dashboard.api.models.quality import (
    CheckItem,
    CheckPage,
    CheckQuery,
    CheckResultItem,
    CheckResultList,
    CheckResultQuery,
)
from dashboard.api.paging import cursor_of, offset
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from insights.quality import checks
from shared.texts.api import problems as texts

RESOURCE = ApiResource("quality", "Data quality checks with their results.")


@RESOURCE.get("/quality")
def list_checks(request: ApiRequest, query: CheckQuery) -> CheckPage:
    """Lists the checks of the last five weeks, those with a problem first."""
    first = offset(query.cursor)
    with request.schema_db() as session:
        listed = checks.checks(session, request.now, text=query.q, states=query.state, limit=query.limit, offset=first)
    more = first + query.limit < listed.matching
    return CheckPage(
        items=[CheckItem.model_validate(each) for each in listed.lines],
        total=listed.matching,
        next_cursor=cursor_of(first + query.limit) if more else None,
    )


@RESOURCE.get("/quality/results")
def list_check_results(request: ApiRequest, query: CheckResultQuery) -> CheckResultList:
    """Lists the results of a check, latest first."""
    with request.schema_db() as session:
        if checks.check_of(session, query.key) is None:
            raise problems.not_found(texts.NO_CHECK(key=query.key))
        results = checks.results_of(session, query.key, before=query.before, limit=query.limit)
    return CheckResultList(items=[CheckResultItem.model_validate(each) for each in results])
