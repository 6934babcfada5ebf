"""Detection rules: what each rule detects, how often it fired, and how its incidents ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.api import problems
from dashboard.api.models.rules import RuleItem, RulePage, RuleQuery
from dashboard.api.paging import page
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from dashboard.rule_rows import RuleRow, contains, description, rule_facts, rule_row, rule_specs
from insights.own_state import rule_noise
from shared.model import IncidentKind

RESOURCE = ApiResource("rules", "Detection rules, and what became of their incidents.")


@RESOURCE.get("/rules")
def list_rules(request: ApiRequest, query: RuleQuery) -> RulePage:
    """Lists detection rules, those that fired most often in 13 weeks first."""
    specs, error = rule_specs(request)
    if error:
        raise problems.conflict(error)
    with request.error_db() as session:
        facts = rule_facts(session, request.now)
    rows = [rule_row(spec, facts) for spec in specs.values()]
    text = query.q.strip().casefold()
    wanted = [row for row in rows if contains(row, text) and query.fired in (None, row.ledger is not None)]
    wanted = [row for row in wanted if query.mode in (None, row.mode)]
    wanted.sort(key=lambda row: (-(row.ledger.fired if row.ledger else 0), row.name))
    shown, cursor = page(wanted, query.cursor, query.limit)
    items = [_item(row, specs[row.name], request) for row in shown]
    return RulePage(items=items, total=len(wanted), next_cursor=cursor)


def _item(row: RuleRow, spec: Mapping[str, Any], request: ApiRequest) -> RuleItem:
    ledger = row.ledger or rule_noise.RuleLedger(row.name, 0, 0, 0, 0, ())
    return RuleItem(
        name=row.name, title=request.text(row.title), description=request.text(description(spec)),
        kind=IncidentKind(spec["kind"]), severity=row.severity, fired=ledger.fired, acted_on=ledger.acted_on,
        alone=ledger.alone, silenced=ledger.silenced, false_alarms=ledger.false_alarms, unresolved=ledger.unresolved, weeks=list(ledger.weeks),
        is_noisy=row.is_noisy, mode=row.mode, would_have_fired=row.staged.findings if row.staged else 0,
        would_have_fired_last=row.staged.last if row.staged else None,
    )  # fmt: skip
