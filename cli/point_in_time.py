"""A point in time that a person writes."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.errors import InputError


def moment(text: str, now: datetime, option: str) -> datetime:
    """`now`, an ISO 8601 time (UTC without a zone), or how long ago, such as 7d. Raises InputError."""
    from handlers.duration import parse_duration

    if text in ("", "now"):
        return now
    if text[0].isdigit() and text[-1] in "smhdw" and text[:-1].isdigit():
        try:
            return now - parse_duration(text)
        except OverflowError as error:
            raise InputError(f"{option} {text} is before the beginning of time: give less") from error
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option} is '{text}': give a time such as 2026-11-23T10:00, or 7d") from error
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time > now:
        raise InputError(f"{option} is '{text}': that is still to come")
    return time
