"""Cursors of pages: opaque texts for the position where the next page begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from dashboard.api import problems
from dashboard.api.problems import FieldError
from shared.texts.api import problems as texts

Item = TypeVar("Item")


def cursor_of(*parts: object) -> str:
    """The cursor for a position."""
    return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode().rstrip("=")


def place(cursor: str, count: int) -> list[str] | None:
    """The parts of a position; None for an empty cursor. Raises ProblemError for a cursor that Hinomi did not create."""
    if not cursor:
        return None
    try:
        parts = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    if len(parts) != count:
        raise _invalid()
    return parts


def seen_place(cursor: str) -> tuple[datetime, int] | None:
    """The position after an item with a time and a number."""
    parts = place(cursor, 2)
    try:
        if parts is None:
            return None
        time, number = datetime.fromisoformat(parts[0]), int(parts[1])
        is_aware, time = time.tzinfo is not None, time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _invalid() from error
    if not is_aware or not 0 <= number < 2**31:
        raise _invalid()
    return time, number


def number_place(cursor: str) -> int | None:
    """The position after an item with a number."""
    parts = place(cursor, 1)
    if parts is None:
        return None
    if not (parts[0].isascii() and parts[0].isdigit() and len(parts[0]) <= 10 and int(parts[0]) < 2**31):
        raise _invalid()
    return int(parts[0])


def offset(cursor: str) -> int:
    """The number of items before a page."""
    return number_place(cursor) or 0


def page(items: Sequence[Item], cursor: str, limit: int) -> tuple[list[Item], str | None]:
    """A page of a complete list of items, and the cursor of the next page; None on the last page."""
    first = offset(cursor)
    more = first + limit < len(items)
    return list(items[first : first + limit]), cursor_of(first + limit) if more else None


def _invalid() -> problems.ProblemError:
    return problems.invalid(texts.INVALID_CURSOR, [FieldError("cursor", texts.INVALID_CURSOR.en)])
