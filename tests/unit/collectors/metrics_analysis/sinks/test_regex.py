"""Regular expressions rewritten without backslashes match the same texts."""

from __future__ import annotations

import pytest
import re2  # type: ignore[import-untyped]
from hypothesis import assume, given
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma.values import build
from collectors.metrics_analysis.sinks import regex

PIECES = st.sampled_from(
    [
        r"\d",
        r"\D",
        r"\w",
        r"\.",
        r"\[",
        r"\]",
        r"\\",
        "a",
        "[ab]",
        r"[\d.]",
        r"[^\w]",
        "[]a]",
        r"[\]]",
        "(",
        ")",
        "+",
        "|",
        "^",
        "$",
    ]
)
TEXT = st.text(st.sampled_from("ab1.[]\\^$ -"), max_size=4)


@given(pieces=st.lists(PIECES, min_size=1, max_size=5), text=TEXT)
def test_a_plain_pattern_finds_the_same(pieces: list[str], text: str) -> None:
    pattern = "".join(pieces)
    options = re2.Options()
    options.log_errors = False
    try:
        wanted = re2.compile(pattern, options).search(text)
    except re2.error:
        assume(False)
        return
    assert bool(re2.search(regex.plain(pattern), text)) is bool(wanted)


@given(text=TEXT, other=TEXT)
def test_an_escaped_text_matches_itself_only(text: str, other: str) -> None:
    pattern = regex.any_of([text], before="^", after="$", cased=True)
    assert re2.search(pattern, text) is not None
    assert (re2.search(pattern, other) is not None) is (text == other)


@given(texts=st.lists(TEXT, min_size=1, max_size=4), value=TEXT)
def test_alternatives_match_when_one_of_them_does(texts: list[str], value: str) -> None:
    pattern = regex.any_of(texts, after="$")
    assert (re2.search(pattern, value) is not None) is any(value.lower().endswith(text.lower()) for text in texts)


@given(parts=st.lists(st.sampled_from(["a", ".", "^", 1, 2]), min_size=1, max_size=4), value=TEXT)
def test_wildcards_match_the_same_values_as_the_rule(parts: list[str | int], value: str) -> None:
    assert (re2.search(regex.glob(parts, cased=True), value) is not None) is build(["glob", parts, True])(value)


@pytest.mark.parametrize(("texts", "pattern"), [(["a.b", "a.c"], "(?i)a[.](b|c)"), (["ab", "ac"], "(?i)(ab|ac)")])
def test_words_that_alternatives_share_come_first(texts: list[str], pattern: str) -> None:
    assert regex.any_of(texts) == pattern
