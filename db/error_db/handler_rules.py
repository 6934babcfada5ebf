"""The handler rules as applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import HandlerRule
from shared.records import HandlerRuleView


def applied(session: Session) -> list[HandlerRuleView]:
    """All handler rules in the order of the file, disabled ones too."""
    rows = session.scalars(select(HandlerRule).order_by(HandlerRule.position, HandlerRule.name))
    return [HandlerRuleView(row.name, row.position, row.enabled, row.spec, row.applied_at) for row in rows]


def replace(session: Session, specs: Mapping[str, dict[str, Any]], now: datetime) -> dict[str, str]:
    """Replaces the rules by `specs` (by name, in order); returns added, changed or removed by name of each changed rule.

    A rule that was disabled by hand stays disabled.
    """
    old = {row.name: row for row in session.scalars(select(HandlerRule))}
    changes = {name: "removed" for name in old if name not in specs}
    for name in changes:
        session.delete(old[name])
    for position, (name, spec) in enumerate(specs.items()):
        row = old.get(name)
        if row is None:
            session.add(HandlerRule(name=name, position=position, enabled=True, spec=spec, applied_at=now))
            changes[name] = "added"
            continue
        if row.spec != spec:
            row.spec, row.applied_at = spec, now
            changes[name] = "changed"
        row.position = position
    session.flush()
    return changes
