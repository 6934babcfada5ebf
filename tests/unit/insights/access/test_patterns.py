"""Patterns matched together match the same names as one by one."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from insights.access.platform_map import is_pattern, matches

NAMES = st.text("ab.*?[]!-\n", max_size=6)


@given(st.lists(NAMES, max_size=3), st.lists(NAMES, max_size=4).map(tuple))
def test_joined_patterns_match_the_same_values_as_single_ones(names: list[str], patterns: tuple[str, ...]) -> None:
    assert matches(names, patterns) == any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def test_a_wild_card_makes_a_pattern() -> None:
    assert [text for text in ("a", "a*", "a?", "a[b]") if is_pattern(text)] == ["a*", "a?", "a[b]"]
