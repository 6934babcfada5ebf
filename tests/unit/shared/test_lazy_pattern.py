"""A regular expression of shared/lazy/pattern.py behaves like a compiled one."""

from __future__ import annotations

import re

import pytest

from shared.lazy.pattern import lazy_pattern


def test_it_matches_like_a_compiled_one() -> None:
    lazy, standard = lazy_pattern("(?P<day>[a-z]+)day", re.IGNORECASE), re.compile("(?P<day>[a-z]+)day", re.IGNORECASE)
    for text in ("Monday and TUESDAY", "", "night"):
        assert lazy.findall(text) == standard.findall(text)
        assert lazy.sub(r"\g<day>", text) == standard.sub(r"\g<day>", text)
        assert bool(lazy.fullmatch(text)) == bool(standard.fullmatch(text))
    assert (lazy.pattern, lazy.flags, lazy.groupindex) == (standard.pattern, standard.flags, standard.groupindex)


def test_it_is_compiled_with_its_first_use() -> None:
    unfinished = lazy_pattern("(")
    with pytest.raises(re.error):
        unfinished.search("a")
