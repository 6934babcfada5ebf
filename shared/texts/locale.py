"""The language, time zone and time formats for one reader."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from shared.durations import format_duration
from shared.lazy.pattern import lazy_pattern
from shared.texts import LANGUAGES, Text, times

# A time as sentences store it, before anybody knows who reads it.
_STORED_TIME = lazy_pattern(r"(?<!\d)(\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?) UTC(?![A-Za-z0-9+-])")

# Values of evidence that Hinomi computed.
_ISO_TIME = lazy_pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)")
_LONG_FRACTION = lazy_pattern(r"-?\d{1,15}\.\d{3,20}(?:e[+-]?\d{1,3})?")


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The moment in a time zone; in UTC if the zone's calendar cannot express it (in Tokyo, the year 9999 ends nine hours earlier)."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment.astimezone(UTC)


class Locale:
    """A language, a time zone, and the time from which ages are counted."""

    def __init__(self, language: str, timezone: str, now: datetime) -> None:
        """`timezone` is an IANA name; an unknown one falls back to UTC. `now` is timezone-aware."""
        self.language = language if language in LANGUAGES else "en"
        self.now = now
        self._zone = _zone(timezone)

    def text(self, text: Text) -> str:
        """The text in this language."""
        return text.in_language(self.language)

    @property
    def local(self) -> Callable[[datetime], datetime]:
        """Moves a moment into this time zone.

        The same function object for each zone, so that results can be cached by it.
        """
        return _localizer(self._zone)

    def of_wall_clock(self, naive: datetime) -> datetime:
        """The moment at which clocks in this time zone show a naive time."""
        return naive.replace(tzinfo=self._zone)

    def time(self, moment: datetime) -> str:
        """The local date and time with the zone, such as `2026-11-23 15:02:11 JST`."""
        local = in_zone(moment, self._zone)
        return f"{local:%Y-%m-%d %H:%M:%S} {_zone_name(local)}"

    def minute(self, moment: datetime) -> str:
        """The local date and time to the minute with the zone, such as `2026-11-23 15:02 JST`."""
        local = in_zone(moment, self._zone)
        return f"{local:%Y-%m-%d %H:%M} {_zone_name(local)}"

    def with_local_times(self, text: str, show: Callable[[datetime], str] | None = None) -> str:
        """A stored sentence with its times in this time zone, shown by `show` (as `minute`).

        All times of a sentence have one zone: if one of them has an unknown form, all stay in UTC.
        """
        if "UTC" not in text:
            return text
        show = show or self.minute
        try:
            shown = _STORED_TIME.sub(lambda match: show(datetime.fromisoformat(f"{match[1]}+00:00")), text)
        except ValueError:  # no such day
            return text
        left = _STORED_TIME.sub("", text)
        return text if "UTC" in left else shown

    def evidence_value(self, path: str, value: str, show: Callable[[datetime], str] | None = None) -> str:
        """The value of a field of evidence; one of a log entry, whose path has a dot, as it was logged.

        A value that Hinomi computed is shown as everywhere: a time in this time zone by `show` (as `minute`), a number
        with six digits.
        """
        if "." in path:
            return value
        if _ISO_TIME.fullmatch(value):
            with suppress(ValueError):  # no such day
                return (show or self.minute)(datetime.fromisoformat(value))
        return f"{float(value):.6g}" if _LONG_FRACTION.fullmatch(value) else value

    def clock(self, moment: datetime) -> str:
        """The local time of day, with the date unless it is today."""
        local = in_zone(moment, self._zone)
        today = local.date() == in_zone(self.now, self._zone).date()
        return f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"

    def when(self, moment: datetime) -> str:
        """The local time with the zone, and the age."""
        return self.text(times.WITH_AGE(time=self.time(moment), age=self.ago(moment)))

    def zone(self, moment: datetime) -> str:
        """The abbreviation of the zone at a time, such as JST."""
        return _zone_name(in_zone(moment, self._zone))

    def ago(self, moment: datetime) -> str:
        """The age of a time; "just now" for less than a second, and for a future time (a wrong clock)."""
        passed = self.now - moment
        return self.text(times.AGO(duration=duration(passed)) if passed >= timedelta(seconds=1) else times.NOW)

    def duration(self, length: timedelta) -> str:
        """The length in at most two units, without seconds if it is at least a minute; a negative length counts as 0."""
        return self.text(duration(length))


def duration(length: timedelta) -> Text:
    """The length in at most two units, without seconds if it is at least a minute; a negative length counts as 0."""
    seconds = max(int(length.total_seconds()), 0)
    shown = seconds if seconds < 60 else seconds - seconds % 60
    return Text(en=format_duration(shown, "en"), ja=format_duration(shown, "ja"))


@lru_cache
def _localizer(zone: tzinfo) -> Callable[[datetime], datetime]:
    return partial(in_zone, zone=zone)


def _zone(name: str) -> tzinfo:
    """The time zone; UTC for an unknown name, because a card with UTC times is better than no card."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a valid name, or a directory
        return UTC


def _zone_name(local: datetime) -> str:
    """The abbreviation of a zone, such as JST or CET; UTC+03 for a zone without letters."""
    name = local.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
