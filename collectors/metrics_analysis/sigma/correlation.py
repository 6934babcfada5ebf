"""Correlations: findings from several events.

Events are counted by event time, independent of the order of arrival: an event may complete its own window, or the
window of later events that arrived before it.

In a burst every event has all others around it, so the work for each event is bounded: counts of events are differences
of positions, and a slot is finished with its first full window.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter

from collectors.metrics_analysis.sigma.finding import make_finding
from collectors.metrics_analysis.sigma.matcher import MatchEvidence
from shared.events import CountedEvent
from shared.model import Finding

Neighbour = tuple[datetime, str]

TIME = itemgetter(0)

_REACHED: dict[str, Callable[[int, float], bool]] = {
    "gte": lambda count, limit: count >= limit,
    "gt": lambda count, limit: count > limit,
}


def correlate(event: CountedEvent, neighbours: Sequence[Neighbour]) -> list[Finding]:
    """The findings that an event completes, usually none.

    `neighbours` are the time and value of the group's events within ± timespan, earliest first, including the event.
    The event key of a finding names the group and a slot as long as the timespan, so that a burst is one occurrence per
    slot.
    """
    made: list[Finding] = []
    # Only windows that end at or after the event can contain it.
    start = bisect_left(neighbours, event.time, key=TIME)
    while start < len(neighbours):
        slot = event.slot(neighbours[start][0])
        stop = max(start + 1, bisect_left(neighbours, event.slot_start(slot + 1), lo=start, key=TIME))
        for end, count in _windows(event, neighbours, start, stop):
            if _REACHED[event.spec["op"]](count, event.spec["limit"]):
                extra, key = {"count": count}, f"{event.rule}:{event.group_key}:{slot}"
                made.append(
                    make_finding(event.spec, event.entry, MatchEvidence(), extra=extra, time=end, event_key=key)
                )
                break
        start = stop
    return made


def _windows(event: CountedEvent, seen: Sequence[Neighbour], start: int, stop: int) -> Iterator[tuple[datetime, int]]:
    """The end and content of the windows that end at seen[start:stop]: events, or distinct values for a value_count."""
    if event.spec["type"] == "value_count":
        yield from _value_windows(event, seen, start, stop)
        return
    for at in range(start, stop):
        end = seen[at][0]
        first = bisect_left(seen, end - event.timespan, key=TIME)
        yield end, bisect_right(seen, end, key=TIME) - first


def _value_windows(
    event: CountedEvent, seen: Sequence[Neighbour], start: int, stop: int
) -> Iterator[tuple[datetime, int]]:
    # Most groups have few values: often all of them together cannot fill a window.
    most = len({value for _, value in seen})
    if not _REACHED[event.spec["op"]](most, event.spec["limit"]):
        return
    first = bisect_left(seen, seen[start][0] - event.timespan, key=TIME)
    last = bisect_right(seen, seen[start][0], key=TIME)
    # Usually the first window decides, and a set is built much faster than a Counter.
    yield seen[start][0], len({value for _, value in seen[first:last]})
    inside = Counter(value for _, value in seen[first:last])
    for at in range(start, stop):
        end = seen[at][0]
        while last < len(seen) and seen[last][0] <= end:
            inside[seen[last][1]] += 1
            last += 1
        while seen[first][0] < end - event.timespan:
            inside[seen[first][1]] -= 1
            if not inside[seen[first][1]]:
                del inside[seen[first][1]]
            first += 1
        yield end, len(inside)
