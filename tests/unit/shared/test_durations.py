"""Durations in the forms that users write and that Hinomi shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.durations import format_duration, parse_duration
from shared.errors import InputError


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_a_number_and_a_unit_are_a_duration(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "10", "m", "0h", "-1h", "1.5h", "4 hours", "1h30m", "99999999d", "1h\n", "1y"])
def test_another_form_is_rejected_with_examples(text: str) -> None:
    with pytest.raises(InputError, match=r"^invalid duration '[^']*': use a number and a unit, such as 90s, 30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "two", "one"),
    [
        (0, "0 s", "0 s"),
        (0.02, "20 ms", "20 ms"),
        (0.9999, "1 s", "1 s"),
        (1.5, "1.5 s", "1.5 s"),
        (59.99, "1 min", "1 min"),
        (119, "1 min 59 s", "1 min"),
        (5100, "1 h 25 min", "85 min"),
        (7200, "2 h", "2 h"),
        (86400, "1 d", "24 h"),
        (183_600, "2 d 3 h", "2 d"),
        (-90, "-1 min 30 s", "-1 min"),
    ],
)
def test_a_duration_is_written_in_one_or_two_units(seconds: float, two: str, one: str) -> None:
    assert format_duration(seconds) == two
    assert format_duration(seconds, units=1) == one


def test_a_duration_is_written_in_japanese() -> None:
    assert format_duration(timedelta(hours=2, minutes=5), "ja") == "2 時間 5 分"


@given(st.integers(60, 10**9))
def test_two_units_lose_less_than_the_smaller_one(seconds: int) -> None:
    sizes = {"d": 86400, "h": 3600, "min": 60, "s": 1}
    words = format_duration(seconds).replace(",", "").split()
    read = sum(int(count) * sizes[name] for count, name in zip(words[::2], words[1::2], strict=True))
    assert 0 <= seconds - read < 3600
