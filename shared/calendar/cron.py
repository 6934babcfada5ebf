"""Unix cron with five fields, as used by Cloud Scheduler: docs.cloud.google.com/scheduler/docs/configuring/cron-job-schedules."""

from __future__ import annotations

import re
from datetime import date, timedelta

from shared.calendar.run_times import RunTimes

_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day of the month, month, day of the week
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES = {name: place for place, name in enumerate(_WEEKDAYS)} | {name: place for place, name in enumerate(_MONTHS, 1)}
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)


def cron_interval(text: str) -> timedelta | None:
    """The longest interval between two runs; None for a text that is not valid cron, or that never runs twice."""
    times = cron_times(text)
    return times.longest_interval() if times else None


def cron_times(text: str) -> RunTimes | None:
    """The days and times of day; None for a text that is not valid cron."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        return None
    try:
        minutes, hours, days, months, weekdays = (
            _values(field, *limits) for field, limits in zip(fields, _FIELDS, strict=True)
        )
    except ValueError:
        return None
    on = {day % 7 for day in weekdays}  # 0 and 7 are Sunday
    either = not (fields[2].startswith("*") or fields[4].startswith("*"))

    def runs_on(day: date) -> bool:
        """Whether the schedule runs on a day; if both fields of days are restricted, one of them is enough."""
        of_month, of_week = day.day in days, day.isoweekday() % 7 in on
        return day.month in months and (of_month or of_week if either else of_month and of_week)

    return RunTimes(runs_on, tuple(sorted(hour * 60 + minute for hour in hours for minute in minutes)))


def _values(field: str, low: int, high: int) -> set[int]:
    """The numbers of a field. Raises ValueError for an invalid one."""
    values: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(part)
        first, last = match["first"], match["last"]
        start = low if first is None else _number(first)
        end = high if first is None or (match["step"] and not last) else _number(last or first)
        if not (low <= start <= end <= high):
            raise ValueError(part)
        values.update(range(start, end + 1, int(match["step"] or 1)))
    return values


def _number(text: str) -> int:
    return _NAMES[text] if text in _NAMES else int(text)
