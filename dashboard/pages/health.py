"""The state of Hinomi itself: its problems with their commands, its reaction times, and the rhythm of its collectors."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard.now.own_problems import own_problems
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts.dashboard import health as texts

HOURS = 24

PAGE = Page("health", texts.TITLE, order=100, icon="pulse", key="s")


@PAGE.get("/health", "health.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The problems with their commands, the reaction times, the collectors and the channels."""
    from db.error_db import channels, rejected, reports
    from handlers import registry
    from insights.own_state import reaction, rhythm

    notifiers, since = sorted(registry.notifiers()), request.now - timedelta(hours=HOURS)
    with request.error_db() as session:
        findings = own_problems(session, request)
        stages = reaction.reaction(session, since, notifiers=notifiers)
        notified = reaction.last_notified(session, notifiers)
        used, scheduled = channels.listed(session), reports.listed(session)
        waiting = rejected.count(session)
    collectors = request.ask_schema_db(lambda schema: rhythm.rhythms(schema, request.now))
    return {
        "t": texts, "findings": findings, "stages": stages, "channels": used, "notified": notified,
        "last": max(notified.values(), default=None), "reports": scheduled, "rejected": waiting, "hours": HOURS,
        "collectors": collectors, "well": sum(each.state == "well" for each in collectors or ()),
        "troubled": sum(each.state in ("failed", "delayed") for each in collectors or ()),
        "has_run": bool(findings or stages.recorded or notified or used or waiting or collectors),
    }  # fmt: skip
