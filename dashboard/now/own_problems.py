"""The problems of Hinomi itself in the Error DB, including rejected messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.texts import evidence
from shared.texts.dashboard import health as texts
from shared.texts.recognize import recognized

if TYPE_CHECKING:
    from dashboard.request_context import RequestContext
    from handlers.own_problems import OwnProblem


def own_problems(session: Any, request: RequestContext) -> list[OwnProblem]:
    """The problems; those that only need a decision come last."""
    from db.error_db import rejected  # noqa: PLC0415
    from handlers.own_problems import OwnProblem, recorded  # noqa: PLC0415
    from shared.connections.worker import subscribed  # noqa: PLC0415

    settings = request.settings
    workers = subscribed(settings.connections.get("worker", {}))
    found = list(recorded(session, request.now, subscribed=workers, project=settings.project))
    if latest := rejected.listed(session, replayed=False, limit=1):
        reason = recognized(latest[0].reason, evidence)
        text = texts.REJECTED_BECAUSE(count=rejected.count(session), reason=reason)
        found.append(OwnProblem(text, "hinomi dlq list", is_warning=True))
    return sorted(found, key=lambda problem: problem.is_warning)
