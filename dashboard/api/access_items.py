"""Grants and their use as items of answers."""

from __future__ import annotations

from dashboard.api.models.access import GrantItem, UsageItem
from dashboard.api.request import ApiRequest
from insights.access.answers.intent import Judgement
from insights.access.answers.records import condition_part
from insights.access.model import Access, Usage
from insights.access.revoke_command import command


def grant_item(access: Access, judgement: Judgement, request: ApiRequest) -> GrantItem:
    """A grant that gives a principal access, with the command that revokes it."""
    grant = access.grant
    return GrantItem(
        resource=grant.resource, role=grant.role, member=grant.member, condition=condition_part(grant, "expression"),
        since=grant.valid_from, is_since_exact=grant.exact_from, granted_by=grant.granted_by or "",
        inherited=access.inherited, path=list(access.path), usage=usage_item(access.usage, request),
        intent=judgement.intent, intent_text=request.text(judgement.text), severity=judgement.severity,
        revoke_command=command(grant.resource, grant.role, grant.member, grant.condition),
    )  # fmt: skip


def usage_item(usage: Usage, request: ApiRequest) -> UsageItem:
    """Whether a grant was used."""
    return UsageItem(state=usage.state, last_used=usage.last_used, reason=request.text(usage.text))
