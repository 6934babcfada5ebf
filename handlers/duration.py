"""Lengths of time as people write them: 30s, 10m, 4h, 2d."""

from __future__ import annotations

import re
from datetime import timedelta

from shared.errors import InputError

_FORM = re.compile(r"([1-9][0-9]{0,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """`10m` as ten minutes. Raises InputError for another form."""
    found = _FORM.fullmatch(text)
    if not found:
        raise InputError(f"'{text}' is no length of time: write a number and s, m, h or d, such as 10m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
