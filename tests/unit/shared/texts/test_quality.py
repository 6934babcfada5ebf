"""The allowed values of a check are stored in English, and shown in the reader's language."""

from __future__ import annotations

import pytest

from shared.texts.quality import allowed


@pytest.mark.parametrize(
    ("stored", "ja"),
    [
        ("at least 1000", "1000 以上"),
        ("more than 0", "0 より大きい"),
        ("at most 12 hour", "12 hour 以下"),
        ("less than 5 %", "5 % 未満"),
        ("not > 10", "> 10 でない"),
        ("0", "0"),
        ("nothing", "nothing"),
    ],
)
def test_a_limit_is_in_the_language_of_the_reader(stored: str, ja: str) -> None:
    assert (allowed(stored).en, allowed(stored).ja) == (stored, ja)
