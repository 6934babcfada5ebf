"""Channels with their state and the handler rules that name them, for the page and the API."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.request_context import RequestContext
    from shared.records import ChannelView

# Its name, its state if it was used, when it last accepted a notification, and the rules that name it.
ChannelRow = tuple[str, "ChannelView | None", datetime | None, list[str]]


def channel_rows(request: RequestContext) -> list[ChannelRow]:
    """Every channel that a rule names or that was used, the broken ones first."""
    from db.error_db import channels
    from handlers import registry
    from insights.own_state import reaction

    notifiers = sorted(registry.notifiers())
    with request.error_db() as session:
        used = {each.name: each for each in channels.listed(session)}
        named = _named(session)
        notified = reaction.last_notified(session, notifiers)
    names = [*(name for name, each in used.items() if each.broken_since)]
    names += sorted({*used, *named, *(name for name in notified if ":" in name)} - set(names))
    return [(name, used.get(name), notified.get(name), named.get(name, [])) for name in names]


def _named(session: Any) -> dict[str, list[str]]:
    """The rules that notify each channel, by its name. Channels of owners and rotations are known once they are used."""
    from db.error_db import handler_rules
    from handlers import registry
    from handlers.spec import specs

    found: dict[str, list[str]] = {}
    for rule in specs(handler_rules.applied(session)):
        if rule.action in registry.notifiers() and not rule.on_call and not rule.to_owner:
            channel = registry.params(registry.find(rule.action), rule.params).channel
            found.setdefault(f"{rule.action}:{channel}", []).append(rule.name)
    return found
