"""The schedule format of App Engine, which the Data Transfer Service takes, and Cloud Scheduler beside cron.

Format: docs.cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml, "Formatting the schedule". Names may be short
(mon, jan), and ordinals words or numbers (first, 1st):

    every 12 hours                              every N hours, minutes or mins
    every 5 minutes from 10:00 to 14:00         or `synchronized`
    every monday,friday 09:00                   every DAYS [of MONTHS] TIME
    first,third monday of month 15:30           ORDINALS DAYS [of MONTHS] TIME
    1,15 of jan,jul 00:00                       DATES of MONTHS TIME
    2nd monday of first month of quarter 00:00  months may be those of a quarter
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from shared.calendar.run_times import DAY_MINUTES, RunTimes

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_SHORT_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th")
_NUMBERS = {
    name: place
    for names in (_WEEKDAYS, _LONG_WEEKDAYS, _MONTHS, _LONG_MONTHS, _ORDINALS, _SHORT_ORDINALS)
    for place, name in enumerate(names, 1)
}
_DAY, _MONTH = "|".join((*_LONG_WEEKDAYS, *_WEEKDAYS)), "|".join((*_LONG_MONTHS, *_MONTHS))
_ORDINAL = "|".join((*_ORDINALS, *_SHORT_ORDINALS))
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_INTERVAL = re.compile(
    rf"every (?P<number>\d{{1,5}}) ?(?P<unit>hours?|minutes?|mins?)"
    rf"(?: from (?P<from>{_TIME}) to (?P<to>{_TIME})| synchronized)?"
)
_DATES = re.compile(
    rf"(?:(?:(?P<every>every)|(?P<ordinals>(?:{_ORDINAL})(?:,(?:{_ORDINAL}))*)) (?P<days>day|(?:{_DAY})(?:,(?:{_DAY}))*)"
    r"|(?P<dates>\d{1,2}(?:,\d{1,2})*)(?= of))"
    rf"(?: of (?P<months>month|quarter|(?:{_MONTH})(?:,(?:{_MONTH}))*"
    rf"|(?P<of_quarter>(?:{_ORDINAL})(?:,(?:{_ORDINAL}))*) month of quarter))?"
    rf"(?: (?P<time>{_TIME}))?"
)


def english_interval(text: str) -> timedelta | None:
    """The longest interval between two runs; None for a text in another format, or a schedule that never runs twice."""
    if match := _INTERVAL.fullmatch(_words(text)):
        return _repeated(match)
    times = english_times(text)
    return times.longest_interval() if times else None


def english_times(text: str) -> RunTimes | None:
    """The days and the time of day; None for a text in another format, and for one that states an interval."""
    match = _DATES.fullmatch(_words(text))
    if match is None:
        return None
    of_month, days = _months(match), _days(match)
    return RunTimes(lambda day: day.month in of_month and days(day), (_minute(match["time"] or "0:00"),))


def _words(text: str) -> str:
    return re.sub(r"\s*,\s*", ",", " ".join(text.lower().split()))


def _repeated(match: re.Match[str]) -> timedelta | None:
    """The interval of a schedule that repeats; if limited to some hours of the day, with the time outside them."""
    length = int(match["number"]) * (60 if match["unit"].startswith("hour") else 1)
    if not length or not match["from"]:
        return timedelta(minutes=length) if length else None
    begin, end = _minute(match["from"]), _minute(match["to"])
    end += DAY_MINUTES if end < begin else 0
    minutes = {each % DAY_MINUTES for each in range(begin, end + 1, length)}
    return RunTimes(lambda _day: True, tuple(sorted(minutes))).longest_interval()


def _days(match: re.Match[str]) -> Callable[[date], bool]:
    """Whether the schedule runs on a day, if it runs in its month."""
    ordinals, names = _list(match["ordinals"]), match["days"]
    if match["dates"]:
        dates = {int(each) for each in match["dates"].split(",")}
        return lambda day: day.day in dates
    if names == "day":  # an ordinal counts days of the month then
        return lambda day: match["every"] is not None or day.day in ordinals
    weekdays = _list(names)
    return lambda day: day.isoweekday() in weekdays and (not ordinals or (day.day + 6) // 7 in ordinals)


def _months(match: re.Match[str]) -> set[int]:
    if match["of_quarter"]:
        return {month + each - 1 for month in (1, 4, 7, 10) for each in _list(match["of_quarter"]) if each <= 3}
    if match["months"] in (None, "month"):
        return set(range(1, 13))
    return {1, 4, 7, 10} if match["months"] == "quarter" else _list(match["months"])


def _list(names: str | None) -> set[int]:
    return {_NUMBERS[name] for name in names.split(",")} if names else set()


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)
