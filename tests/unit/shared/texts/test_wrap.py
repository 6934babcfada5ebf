"""Wrapping of texts at the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.texts.wrap import width, wrapped

JAPANESE = "未復旧のインシデントを、重大度の高い順に一覧表示します (例: 24h、7d)。"


def test_a_japanese_character_takes_two_columns() -> None:
    assert (width("ab"), width("未b"), width("ｶﾅ")) == (2, 3, 2)


def test_english_breaks_between_words() -> None:
    assert wrapped("List unresolved incidents, the most severe first.", 20) == [
        "List unresolved",
        "incidents, the most",
        "severe first.",
    ]


def test_japanese_breaks_between_characters_but_not_before_a_mark() -> None:
    lines = wrapped(JAPANESE, 20)
    assert "".join(lines).replace(" ", "") == JAPANESE.replace(" ", "")
    assert not [line for line in lines if line[0] in "、。)ー" or line[-1] in "(「"]


def test_a_word_that_is_longer_than_a_line_stays_whole() -> None:
    assert wrapped("see gs://a-very-long-bucket-name now", 10) == ["see", "gs://a-very-long-bucket-name", "now"]


def test_nothing_is_one_empty_line() -> None:
    assert wrapped("", 10) == [""]


@given(st.text(alphabet="ab 、。「」()未復旧ー", max_size=60), st.integers(min_value=8, max_value=40))
def test_no_character_is_lost(text: str, columns: int) -> None:
    assert "".join("".join(wrapped(text, columns)).split()) == "".join(text.split())


def test_a_command_in_backticks_stays_on_one_line() -> None:
    lines = wrapped("名前は `hinomi rules list` で確認できます", 24)
    assert "`hinomi rules list`" in " ".join(lines[1:2])
