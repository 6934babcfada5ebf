"""Numbers with units, in readable form."""

from __future__ import annotations

import pytest

from shared.units import human


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, "By", "0 B"),
        (1023, "By", "1,023 B"),
        (5.2 * 1024**3, "By", "5.2 GiB"),
        (1024**4, "By/s", "1 TiB/s"),
        (0.974, "10^2.%", "97.4 %"),
        (1.0, "10^2.%", "100 %"),
        (93.0, "%", "93 %"),
        (12000, "1", "12,000"),
        (24, "1/s", "24/s"),
        (2.5, "{query}/min", "2.5/min"),
        (0.25, "1", "0.25"),
        (1234.56, "1", "1,235"),
        (0, "s", "0 s"),
        (45, "s", "45 s"),
        (250, "s", "4 min 10 s"),
        (600, "s", "10 min"),
        (5100, "s", "1 h 25 min"),
        (3600, "s", "1 h"),
        (183600, "s", "2 d 3 h"),
        (20, "ms", "20 ms"),
        (1500, "ms", "1.5 s"),
        (2500, "us", "2.5 ms"),
        (-90, "s", "-1 min 30 s"),
        (3, "{tasks}", "3 {tasks}"),
    ],
)
def test_a_value_reads_well(value: float, unit: str, expected: str) -> None:
    assert human(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (5100, "s", "1 時間 25 分"),
        (20, "ms", "20 ミリ秒"),
        (-45, "s", "-45 秒"),
        (0, "s", "0 秒"),
        (0.5, "10^2.%", "50 %"),
    ],
)
def test_a_duration_reads_well_in_japanese(value: float, unit: str, expected: str) -> None:
    assert human(value, unit, "ja") == expected
