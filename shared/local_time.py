"""Times in the time zone of HINOMI_TIMEZONE for use in sentences; in UTC if the zone is unknown."""

from __future__ import annotations

from datetime import datetime

from shared import config
from shared.texts.locale import Locale


def minute(moment: datetime) -> str:
    """The date and time to the minute, such as `2026-11-23 15:02 JST`."""
    return _reader(moment).minute(moment)


def day(moment: datetime) -> str:
    """The date, such as `2026-11-23`."""
    return _reader(moment).minute(moment)[:10]


def _reader(moment: datetime) -> Locale:
    return Locale(config.language(), config.timezone(), moment)
