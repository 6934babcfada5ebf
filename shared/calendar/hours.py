"""Hours in which notifications are sent: working hours, or the time outside quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.calendar.wall_clock import instant
from shared.calendar.windows import Calendar, zone_of
from shared.lazy.dataclass import dataclass
from shared.model import Severity

_LONGEST = timedelta(days=366)  # hours that do not begin within a year never do


@dataclass(frozen=True, slots=True)
class NotificationHours:
    """The hours of a rule: inside the windows of `calendar`, or outside them if `is_quiet`; never on a holiday.

    Incidents of severity `urgent` or higher are notified at any time.
    """

    calendar: Calendar
    is_quiet: bool = False
    holidays: frozenset[date] = frozenset()
    urgent: Severity = Severity.CRITICAL

    def opens_at(self, now: datetime) -> datetime | None:
        """The time when the hours begin again; None during the hours, or if they never begin, so that no notification waits."""
        moment = now
        while moment - now < _LONGEST:
            later = self._closed_until(moment)
            if later is None:
                return moment if moment > now else None
            moment = later
        return None

    def as_dict(self) -> dict[str, Any]:
        """The hours as JSON."""
        holidays = {"holidays": sorted(day.isoformat() for day in self.holidays)} if self.holidays else {}
        windows = {"quiet" if self.is_quiet else "open": list(self.calendar.texts)}
        return {**windows, "timezone": self.calendar.timezone, **holidays, "urgent": str(self.urgent)}

    @classmethod
    def from_dict(cls, block: Mapping[str, Any]) -> NotificationHours:
        """The hours from JSON. Raises InputError."""
        is_quiet = "quiet" in block
        windows = block["quiet" if is_quiet else "open"]
        return cls(
            Calendar.from_dict({"windows": windows, "timezone": block["timezone"]}),
            is_quiet,
            frozenset(date.fromisoformat(day) for day in block.get("holidays", ())),
            Severity(block.get("urgent", Severity.CRITICAL)),
        )

    def _closed_until(self, moment: datetime) -> datetime | None:
        """The time until which nothing is sent, or at which to ask again; None if messages are sent now."""
        zone = zone_of(self.calendar.timezone)
        day = moment.astimezone(zone).date()
        if day in self.holidays:
            return instant(datetime.combine(day + timedelta(days=1), time()), zone)
        period = self.calendar.period_at(moment)
        if self.is_quiet:
            return period[1] if period else None
        if period:
            return None
        following = self.calendar.next_period(moment)
        return following[0] if following else None
