"""Options whose value is a number of days or of seconds: a duration such as 2w is accepted as well.

The metavar of an option says which of the two it is. typer then checks the number and its limits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

DAYS, SECONDS = "DAYS", "SECONDS"
UNITS = {DAYS: timedelta(days=1), SECONDS: timedelta(seconds=1)}


def as_number(value: Any, metavar: Any) -> Any:
    """The number of units of a duration, as text; any other value of an option unchanged, so that typer reports it."""
    unit = UNITS.get(metavar) if isinstance(metavar, str) else None
    if unit is None or not isinstance(value, str):
        return value
    from shared.durations import parse_duration
    from shared.errors import InputError

    try:
        count, rest = divmod(parse_duration(value), unit)
    except InputError:
        return value
    return value if rest else str(count)
