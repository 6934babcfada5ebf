from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.duration import parse_duration
from shared.errors import InputError


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
    ],
)
def test_a_number_and_a_unit_are_a_length_of_time(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "10", "m", "0h", "-1h", "1.5h", "4 hours", "1h30m", "99999999d", "1h\n"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no length of time"):
        parse_duration(text)
