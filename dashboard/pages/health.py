"""Hinomi itself: what is broken and which command fixes it, how fast it reacts, and whether its collectors keep their rhythm."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts.dashboard import health as texts

if TYPE_CHECKING:
    from handlers.own_problems import OwnProblem

HOURS = 24

PAGE = Page("health", texts.TITLE, order=100, icon="pulse", key="s")


@PAGE.get("/health", "health.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The findings with their commands, the reaction times, the collectors and the channels."""
    from db.error_db import channels, rejected, reports
    from handlers import registry
    from insights.own_state import reaction, rhythm

    notifiers, since = sorted(registry.notifiers()), request.now - timedelta(hours=HOURS)
    with request.error_db() as session:
        findings = _findings(session, request)
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
    }  # fmt: skip


def _findings(session: Any, request: PageRequest) -> list[OwnProblem]:
    """The problems that the Error DB records, those that need a decision only last."""
    from db.error_db import rejected
    from handlers.own_problems import OwnProblem, recorded

    found = list(recorded(session, request.now))
    if latest := rejected.listed(session, replayed=False, limit=1):
        text = texts.REJECTED_BECAUSE(count=rejected.count(session), reason=latest[0].reason)
        found.append(OwnProblem(text, "hinomi dlq list", is_warning=True))
    return sorted(found, key=lambda problem: problem.is_warning)
