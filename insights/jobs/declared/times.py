"""The time of day in a declared schedule, compared with the usual start of the job."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from statistics import median_low
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY_MINUTES = 24 * 60
LEAST_RUNS = 4  # runs from which a habit is known
USUALLY = 0.75  # share of the runs near their usual time
NEAR = 45  # minutes
SAME = 30  # minutes by which a start may be later: schedulers and queues take a while
_CRON = re.compile(r"(\d{1,2}) (\d{1,2}) \S+ \S+ \S+")
_ENGLISH = re.compile(r"(?:every|\d|first|second|third|fourth|last)\b.*?\b(\d{1,2}):(\d\d)", re.IGNORECASE)
_PRESETS = {"@daily": 0, "@midnight": 0, "@weekly": 0, "@monthly": 0}


def declared_minute(schedule: str) -> int | None:
    """The minute of the day in cron's or App Engine's format; None for several times a day or any other text."""
    text = schedule.strip().strip("'\"")
    if text.lower() in _PRESETS:
        return _PRESETS[text.lower()]
    if match := _CRON.fullmatch(text):
        minute, hour = int(match[1]), int(match[2])
    elif match := _ENGLISH.fullmatch(text):
        hour, minute = int(match[1]), int(match[2])
    else:
        return None
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def another_time(schedule: str, zone: str, starts: Sequence[datetime]) -> tuple[time, time] | None:
    """The declared and the usual time of day in the zone of the schedule, if they differ.

    None if they agree, or if one is unknown: several times a day, too few runs, or no usual time.
    """
    declared = declared_minute(schedule)
    if declared is None or len(starts) < LEAST_RUNS:
        return None
    try:
        local = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return None
    moved = sorted(_moved(start.astimezone(local), declared) for start in starts)
    usual = median_low(moved)
    if abs(usual) <= SAME or sum(abs(each - usual) <= NEAR for each in moved) < USUALLY * len(moved):
        return None
    return _time(declared), _time(declared + usual)


def _moved(start: datetime, declared: int) -> int:
    """Minutes from the declared time of day to a start, from half a day before to half a day after."""
    half = DAY_MINUTES // 2
    return (start.hour * 60 + start.minute - declared + half) % DAY_MINUTES - half


def _time(minute: int) -> time:
    return time((minute // 60) % 24, minute % 60)
