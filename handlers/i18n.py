"""What cards say, in English and Japanese, and how they say times and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from handlers.english import ENGLISH
from handlers.japanese import JAPANESE
from shared.durations import format_duration

__all__ = ["ENGLISH", "JAPANESE", "TABLES", "Words"]

TABLES = {"en": ENGLISH, "ja": JAPANESE}


class Words:
    """The messages of one language, with times in one zone."""

    def __init__(self, language: str, timezone: str, now: datetime) -> None:
        """`timezone` is an IANA name; one that this system does not know is shown as UTC, and says so. `now` is aware."""
        self.language = language if language in TABLES else "en"
        self.now = now
        self._table = TABLES[self.language]
        self._zone = _zone(timezone)

    def __call__(self, key: str, **values: object) -> str:
        """The message with its placeholders filled."""
        return self._table[key].format(**values)

    def reason(self, name: str) -> str:
        """Why nothing was done, by its name; a name without a message is shown as it is."""
        return self._table.get(f"reason.{name}") or name.replace("_", " ")

    def time(self, moment: datetime) -> str:
        """Local date, time and zone: `2026-11-23 15:02:11 JST`."""
        local = moment.astimezone(self._zone)
        return self("time.full", date=f"{local:%Y-%m-%d}", clock=f"{local:%H:%M:%S}", zone=_zone_name(local))

    def clock(self, moment: datetime) -> str:
        """Local time of a moment of today, otherwise with its date."""
        local = moment.astimezone(self._zone)
        today = local.date() == self.now.astimezone(self._zone).date()
        return f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"

    def when(self, moment: datetime) -> str:
        """Local time with zone, and how long ago that was."""
        return self("when", time=self.time(moment), relative=self.ago(moment))

    def zone(self, moment: datetime) -> str:
        """The name of the zone at that moment."""
        return _zone_name(moment.astimezone(self._zone))

    def ago(self, moment: datetime) -> str:
        """How long ago; what is less than a second old, or in the future by a wrong clock, is now."""
        passed = self.now - moment
        return self("ago", duration=self.duration(passed)) if passed >= timedelta(seconds=1) else self("now")

    def duration(self, length: timedelta) -> str:
        """`length` in at most two units, from a minute on without seconds; a negative one counts as nothing."""
        seconds = max(int(length.total_seconds()), 0)
        return format_duration(seconds if seconds < 60 else seconds - seconds % 60, self.language)


def _zone(name: str) -> tzinfo:
    """The zone, or UTC: a card that shows UTC is better than none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, a directory
        return UTC


def _zone_name(local: datetime) -> str:
    """JST, CET or, where a zone has no letters, UTC+03."""
    name = local.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
