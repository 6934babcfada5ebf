"""Times in the zone of HINOMI_TIMEZONE, for sentences; an unknown zone is shown as UTC."""

from __future__ import annotations

from datetime import datetime

from shared import config
from shared.texts.locale import Locale


def minute(moment: datetime) -> str:
    """`2026-11-23 15:02 JST`."""
    return _reader(moment).minute(moment)


def day(moment: datetime) -> str:
    """`2026-11-23`."""
    return _reader(moment).minute(moment)[:10]


def _reader(moment: datetime) -> Locale:
    return Locale(config.language(), config.timezone(), moment)
