"""The days and times of day of a schedule: the longest interval between two runs, and the runs of a period."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from shared.lazy.dataclass import dataclass

DAY_MINUTES = 24 * 60
_FIRST, _DAYS = date(2024, 1, 1), 9 * 366  # with three leap years: a schedule may run on 29 February only
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RunTimes:
    """A schedule that runs at the same times on each of its days.

    `minutes` are the times of day in minutes after midnight, in order. Days are days of the schedule's own time zone.
    """

    runs_on: Callable[[date], bool]
    minutes: tuple[int, ...]

    def longest_interval(self) -> timedelta | None:
        """The longest time between two runs; None for a schedule that never runs twice.

        The extra hour at the end of daylight saving time is not counted.
        """
        if not self.minutes:
            return None
        days = [each for each in range(_DAYS) if self.runs_on(_FIRST + each * _DAY)]
        over_night = DAY_MINUTES + self.minutes[0] - self.minutes[-1]
        between = [(after - before - 1) * DAY_MINUTES + over_night for before, after in pairwise(days)]
        if not between:
            return None
        return timedelta(minutes=max(0, *between, *(after - before for before, after in pairwise(self.minutes))))

    def between(self, since: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
        """The runs in [since, until), earliest first, if `zone` is the time zone of the schedule.

        A time that a change to daylight saving time skips is moved by the length of the change.
        """
        day = since.astimezone(zone).date() - _DAY
        while day <= until.astimezone(zone).date():
            for minute in self.minutes if self.runs_on(day) else ():
                moment = datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
                if since <= moment < until:
                    yield moment
            day += _DAY
