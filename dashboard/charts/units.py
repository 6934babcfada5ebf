"""Formats values of metrics with their units, and chooses round values for a scale."""

from __future__ import annotations

from dashboard import formats
from dashboard.charts.scale import byte_lines, duration_lines, number_lines
from shared.durations import duration_text

_SECONDS = {"s": 1.0, "ms": 0.001, "us": 0.000_001, "ns": 1e-9}
_BYTES = {"By": 1.0, "KiBy": 1024.0, "MiBy": 1024.0**2, "GiBy": 1024.0**3}
_PERCENT = {"%": 1.0, "10^2.%": 100.0}
_PER = ("s", "min", "h", "d")
LARGE = 10_000


def measure(value: float, unit: str, parts: int = 2) -> str:
    """Formats a value with its unit (UCUM, as in Cloud Monitoring): `395`, `21.4 GiB`, `2.1 s`, `72 %`, `24/s`.

    A duration has at most `parts` units: one next to the lines of a chart, where thousands are short: `2.5k`.
    """
    count, slash, per = unit.partition("/")
    if slash and per in _PER:
        return f"{measure(value, '1' if count.startswith('{') else count, parts)}/{per}"
    if unit in _SECONDS:
        return formats.reader().text(duration_text(value * _SECONDS[unit], units=parts))
    if unit in _BYTES:
        return formats.data_size(value * _BYTES[unit])
    if unit in _PERCENT:
        return f"{value * _PERCENT[unit]:.3g}\N{NO-BREAK SPACE}%"
    if parts == 1 and abs(value) >= 1000 and value % 100 == 0:
        return f"{value / 1000:,g}k"
    return f"{value / 1000:,.0f}k" if abs(value) >= LARGE * 10 else formats.number(float(f"{value:.4g}"))


def lines(greatest: float, unit: str) -> list[float]:
    """Round values from 0 to at least the largest one, in the unit of the metric."""
    if unit in _SECONDS:
        factor = _SECONDS[unit]
        seconds = greatest * factor
        return [each / factor for each in (duration_lines(seconds) if seconds >= 4 else number_lines(seconds))]
    if unit in _BYTES:
        factor = _BYTES[unit]
        return [each / factor for each in byte_lines(greatest * factor)]
    return number_lines(greatest)
