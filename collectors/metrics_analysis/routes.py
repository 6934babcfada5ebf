"""The paths of the function, and the one kind of message that each of them takes.

Whoever may send to one path can do there only what that path is for: who reports cannot forge a log entry, and who
writes logs cannot move the clock. Each path has a topic, a subscription and a push identity of its own.
"""

from __future__ import annotations

from collectors.metrics_analysis.evidence import (
    Evidence,
    LogEntry,
    MonitoringIncident,
    NotUnderstoodError,
    Report,
    Tick,
)
from shared.texts import evidence as texts

# Takes every kind: for a machine of one's own, where nobody else sends. On Google Cloud it has to be opened by a setting.
OPEN_ROUTE = "/"
ROUTES: dict[str, type[Evidence]] = {
    "/evidence": LogEntry,
    "/monitoring": MonitoringIncident,
    "/reports": Report,
    "/ticks": Tick,
}


def check(route: str, evidence: Evidence) -> None:
    """Raises NotUnderstoodError when a message came to the path of another kind."""
    expected = ROUTES.get(route)
    if expected is not None and not isinstance(evidence, expected):
        found = texts.KINDS[type(evidence).__name__]
        raise NotUnderstoodError(texts.WRONG_ROUTE(found=found, route=route, expected=texts.KINDS[expected.__name__]))
