"""Durations as users write them (30s, 10m, 4h, 7d, 1w) and as Hinomi shows them (45 s, 1 h 25 min, 3 d)."""

from __future__ import annotations

from datetime import timedelta

from shared.errors import InputError
from shared.lazy.pattern import lazy_pattern
from shared.texts import Text
from shared.texts.cli import point_in_time
from shared.texts.times import UNITS

MILLISECONDS_BELOW = 0.9995  # seconds; a value that rounds to 1,000 ms is shown as one second

_WRITTEN = lazy_pattern(r"([1-9][0-9]{0,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SIZES = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def parse_duration(text: str) -> timedelta:
    """The result of `format_duration` in every language."""
    match = _WRITTEN.fullmatch(text)
    if not match:
        raise InputError(point_in_time.INVALID_DURATION(text=text))
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration_text(length: timedelta | float, *, units: int = 2) -> Text:
    """`format_duration` in every language."""
    return Text(en=format_duration(length, "en", units=units), ja=format_duration(length, "ja", units=units))


def format_duration(length: timedelta | float, language: str = "en", *, units: int = 2) -> str:
    """The duration (a number is in seconds) in at most `units` units: `2 d 3 h`, `1 h 25 min`, `1.5 s`, `20 ms`.

    With one unit, the value is rounded down, and a unit is used for values of at least two (minutes: at least one):
    `119 min`, then `2 h`.
    """
    names = {name: text.in_language(language) for name, text in UNITS.items()}
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 0:
        return f"-{format_duration(-seconds, language, units=units)}"
    if 0 < seconds < MILLISECONDS_BELOW:
        return f"{seconds * 1000:.3g} {names['ms']}"
    rounded = round(seconds)
    if rounded < 60:
        return f"{seconds:.3g} {names['s']}"
    return " ".join(f"{count:,} {names[name]}" for name, count in _parts(rounded, units))


def _parts(seconds: int, units: int) -> list[tuple[str, int]]:
    """The unit and number of each part that is greater than zero."""
    fewest = 2 if units == 1 else 1
    largest = next(at for at, (name, size) in enumerate(_SIZES) if seconds >= size * (1 if name == "min" else fewest))
    parts = []
    for name, size in _SIZES[largest : largest + units]:
        count, seconds = divmod(seconds, size)
        parts.append((name, count))
    return [part for part in parts if part[1]]
