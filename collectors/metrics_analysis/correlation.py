"""Correlations: many events that make one finding.

They count by event time and do not depend on the order in which entries come: an event may complete a
window for itself or for later events that came before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from collectors.metrics_analysis.finding import make_finding
from collectors.metrics_analysis.matcher import Notes
from shared.events import CorrelationEvent
from shared.model import Finding

Neighbour = tuple[datetime, str]

_REACHED: dict[str, Callable[[int, float], bool]] = {
    "gte": lambda count, limit: count >= limit,
    "gt": lambda count, limit: count > limit,
}


def correlate(event: CorrelationEvent, neighbours: Sequence[Neighbour]) -> list[Finding]:
    """The findings that an event completes, none in most cases.

    `neighbours` are time and value of the group's events within ± timespan, the event included. A finding's
    event key names the group and the timespan-long slot of time, so one burst is one occurrence a slot.
    """
    made: dict[str, Finding] = {}
    seen = sorted(neighbours)
    for end, _ in seen:
        # Only windows that hold the event can be new.
        slot = int(end.timestamp() // event.timespan.total_seconds())
        key = f"{event.rule}:{event.group_key}:{slot}"
        if end < event.time or key in made:
            continue
        count = _count(event, seen, end)
        if _REACHED[event.spec["op"]](count, event.spec["limit"]):
            made[key] = make_finding(event.spec, event.entry, Notes(), extra={"count": count}, time=end, event_key=key)
    return list(made.values())


def _count(event: CorrelationEvent, seen: list[Neighbour], end: datetime) -> int:
    """What the window that ends at `end` holds: events, or different values for a value_count."""
    inside = [value for time, value in seen if end - event.timespan <= time <= end]
    return len(set(inside)) if event.spec["type"] == "value_count" else len(inside)
