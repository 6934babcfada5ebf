"""Times as APIs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def time_of(text: Any) -> datetime | None:
    """The time in UTC of an RFC 3339 text; None for any other value."""
    if not isinstance(text, str) or not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
