"""The permissions that the actions of Hinomi's account use: those of enabled handler rules, and of recent runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import handler_rules, runs
from handlers import registry
from handlers.spec import specs
from shared.config import Settings

# The entry about a call may arrive after the rule was disabled.
_BEFORE = timedelta(days=1)


def permissions(session: Session, time: datetime, settings: Settings) -> frozenset[str]:
    """The permissions that these actions declare, without those of jobs, whose entries the starting run explains."""
    used = {rule.action for rule in specs(handler_rules.applied(session)) if rule.enabled}
    used |= runs.actions_since(session, time - _BEFORE)
    actions = [registry.find(name) for name in registry.remediations() if name in used]
    return frozenset(name for action in actions for name in _declared(action, settings))


def _declared(action: Any, settings: Settings) -> set[str]:
    declared = set(action.PERMISSIONS) - set(getattr(action, "JOB_PERMISSIONS", ()))
    return declared | set(action.home_permissions(settings) if hasattr(action, "home_permissions") else ())
