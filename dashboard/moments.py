"""Times in the query string of a page, as written by links and date fields."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.page_request import PageRequest
from shared.errors import InputError
from shared.texts.dashboard import common

EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # windows before a time stay inside the calendar


def chosen(request: PageRequest, name: str) -> datetime | None:
    """The time in a field of the query string, from 1971 to now; None for an empty field and for `now`.

    A time without a zone is one of the reader's zone. Raises InputError for other texts.
    """
    text = request.args.get(name, "").strip()
    if text in ("", "now"):
        return None
    try:
        time = datetime.fromisoformat(text)
        return max(EARLIEST, min(time if time.tzinfo else request.locale.of_wall_clock(time), request.now))
    except (ValueError, OverflowError) as error:
        raise InputError(common.INVALID_TIME(text=text)) from error


def field(request: PageRequest, time: datetime) -> str:
    """The value of a date field: `2026-03-01T00:00` in the reader's zone."""
    return f"{request.locale.local(time):%Y-%m-%dT%H:%M}"
