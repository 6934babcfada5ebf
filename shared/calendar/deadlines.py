"""A time of day by which a job has to end, as people write it: `06:00`, or `06:00 Asia/Tokyo`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.texts import deadlines as texts

_WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?:[ ]+(\S+))?")


@dataclass(frozen=True, slots=True)
class DailyDeadline:
    """A time of day. `zone` is the name of its time zone, empty for that of the installation."""

    clock: time
    zone: str = ""

    def on(self, day: date, default: tzinfo) -> datetime:
        """The deadline of a day; `default` is the zone of the installation."""
        return datetime.combine(day, self.clock, tzinfo=ZoneInfo(self.zone) if self.zone else default)


def parse_deadline(text: str) -> DailyDeadline:
    """The deadline written as `text`. Raises InputError for another form, or an unknown time zone."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise InputError(texts.INVALID(text=text[:80]))
    hour, minute, zone = match.groups()
    if zone and not is_zone(zone):
        raise InputError(texts.UNKNOWN_ZONE(zone=zone[:60]))
    return DailyDeadline(time(int(hour), int(minute)), zone or "")


def is_zone(name: str) -> bool:
    """Whether a time zone of this name is known."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True
