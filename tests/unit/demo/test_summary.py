from __future__ import annotations

from datetime import timedelta

import pytest

from demo.summary import shorten, spoken


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "<1 s"), (4, "4 s"), (119, "1 min"), (800, "13 min"), (-3, "<1 s")]
)
def test_a_duration_is_said_in_a_word_or_two(seconds: float, words: str) -> None:
    assert spoken(timedelta(seconds=seconds)) == words


def test_a_long_text_ends_with_an_ellipsis() -> None:
    assert shorten("a\n b " * 100).endswith("…")
    assert len(shorten("a" * 500)) == 110
