"""Formats numbers for people by the unit that Cloud Monitoring gives them (UCUM)."""

from __future__ import annotations

from shared.durations import format_duration

BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
PART = "10^2.%"  # a fraction from 0 to 1
UNITS = ("1", "By", "By/s", "%", PART, *SECONDS)


def human(value: float, unit: str, language: str = "en") -> str:
    """`value` with its unit: 5.2 GiB, 1 h 25 min, 97 %, 12,000, 24/s. An unknown unit is unchanged."""
    if unit == PART:
        return f"{_number(value * 100)} %"
    if unit in ("By", "By/s"):
        return _bytes(value) + unit.removeprefix("By")
    if unit in SECONDS:
        return format_duration(value * SECONDS[unit], language)
    count, slash, per = unit.partition("/")
    if slash and (count == "1" or count.startswith("{")):  # a rate of things: 24/s
        return f"{_number(value)}/{per}"
    return _number(value) if unit == "1" else f"{_number(value)} {unit}"


def _bytes(value: float) -> str:
    index = 0
    while abs(value) >= 1024 and index < len(BYTES) - 1:
        value /= 1024
        index += 1
    return f"{_number(value)} {BYTES[index]}"


def _number(value: float) -> str:
    """The number with three significant digits; whole numbers in full."""
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1e}"
