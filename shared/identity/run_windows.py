"""The dates that a run covers, from its name, parameters or query, and whether another run covers them too.

A window is one date or the first and the last one, as `2026-11-25`, `2026-11-25T03`, `2026-11` or `2026-11-19/2026-11-25`.
`2026-11-19/` has no end: it reaches to the time of the run. `/2026-11-25` has no beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from shared.identity.run_names import run_time, same_run
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern

_YEAR, _MONTH, _DAY = r"(?P<year>(?:19|20)\d\d)", r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
# A date in a name, with the time after it; separators of one name may differ: orders-20261125-030000, 2026_11_25T03_00_00_00_00.
_IN_NAME = lazy_pattern(
    rf"(?<!\d){_YEAR}(?:"
    rf"[-_/]?{_MONTH}[-_/]?{_DAY}"
    rf"(?:[-_tT ]?(?P<hour>{_HOUR})(?:[-_:]?(?P<minute>{_SIXTY})(?:[-_:]?(?P<second>{_SIXTY})(?:[._]\d{{3,9}})?)?)?[zZ]?(?![0-9A-Za-z]))?(?!\d)"
    rf"|[-_/]?(?P<only_month>0[1-9]|1[0-2])(?!\d|[-_/]\d))"
)
# Six digits that are no time of day, and the day of a year.
_SHORT = lazy_pattern(
    r"(?<![0-9A-Za-z])(?:(2[4-9]|3\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])|(20\d\d)([0-3]\d\d))(?![0-9A-Za-z])"
)
_PERIOD = lazy_pattern(r"(?<![0-9A-Za-z])((?:19|20)\d\d)[-_]?(?:[wW](\d\d)|[qQ]([1-4]))(?![0-9A-Za-z])")
_DAY_FIRST = lazy_pattern(r"(?<![0-9A-Za-z])(0[1-9]|[12]\d|3[01])([-_])(0[1-9]|1[0-2])\2((?:19|20)\d\d)(?![0-9A-Za-z])")
_UUID = lazy_pattern(r"[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}", re.IGNORECASE)
_ONE = lazy_pattern(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:T?(\d\d)(?::?(\d\d))?Z?)?)?)?")
_STEP = 5  # minutes: schedules start at such a minute, and what a name says to the second is when its run was submitted
_TOLERANCE = timedelta(days=1)
_DAYS_OF_YEAR, _WEEKS_OF_YEAR = 366, 53
_EVER = datetime.min.replace(tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
_DAY_LENGTH, _MONTH_LENGTH, _QUARTER_LENGTH = timedelta(days=1), timedelta(days=31), timedelta(days=92)
_YEARS = range(1900, 2100)  # another number is no year
_SHORTEST_MONTH = timedelta(days=28)
_NEARLY_A_DAY = timedelta(hours=20)
_SCHEDULED = (
    "scheduled__"  # the runs of Airflow's schedules: most start when the interval after their logical date is over
)


def dates_in_name(text: str) -> str:
    """The window of a name or of parameters, such as `2026-11-25`; empty without a date.

    A time that no schedule has, such as 03:12:45, is when the run was submitted, so its date is not that of the data.
    """
    names = _UUID.sub(" ", text)
    rest = _DAY_FIRST.sub(" ", _PERIOD.sub(" ", names))
    found = sorted({*_periods(names), *_dates(rest), *_short_dates(_IN_NAME.sub(" ", rest))})
    return "/".join(dict.fromkeys([*found[:1], *found[-1:]]))


def _dates(text: str) -> Iterator[str]:
    for match in _IN_NAME.finditer(text):
        year, month = match["year"], match["month"] or match["only_month"]
        hour, minute, second = match["hour"], match["minute"], match["second"]
        if int(minute or 0) % _STEP or int(second or 0):
            continue
        clock = f"T{hour}:{minute or '00'}Z" if hour else ""
        yield f"{year}-{month}" + (f"-{match['day']}{clock}" if match["day"] else "")


def _periods(text: str) -> Iterator[str]:
    """The first and last day of weeks, the months of quarters, and dates in day-first order."""
    for year, week, quarter in _PERIOD.findall(text):
        if quarter:
            yield from (f"{year}-{month:02}" for month in (int(quarter) * 3 - 2, int(quarter) * 3))
        elif 1 <= int(week) <= _WEEKS_OF_YEAR:
            monday = date(int(year), 1, 4) + timedelta(weeks=int(week) - 1)
            monday -= timedelta(days=monday.weekday())
            yield from (f"{monday}", f"{monday + timedelta(days=6)}")
    for day, _, month, year in _DAY_FIRST.findall(text):
        yield f"{year}-{month}-{day}"


def _short_dates(text: str) -> Iterator[str]:
    for short_year, month, day, year, day_of_year in _SHORT.findall(text):
        if short_year:
            yield f"20{short_year}-{month}-{day}"
        elif 1 <= int(day_of_year) <= _DAYS_OF_YEAR:
            yield f"{date(int(year), 1, 1) + timedelta(days=int(day_of_year) - 1)}"


@dataclass(frozen=True, slots=True)
class _Window:
    """From the start of its first date until the start of its last one; `end` is where the last date ends."""

    start: datetime
    last: datetime
    end: datetime


def repairs(run: str, time: datetime, failed_run: str, failed_at: datetime) -> bool:
    """Whether a success of `run` at `time` provides the data of a failed run.

    True for the same run, for a window that contains the window of the failed run, and for the next run of a rolling
    window, which covers again the part that the failed run should have added.
    """
    if not run or not failed_run or same_run(failed_run, run):
        return True
    good, failed = _window(run, time), _window(failed_run, failed_at)
    if good is None or failed is None:
        return False
    if good.start <= failed.start and failed.end <= good.end:
        return True
    moved = good.last - failed.last
    same_length = abs((good.last - good.start) - (failed.last - failed.start)) <= _tolerance(run, failed_run)
    return same_length and timedelta() < moved <= failed.last - good.start


def interval_between(run: str, failed_at: datetime) -> timedelta | None:
    """The time between a failed run of a job and the next one, as the id or window of the next run shows; None if it shows none.

    At the border of a month, one day may be the date of a monthly run, so it shows nothing.
    """
    logical_date = run_time(run) if run.startswith(_SCHEDULED) else None
    if logical_date is not None:
        late = failed_at - logical_date
        return late if _NEARLY_A_DAY <= late <= _QUARTER_LENGTH else None
    window = None if run.endswith("/") else _window(run, failed_at)
    if window is None or window.start.year not in _YEARS:
        return None
    length = window.end - window.start
    if length <= _DAY_LENGTH:
        return None if 1 in (window.start.day, (window.start + _DAY_LENGTH).day) else _DAY_LENGTH
    if _SHORTEST_MONTH <= length <= _MONTH_LENGTH:
        return _MONTH_LENGTH
    is_period = "/" not in run or length <= _QUARTER_LENGTH
    return length if is_period else None  # a longer one is only how far back a run reads


def names_dates(*runs: str) -> bool:
    """Whether each of these runs has its dates in its name, so that the success of one does not imply that of another."""
    return all(_window(run, _LAST) for run in runs)


def _tolerance(run: str, failed_run: str) -> timedelta:
    """How much the lengths of two rolling windows may differ: those without an end depend on when their runs end."""
    return _TOLERANCE if run.endswith("/") and failed_run.endswith("/") else timedelta()


def _window(run: str, time: datetime) -> _Window | None:
    """The window that a run names; None if it is named by something else."""
    first, slash, last = run.partition("/")
    begin = (_EVER, _EVER) if slash and last and not first else _date(first)
    if slash and not last:
        day = time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        finish = (day, day + timedelta(days=1)) if begin and begin[0] <= day else None
    else:
        finish = _date(last) if slash else begin
    return _Window(begin[0], finish[0], finish[1]) if begin and finish else None


def _date(text: str) -> tuple[datetime, datetime] | None:
    """The beginning and the end of a year, month, day, hour or minute."""
    match = _ONE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, tzinfo=UTC)
        return start, _end(start, month, day, hour, minute)
    except (ValueError, OverflowError):  # it only resembles a date
        return None


def _end(start: datetime, month: int | None, day: int | None, hour: int | None, minute: int | None) -> datetime:
    if month is None:
        return start.replace(year=start.year + 1)
    if day is None:
        return (start + timedelta(days=31)).replace(day=1)
    if hour is None:
        return start + timedelta(days=1)
    return start + (timedelta(hours=1) if minute is None else timedelta(minutes=1))
