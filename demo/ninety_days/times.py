"""The length of the history, and the activity by time of day."""

from __future__ import annotations

from datetime import datetime
from math import cos, pi

DAYS = 90
SATURDAY = 5
BUSIEST = 13.0  # hour of the day, UTC


def is_weekend(time: datetime) -> bool:
    """Whether a time is on a Saturday or a Sunday, UTC."""
    return time.weekday() >= SATURDAY


def business(time: datetime) -> float:
    """The activity of the platform at a time, from 0 at night to 1 in the middle of a working day."""
    hour = time.hour + time.minute / 60
    day = (1 + cos((hour - BUSIEST) / 12 * pi)) / 2
    return day * (0.35 if is_weekend(time) else 1.0)
