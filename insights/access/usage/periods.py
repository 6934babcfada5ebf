"""Stretches of time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

Period = tuple[datetime, datetime]


def overlap(one: Period, other: Period) -> Period | None:
    """What two periods share, None for nothing; a moment is something."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start <= end else None


def common(some: Iterable[Period], others: Iterable[Period]) -> list[Period]:
    """What both share."""
    others = list(others)
    return [found for one in some for other in others if (found := overlap(one, other))]


def joined(periods: Iterable[Period]) -> Iterator[Period]:
    """The periods in order; those that touch become one."""
    made: Period | None = None
    for start, end in sorted(periods):
        if made is not None and start <= made[1]:
            made = (made[0], max(made[1], end))
            continue
        if made is not None:
            yield made
        made = (start, end)
    if made is not None:
        yield made


def cover(periods: Iterable[Period], wanted: Period) -> bool:
    """Whether there is no gap in the wanted period."""
    return any(start <= wanted[0] and end >= wanted[1] for start, end in joined(periods))
