"""The period of a report: calendar days in a time zone. A day with a change to or from summer time has 23 or 25 hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.calendar.wall_clock import instant
from shared.lazy.dataclass import dataclass
from shared.texts.locale import in_zone


class Frequency(StrEnum):
    """The interval of a report; RANGE is a period that a person chooses."""

    DAILY = "daily"
    WEEKLY = "weekly"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """`days` calendar days from `first` on, in the time zone `zone` (an IANA name; UTC if the name is unknown)."""

    frequency: Frequency
    first: date
    days: int
    zone: str

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        """The first moment of the period."""
        return moment(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return moment(self.first + timedelta(days=self.days), time.min, self.zone)

    @property
    def length(self) -> timedelta:
        """The time from start to end."""
        return self.end - self.start

    def before(self) -> ReportPeriod:
        """The period with the same number of days before this period."""
        return ReportPeriod(self.frequency, self.first - timedelta(days=self.days), self.days, self.zone)

    def after(self) -> ReportPeriod:
        """The period with the same number of days after this period."""
        return ReportPeriod(self.frequency, self.first + timedelta(days=self.days), self.days, self.zone)

    def day_of(self, when: datetime) -> date:
        """The calendar day of a time in the zone."""
        return in_zone(when, zone_of(self.zone)).date()


def containing(frequency: Frequency, day: date, zone: str) -> ReportPeriod:
    """The day, or the week from Monday to Sunday, that contains a day."""
    if frequency is Frequency.WEEKLY:
        return ReportPeriod(frequency, day - timedelta(days=day.weekday()), 7, zone)
    return ReportPeriod(frequency, day, 1, zone)


def latest_complete(frequency: Frequency, now: datetime, zone: str) -> ReportPeriod:
    """The latest day or week that has ended."""
    return containing(frequency, in_zone(now, zone_of(zone)).date(), zone).before()


def between(first: date, last: date, zone: str) -> ReportPeriod:
    """The days from `first` to `last`, both included."""
    return ReportPeriod(Frequency.RANGE, first, (last - first).days + 1, zone)


@lru_cache(maxsize=64)  # a report compares each of its incidents with the same few
def moment(day: date, clock: time, zone: str) -> datetime:
    """Converts a local time to UTC.

    A time skipped by the clock becomes the time of the change; of a repeated time the first.
    """
    return instant(datetime.combine(day, clock), zone_of(zone))


def zone_of(name: str) -> ZoneInfo:
    """The time zone, or UTC for an unknown name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
