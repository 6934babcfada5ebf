"""The instant at which a wall clock shows a time, also on the days when clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def instant(wall: datetime, zone: ZoneInfo, *, latest: bool = False) -> datetime:
    """The instant, in UTC, at which a clock in the zone shows `wall`, a naive time.

    A time that occurs twice is the first one, or with `latest` the second. One that is skipped is the instant at which
    the clock is changed.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if latest else first
    return _change(wall, zone, second, first)


def end_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The end, in UTC, of the last period in which a clock in the zone shows a time before `wall`, a naive time."""
    return min(instant(wall - _SECOND, zone, latest=True) + _SECOND, instant(wall, zone, latest=True))


def _change(wall: datetime, zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first instant after `low`, until `high`, at which the clock shows `wall` or more."""
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high
