"""The handler rules in use, and their versions."""

from __future__ import annotations

from datetime import timedelta

from dashboard.api.models.rules import HandlerRuleItem, HandlerRuleList, VersionItem, VersionList, VersionQuery
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from db.error_db import handler_rules
from db.error_db.runs import breakers, past
from handlers.silences.matcher import matcher_text
from handlers.spec import HandlerSpec, specs
from handlers.versions.changes import compare
from shared.records import BreakerView

RESOURCE = ApiResource("handler-rules", "Which incidents start which action, when, and how often at most.")
PERIOD = timedelta(days=30)


@RESOURCE.get("/handler-rules")
def list_handler_rules(request: ApiRequest) -> HandlerRuleList:
    """Lists the handler rules in the order of evaluation."""
    with request.error_db() as session:
        rules = specs(handler_rules.applied(session))
        counts = {rule.name: past.count_since(session, rule.name, request.now - PERIOD) for rule in rules}
        stopped = {each.handler_rule: each for each in breakers.opened(session)}
        latest = next(iter(handler_rules.versions(session, limit=1)), None)
    items = [_item(rule, counts[rule.name], stopped.get(rule.name), request) for rule in rules]
    return HandlerRuleList(items=items, version=latest.id if latest else None)


@RESOURCE.get("/handler-rules/versions")
def list_versions(request: ApiRequest, query: VersionQuery) -> VersionList:
    """Lists the versions of the handler rules, latest first."""
    with request.error_db() as session:
        versions = handler_rules.versions(session, limit=query.limit + 1)
    items = []
    for number, version in enumerate(versions[: query.limit]):
        before = versions[number + 1].rules if number + 1 < len(versions) else ()
        items.append(
            VersionItem(
                id=version.id, changed_at=version.changed_at, changed_by=version.changed_by, source=version.source,
                note=version.note, changes={each.name: str(each.kind) for each in compare(before, version.rules)},
            )
        )  # fmt: skip
    return VersionList(items=items)


def _item(rule: HandlerSpec, count: int, stopped: BreakerView | None, request: ApiRequest) -> HandlerRuleItem:
    match = rule.match.as_dict()
    return HandlerRuleItem(
        name=rule.name, enabled=rule.enabled, action=rule.action, on=list(rule.on), mode=rule.mode, match=match,
        match_text=request.text(matcher_text(match)), params=dict(rule.params),
        cooldown_seconds=rule.cooldown.total_seconds() if rule.cooldown else None, budget=rule.budget, runs=count,
        stopped_since=stopped.opened_at if stopped else None, stopped_because=request.text(stopped.reason) if stopped else "",
    )  # fmt: skip
