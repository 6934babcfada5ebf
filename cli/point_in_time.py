"""A point in time as an argument: an ISO 8601 time, or a duration before now."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from shared.durations import parse_duration
from shared.errors import InputError
from shared.texts.cli import point_in_time as texts

_AGO = re.compile(r"\d+[a-zA-Z]+")


def moment(text: str, now: datetime, option: str) -> datetime:
    """The time in `text`: `now`, an ISO 8601 time (UTC without a zone), or a duration before now, such as 7d.

    `option` is named in the error. Raises InputError for other forms and for times after `now`.
    """
    if text in ("", "now"):
        return now
    if _AGO.fullmatch(text):
        return _before(text, now, option)
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(texts.INVALID(text=text, option=option)) from error
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time > now:
        raise InputError(texts.IN_FUTURE(text=text, option=option))
    return time


def _before(text: str, now: datetime, option: str) -> datetime:
    try:
        return now - parse_duration(text)
    except OverflowError as error:
        raise InputError(texts.TOO_LONG(text=text, option=option)) from error
