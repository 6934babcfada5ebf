"""A point in time or a duration as an argument: an ISO 8601 time, or a number and a unit such as 7d."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from shared.durations import parse_duration
from shared.errors import InputError
from shared.texts import Text
from shared.texts.cli import point_in_time as texts

_AGO = re.compile(r"\d+[a-zA-Z]+")


def length(text: str, option: str) -> timedelta:
    """The duration in `text`, such as 1w. `option` is named in the error. Raises InputError for other forms."""
    try:
        return parse_duration(text)
    except InputError as error:
        raise InputError(texts.INVALID_LENGTH(text=text, option=option)) from error


def moment(text: str, now: datetime, option: str) -> datetime:
    """The time in `text`: `now`, an ISO 8601 time (UTC without a zone), or a duration before now, such as 7d.

    `option` is named in the error. Raises InputError for other forms and for times after `now`.
    """
    if text in ("", "now"):
        return now
    if _AGO.fullmatch(text):
        return _shifted(text, now, option, sign=-1)
    time = _iso_time(text, texts.INVALID(text=text, option=option))
    if time > now:
        raise InputError(texts.IN_FUTURE(text=text, option=option))
    return time


def upcoming(text: str, now: datetime, option: str) -> datetime:
    """The time in `text`: `now`, an ISO 8601 time (UTC without a zone), or a duration after now, such as 2h.

    `option` is named in the error. Raises InputError for other forms and for times before `now`.
    """
    if text in ("", "now"):
        return now
    if _AGO.fullmatch(text):
        return _shifted(text, now, option, sign=1)
    time = _iso_time(text, texts.INVALID_UPCOMING(text=text, option=option))
    if time < now:
        raise InputError(texts.IN_PAST(text=text, option=option))
    return time


def any_time(text: str, now: datetime, option: str) -> datetime:
    """The time in `text`: `now`, an ISO 8601 time (UTC without a zone), or a duration after now, such as 2d.

    `option` is named in the error. Raises InputError for other forms.
    """
    if text in ("", "now"):
        return now
    if _AGO.fullmatch(text):
        return _shifted(text, now, option, sign=1)
    return _iso_time(text, texts.INVALID_UPCOMING(text=text, option=option))


def _iso_time(text: str, invalid: Text) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(invalid) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _shifted(text: str, now: datetime, option: str, *, sign: int) -> datetime:
    try:
        return now + sign * length(text, option)
    except OverflowError as error:
        raise InputError(texts.TOO_LONG(text=text, option=option)) from error
